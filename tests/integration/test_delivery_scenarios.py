"""What touches the path on purpose is explained, by a run and later; what goes wrong besides is found, exactly."""

import io
import re
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from paysim.cli import main
from tests.support.reading import read_all
from tests.support.running import Hub, LoadTest

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.busy("a rate is reached, and faults meet sends of a run"),
]

CONFIG = """
simulator:
  output: {batch_size: 20, event_hub: {eventhub_name: payments, partition_by: customer_id}}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {total: 2000, rate: 400}
    violations:
      {duplicate: 0.02, redelivery: 0.05, reused_id: 0.04, new_id: 0.04, out_of_order: 0.04, late_arrival: 0.03,
      clock_skew: 0.04, negative_amount: 0.02}
  verify: {timeout: 1}
  report: {labels: "output/{run_id}/labels.jsonl"}
  thresholds: {min_rate_share: 0.2}
"""
TOTAL = 2000
HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")
COPIES = {"duplicate", "redelivery", "reused_id"}
GOOD = {None, "late_arrival", "out_of_order", "clock_skew"}
EITHER = {"new_id"}
Told = tuple[str, str | None]


def arrived(hub: Hub) -> list[Told]:
    """Id and label of every event in the hub."""
    return [
        (str(UUID(bytes=event.message_id)), event.properties.get("paysim-violation"))
        for event in read_all(hub.connection_string)
    ]


@pytest.fixture(scope="module")
def ran(tmp_path_factory, unmeasured_processes):
    """A run of two workers with nothing wrong but what is so on purpose, its hub, and what is in it."""
    hub = Hub()
    folder = tmp_path_factory.mktemp("ran")
    load_test = LoadTest(folder, CONFIG, *HEADLESS, "--master", "--expect-workers", "2", hub=hub)
    load_test.add_worker()
    load_test.add_worker()
    assert load_test.wait() == 0, load_test.logs()
    yield load_test, hub, arrived(hub)
    hub.close()


@pytest.fixture
def verify(monkeypatch, capsys):
    """`paysim verify` in the folder of a run: exit code and standard output."""

    def verify(folder: Path, hub: str, *arguments: str, ids: str = "") -> tuple[int, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("EVENTHUB_CONNECTION_STRING", hub)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ids.encode())))
        code = main(["verify", "--summary", "output/latest/summary.json", *arguments])
        return code, capsys.readouterr().out

    return verify


def test_a_run_in_which_all_of_it_is_on_purpose_passes_and_its_total_is_what_was_sent(ran):
    load_test, _, events = ran
    summary = load_test.summary
    counts, delivery = summary["transactions"], summary["delivery"]
    assert counts["generated"] == counts["acked"] == delivery["arrived"] == len(events) == TOTAL
    for finding in ("lost", "duplicated", "unexpected", "unknown_arrived", "explained_duplicates", "out_of_order"):
        assert delivery[finding] == 0, finding
    labels = Counter(label for _, label in events if label)
    assert labels == Counter(counts["violations"]) and labels.keys() >= COPIES | GOOD - {None} | EITHER


def test_acknowledged_events_are_ids_times_the_deliveries_that_were_meant(ran):
    load_test, _, events = ran
    meant = Counter(id_ for id_, label in events if label in COPIES)
    assert Counter(id_ for id_, _ in events) == Counter({id_ for id_, _ in events}) + meant
    copies = sum(producer["duplicates"]["acked"] for producer in load_test.summary["producers"])
    handed_out = sum(producer["next_sequence"] for producer in load_test.summary["producers"])
    assert copies == meant.total() > 100 and handed_out + copies == TOTAL


def test_labels_have_the_episode_and_the_role_of_a_second_message(ran):
    load_test, hub, events = ran
    lines = (load_test.folder / "output" / "latest" / "labels.jsonl").read_text().splitlines()
    entries = [entry for entry in map(orjson.loads, lines) if "violation" in entry]
    assert sorted((e["transaction_id"], e["violation"]) for e in entries) == sorted(e for e in events if e[1])
    roles = {
        "redelivery": "redelivered",
        "reused_id": "changed",
        "new_id": "again",
        "out_of_order": "earlier",
        "clock_skew": "terminal",
    }
    firsts = {id_ for id_, label in events if label is None}
    for entry in entries:
        assert entry.get("role") == roles.get(entry["violation"])
        if entry["violation"] == "clock_skew":
            continue
        assert (entry["episode"] in firsts) or entry["violation"] not in roles
        assert (entry["episode"] == entry["transaction_id"]) == (entry["violation"] not in ("new_id", "out_of_order"))
    for event in read_all(hub.connection_string):
        if (label := event.properties.get("paysim-violation")) in roles:
            assert (event.properties["paysim-episode"] in firsts) == (label != "clock_skew"), label
            assert event.properties["paysim-role"] == roles[label]


def test_verify_says_the_same_later(ran, verify):
    load_test, hub, _ = ran
    code, out = verify(load_test.folder, hub.connection_string, "--config", "config.yaml")
    assert code == 0, out
    assert f"all {TOTAL:,} acknowledged transactions; none lost, none twice" in out


def test_a_pipeline_that_took_each_once_passes_with_the_new_ids_or_without(ran, verify):
    load_test, _, events = ran
    for taken in (GOOD, GOOD | EITHER):
        stored = [id_ for id_, label in events if label in taken]
        code, out = verify(load_test.folder, "", "--ids", "-", ids="\n".join(stored))
        assert code == 0, out
        late = sum(label == "late_arrival" for _, label in events)
        assert "none lost" in out and f"good, late_arrival: {late} sent, {late} stored, 0 not" in out
        assert re.search(r"bad, redelivery: \d+ sent, 0 stored", out) and "stored twice: 0" in out


def test_a_late_one_that_it_dropped_is_lost_and_a_redelivery_that_it_booked_is_bad(ran, verify):
    load_test, _, events = ran
    stored = [id_ for id_, label in events if label in GOOD]
    late = [id_ for id_, label in events if label == "late_arrival"]
    once = Counter(id_ for id_, label in events if label in COPIES)
    again = next(id_ for id_, label in events if label == "redelivery" and once[id_] == 1)
    twice = next(id_ for id_ in stored if id_ not in once and id_ not in late)
    stored = [id_ for id_ in stored if id_ != late[0]]
    code, out = verify(load_test.folder, "", "--ids", "-", ids="\n".join([*stored, again, twice]))
    assert code == 1
    assert "; 1 LOST" in out and f"lost: …-{late[0].split('-', 2)[2]}" in out
    assert "stored twice: 1" in out and f"duplicated: …-{twice.split('-', 2)[2]}" in out
    assert re.search(r"bad, redelivery: \d+ sent, 1 stored", out)
    assert "1 BAD ones are stored" in out


def test_what_the_hub_loses_and_doubles_on_top_is_found_exactly_now_and_later(tmp_path, verify):
    hub = Hub()
    try:
        for fault, value in (("lose-event", "4"), ("double-event", "3")):
            hub.fault(fault, value)
        load_test = LoadTest(tmp_path, CONFIG, *HEADLESS, hub=hub)
        hub.wait_for(300)
        for fault, value in (("reject", "5"), ("drop-before", "2"), ("drop-after", "2"), ("ack-delay", "50")):
            hub.fault(fault, value)
        hub.wait_for(900)
        hub.fault("ack-delay", "0")
        assert load_test.wait() == 1, load_test.logs()
        found = load_test.summary["delivery"]
        assert (found["lost"], found["duplicated"], found["unexpected"], found["out_of_order"]) == (4, 3, 0, 0)
        counts = load_test.summary["transactions"]
        assert counts["generated"] == TOTAL == counts["acked"] + counts["failed"] + counts["unknown"]
        code, out = verify(tmp_path, hub.connection_string, "--config", "config.yaml")
    finally:
        hub.close()
    assert code == 1
    assert "4 LOST, 3 DUPLICATED" in out
