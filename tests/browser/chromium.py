"""Headless Chromium (Debian's chromium and chromium-driver) through Selenium: what pages show, log, and lack."""

import base64
import shutil
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

AXE = Path(__file__).with_name("axe.min.js")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
"""Chromium ends all requests, to this machine too, when a network interface comes or goes, as containers' do."""
DESKTOP, PHONE = 1280, 390


def missing() -> str:
    """What is not installed here, or nothing."""
    needed = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"{' and '.join(needed)} not found: apt-get install chromium chromium-driver" if needed else ""


class Chromium:
    """One browser with a profile of its own."""

    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(60)
        self._said: list[dict[str, Any]] = []
        self.width(DESKTOP)

    def close(self) -> None:
        self.driver.quit()

    def width(self, pixels: int, height: int = 800) -> None:
        metrics = {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": pixels < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def theme(self, name: str) -> None:
        """What the system prefers: dark or light."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, url: str) -> None:
        """Once more where what the page needs was cut off by a change of the machine's network, see NETWORK_CHANGED."""
        for _ in range(5):
            self.driver.get(url)
            found = self.driver.get_log("browser")
            self._said += found
            if not any(NETWORK_CHANGED in entry["message"] for entry in found):
                return

    def keys(self, *names: str) -> None:
        """Press keys, one after the other, where the focus is."""
        for name in names:
            for kind in ("keyDown", "keyUp"):
                self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": kind, "key": name})

    def offline(self, without_network: bool) -> None:
        self.driver.execute_cdp_cmd("Network.enable", {})
        conditions = {"offline": without_network, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def text(self, selector: str) -> str:
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def until(self, condition: Any, seconds: float = 60, what: str = "") -> Any:
        try:
            return WebDriverWait(self.driver, seconds, 0.2).until(lambda _: condition(), what)
        except TimeoutException:
            shown = self.text("body")[:500]
            raise AssertionError(
                f"{what or 'not so'} in {seconds:g} s; the page: {shown!r}; {self.console_errors()}"
            ) from None

    def console_errors(self) -> list[str]:
        """What pages complained of since the last look."""
        said, self._said = self._said + self.driver.get_log("browser"), []
        bad = [entry["message"] for entry in said if entry["level"] in ("SEVERE", "WARNING")]
        return [message for message in bad if NETWORK_CHANGED not in message]

    def serious_findings(self, context: str = "document") -> list[str]:
        """axe-core's findings of serious or critical impact, a line each."""
        if not self.run("return typeof axe === 'object'"):
            self.driver.execute_script(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1], failed = (e) =>"
            " done([{impact: 'critical', id: String(e), nodes: []}]);"
            f"axe.run({context}).then((result) => done(result.violations), failed)"
        )
        return [
            f"{item['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
            for item in found
            if item["impact"] in ("serious", "critical")
            for node in item["nodes"] or [{"html": ""}]
        ]

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        parameters: dict[str, Any] = {"format": "png"}
        if whole:
            size = self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
            parameters["clip"] = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
            parameters["captureBeyondViewport"] = True
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", parameters)["data"]))
