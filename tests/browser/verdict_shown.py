"""What somebody reads of a verdict: on the page `/payments`, in the report, and in the bar on Locust's page."""

import re
from dataclasses import dataclass
from typing import Any

from .chromium import Chromium

SIGNS = {"passed": "✓", "failed": "✗", "interrupted": "■"}
STATES = {"held": ("ok", "✓ held"), "missed": ("bad", "✗ missed"), "not measured": ("muted", "… not measured")}
UNITS = {"": 1, "/s": 1, "ms": 1, "%": 0.01}

READ = """
const text = (selector) => { const node = document.querySelector(selector); return node && !node.closest('[hidden]') ? node.innerText : ''; };
return {
  words: text('#verdict'), kind: document.querySelector('#verdict').className, title: document.title, facts: text('#facts'),
  reasons: [...document.querySelectorAll('#reasons:not([hidden]) li')].map((node) => node.innerText),
  thresholds: [...document.querySelectorAll('#thresholds tbody tr')].map((row) => [row.className, ...[...row.cells].map((cell) => cell.innerText.trim())]),
};
"""  # noqa: E501


@dataclass
class Shown:
    """As it is drawn. thresholds: kind of the row, then its cells: state, name, figure, limit, span."""

    words: str
    kind: str
    title: str
    facts: str
    reasons: list[str]
    thresholds: list[list[str]]


def shown(browser: Chromium) -> Shown:
    return Shown(**browser.run(READ))


def live(browser: Chromium, port: int) -> Shown:
    """The page of a run that is over, and that the web UI still shows; Locust's page has to say the same."""
    address = f"http://127.0.0.1:{port}"
    browser.open(f"{address}/payments")
    browser.until(lambda: "exit code" in browser.text("#verdict") and browser.text("#facts"), what="no verdict")
    found = shown(browser)
    browser.open(address)
    (sign,) = [sign for outcome, sign in SIGNS.items() if found.words.startswith(f"{sign} {outcome.capitalize()} ")]
    browser.until(lambda: browser.text("#paysim-bar span").startswith(sign), what=f"no {sign} in the bar")
    browser.open("about:blank")  # before the server is gone
    return found


def assert_shows(found: Shown, summary: dict[str, Any]) -> None:
    """Verdict with its code, reasons and limit, and each threshold with its state, figure and limit."""
    verdict = summary["verdict"]
    outcome, limit = verdict["outcome"], summary.get("limit")
    assert found.words == f"{SIGNS[outcome]} {outcome.capitalize()} exit code {verdict['exit_code']}"
    assert found.kind == ("ok" if outcome == "passed" else "bad")
    assert found.title.startswith(SIGNS[outcome])
    assert summary["run_id"] in found.facts
    reasons, limits = found.reasons, []
    if limit is not None:
        *reasons, said = reasons
        limits.append(said)
    assert [" ".join(each.split()) for each in reasons] == [" ".join(each.split()) for each in verdict["reasons"]]
    assert all(each.startswith("Limit: ") for each in limits)
    assert [row[2] for row in found.thresholds] == [each["name"] for each in summary["thresholds"]]
    for (kind, state, _, figure, bound, span), told in zip(found.thresholds, summary["thresholds"], strict=True):
        meant = "not measured" if told["actual"] is None else "held" if told["ok"] else "missed"
        assert (kind, " ".join(state.split())) == STATES[meant], told
        assert (figure == "not measured") if told["actual"] is None else _near(figure, told["actual"]), (figure, told)
        assert _near(bound[1:], told["limit"]), (bound, told)
        assert span.startswith("whole run")


def _near(text: str, value: float) -> bool:
    """Whether a figure as it is drawn, three digits and a unit, is this one."""
    number, unit = re.fullmatch(r"\s*([\d.,]+)\s?(\D*)", text).groups()  # type: ignore[union-attr]
    drawn = float(number.replace(",", "")) * UNITS[unit]
    return abs(drawn - value) <= 0.006 * abs(value) + 1e-9
