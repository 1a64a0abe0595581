"""A child process ends with the pipe to its standard input, or is killed."""

import subprocess
import sys

from paysim.config import child


def started(code: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", f"import sys, time; print(flush=True); {code}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_child_that_ends_with_its_input_is_not_killed() -> None:
    with started("sys.stdin.read()") as process:
        child.end(process, 20)
        assert process.returncode == 0


def test_a_child_that_stays_is_killed() -> None:
    with started("time.sleep(60)") as process:
        child.end(process, 0.1)
        assert process.returncode == -9


def test_one_that_has_ended_is_no_error() -> None:
    with started("") as process:
        process.wait(20)
        child.end(process, 0.1)
        child.end(process, 0.1)
        assert process.returncode == 0
