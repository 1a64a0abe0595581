"""`.ci/run` installs what tests need of the system before it calls make, where it may, and fails with make alone."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.environment import ROOT
from tests.support.present import present

NEEDED = {"chromium": "chromium", "chromedriver": "chromium-driver", "psql": "postgresql"}
PREPARED = "make .venv/dev.stamp"


class Machine:
    """A PATH of programs that only note that they were called."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.notes = folder / "bin", folder / "notes"
        self.bin.mkdir()
        self.notes.touch()
        for name in ("bash", "env", "dirname", "timeout"):
            (self.bin / name).symlink_to(present(shutil.which(name)))
        self.has("make")
        self.has("id", "echo 0")

    def has(self, name: str, does: str = "exit 0") -> None:
        (self.bin / name).write_text(f'#!/bin/sh\n[ {name} = id ] || echo "{name} $*" >> {self.notes}\n{does}\n')
        (self.bin / name).chmod(0o755)

    def run(self) -> int:
        environ = {"PATH": str(self.bin)}
        return subprocess.run([str(ROOT / ".ci" / "run")], env=environ, capture_output=True, timeout=60).returncode

    @property
    def called(self) -> list[str]:
        return self.notes.read_text().splitlines()

    def assert_installed_before_the_tests(self, *apt: str) -> None:
        """While Python's packages are, which may come before, between or behind."""
        *before, last = self.called
        assert last == "make test"
        assert [each for each in before if each != PREPARED] == [*apt]
        assert before.count(PREPARED) == 1


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_what_is_missing_is_installed_before_the_tests(machine):
    machine.has("apt-get")
    machine.has("chromium")
    assert machine.run() == 0
    install = "apt-get install -y -qq --no-install-recommends chromium-driver postgresql"
    machine.assert_installed_before_the_tests("apt-get update -qq", install)


def test_nothing_is_installed_where_all_is_there(machine):
    for name in ("apt-get", *NEEDED):
        machine.has(name)
    assert machine.run() == 0
    assert machine.called == ["make test"]


def test_an_apt_that_is_out_of_reach_fails_nothing(machine):
    machine.has("apt-get", "exit 100")
    assert machine.run() == 0
    machine.assert_installed_before_the_tests("apt-get update -qq")


@pytest.mark.parametrize("lacks", ["root", "apt"])
def test_without_root_or_apt_the_tests_run_as_they_can(machine, lacks):
    if lacks == "root":
        machine.has("apt-get")
        machine.has("id", "echo 1000")
    assert machine.run() == 0
    assert machine.called == ["make test"]


def test_python_packages_that_fail_fail_it_before_the_tests(machine):
    machine.has("apt-get")
    machine.has("make", "exit 2")
    assert machine.run() == 2
    assert "make test" not in machine.called


def test_tests_that_fail_fail_it(machine):
    machine.has("make", "exit 2")
    assert machine.run() == 2
