"""A hub that takes less than is asked for: it says so, the run obeys, loses nothing, and tells what would be needed."""

import pytest

from paysim.localhub.links.throttling import BYTES_PER_UNIT
from paysim.localhub.storage.segments import Segment
from tests.support.running import Hub, LoadTest

pytestmark = [pytest.mark.usefixtures("unmeasured_processes"), pytest.mark.busy("rates are measured")]

CONFIG = """
simulator:
  output: {batch_size: 100}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 3000}
"""
ASKED_UNITS = 4  # 3,000/s of 1.1 kB: 3.3 MB/s


@pytest.fixture
def hub(tmp_path):
    """One throughput unit."""
    hub = Hub("--throughput-units", "1", "--data", str(tmp_path / "hub"))
    yield hub
    hub.close()


def stored(folder) -> list[tuple[int, int, int]]:
    """Time in ms, bytes and events of every send that the hub has stored."""
    sends = []
    for path in folder.glob("*/*/*.events"):
        sequence, base = path.stem.split("-")
        segment, at = Segment(path, int(base), int(sequence)), 0
        while found := segment.read(at):
            record, at = found
            sends.append((record.enqueued_ms, len(record.payload), record.events))
        segment.close()
    return sorted(sends)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_throttled_run_stores_what_the_units_allow_and_says_how_many_it_needs(start, hub, tmp_path):
    load_test: LoadTest = start("--headless", "--only-summary", "-u", "100", "-r", "100", "-t", "30s", config=CONFIG)
    load_test.wait(120)
    summary, sends = load_test.summary, stored(tmp_path / "hub")
    counts, rate = summary["transactions"], summary["rate"]
    assert sum(events for _, _, events in sends) == counts["acked"] > 0
    assert counts["unknown"] == 0 and counts["acked"] + counts["failed"] == counts["generated"]
    first = sends[0][0] + 1000  # a fresh hub owes nobody anything: it takes a second's worth at once
    inside = [size for ms, size, _ in sends if first <= ms < first + 28_000]
    mb_per_s = sum(inside) / 28 / BYTES_PER_UNIT
    print(
        f"{mb_per_s:.3f} MB/s, {counts['acked'] / summary['duration_s']:.0f}/s; {summary['hub']['throttled']} throttled"
    )
    assert mb_per_s == pytest.approx(1, rel=0.05)
    assert summary["hub"]["throttled"] > 10
    assert rate["target_per_s"] == 3000
    assert rate["throughput_units_needed"] == ASKED_UNITS
    assert f"the rate needs {ASKED_UNITS} throughput units" in load_test.out.read_text()
