"""A stage that is a table of a database: it is asked again and again, and ids with their times come out."""

import contextlib
import operator
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from paysim.config.sections.pipeline import SqlStage

from . import column_times, transaction_ids
from .clock import OtherClock
from .database import Database, reason
from .polling import OVERLAP_SECONDS, NotAscending, Poller, Row

POLL_SECONDS = 0.5
PAUSE_SECONDS = 1.0
"""Before a lost connection is opened again."""
Take = Callable[[np.ndarray, np.ndarray, int, bool], None]
"""Ids (n × 2 halves), Unix microseconds of each by our clock, how many rows had no id, and whether a row is new."""


class DatabaseStage:
    """Watches one table, in the thread that calls `watch`."""

    def __init__(self, name: str, stage: SqlStage, take: Take, tell: Callable[[str, bool], None]) -> None:
        """tell: takes a text for the log, and whether it means that the stage is not watched for now."""
        self.behind = True
        """Whether rows may be there that were not read: before the first poll, and while there is no connection."""
        self.polled = 0.0
        """When a poll that came to its end began, monotonic seconds."""
        self._name, self._stage, self._take, self._tell = name, stage, take, tell
        self._database = Database(stage)
        self._poller: Poller | None = None
        self._lock = threading.Lock()

    @property
    def clock(self) -> OtherClock:
        """Of the database."""
        return self._database.clock

    def start(self) -> str | None:
        """Show that the table can be read, and note where the run begins. Returns why it cannot be read, or None."""
        try:
            with self._lock:
                self._ready()
        except NotAscending:
            return self._not_ascending()
        except Exception as error:
            self._database.close()
            return f"{self._stage.place.place} cannot be read: {reason(error)}"
        return None

    def watch(self, stopped: threading.Event) -> None:
        """Poll the table until stopped. What goes wrong is told, and tried again."""
        lost = False
        while not stopped.is_set():
            began = time.monotonic()
            try:
                with self._lock:
                    poller = self._ready()
                    if lost:
                        poller.sweep(self._new)
                    else:
                        poller.poll(self._new)
                self.behind, self.polled = False, began
                if lost:
                    self._tell(f"stage {self._name} is read again", False)
                lost = False
            except NotAscending:
                self.behind = True
                self._tell(self._not_ascending(), True)
                return
            except Exception as error:
                self._database.close()
                if not lost:
                    self._tell(f"stage {self._name}: the database is not there: {reason(error)}", True)
                self.behind = lost = True
                stopped.wait(PAUSE_SECONDS)
                continue
            stopped.wait(POLL_SECONDS)

    def catch_up(self, stopped: Callable[[], bool], *, whole: bool) -> bool:
        """Read what is there now, or with `whole` all rows since the beginning. Returns whether it was read to the
        end."""
        try:
            with self._lock:
                poller = self._ready()
                poller.sweep(self._new)
                done = not whole or poller.again(self._old, stopped)
            self.behind, self.polled = False, time.monotonic()
            return done
        except Exception as error:
            self._database.close()
            self.behind = True
            self._tell(f"stage {self._name}: the database is not there: {reason(error)}", True)
            return False

    def _not_ascending(self) -> str:
        by = self._stage.time or self._stage.row
        return f"stage {self._name}: its query does not give rows in the order of {by}; add ORDER BY {by}"

    def _ready(self) -> Poller:
        self._database.connect()
        if self._poller is None:
            since = self._first_since()
            self._poller = Poller(since, self._fetch, by_time=self._stage.time is not None)
            for hint in self._hints():
                self._tell(hint, False)
        return self._poller

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._database.close()

    def _fetch(self, since: Any, limit: int) -> list[Row]:
        found = self._database.execute(self._stage.query, {"since": since, "limit": limit})
        names = [name.lower() for name in found.keys()]  # noqa: SIM118 (a result is no mapping)
        stage = self._stage
        at = [None if name is None else _position(names, name) for name in (stage.id, stage.time, stage.row)]
        by = at[1] if at[1] is not None else at[2]
        columns = [*at, by]
        if None not in columns:  # at the speed of C
            return list(map(operator.itemgetter(*columns), found.fetchall()))
        return [tuple(None if column is None else row[column] for column in columns) for row in found.fetchall()]

    def _first_since(self) -> Any:
        """Where the run begins, in the form of the column: now by the database's clock, and some time before."""
        if self._stage.time is None:
            return self._highest_row()
        now_us = time.time() * 1e6 + self._database.clock.offset_us
        if self._database.kind != "sqlite":
            from datetime import UTC, datetime

            since = column_times.earlier(datetime.fromtimestamp(now_us / 1e6, UTC), OVERLAP_SECONDS)
            try:
                self._fetch(since, 1)
            except Exception as error:
                self._database.close()
                return self._since_like_first_row(now_us, error)
            return since
        return self._since_like_first_row(now_us, None)

    def _since_like_first_row(self, now_us: float, refused: Exception | None) -> Any:
        """The first row shows the form of times in that column; in an empty table every later row is the run's.

        refused: the database's error when it was given a time for that column.
        """
        self._database.connect()
        try:
            rows = self._fetch(0, 1)
        except Exception as error:
            raise refused or error from None
        return column_times.like(rows[0][1], now_us - OVERLAP_SECONDS * 1e6) if rows else 0

    def _highest_row(self) -> int:
        asked = f"SELECT MAX(found.{self._stage.row}) FROM ({self._stage.query}) found"  # noqa: S608 (a plain name)
        return int(self._database.execute(asked, {"since": 0, "limit": 2**31 - 1}).scalar() or 0)

    # What is read

    def _new(self, rows: list[Row]) -> None:
        self._give(rows, True)

    def _old(self, rows: list[Row]) -> None:
        self._give(rows, False)

    def _give(self, rows: list[Row], new: bool) -> None:
        if not rows:
            return
        now = time.time() * 1e6
        found = [(id, row[1]) for row in rows if (id := transaction_ids.id_bytes(row[0])) is not None]
        offset = self._database.clock.offset_us
        stamps = [now if moment is None else column_times.microseconds(moment) - offset for _, moment in found]
        ids = transaction_ids.halves([id for id, _ in found])
        self._take(ids, np.array(stamps, np.int64), len(rows) - len(found), new)

    # Hints for the log

    def _hints(self) -> Iterator[str]:
        with contextlib.suppress(Exception):  # a hint is never a reason to fail
            by = self._stage.time or self._stage.row
            if (table := _table(self._stage.query)) is not None and by is not None and not self._indexed(table, by):
                yield (
                    f"stage {self._name}: no index of {table} begins with {by}, so each poll reads the whole table; "
                    f"CREATE INDEX ON {table} ({by})"
                )
        if self._database.kind == "mssql":
            asked = "SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = DB_NAME()"
            with contextlib.suppress(Exception):
                if not self._database.execute(asked).scalar():
                    yield (
                        f"stage {self._name}: READ_COMMITTED_SNAPSHOT is off, so polls wait for the pipeline's writes, "
                        "and hold them up"
                    )

    def _indexed(self, table: str, column: str) -> bool:
        from sqlalchemy import inspect

        schema, _, name = table.rpartition(".")
        inspector = inspect(self._database.connection)
        first = [index["column_names"][0] for index in inspector.get_indexes(name, schema or None)]
        first += inspector.get_pk_constraint(name, schema or None)["constrained_columns"][:1]
        return column.lower() in {str(each).lower() for each in first}


def _table(query: str) -> str | None:
    found = re.search(r"\bfrom\s+([A-Za-z_][\w.]*)", query, re.IGNORECASE)
    return found.group(1) if found else None


def _position(names: list[str], name: str) -> int:
    if name.lower() not in names:
        raise ValueError(f"the query gives no column {name}")
    return names.index(name.lower())
