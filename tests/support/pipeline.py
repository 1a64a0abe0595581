"""What the tests of the room behind the hub share: ids of a run, rows of what was sent, a PostgreSQL of their own."""

import contextlib
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from paysim.contract.identity import Run, high_bits, low_bits
from paysim.pipeline import records
from paysim.pipeline.matcher import Matcher
from paysim.pipeline.stages.transaction_ids import halves
from tests.support.servers import free_port

RUN = Run.at(1_800_000_000, 0x20000A)
SECOND = 1_000_000
START = 1_800_000_000 * SECOND


def id_of(sequence: int, producer: int = 0, run: Run = RUN, milliseconds: int = START // 1000) -> bytes:
    return high_bits(milliseconds, producer) + low_bits(run.number, sequence)


def ids_of(sequences: Sequence[int], producer: int = 0) -> np.ndarray:
    return halves([id_of(each, producer) for each in sequences])


def row(
    kind: int, first: int, count: int = 1, intended: int = START, acked: int = START, producer: int = 0
) -> list[int]:
    return [kind, producer, first, count, intended, acked]


def acked(matcher: Matcher, first: int, count: int, intended: int = START, acked: int = START) -> None:
    matcher.sent(np.array([row(records.ACKED, first, count, intended, acked)]))


class Postgres:
    """A server of the test's own, in a temporary folder, on a free port, for a user who is not root."""

    def __init__(self, folder: Path) -> None:
        self._binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self._data, self._folder = folder / "data", folder
        self.port = free_port()
        self.password = "a-password-that-must-not-show"
        folder.chmod(0o755)
        self._user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        secret = folder / "password"
        secret.write_text(self.password)
        if self._user is not None:
            os.chown(secret, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "paysim", "-A", "scram-sha-256", f"--pwfile={secret}", "-N")
        secret.unlink()
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://paysim:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c fsync=off -k {self._folder}"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._folder / "log"), "-w", "-o", options, "start")

    def kill(self) -> None:
        """As by a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        user = self._user
        subprocess.run(
            [f"{self._binaries}/{program}", *arguments],
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="paysim-postgres-", dir="/tmp"))
    try:
        server = Postgres(folder)
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


HAS_POSTGRES = bool(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
