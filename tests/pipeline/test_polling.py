"""A table read again and again: nothing missed, nothing twice. The table is a list; real ones are in test_stages."""

import pytest

from paysim.pipeline.stages import polling
from paysim.pipeline.stages.polling import NotAscending, Poller


class Table:
    def __init__(self) -> None:
        self.rows: list[tuple[str, float, int | None]] = []
        self.asked = 0
        self.now = 0.0

    def fetch(self, since: float, limit: int):
        self.asked += 1
        found = sorted((row for row in self.rows if row[1] >= since), key=lambda row: row[1])[:limit]
        return [(id, moment, key, moment) for id, moment, key in found]

    def poller(self, since: float = 1e9) -> Poller:
        return Poller(since, self.fetch, by_time=True, clock=lambda: self.now)


def read(poller: Poller) -> list[str]:
    found: list[str] = []
    poller.poll(lambda rows: found.extend(row[0] for row in rows))
    return found


def test_each_row_comes_once():
    table = Table()
    poller = table.poller()
    table.rows = [("a", 1e9, 1), ("b", 1e9 + 1, 2)]
    assert read(poller) == ["a", "b"]
    table.rows.append(("c", 1e9 + 1, 3))  # of the same time as one that was seen
    assert read(poller) == ["c"]
    assert read(poller) == []


def test_a_late_commit_with_an_earlier_time_is_seen_by_a_sweep():
    table = Table()
    poller = table.poller()
    table.rows = [("a", 1e9 + 100, 1)]
    assert read(poller) == ["a"]
    table.rows.append(("late", 1e9 + 75, 2))
    assert read(poller) == []
    table.now += polling.SWEEP_SECONDS
    assert read(poller) == ["late"]


def test_a_sweep_is_spread_over_polls_and_sees_a_late_commit_while_rows_keep_coming(monkeypatch):
    monkeypatch.setattr(polling, "PAGE", 100)
    table = Table()
    poller = table.poller()
    for second in range(100):
        if second == 69:
            table.rows.append(("late", 1e9 + 45, -1))
        table.now = float(second)
        table.rows += [(str(second * 200 + each), 1e9 + second, second * 200 + each) for each in range(200)]
        before = table.asked
        found = read(poller)
        assert table.asked - before <= 3 + 1 + 2 * 50 * 200 // (100 * 10)  # what is new, and its share of a sweep
        if "late" in found:
            assert 69 <= second <= 69 + 2 * polling.SWEEP_SECONDS
            break
    else:
        pytest.fail("a late commit was not seen")


def test_a_sweep_ends_where_the_table_grows_faster_than_it_is_swept(monkeypatch):
    monkeypatch.setattr(polling, "PAGE", 10)
    table = Table()
    poller = table.poller()
    asked = []
    for second in range(60):
        table.now = float(second)
        table.rows += [(str(second * 50 + each), 1e9 + second + each / 50, second * 50 + each) for each in range(50)]
        before = table.asked
        assert len(read(poller)) == 50
        asked.append(table.asked - before)
    assert min(asked[-20:]) == 6  # what is new alone: no sweep is on


def test_more_rows_of_one_time_than_a_page_holds_all_come(monkeypatch):
    monkeypatch.setattr(polling, "PAGE", 3)
    table = Table()
    poller = table.poller()
    table.rows = [(str(key), 1e9 + (key >= 20), key) for key in range(40)]
    assert sorted(map(int, read(poller))) == list(range(40))
    assert table.asked < 40


def test_keys_are_forgotten_when_they_are_too_old_to_be_read_again():
    table = Table()
    poller = table.poller()
    for second in range(0, 400, 5):
        table.now = float(second)
        table.rows.append((str(second), 1e9 + second, second))
        assert read(poller) == [str(second)]
    assert len(poller._seen) + len(poller._seen_before) < 40


def test_a_copy_with_a_key_of_its_own_comes_and_without_keys_it_cannot_be_told():
    table = Table()
    poller = table.poller()
    table.rows = [("a", 1e9, 1), ("a", 1e9, 2), ("b", 1e9, None), ("b", 1e9, None)]
    assert sorted(read(poller)) == ["a", "a", "b"]


def test_a_query_without_its_order_is_refused():
    poller = Poller(0, lambda since, limit: [("a", 2, 1, 2), ("b", 1, 2, 1)], by_time=True)
    with pytest.raises(NotAscending):
        poller.poll(lambda rows: None)


def test_a_table_that_was_empty_may_have_times_of_any_form():
    rows = [("a", "2026-11-27 15:00:00.5", 1)]
    now = [0.0]
    poller = Poller(0, lambda since, limit: [(*row, row[1]) for row in rows], by_time=True, clock=lambda: now[0])
    assert read(poller) == ["a"]
    now[0] += polling.SWEEP_SECONDS
    rows.append(("b", "2026-11-27 15:00:00.6", 2))
    assert read(poller) == ["b"]
