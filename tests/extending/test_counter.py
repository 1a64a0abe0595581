"""A counter is one row."""

import csv
import io
import json
import re

from tests.support.present import first_group
from tests.support.waiting import wait_until

from .house import House

CONFIG = {"output": {"batch_size": 100}, "transaction": {"volume": {"rate_per_user": 400}}}


def test_a_row_in_counters_is_in_tab_page_metrics_csv_and_summary(house: House) -> None:
    house.append_row("full_batches", "summary/counters.py")
    assert "Acknowledged batches of a hundred transactions or more." in house.summary_schema()
    with house.web_test(house.config(**CONFIG)) as web:

        def counted() -> int:
            now = json.loads(web.get("/payments/data"))["now"]
            return now["hub"]["full_batches"] if now else 0

        wait_until(lambda: counted() > 3)
        page = json.loads(web.get("/payments/data"))
        assert {"key": "full_batches", "title": "Batches of 100 or more", "bad": False} in page["tiles"]
        assert page["now"]["senders"][0]["hub"]["full_batches"] >= 4

        (tab,) = (each for each in web.stats()["extended_stats"] if each["key"] == "event-hub")
        (total,) = (row for row in tab["data"] if row["name"] == "Total")
        assert total["full_batches"] >= 4
        assert "Full batches" in web.get("/").decode()  # a column of the tab

        rows = list(csv.DictReader(io.StringIO(web.get("/payments/event-hub.csv").decode())))
        assert int(rows[-1]["Full batches"]) >= 4
        connections = [int(row["Full batches"]) for row in rows if " connection " in next(iter(row.values()))]
        assert 4 <= sum(connections) <= int(rows[-1]["Full batches"])

        metrics = web.get("/metrics").decode()
        assert "# HELP paysim_hub_full_batches_total Acknowledged batches of a hundred" in metrics
        assert float(first_group(r"^paysim_hub_full_batches_total (\S+)", metrics, re.M)) >= 4
    assert house.summary()["hub"]["full_batches"] == house.summary()["hub"]["sends"] >= 4
