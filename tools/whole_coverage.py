"""Remove the coverage data of processes that were killed while they wrote them, before `coverage combine`.

Tests kill processes on purpose. What such a process leaves may be a torn SQLite file, for which
`coverage combine` warns or fails; what the others measured is whole. Says in one line what it removed.
"""

import sqlite3
import sys
from pathlib import Path

from coverage import CoverageData
from coverage.exceptions import CoverageException


def is_whole(path: Path) -> bool:
    """Whether `coverage combine` can take it up."""
    data, into = CoverageData(str(path)), CoverageData(no_disk=True)
    try:
        data.read()
        into.update(data)
    except (CoverageException, sqlite3.Error):
        return False
    finally:
        data.close(force=True)
    return True


def remove_broken(folder: Path) -> list[Path]:
    """Remove data files of single processes that cannot be read. Returns those."""
    files = [path for path in sorted(folder.glob(".coverage.*")) if not path.name.endswith("-journal")]
    broken = [path for path in files if not is_whole(path)]
    for path in broken:
        path.unlink()
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    return broken


def main() -> int:
    if broken := remove_broken(Path()):
        sys.stdout.write(f"coverage of killed processes is left out: {len(broken)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
