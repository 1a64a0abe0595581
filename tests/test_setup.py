"""Setting up with make on machines that lack something: one line, before pip begins, with what to install there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import ROOT
from tests.support.present import present

BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
TOOLS = ("bash", "sh", "make", "touch", "env")
RUNS_WITHOUT = "EVENTHUB_CONNECTION_STRING='Endpoint=…' .venv/bin/locust -f locustfiles/payments.py"
PIP_LOG = """
  error: subprocess-exited-with-error
  × Building wheel for python-qpid-proton (pyproject.toml) did not run successfully.
      src/core/util.h:31:10: fatal error: limits.h: No such file or directory
      error: command '/usr/bin/gcc' failed with exit code 1
  ERROR: Failed building wheel for python-qpid-proton
ERROR: Could not build wheels for python-qpid-proton, which is required to install pyproject.toml-based projects
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make: apt-get install make")


class Machine:
    """A copy of what make needs of this project, and a PATH with nothing on it but what is put there."""

    def __init__(self, folder: Path) -> None:
        self.project, self.bin, self.site = folder / "project", folder / "bin", folder / "site"
        for each in (self.project, self.bin, self.site):
            each.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.txt"):
            shutil.copy(ROOT / name, self.project)
        shutil.copytree(ROOT / "tools", self.project / "tools")
        for name in TOOLS:
            (self.bin / name).symlink_to(present(shutil.which(name)))

    def has(self, name: str, text: str = "exit 0") -> None:
        """A program that does this."""
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def python(self, code: str = "") -> None:
        """The Python of this machine, which begins with this code."""
        (self.site / "sitecustomize.py").write_text(code)
        self.has("python3", f'PYTHONPATH={self.site} exec {BASE_PYTHON} "$@"')

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.bin), "HOME": str(self.project), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=self.project,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def refusal(self, *arguments: str) -> str:
        """The one line that make ends with before it has done anything."""
        done = self.make("run", *arguments)
        line, end = done.stderr.splitlines()
        assert end.startswith("make: ***")
        assert done.returncode != 0
        assert done.stdout == ""
        assert not (self.project / ".venv").exists()
        return line


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


NO_HEADERS = "import sysconfig\nsysconfig.get_path = lambda *_, **__: '/nowhere'\n"
NO_VENV = "import sys\nsys.modules['ensurepip'] = None\n"


@pytest.mark.parametrize(
    ("installer", "command"),
    [
        ("apt-get", "apt-get install gcc libc6-dev"),
        ("dnf", "dnf install gcc glibc-devel"),
        ("apk", "apk add gcc musl-dev"),
        ("brew", "brew install gcc"),
    ],
)
def test_without_a_compiler_one_line_says_what_to_install_here_and_what_runs_without(machine, installer, command):
    machine.python()
    machine.has(installer)
    line = machine.refusal()
    assert line.startswith("the local hub needs a C compiler, to compile Qpid Proton: ")
    assert f"{command}, then make again" in line
    assert line.endswith(RUNS_WITHOUT)


def test_on_a_system_that_it_does_not_know_it_names_what_is_missing(machine):
    machine.python()
    assert "install a C compiler, then make again" in machine.refusal()


def test_a_compiler_that_lacks_the_c_library_is_none(machine):
    machine.python()
    machine.has("apt-get")
    machine.has("gcc", "exit 1")
    assert "needs a C compiler, to" in machine.refusal()


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: apt-get install gcc")
def test_without_headers_it_names_them_alone(machine):
    machine.python(NO_HEADERS)
    machine.has("apt-get")
    for name in ("cc", "gcc", "as", "ld"):
        if found := shutil.which(name):
            (machine.bin / name).symlink_to(found)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    line = machine.refusal()
    assert line.startswith("the local hub needs Python's headers, to compile")
    assert f"apt-get install python{version}-dev, then make again" in line


def test_without_venv_nothing_runs_and_all_that_is_missing_is_named_at_once(machine):
    machine.python(NO_VENV + NO_HEADERS)
    machine.has("apt-get")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    line = machine.refusal()
    assert line.startswith("paysim needs Python's venv and a C compiler and Python's headers: ")
    assert f"python{version}-venv gcc libc6-dev python{version}-dev, then make again" in line


def test_an_old_python_is_named(machine):
    machine.python("import sys\nsys.version_info = (3, 9, 2, 'final', 0)\n")
    assert "needs Python 3.11 or later, and this is python3.9" in machine.refusal()


def test_no_python_at_all(machine):
    assert machine.refusal().startswith("there is no python3: install Python 3.11 or later")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (PIP_LOG, "Qpid Proton, of the local hub, did not compile (src/core/util.h:31:10: fatal error: limits.h"),
        (
            "noise\n" * 100 + "ERROR: No matching distribution found for locust\n",
            "pip failed: No matching distribution",
        ),
        ("", "pip failed: it does not say why"),
    ],
    ids=["compilation", "another failure", "silence"],
)
def test_a_pip_that_fails_ends_in_one_line(machine, log: str, said: str):
    machine.has("apt-get")
    (machine.project / "pip.txt").write_text(log)
    python = machine.project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    # A compiler that is good enough for a trial, and a pip that fails with this output.
    python.write_text(
        "#!/bin/sh\n"
        'if [ "$2" = pip ]; then while read -r line; do echo "$line" >&2; done < pip.txt; exit 1; fi\n'
        f'if [ "$#" = 1 ]; then exit 0; fi\nexec {BASE_PYTHON} "$@"\n'
    )
    python.chmod(0o755)
    done = machine.make("run")
    assert done.returncode != 0
    assert not (machine.project / ".venv" / "run.stamp").exists()
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(said)
    if log is PIP_LOG:
        assert "apt-get install gcc libc6-dev python3" in lines[0]
        assert lines[0].endswith(RUNS_WITHOUT)


def test_nothing_is_said_where_nothing_is_missing():
    # The environment of these tests has Proton; what has compiled it is not asked for again.
    command = [sys.executable, str(ROOT / "tools" / "prerequisites.py")]
    done = subprocess.run(command, env={**os.environ, "CC": "none"}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
