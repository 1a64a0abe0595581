"""The last line of the tests says what was not tested here, and what would change that."""

import subprocess
import sys

import pytest

from tests.support.environment import ROOT
from tests.support.skips import skipped_line


@pytest.mark.parametrize(
    ("reasons", "line"),
    [
        ([], "0 tests skipped"),
        (["one way is enough"], "1 test skipped, none of them for want of a program"),
        (
            ["('x.py', 3, 'Skipped: chromium not found: apt-get install chromium chromium-driver')"] * 2 + ["not here"],
            "3 tests skipped: `apt-get install chromium chromium-driver` lets 2 of them run",
        ),
    ],
)
def test_it_counts_skipped_tests_and_names_packages_once(reasons, line):
    assert skipped_line(reasons) == line


def test_it_is_the_last_line(tmp_path):
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests.conftest import *\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_one(): pytest.skip('no node: apt-get install nodejs')\ndef test_two(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "1 test skipped: `apt-get install nodejs` lets 1 of them run"


def test_a_test_that_is_marked_busy_has_a_second_try_and_no_other_has(tmp_path):
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests.conftest import *\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import pytest\ntries = []\n"
        "@pytest.mark.busy('it measures time')\ndef test_one():\n    tries.append(1)\n    assert len(tries) == 2\n"
        "def test_two():\n    assert len(tries) == 3, tries.append(1)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "1 failed, 1 passed" in done.stdout and "1 rerun" in done.stdout, done.stdout
