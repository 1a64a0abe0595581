"""The HTML report: the page `/payments` with the data of a whole run in it, one file that needs no network."""

import re
from collections.abc import Mapping
from pathlib import Path

import orjson

from paysim.loadtest.live.figures import Live
from paysim.loadtest.web import ended, series
from paysim.summary.model import Summary

STATIC = Path(series.__file__).parent / "static"  # the page is the web UI's
STYLE = re.compile(r'<link rel="stylesheet" href="payments/static/([\w.]+)">')
SCRIPT = re.compile(r'<script src="payments/static/([\w.]+)"></script>')


def page(result: Summary, live: Live, configured: Mapping[str, float]) -> str:
    """The report of the run that `live` holds. result: its summary."""
    data = series.document(live, result.target, result.verdict.outcome, configured) | {"ended": ended.document(result)}
    # Nothing in a script element may look like the end of it.
    embedded = orjson.dumps(data).decode().replace("<", "\\u003c")
    text = (STATIC / "payments.html").read_text("utf-8")
    text = text.replace("<title>Payments – paysim</title>", f"<title>Run {result.run_id} – paysim</title>")
    text = STYLE.sub(lambda match: f"<style>\n{_static(match[1])}</style>", text)
    first, rest = text.split("<script", 1)
    text = f'{first}<script id="paysim-data" type="application/json">{embedded}</script>\n    <script{rest}'
    return SCRIPT.sub(lambda match: f"<script>\n{_static(match[1])}</script>", text)


def _static(name: str) -> str:
    return (STATIC / name).read_text("utf-8")
