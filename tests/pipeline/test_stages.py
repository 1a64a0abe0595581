"""The watcher process against real parts: a local hub, SQLite, PostgreSQL."""

import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azure.eventhub import EventData

from paysim.config.schema import Config
from paysim.pipeline import records
from paysim.pipeline.watcher import NICENESS
from paysim.pipeline.watcher_process import NotWatched, WatcherProcess
from tests.support.environment import unmeasured_environ
from tests.support.hub_process import HubProcess
from tests.support.pipeline import HAS_POSTGRES, RUN, Postgres, id_of, postgres, row
from tests.support.waiting import wait_until

COLUMNS = "transaction_id, stored_at, payment_no"
QUERY = f"SELECT {COLUMNS} FROM payments WHERE stored_at >= :since ORDER BY stored_at LIMIT :limit"
TABLE = "CREATE TABLE payments (payment_no INTEGER PRIMARY KEY, transaction_id TEXT, stored_at TEXT)"


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    names = ("payments", "validated", "rejected")
    process = HubProcess(*(option for name in names for option in ("--hub", name)), env=unmeasured_environ())
    yield process
    process.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    if not HAS_POSTGRES:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with postgres() as found:
        yield found


class Watched:
    """A watcher process and what it said."""

    def __init__(self, hub: HubProcess, stages: list[dict[str, Any]], **more: Any) -> None:
        self.said: list[str] = []
        event_hub = {"connection_string": hub.connection_string, "eventhub_name": "payments"}
        plain = {"output": {"event_hub": event_hub}, "pipeline": {"stages": stages, **more}}
        config = Config.model_validate(plain)
        self.process = WatcherProcess(config, None, "$Default", lambda text, _: self.said.append(text))

    def begin(self) -> "Watched":
        self.process.ready()
        self.process.begin(RUN.number)
        return self

    def sent(self, first: int, count: int, kind: int = records.ACKED) -> None:
        now = int(time.time() * 1e6)
        self.process.sent(np.array([row(kind, first, count, now, now)]).tobytes())

    def stage(self, name: str) -> dict[str, Any]:
        figures = self.process.figures or {"stages": []}
        return next((stage for stage in figures["stages"] if stage["name"] == name), {})

    def wait_for(self, name: str, right: int) -> None:
        wait_until(lambda: self.stage(name).get("right", 0) >= right, timeout=30)

    def end(self, wait: float = 20.0) -> dict[str, Any]:
        final = self.process.end(wait, 60)
        self.process.close()
        return {**{stage["name"]: stage for stage in final["stages"]}, "all": final}


def send(hub: HubProcess, name: str, *events: EventData) -> None:
    with hub.producer(name) as producer:
        producer.send_batch(list(events))


def event(sequence: int, body: str = "{}", **more: Any) -> EventData:
    made = EventData(body)
    made.message_id = uuid.UUID(bytes=id_of(sequence))  # type: ignore[assignment]  # AMQP has this form, too
    for name, value in more.items():
        setattr(made, name, value)
    return made


def sqlite_stage(path: Path, **more: Any) -> dict[str, Any]:
    sql = {"url": f"sqlite:///{path}", "query": QUERY, "time": "stored_at", "row": "payment_no", **more}
    return {"name": "stored", "sql": sql}


def hub_stage(name: str = "validated", **more: Any) -> dict[str, Any]:
    return {"name": name, "event_hub": {"eventhub_name": name, **more}}


def insert(path: Path, *rows: tuple[int, str]) -> None:
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO payments VALUES (?, ?, ?)", [(key, text, moment) for key, text in rows])
    database.close()


def test_ids_come_from_message_id_property_and_body_and_from_a_table(hub, tmp_path):
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as database:
        database.execute(TABLE)
    database.close()
    text = [str(uuid.UUID(bytes=id_of(each))) for each in range(4)]
    stages = [
        hub_stage(),
        {**hub_stage(id="property:ref"), "name": "by-property"},
        {**hub_stage(id="body:/payment/id"), "name": "by-body"},
        sqlite_stage(path),
    ]
    watched = Watched(hub, stages).begin()
    watched.sent(0, 4)
    send(hub, "payments", *(event(each) for each in range(4)))
    send(
        hub,
        "validated",
        *(
            event(each, f'{{"payment": {{"id": "{text[each].upper()}"}}}}', properties={"ref": text[each]})
            for each in range(3)
        ),
        event(3, message_id=text[3]),
        EventData("somebody else's"),
    )
    insert(path, *enumerate([*text, text[1], "no id", str(uuid.uuid4())]))
    for name, right in (("validated", 4), ("by-property", 3), ("by-body", 3), ("stored", 4)):
        watched.wait_for(name, right)
    watched.sent(4, 0)
    found = watched.end(wait=0)
    assert [found[name]["right"] for name in ("validated", "by-property", "by-body", "stored")] == [4, 3, 3, 4]
    assert (found["stored"]["duplicates"], found["stored"]["foreign"], found["validated"]["foreign"]) == (1, 2, 1)
    assert found["all"]["in_the_hub"]["right"] == 4
    # Nothing has overtaken the one that is absent, so nobody says that it is lost.
    assert (found["by-body"]["missing"], found["by-body"]["under_way"]) == (0, 1)
    for name in ("validated", "stored"):
        assert 0 <= found[name]["latency_ms"]["p50"] < 30_000
        assert found[name]["clock_offset_ms"] == 0


def test_the_watcher_gives_way_and_so_does_its_session_where_linux_counts_that(hub):
    watched = Watched(hub, [hub_stage()])
    watched.process.ready()
    pid, autogroup = watched.process.pid, Path(f"/proc/{watched.process.pid}/autogroup")
    try:
        assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
        if autogroup.exists():
            assert int(autogroup.read_text().rpartition(" ")[2]) == NICENESS
    finally:
        watched.process.close()


@pytest.mark.long
def test_what_a_later_one_overtook_is_missing_once_the_stage_is_quiet(hub, monkeypatch):
    watched = Watched(hub, [hub_stage()]).begin()
    watched.sent(0, 4)
    with hub.producer("payments") as producer:
        for each in range(4):
            producer.send_batch([event(each)], partition_id="0")
    send(hub, "validated", event(0), event(1), event(3))
    watched.wait_for("validated", 3)
    found = watched.end(wait=14)["validated"]
    assert (found["missing"], found["under_way"]) == (1, 0)


def test_a_watcher_that_is_killed_says_nothing_more(hub):
    watched = Watched(hub, [hub_stage()]).begin()
    os.kill(watched.process.pid, signal.SIGKILL)
    with pytest.raises(NotWatched, match="the watcher process ended"):
        watched.process.end(1, 10)
    assert watched.said == ["the watcher process ended"]


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        (hub_stage("absent"), r"stage absent: .*there is no event hub absent"),
        (hub_stage(consumer_group="nobody"), r"stage validated: .*there is no event hub .* consumer group nobody"),
        (sqlite_stage(Path("/tmp/not-there/ledger.db")), r"stage stored: sqlite .* cannot be read: unable to open"),
    ],
    ids=["hub", "group", "file"],
)
def test_a_stage_that_cannot_be_read_is_refused_before_the_run(hub, stage, why):
    watched = Watched(hub, [stage])
    with pytest.raises(NotWatched, match=why):
        watched.process.ready()
    watched.process.close()


def test_a_query_that_is_not_in_order_is_refused(hub, tmp_path):
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as database:
        database.execute(TABLE)
        database.executemany("INSERT INTO payments VALUES (?, 'x', ?)", [(1, "2999-01-02"), (2, "2999-01-01")])
    database.close()
    wrong = QUERY.replace("ORDER BY stored_at", "ORDER BY payment_no")
    watched = Watched(hub, [sqlite_stage(path, query=wrong)]).begin()
    wait_until(lambda: any("ORDER BY stored_at" in text for text in watched.said), timeout=20)
    watched.process.close()


class TestPostgres:
    @pytest.fixture(autouse=True)
    def table(self, server):
        import psycopg

        self.server = server
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS payments")
            connection.execute(
                "CREATE TABLE payments (payment_no bigserial PRIMARY KEY, transaction_id uuid, "
                "stored_at timestamptz NOT NULL DEFAULT clock_timestamp())"
            )
        self.connect = lambda: psycopg.connect(server.url, autocommit=True)

    def insert(self, connection: Any, *sequences: int) -> None:
        for each in sequences:
            connection.execute("INSERT INTO payments (transaction_id) VALUES (%s)", (uuid.UUID(bytes=id_of(each)),))

    def stage(self, **more: Any) -> dict[str, Any]:
        sql = {"url": self.server.url, "query": QUERY, "time": "stored_at", "row": "payment_no", **more}
        return {"name": "stored", "sql": sql}

    def test_rows_late_commits_and_copies_are_counted_and_the_missing_index_is_told(self, hub):
        watched = Watched(hub, [self.stage()]).begin()
        watched.sent(0, 6)
        with self.connect() as late, self.connect() as connection:
            late.execute("BEGIN")
            self.insert(late, 0)
            self.insert(connection, 1, 2, 3, 4, 5, 5)
            watched.wait_for("stored", 5)
            late.execute("COMMIT")
            watched.wait_for("stored", 6)
        found = watched.end(wait=0)["stored"]
        assert (found["right"], found["duplicates"], found["missing"], found["under_way"]) == (6, 1, 0, 0)
        assert found["clock_error_ms"] is not None
        assert any("no index of payments begins with stored_at" in text for text in watched.said)

    def test_a_database_without_an_encoding_is_read_too(self, hub):
        import psycopg

        with self.connect() as connection:
            connection.execute("DROP DATABASE IF EXISTS plain")
            connection.execute(
                "CREATE DATABASE plain ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
            )
        url = self.server.url.removesuffix("postgres") + "plain"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE payments (payment_no int, transaction_id text, stored_at timestamptz)")
            watched = Watched(hub, [self.stage(url=url)]).begin()
            watched.sent(0, 1)
            text = str(uuid.UUID(bytes=id_of(0)))
            connection.execute("INSERT INTO payments VALUES (1, %s, clock_timestamp())", (text,))
            watched.wait_for("stored", 1)
        assert watched.end(wait=0)["stored"]["lost"] is None

    def test_a_database_that_is_killed_and_restarted_is_read_on(self, hub):
        watched = Watched(hub, [self.stage()]).begin()
        watched.sent(0, 4)
        with self.connect() as connection:
            self.insert(connection, 0, 1)
        watched.wait_for("stored", 2)
        self.server.kill()
        wait_until(lambda: any("the database is not there" in text for text in watched.said), timeout=30)
        self.server.start()
        with self.connect() as connection:
            self.insert(connection, 2, 3)
        watched.wait_for("stored", 4)
        found = watched.end(wait=0)["stored"]
        assert (found["right"], found["duplicates"], found["lost"]) == (4, 0, None)
        assert not any(self.server.password in text for text in watched.said)

    def test_a_database_that_is_gone_at_the_end_leaves_nothing_missing(self, hub):
        watched = Watched(hub, [self.stage()]).begin()
        watched.sent(0, 2)
        with self.connect() as connection:
            self.insert(connection, 1)
        watched.wait_for("stored", 1)
        self.server.kill()
        try:
            found = watched.end(wait=0)["stored"]
        finally:
            self.server.start()
        assert (found["missing"], found["under_way"]) == (0, 1)
        assert found["lost"] == "the database could not be read to its end"

    def test_a_session_reads_only(self, hub):
        writes = (
            "WITH gone AS (DELETE FROM payments RETURNING *) SELECT * FROM gone WHERE stored_at >= :since LIMIT :limit"
        )
        watched = Watched(hub, [self.stage(query=writes)])
        with pytest.raises(NotWatched, match=r"cannot be read: .*read-only transaction"):
            watched.process.ready()
        watched.process.close()

    def test_a_password_stands_in_no_argument_and_no_environment_of_the_child(self, hub):
        watched = Watched(hub, [self.stage()]).begin()
        for name in ("cmdline", "environ"):
            assert self.server.password not in Path(f"/proc/{watched.process.pid}/{name}").read_text()
        watched.process.close()

    def test_a_wrong_password_is_one_line_without_it(self, hub):
        url = self.server.url.replace(self.server.password, "wrong-and-secret")
        watched = Watched(hub, [self.stage(url=url)])
        with pytest.raises(NotWatched, match="password authentication failed") as refused:
            watched.process.ready()
        assert "wrong-and-secret" not in str(refused.value)
        assert "\n" not in str(refused.value)
        watched.process.close()


def test_a_watcher_leaves_the_processors_to_those_that_send(hub, tmp_path):
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as database:
        database.execute(TABLE)
    database.close()
    watched = Watched(hub, [sqlite_stage(path)]).begin()
    assert os.getpriority(os.PRIO_PROCESS, watched.process.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)
    watched.process.close()
