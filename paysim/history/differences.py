"""What differs between runs besides their build: then a comparison compares that as well, and says so. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from paysim.summary.model import Summary

from .runs import StoredRun

MOST_KEYS = 8
_LEFT_OUT = ("report.", "logging.", "metrics.", "seed", "output.event_hub.connection_string")
"""Keys that change no load; the connection string is told as the target."""
_ALIKE = 0.1
"""Durations and numbers of users that differ by less of the larger one are called equal."""


_SIZES: dict[str, Callable[[Summary], float]] = {
    "durations": lambda summary: summary.duration_s,
    "most users": lambda summary: summary.users_max,
    "workers": lambda summary: summary.workers,
}


def notes(a: Sequence[StoredRun], b: Sequence[StoredRun]) -> Iterator[str]:
    """A line for each thing that differs between runs, besides their build."""
    targets = [_values(group, lambda summary: str(summary.target)) for group in (a, b)]
    if targets[0] != targets[1]:
        yield f"the targets differ: {_either(targets[0])} and {_either(targets[1])}"
    differing = list(_configurations(a, b))
    for line in differing[:MOST_KEYS]:
        yield f"the configurations differ: {line}"
    if len(differing) > MOST_KEYS:
        yield f"the configurations differ in {len(differing) - MOST_KEYS:,} more keys"
    for what, read in _SIZES.items():
        sizes = [[read(run.summary) for run in group] for group in (a, b)]
        if not _near([*sizes[0], *sizes[1]]):
            yield f"the {what} differ: {_span(sizes[0])} and {_span(sizes[1])}"
    versions = [_values(group, lambda summary: summary.versions.get("paysim", "unknown")) for group in (a, b)]
    if versions[0] != versions[1]:
        yield f"the versions of paysim differ: {_either(versions[0])} and {_either(versions[1])}"
    for name, group in (("A", a), ("B", b)):
        if failed := [run.summary for run in group if run.summary.verdict.outcome != "passed"]:
            which = ", ".join(f"{each.run_id} {each.verdict.outcome}" for each in failed[:3])
            more = f" and {len(failed) - 3:,} more" if len(failed) > 3 else ""
            yield f"of {name} did not pass {len(failed):,} of {len(group):,}: {which}{more}"


def keys(summary: Summary) -> dict[str, Any]:
    """What a run was told to do: dotted key → value, those that change no load left out."""
    found = dict(_flat(summary.config.model_dump(), ""))
    return {key: value for key, value in found.items() if not key.startswith(_LEFT_OUT)}


def _configurations(a: Sequence[StoredRun], b: Sequence[StoredRun]) -> Iterator[str]:
    of_a, of_b = ([keys(run.summary) for run in group] for group in (a, b))
    for key in dict.fromkeys(key for each in (*of_a, *of_b) for key in each):
        seen_a, seen_b = ([told(each, key) for each in group] for group in (of_a, of_b))
        if len({*seen_a, *seen_b}) > 1:
            yield f"{key} is {_either(sorted(set(seen_a)))} in A, {_either(sorted(set(seen_b)))} in B"


def told(configuration: dict[str, Any], key: str) -> str:
    """The value of a key, in words."""
    if key not in configuration:
        return "not there"
    return "not set" if configuration[key] is None else str(configuration[key])


def _flat(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{at}.{key}" if at else str(key))
    else:
        yield at, value


def _values(group: Sequence[StoredRun], read: Callable[[Summary], str]) -> list[str]:
    return sorted({read(run.summary) for run in group})


def _either(values: Sequence[str]) -> str:
    return " or ".join(values)


def _near(sizes: Sequence[float]) -> bool:
    return max(sizes) - min(sizes) <= _ALIKE * max(sizes)


def _span(sizes: Sequence[float]) -> str:
    low, high = min(sizes), max(sizes)
    return f"{low:,.4g}" if low == high else f"{low:,.4g} to {high:,.4g}"
