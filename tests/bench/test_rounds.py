"""The real thing, much shortened: every case starts, is measured with every batch size, and leaves nothing running."""

import time

import psutil
import pytest

from paysim.bench import report, rounds
from paysim.bench.cases import CASES, SIZES
from paysim.bench.load_test import LoadTest
from paysim.cli import main


@pytest.mark.long
def test_every_case_is_measured_and_ends():
    before = set(psutil.Process().children(recursive=True))
    found = rounds.run(rounds.Plan(rounds=1, seconds=0.3), lambda text: None)
    assert set(found.measured) == {(case, size) for case in CASES for size in SIZES}
    for (case, _), (measured,) in found.measured.items():
        assert measured.transactions > 0, case
        assert 700 < measured.bytes / measured.transactions < 1500, case  # full transactions everywhere
        assert measured.cpu_s > 0 and measured.peak_mb > 20
    assert "worker" in report.table(report.data(found))
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.long
def test_no_worker_makes_its_people_beside_the_first_measurements():
    with rounds.started() as cases:
        worker = cases["worker"]
        assert isinstance(worker, LoadTest)
        process = psutil.Process(worker.worker_pid)
        before = sum(process.cpu_times()[:2])
        time.sleep(2)
        assert sum(process.cpu_times()[:2]) - before < 1


def test_a_file_that_cannot_be_written_is_said_before_minutes_are_spent(capsys, tmp_path):
    assert main(["bench", "--json", str(tmp_path / "missing" / "bench.json")]) == 2
    assert capsys.readouterr().err.startswith("paysim bench: ")
