"""The tabs *Payments* and *Event Hub* in Locust's own page, which fill from its statistics API."""

import orjson
from flask import Response, request
from locust.web import WebUI

from paysim.loadtest.locust_compat import INDEX, REQUEST_STATS
from paysim.loadtest.run.coordinator import RunCoordinator

from . import tables
from .state import state
from .tables import EVENT_HUB, PAYMENTS

MOST_CONNECTIONS = 200
"""Rows that Locust's page has to sort and draw every two seconds; the CSV has all."""
BAR = """<body>
    <nav id="paysim-bar" aria-label="paysim">
      <a href="./payments">Live payment charts</a><span></span><strong role="alert"></strong>
    </nav>
    <link rel="stylesheet" href="./payments/static/bar.css">
    <script src="./payments/static/bar.js" defer></script>"""


def install(web_ui: WebUI, conductor: RunCoordinator) -> None:
    assert web_ui.app is not None
    web_ui.template_args |= {
        "extended_tabs": [{"title": table.title, "key": table.key} for table in (PAYMENTS, EVENT_HUB)],
        "extended_tables": [
            {"key": table.key, "structure": [{"key": key, "title": title} for key, title in table.columns.items()]}
            for table in (PAYMENTS, EVENT_HUB)
        ],
        "extended_csv_files": [
            {"href": f"./payments/{table.key}.csv", "title": f"Download {table.title} CSV"}
            for table in (PAYMENTS, EVENT_HUB)
        ],
    }

    @web_ui.app.after_request
    def extend(response: Response) -> Response:
        if response.status_code != 200:
            return response
        if request.endpoint == REQUEST_STATS:
            rows = {
                PAYMENTS.key: tables.payments(conductor.live.latest, conductor.configured_shares),
                EVENT_HUB.key: tables.event_hub(conductor.live.latest, MOST_CONNECTIONS),
            }
            stats = [{"key": key, "data": data} for key, data in rows.items()]
            # The rest of the answer is up to two seconds old: Locust remembers it.
            fresh = {"state": state(web_ui), "extended_stats": stats}
            response.set_data(orjson.dumps({**orjson.loads(response.get_data()), **fresh}))
        elif request.endpoint == INDEX and response.mimetype == "text/html":
            response.set_data(response.get_data(as_text=True).replace("<body>", BAR, 1))
        return response
