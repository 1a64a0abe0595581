"""Locust's own page, as somebody uses it: the form, the tabs, the buttons."""

from selenium.webdriver.common.by import By

from .chromium import Chromium

OURS = "{include: [['#paysim-bar'], ['table']].filter(([css]) => document.querySelector(css))}"
FIELDS = "{include: [['.MuiAccordion-root']]}"


class LocustPage:
    def __init__(self, browser: Chromium, url: str) -> None:
        self.browser, self.url = browser, url

    def open(self) -> None:
        self.browser.open(self.url)
        self.browser.until(lambda: self.browser.run("return document.querySelector('#root').children.length"))

    def press(self, label: str) -> None:
        """A button or a tab, by what is written on it."""
        find = (
            "return [...document.querySelectorAll('button, [role=tab]')]"
            ".filter((b) => b.innerText.trim().toLowerCase() === arguments[0].toLowerCase()).at(-1)"
        )
        element = self.browser.until(lambda: self.browser.run(find, label), what=f"no button {label}")
        self.browser.run("arguments[0].click()", element)

    def tab(self, label: str) -> None:
        """Open it; where the page was still being built, the first click was nobody's."""
        chosen = "return document.querySelector('[role=tab][aria-selected=true]')?.innerText.trim().toLowerCase()"

        def opened() -> bool:
            self.press(label)
            return self.browser.run(chosen) == label.lower() and bool(self.table())

        self.browser.until(opened, what=f"the tab {label} does not open")

    def fill(self, **fields: object) -> None:
        """Fields of the form, by the names that Locust gives them."""
        for name, value in fields.items():
            self.browser.until(lambda name=name: self.browser.driver.find_elements(By.NAME, name), what=f"no {name}")
            field = self.browser.driver.find_element(By.NAME, name)
            self.browser.run("arguments[0].select()", field)
            field.send_keys(str(value))

    def values(self) -> dict[str, str]:
        found = "return Object.fromEntries([...document.querySelectorAll('input[name]')].map((i) => [i.name, i.value]))"
        return self.browser.run(found)

    def running(self, seconds: float = 60) -> None:
        """Wait for the page of a running test."""
        tabs = "return document.querySelectorAll('[role=tab]').length"
        self.browser.until(lambda: self.browser.run(tabs) > 3, seconds, "no running test")

    def start(self) -> None:
        """Press Start; again where the request was cut off, see NETWORK_CHANGED."""
        self.press("Start")
        try:
            self.running(15)
        except AssertionError:
            self.press("Start")
            self.running()

    def table(self) -> dict[str, dict[str, str]]:
        """The open tab's table: first cell of a row → heading → cell."""
        rows = self.browser.run(
            "return [...document.querySelectorAll('table tr')].map((r) => [...r.cells].map((c) => c.innerText.trim()))"
        )
        head, *body = rows or [[]]
        return {row[0]: dict(zip(head, row, strict=True)) for row in body if len(row) == len(head)}
