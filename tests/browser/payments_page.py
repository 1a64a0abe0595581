"""The page `/payments` and the report, as somebody reads them."""

from .chromium import DESKTOP, PHONE, Chromium


class PaymentsPage:
    def __init__(self, browser: Chromium, url: str) -> None:
        self.browser, self.url = browser, url

    def open(self) -> None:
        self.browser.open(self.url)
        self.browser.until(lambda: self.browser.text("#state"))

    def tile(self, name: str) -> str:
        return self.browser.run("return document.querySelector(`#tile-${arguments[0]} > span`)?.innerText", name)

    def count(self, name: str) -> int:
        return int((self.tile(name) or "0").replace(",", ""))

    def rows(self, table: str) -> list[list[str]]:
        """The cells of a table of bars."""
        return self.browser.run(
            "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
            ".map((r) => [...r.cells].map((c) => c.innerText.trim()))",
            table,
        )

    def charts(self) -> list[str]:
        """Titles of the charts that are drawn."""
        return self.browser.run(
            "return [...document.querySelectorAll('#charts figure')].filter((f) => f.querySelector('canvas')"
            " && !f.querySelector('.plot').hidden).map((f) => f.querySelector('figcaption').innerText)"
        )

    def marks(self) -> int:
        """Pixels of the first chart in the colour of a reload's mark, which none of its lines has."""
        return self.browser.run(
            """
            const chart = document.querySelector('#charts canvas'), copy = document.createElement('canvas');
            [copy.width, copy.height] = [chart.width, chart.height];
            const pen = copy.getContext('2d', {willReadFrequently: true});
            pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--c5').trim();
            pen.fillRect(0, 0, 1, 1);
            const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
            pen.clearRect(0, 0, 1, 1);
            pen.drawImage(chart, 0, 0);
            const all = pen.getImageData(0, 0, copy.width, copy.height).data;
            let found = 0;
            for (let at = 0; at < all.length; at += 4)
              if (all[at + 3] > 200 && all[at] === r && all[at + 1] === g && all[at + 2] === b) found++;
            return found;
            """
        )

    def require_readable(self) -> None:
        """Wide and narrow, light and dark."""
        browser = self.browser
        for theme in ("light", "dark"):
            browser.theme(theme)
            for pixels in (DESKTOP, PHONE):
                browser.width(pixels)
                assert browser.run("return document.documentElement.dataset.theme") == theme
                browser.until(lambda: browser.run("return document.querySelector('canvas').clientWidth <= innerWidth"))
                assert browser.overflow() == 0
                assert browser.serious_findings() == []
                assert browser.run("return document.querySelector('header').offsetHeight") < 90  # two rows
