"""A process that was killed while it wrote what it measured spoils nothing of what the others did."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

from tools import whole_coverage


def measured(path: Path) -> Path:
    data = CoverageData(str(path))
    data.add_lines({f"/paysim/file{number}.py": range(1, 200) for number in range(200)})
    data.write()
    data.close(force=True)
    return path


def torn(path: Path) -> None:
    os.truncate(measured(path), 4096)


def middle_gone(path: Path) -> None:
    """As a machine that dies leaves it: pages that were not written are zeros."""
    size = measured(path).stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(size - 8192))


def no_database(path: Path) -> None:
    path.write_text("x" * 999)


BROKEN = {"no database": no_database, "torn": torn, "zeros": middle_gone}


def combined(folder: Path) -> str:
    """What `coverage combine` says."""
    done = subprocess.run(
        [sys.executable, "-m", "coverage", "combine"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (folder / ".coverage").exists()
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_data_go_and_whole_data_are_combined_without_a_warning(kind: str, tmp_path: Path) -> None:
    measured(tmp_path / ".coverage.machine.1.whole")
    broken = tmp_path / ".coverage.machine.2.broken"
    BROKEN[kind](broken)
    assert whole_coverage.remove_broken(tmp_path) == [broken]
    assert "arning" not in combined(tmp_path)


def test_an_empty_file_is_no_trouble(tmp_path: Path) -> None:
    measured(tmp_path / ".coverage.machine.1.whole")
    (tmp_path / ".coverage.machine.2.empty").touch()
    assert whole_coverage.remove_broken(tmp_path) == []
    assert "arning" not in combined(tmp_path)
