"""The rows of the tabs and of their CSV files."""

import csv
import io
from functools import partial
from typing import Any

import pytest

from paysim.config.schema import Config
from paysim.loadtest.live.figures import Live
from paysim.loadtest.sending.account import Account
from paysim.loadtest.web import series
from paysim.loadtest.web.tables.base import TABLES, tables
from paysim.publishers.base import ConnectionFigures
from paysim.summary.model import FollowUpsRecord, OutcomeCounts
from tests.support.hops import figures
from tests.support.live_accounts import RUN, account
from tests.support.present import present

PAYMENTS, EVENT_HUB, PIPELINE = TABLES["payments"], TABLES["event-hub"], TABLES["pipeline"]
FOLLOW_UPS = TABLES["follow-ups"]
CONFIGURED = {"credit_card": 0.75, "bank_transfer": 0.25}


def connections(*events: int) -> list[ConnectionFigures]:
    zero: dict[str, Any] = {"sends": 1, "retries": 0, "throttled": 2, "reconnects": 0, "state": "healthy"}
    return [ConnectionFigures(**zero, events=n, bytes=100 * n) for n in events]


def a_run() -> Live:
    live = Live()
    live.begin(RUN)

    def accounts(second: int) -> dict[str, Account]:
        return {
            "host_1": account(
                0,
                acked=75 * second,
                failed=25 * second,
                partitions={"0": 40 * second, "10": 30 * second},
                connections=connections(*[50 * second, 25 * second] + 9 * [0]),
            ),
            "host_2": account(1, acked=100 * second, silent=True),
        }

    for second in range(4):
        live.accounts = partial(accounts, second)
        live.tick(float(second), 5, 200.0)
    return live


def test_payments_have_a_row_a_method_with_its_share_against_the_configured_one():
    card, transfer, total = PAYMENTS.rows(present(a_run().latest), CONFIGURED)

    assert card == {
        "name": "credit_card",
        "acked": 525,
        "failed": 75,
        "unknown": 0,
        "per_s": 175.0,
        "mb_per_s": 0.018,
        "share": 100.0,
        "configured": 75.0,
        "p50": "",
        "p95": "",
        "p99": "",
    }
    assert (transfer["name"], transfer["acked"], transfer["share"], transfer["configured"]) == (
        "bank_transfer",
        0,
        0,
        25,
    )
    assert (total["name"], total["acked"], total["failed"]) == ("Total", 525, 75)
    assert total["p50"] == pytest.approx(10, rel=2e-3)
    live = a_run()
    live.method_latencies = lambda: {"credit_card": {"p50": 4.0, "p95": 12.0, "p99": 90.0}}
    assert PAYMENTS.rows(live.tick(4.0, 5, 200.0), CONFIGURED)[0]["p95"] == 12


def test_the_event_hub_has_a_row_a_partition_and_a_row_a_sender():
    rows = [row for row in EVENT_HUB.rows(present(a_run().latest), {}) if "connection" not in row["name"]]

    assert [row["name"] for row in rows] == [
        "partition  0",
        "partition 10",
        "producer 0 (host_1)",
        "producer 1 (host_2)",
        "Total",
    ]
    assert [row["events"] for row in rows] == [120, 90, 225, 300, 525]
    assert [row["state"] for row in rows] == ["", "", "4 healthy", "silent", "4 healthy"]


def test_the_event_hub_has_a_row_a_connection_up_to_a_bound():
    rows = [row for row in EVENT_HUB.rows(present(a_run().latest), {}) if "connection" in row["name"]]

    assert [row["name"] for row in rows] == [f"producer 0 connection {n:>2}" for n in range(11)]
    assert rows[1] == {
        "name": "producer 0 connection  1",
        "events": 75,
        "per_s": 25.0,
        "mb_per_s": 0.003,
        "share": 14.3,
        "sends": 1,
        "retries": 0,
        "throttled": 2,
        "reconnects": 0,
        "connections": "",
        "state": "healthy",
    }
    few = EVENT_HUB.rows(present(a_run().latest), {}, 3)
    assert [row["name"] for row in few if "connection" in row["name"]][2:] == [
        "producer 0 connection  2",
        "… 8 connections more: on the page of charts, and in the CSV",
    ]
    assert all(row.keys() == EVENT_HUB.columns.keys() for row in [*rows, *few])
    assert "\nproducer 0 connection 1,75," in EVENT_HUB.csv(rows).replace("\r", "")


def test_the_pipeline_has_a_row_a_hop_in_its_order_and_says_what_is_not_measured():
    live = a_run()
    live.pipeline = figures
    live.look_behind(4.0)
    acknowledged, in_the_hub, stored, rejected = PIPELINE.rows(present(live.latest), CONFIGURED)
    assert [row["name"] for row in (acknowledged, in_the_hub, stored, rejected)] == [
        "1 acknowledged", "2 in the hub", "3 stored", "4 rejected",
    ]  # fmt: skip
    assert (acknowledged["arrived"], acknowledged["per_s"], acknowledged["missing"]) == (100, 20, "")
    assert (stored["per_s"], stored["missing"], stored["under_way"], stored["p95"]) == (12.5, 2, 8, 250)
    assert (stored["duplicates"], rejected["duplicates"]) == ("not measured", 0)
    assert acknowledged.keys() == stored.keys() == PIPELINE.columns.keys()


def test_a_pipeline_that_is_not_measured_says_why_instead_of_old_figures():
    live = a_run()
    live.pipeline = lambda: figures(error="the watcher process ended")
    live.look_behind(4.0)
    (row,) = PIPELINE.rows(present(live.latest), CONFIGURED)
    assert (row["lost"], row["arrived"]) == ("the watcher process ended", "")


def test_only_a_run_that_watches_a_stage_has_the_table_of_the_pipeline():
    sql = {"url": "sqlite:///ledger.db", "row": "no", "query": "SELECT no FROM t WHERE no > :since LIMIT :limit"}
    stage = {"name": "stored", "sql": sql}
    with_stage = Config.model_validate({"pipeline": {"stages": [stage]}})
    assert PIPELINE in tables(with_stage)
    assert tables(Config()) == [table for table in tables(with_stage) if table is not PIPELINE]


def test_follow_ups_have_a_row_a_type_and_one_a_counter_of_payments():
    live = Live()
    live.begin(RUN)
    for second in range(3):
        told = FollowUpsRecord(by_type={"capture": 60 * second, "refund": 20 * second}, open=7, cut_off=1)
        told.by_method = {"credit_card": 80 * second}
        live.accounts = partial(dict, {"": account(0, acked=100 * second, follow_ups=told)})
        live.tick(float(second), 1, 100.0)
    rows = {row["name"]: row for row in FOLLOW_UPS.rows(present(live.latest), CONFIGURED)}
    assert rows["capture"] == {"name": "capture", "count": 120, "per_s": 60.0, "share": 75.0}
    assert rows["dispute"] == {"name": "dispute", "count": 0, "per_s": 0.0, "share": 0.0}
    assert (rows["Total"]["count"], rows["Total"]["per_s"]) == (160, 80.0)
    assert list(rows)[-3:] == [
        "… payments open now", "… payments that nothing follows", "… payments cut off by reloads",
    ]  # fmt: skip
    assert [rows[name]["count"] for name in list(rows)[-3:]] == [7, 0, 1]

    live.reset()  # types count from there, payments are those of the run
    rows = {row["name"]: row for row in FOLLOW_UPS.rows(present(live.latest), CONFIGURED)}
    assert (rows["capture"]["count"], rows["… payments open now"]["count"]) == (0, 7)
    assert FOLLOW_UPS in tables(Config.model_validate({"transaction": {"lifecycle": "full"}}))
    assert FOLLOW_UPS not in tables(Config())
    assert FOLLOW_UPS.rows(present(a_run().latest), CONFIGURED) == []


def test_shares_of_methods_are_those_of_what_follows_nothing():
    live = Live()
    live.begin(RUN)
    told = FollowUpsRecord(by_type={"capture": 50}, by_method={"credit_card": 50})
    one = account(0, acked=150, follow_ups=told)
    one.ledger.methods["bank_transfer"] = OutcomeCounts(acked=25)
    live.accounts = lambda: {"": one}
    live.tick(1.0, 1, 100.0)
    shares = {row["name"]: row["share"] for row in PAYMENTS.rows(present(live.latest), CONFIGURED)}
    assert shares == {"credit_card": 80.0, "bank_transfer": 20.0, "Total": 100.0}
    assert series.now(present(live.latest))["begun"] == {"bank_transfer": 25, "credit_card": 100}


def test_a_csv_file_is_the_table():
    rows = PAYMENTS.rows(present(a_run().latest), CONFIGURED)
    lines = list(csv.reader(io.StringIO(PAYMENTS.csv(rows))))

    assert lines[0] == list(PAYMENTS.columns.values())
    assert [line[0] for line in lines[1:]] == ["credit_card", "bank_transfer", "Total"]


def test_a_page_that_knows_a_part_of_the_history_gets_the_rest():
    live = a_run()
    whole = series.document(live, "hub", "running", CONFIGURED)
    rest = series.document(live, "hub", "running", CONFIGURED, after=1.0)

    assert whole["history"]["elapsed"] == [0, 1, 2]  # the last second is known with the next look
    assert rest["history"]["elapsed"] == [2]
    assert whole["series"] == rest["series"]
    assert {len(column) for column in whole["history"].values()} == {3}
    live.reset()
    assert series.document(live, "hub", "running", CONFIGURED)["series"] != whole["series"]


def test_rates_below_one_a_second_are_shown():
    live = Live()
    live.begin(RUN)

    def accounts(second: int) -> dict[str, Account]:
        return {"": account(0, acked=second // 20, partitions={"0": second // 20})}

    for second in range(61):
        live.accounts = partial(accounts, second)
        live.tick(float(second), 1, 0.05)
    assert PAYMENTS.rows(present(live.latest), {})[-1]["per_s"] == 0.05
    by_second = [value for value in series.columns(live.history)["per_s"] if value]
    assert by_second == [1, 1]  # at their seconds
    assert series.columns(live.history)["target"][-1] == 0.05
