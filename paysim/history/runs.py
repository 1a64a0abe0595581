"""Finding the runs that a path stands for: a summary, the folder of a run, or a folder that holds runs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paysim.summary.model import Summary
from paysim.summary.reading import NoSummary, read

SUMMARY = "summary.json"
_MARK = b'"schema_version"'
_HEAD_BYTES = 256
"""The mark is the first key of each summary."""


class NoRuns(Exception):
    """A path holds no run; one line for the user."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run that is over. path: of its summary."""

    path: Path
    summary: Summary


@dataclass(slots=True)
class FolderOfRuns:
    """Runs of a folder, the oldest first. left_out: summaries that cannot be read, and why, a line each."""

    runs: list[StoredRun] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def of_path(path: Path) -> list[StoredRun]:
    """All runs that a path stands for, the oldest first. Raises NoRuns, and NoSummary where one cannot be read."""
    if not path.is_dir() or (path / SUMMARY).exists():
        return [StoredRun(path, read(path))]
    runs = _once(StoredRun(file, read(file)) for file in _summaries(path))
    if not runs:
        raise _nothing(path)
    return runs


def of_folder(folder: Path) -> FolderOfRuns:
    """The runs of a folder, what cannot be read left out. Raises NoRuns where nothing is left, or it is no folder."""
    if not folder.is_dir():
        raise NoRuns(f"{folder}: is no folder")
    found = FolderOfRuns()
    readable = []
    for file in _summaries(folder):
        try:
            readable.append(StoredRun(file, read(file)))
        except NoSummary as reason:
            found.left_out.append(str(reason))
    found.runs = _once(readable)
    if not found.runs:
        raise NoRuns(found.left_out[0]) if len(found.left_out) == 1 else _nothing(folder, len(found.left_out))
    return found


def _nothing(folder: Path, unreadable: int = 0) -> NoRuns:
    if unreadable:
        return NoRuns(f"{folder}: holds {unreadable:,} summaries, none of which this version of paysim can read")
    return NoRuns(f"{folder}: holds no run: there is no summary of one in it, nor in a folder in it")


def _summaries(folder: Path) -> Iterator[Path]:
    """Files of the folder and of the folders in it that are summaries, by their first key.

    A link such as `latest` leads to a run that is there anyway.
    """
    folders = [folder, *sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink())]
    for each in folders:
        try:
            files = sorted(each.glob("*.json"))
        except OSError:
            continue  # a folder that is closed to us
        yield from (file for file in files if _is_marked(file))


def _is_marked(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return _MARK in stream.read(_HEAD_BYTES)
    except OSError:
        return False


def _once(found: Iterable[StoredRun]) -> list[StoredRun]:
    """Each run once, as copies of a summary are of one run; the oldest first."""
    runs = {run.summary.run_id: run for run in found}
    return sorted(runs.values(), key=lambda run: (run.summary.started_at, run.summary.run_id))
