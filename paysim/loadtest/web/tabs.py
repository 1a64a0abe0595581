"""The tabs of paysim's tables in Locust's own page, which fill from its statistics API."""

import orjson
from flask import Response, request
from locust.web import WebUI

from paysim.loadtest.locust_compat import INDEX, REQUEST_STATS
from paysim.loadtest.run.coordinator import RunCoordinator

from .state import state
from .tables.base import tables

MOST_ROWS = 0
"""Rows of connections: Locust's page cannot fold them away, /payments does, and the CSV has all."""
BAR = """<body>
    <nav id="paysim-bar" aria-label="paysim">
      <a href="./payments">Verdict and live charts</a><span></span>
    </nav>
    <link rel="stylesheet" href="./payments/static/bar.css">
    <script src="./payments/static/bar.js" defer></script>"""


def install(web_ui: WebUI, coordinator: RunCoordinator) -> None:
    assert web_ui.app is not None
    shown = tables(coordinator.config)
    web_ui.template_args |= {
        "extended_tabs": [{"title": table.title, "key": table.key} for table in shown],
        "extended_tables": [
            {"key": table.key, "structure": [{"key": key, "title": title} for key, title in table.columns.items()]}
            for table in shown
        ],
        "extended_csv_files": [
            {"href": f"./payments/{table.file}", "title": f"Download {table.title} CSV"} for table in shown
        ],
    }

    @web_ui.app.after_request
    def extend(response: Response) -> Response:
        if response.status_code != 200:
            return response
        if request.endpoint == REQUEST_STATS:
            now, shares = coordinator.watch.live.latest, coordinator.configured_shares
            stats = [
                {"key": table.key, "data": [] if now is None else table.rows(now, shares, MOST_ROWS)} for table in shown
            ]
            # The rest of the answer is up to two seconds old: Locust remembers it.
            fresh = {"state": state(web_ui), "extended_stats": stats}
            response.set_data(orjson.dumps({**orjson.loads(response.get_data()), **fresh}))
        elif request.endpoint == INDEX and response.mimetype == "text/html":
            response.set_data(response.get_data(as_text=True).replace("<body>", BAR, 1))
        return response
