"""`paysim verify`, after a run: of its hub, and of what a pipeline stored."""

import io
import json
import sys
from pathlib import Path
from uuid import UUID

import pytest

from paysim.cli import main
from paysim.contract.identity import parse
from tests.support.present import present
from tests.support.reading import read_all
from tests.support.running import Hub, LoadTest
from tests.support.servers import free_port

CONFIG = """
simulator:
  seed: 7
  output: {batch_size: 20, event_hub: {eventhub_name: payments}}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {total: 1000, rate: 400}  # long enough for both workers to take part
    violations: {duplicate: 0.03, negative_amount: 0.04, structuring: 0.02}
  verify: {enabled: false, timeout: 1}
  report: {labels: "output/{run_id}/labels.jsonl"}
  thresholds: {min_rate_share: 0.2}  # a busy machine begins late, and that is not what is looked at here
"""
pytestmark = pytest.mark.usefixtures("unmeasured_processes")
HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")


@pytest.fixture
def verify(monkeypatch, capsys):
    """The command, in the folder of a run: exit code, standard output, standard error."""

    def verify(folder: Path, hub: str, *arguments: str, ids: str = "") -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("EVENTHUB_CONNECTION_STRING", hub)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ids.encode())))
        code = main(["verify", "--summary", "output/latest/summary.json", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return verify


@pytest.fixture(scope="module")
def ran(tmp_path_factory, unmeasured_processes):
    """A run of two workers, its hub, and the ids in the hub with their labels."""
    hub = Hub()
    load_test = LoadTest(
        tmp_path_factory.mktemp("ran"), CONFIG, *HEADLESS, "--master", "--expect-workers", "2", hub=hub
    )
    load_test.add_worker()
    load_test.add_worker()
    assert load_test.wait() == 0, load_test.logs()
    arrived = [
        (str(UUID(bytes=event.message_id)), event.properties.get("paysim-violation"))
        for event in read_all(hub.connection_string)
    ]
    yield load_test, hub, arrived
    hub.close()


def test_a_run_can_be_verified_later(ran, verify):
    load_test, hub, _ = ran
    assert load_test.summary["delivery"] is None
    code, out, err = verify(load_test.folder, hub.connection_string, "--config", "config.yaml")
    assert (code, err) == (0, "")
    assert "all 1,000 acknowledged transactions; none lost, none twice" in out


def test_what_the_hub_has_lost_is_found_later(tmp_path, verify):
    hub = Hub()
    try:
        hub.fault("lose-event", "2")
        load_test = LoadTest(tmp_path, CONFIG, *HEADLESS, hub=hub)
        assert load_test.wait() == 0, load_test.logs()
        code, out, _ = verify(tmp_path, hub.connection_string, "--config", "config.yaml")
    finally:
        hub.close()
    assert code == 1
    assert "998 of 1,000 acknowledged transactions; 2 LOST" in out


def test_labels_of_all_workers_are_those_that_were_sent(ran):
    load_test, _, arrived = ran
    lines = (load_test.folder / "output" / "latest" / "labels.jsonl").read_text().splitlines()
    entries = [entry for entry in map(json.loads, lines) if "violation" in entry]  # others are fraud in truth
    written = sorted((entry["transaction_id"], entry["violation"]) for entry in entries)
    assert written == sorted((id, label) for id, label in arrived if label is not None)
    assert {present(parse(UUID(id).bytes)).producer for id, _ in written} == {0, 1}


def test_labels_and_events_of_an_episode_have_its_name_and_decisions_on_them_are_scored(ran, tmp_path, capsys):
    load_test, hub, _ = ran
    path = load_test.folder / "output" / "latest" / "labels.jsonl"
    written = {entry["transaction_id"]: entry for entry in map(json.loads, path.read_text().splitlines())}
    stories: dict[str, list[str]] = {}
    for event in read_all(hub.connection_string):
        own, episode = str(UUID(bytes=event.message_id)), event.properties.get("paysim-episode")
        assert (episode is None) == (event.properties.get("paysim-violation") != "structuring")
        if episode is not None:
            stories.setdefault(episode, []).append(own)
            assert (written[own]["episode"], written[own]["role"]) == (episode, "payer")
        elif "violation" in written.get(own, {}):  # what is fraud in truth alone is no episode
            assert written[own]["episode"] == own and "role" not in written[own]
    assert stories and all(len(members) <= 6 and episode in members for episode, members in stories.items())
    # A detector that sees the last payment of each story, a second after the hub has the first.
    seen = [max(members) for members in stories.values()]
    decided = "".join(f"{own},flagged,{(UUID(own).int >> 80) + 1000}\n" for own in seen)
    (tmp_path / "decisions.csv").write_text(decided)
    options = ["--labels", str(path), "--decisions", str(tmp_path / "decisions.csv")]
    assert main(["score", *options, "--json", str(tmp_path / "score.json")]) == 0
    found = json.loads((tmp_path / "score.json").read_bytes())
    assert found["runs"] == [load_test.summary["run_id"].rpartition("-")[2]]
    scored = found["scenarios"]["structuring"]
    assert (scored["flagged"], scored["episodes_found"], scored["episodes"]) == (len(stories),) * 3
    assert scored["detection"]["median"] >= 1 and found["precision"] == 1
    assert main(["score", *options, "--min-recall", "structuring=0.9"]) == 1


def test_a_pipeline_that_stored_the_good_and_rejected_the_bad_passes(ran, verify):
    load_test, _, arrived = ran
    stored = [id for id, label in arrived if label in (None, "structuring")]
    code, out, err = verify(load_test.folder, "", "--ids", "-", ids="\n".join(sorted(stored)))
    assert (code, err) == (0, "")
    assert (
        f"{len(stored):,} of {len(stored):,} good transactions that the hub acknowledged are stored; none lost" in out
    )
    assert "bad, negative_amount: " in out and ", 0 stored, " in out


def test_a_line_removed_doubled_and_added_and_a_bad_one_are_each_found(ran, verify):
    load_test, _, arrived = ran
    stored = [id for id, label in arrived if label is None]
    bad = next(id for id, label in arrived if label == "negative_amount")
    unsent = stored[5][:-6] + "ffffff"
    again = {id for id, label in arrived if label == "duplicate"}  # doubled by the run itself, which explains one more
    twice = next(id for id in stored[1:] if id not in again)
    (load_test.folder / "ids.txt").write_text(
        "\n".join([*stored[1:], twice, unsent, bad, "11111111-2222-4333-8444-555555555555"])
    )
    code, out, _ = verify(load_test.folder, "", "--ids", "ids.txt")
    assert code == 1
    assert "; 1 LOST" in out
    assert "stored twice: 1; unexpected: 1; of other runs: 1" in out
    assert "1 BAD ones are stored that should have been rejected" in out
    assert f"lost: …-{stored[0].split('-', 2)[2]}" in out
    assert f"duplicated: …-{twice.split('-', 2)[2]}" in out
    assert f"unexpected: …-{unsent.split('-', 2)[2]}" in out


def test_a_duplicate_that_the_pipeline_stored_again_is_told(ran, verify):
    load_test, _, arrived = ran
    stored = [id for id, label in arrived if label is None]
    again = next(id for id, label in arrived if label == "duplicate")
    code, out, _ = verify(load_test.folder, "", "--ids", "-", ids="\n".join([*stored, again]))
    assert code == 1
    assert "stored twice: 0" in out
    assert "bad, duplicate: " in out and ", 1 stored, " in out


def test_an_id_of_another_time_is_another_runs_and_its_number_is_missing(ran, verify):
    load_test, _, arrived = ran
    stored = [id for id, label in arrived if label is None]
    code, out, _ = verify(load_test.folder, "", "--ids", "-", ids="\n".join([f"0199{stored[0][4:]}", *stored[1:]]))
    assert code == 1
    assert "; 1 LOST" in out and "unexpected: 0; of other runs: 1" in out


def test_null_is_told_and_braces_and_a_byte_order_mark_are_taken(ran, verify):
    load_test, _, arrived = ran
    stored = [f"{{{id}}}" for id, label in arrived if label is None]
    code, out, err = verify(load_test.folder, "", "--ids", "-", ids="\ufeffNULL\n" + "\n".join([*stored, "NULL"]))
    assert (code, err) == (0, "")
    assert "none lost" in out and "rows without an id: 2" in out


@pytest.mark.parametrize("left", [0, 1, -1], ids=["empty", "one line", "all but one"])
def test_labels_that_are_cut_are_told_and_nothing_is_called_lost(ran, verify, left):
    load_test, _, arrived = ran
    file = load_test.folder / "output" / "latest" / "labels.jsonl"
    whole = file.read_bytes()
    try:
        file.write_bytes(b"".join(whole.splitlines(keepends=True)[:left]))
        stored = "\n".join(id for id, label in arrived if label is None)
        code, out, err = verify(load_test.folder, "", "--ids", "-", ids=stored)
    finally:
        file.write_bytes(whole)
    assert (code, out) == (2, "")
    assert "labels.jsonl: holds " in err and "the file is cut, or is another's" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "ids", "says", "code"),
    [
        (["--ids", "-"], "name\nx y;\n", "standard input: line 2: 'x y;' is no transaction id", 2),
        (["--ids", "gone.txt"], "", "gone.txt: cannot be read: no such file", 2),
        (["--ids", "-", "--config", "config.yaml"], "", "--ids asks no hub", 2),
        (["--summary", "config.yaml"], "", "config.yaml: is not JSON", 2),
        (["--config", "config.yaml"], "", "this configuration starts a hub of its own", 2),
    ],
)
def test_what_is_wrong_is_one_line(ran, verify, arguments, ids, says, code):
    load_test, _, _ = ran
    found, _, err = verify(load_test.folder, "", *arguments, ids=ids)
    assert found == code
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_hub_that_is_gone_or_another_is_told(ran, verify):
    load_test, hub, _ = ran
    gone = hub.connection_string.replace(f":{hub.port}", f":{free_port()}")
    code, _, err = verify(load_test.folder, gone, "--config", "config.yaml")
    assert (code, len(err.splitlines())) == (3, 1)
    assert "cannot read 127.0.0.1/payments: 127.0.0.1" in err and "refuses connections" in err
    other = Hub()
    try:
        code, out, _ = verify(load_test.folder, other.connection_string, "--config", "config.yaml")
    finally:
        other.close()
    assert code == 1
    assert "not verifiable: this is another hub, payments of 2" in out


def test_an_embedded_hub_ended_with_its_run(tmp_path, verify):
    load_test = LoadTest(tmp_path, CONFIG, *HEADLESS, hub=None)
    assert load_test.wait() == 0, load_test.logs()
    code, _, err = verify(tmp_path, "", "--config", "config.yaml")
    assert code == 3
    assert "its own (`embedded`) and ended with it" in err
