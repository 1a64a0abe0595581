"""A table of the web UI is one file."""

import csv
import io
import json

from tests.support.waiting import wait_until

from .house import House


def test_a_file_in_tables_is_a_tab_and_a_csv_file(house: House) -> None:
    house.add("latency", "loadtest/web/tables")
    with house.web_test(house.config(output={"destination": "file"})) as web:

        def rows() -> list[dict[str, str]]:
            return list(csv.DictReader(io.StringIO(web.get("/payments/latency.csv").decode())))

        wait_until(lambda: {row["Latency, ms"] for row in rows()} == {"response", "service"})
        assert all(0 < float(row["p50"]) <= float(row["p99"]) for row in rows())
        (tab,) = (each for each in web.stats()["extended_stats"] if each["key"] == "latency")
        assert {row["name"] for row in tab["data"]} == {"response", "service"}
        page = web.get("/").decode()
        assert "Latency, ms" in page and "Download Latency CSV" in page  # the tab's column, and its link
        assert {"file": "latency.csv", "title": "Latency"} in json.loads(web.get("/payments/data"))["tables"]
