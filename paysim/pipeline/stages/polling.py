"""How a table is read again and again without missing or repeating a row. No database in it: `fetch` is given.

Each poll asks for rows from the highest value on that was seen, ties included. A database may commit a row after later
ones, with an earlier time in it. So every `SWEEP_SECONDS` a *sweep* asks again from `OVERLAP_SECONDS` before, a few
pages with each poll, so that neither the table nor a processor is busy for long. Rows that were seen are known by their
key and left out. A row that was committed even later is found at the end of the run, when all of them are read again.
"""

import operator
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import column_times

OVERLAP_SECONDS = 30.0
OVERLAP_ROWS = 20_000
"""The same where rows are asked for by their primary key."""
SWEEP_SECONDS = 10.0
_SWEEP_POLLS = 10
"""A sweep is spread over so many polls at the most."""
PAGE = 5_000
_LARGEST_PAGE = 1_000_000

Row = Sequence[Any]
"""Id, time or None, key or None, and the value of the column that rows are asked for by."""
Fetch = Callable[[Any, int], list[Row]]


class NotAscending(ValueError):
    """The query does not give its rows in the order of the column that they are asked for by."""


class Poller:
    """Reads one table."""

    def __init__(self, since: Any, fetch: Fetch, *, by_time: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """since: where to begin, in the form of the column. fetch: since and limit → rows, ascending.

        by_time: whether rows are asked for by their time; else by their primary key, a whole number.
        """
        self._begin = self._high = since
        self._fetch, self._by_time, self._clock = fetch, by_time, clock
        self._seen: set[Any] = set()
        self._seen_before: set[Any] = set()
        self._swept = self._turned = clock()
        self._sweep: Iterator[list[Row]] | None = None

    def poll(self, take: Callable[[list[Row]], None]) -> None:
        """Give `take` what is new, a page at a time. Raises what `fetch` raises, and NotAscending."""
        for rows in self._read(self._high):
            take(self._fresh(rows))
        if self._sweep is None and self._clock() - self._swept >= SWEEP_SECONDS:
            self._begin_sweep()
        keys = max(len(self._seen), len(self._seen_before))  # as many rows as a sweep has, or more
        self._sweep_on(take, 1 + keys // (PAGE * _SWEEP_POLLS))

    def sweep(self, take: Callable[[list[Row]], None]) -> None:
        """Give `take` what is new, in a whole sweep at once."""
        self._sweep = None
        for rows in self._read(self._earlier()):
            take(self._fresh(rows))
        self._swept = self._clock()
        self._forget()

    def _begin_sweep(self) -> None:
        self._sweep, self._swept = self._read(self._earlier(), self._high), self._clock()

    def _sweep_on(self, take: Callable[[list[Row]], None], pages: int) -> None:
        if self._sweep is None:
            return
        for _ in range(pages):
            if (rows := next(self._sweep, None)) is None:
                self._sweep = None
                self._forget()
                return
            take(self._fresh(rows))

    def _forget(self) -> None:
        """Forget old keys: one that was seen in neither of the last two spans is too old to be read again."""
        now = self._clock()
        if now - self._turned > OVERLAP_SECONDS + 2 * SWEEP_SECONDS:
            self._seen_before, self._seen, self._turned = self._seen, set(), now

    def again(self, take: Callable[[list[Row]], None], stopped: Callable[[], bool]) -> bool:
        """Give `take` all rows since the beginning, seen or not. Returns whether it came to the end."""
        for rows in self._read(self._begin):
            take(rows)
            if stopped():
                return False
        return True

    def _earlier(self) -> Any:
        if self._high == self._begin:
            return self._begin
        if self._by_time:
            return _later(self._begin, column_times.earlier(self._high, OVERLAP_SECONDS))
        return max(self._begin, self._high - OVERLAP_ROWS)

    def _read(self, since: Any, until: Any = None) -> Iterator[list[Row]]:
        """Page by page to the end of the table, or as far as a value that is higher than `until`."""
        limit = PAGE
        while True:
            rows = self._fetch(since, limit)
            values = [row[3] for row in rows]
            if any(map(operator.lt, values[1:], values)):
                raise NotAscending
            yield rows
            if values:
                self._high = max(self._high, values[-1]) if self._high else values[-1]
            if len(rows) < limit or (until is not None and values[-1] > until):
                return
            # More rows have this one time than a page holds: the next page would be the same one again.
            if values[-1] == since:
                limit = min(2 * limit, _LARGEST_PAGE)
            since = values[-1]

    def _fresh(self, rows: list[Row]) -> list[Row]:
        """The rows that were not seen before. A row without a key is known by its id."""
        keys = [row[0] if row[2] is None else row[2] for row in rows]
        seen, before = self._seen, self._seen_before
        if seen.issuperset(keys):  # nearly always in a sweep
            return []
        found = []
        for key, row in zip(keys, rows, strict=True):
            if key not in seen:
                seen.add(key)
                if key not in before:
                    found.append(row)
        return found


def _later(begin: Any, moment: Any) -> Any:
    """The later of both. A table that was empty at the beginning has 0 as its begin, whatever form its times have."""
    return moment if begin == 0 else max(begin, moment)
