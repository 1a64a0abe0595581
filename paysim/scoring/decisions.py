"""What a pipeline decided, one transaction a line, CSV or JSON Lines, as columns some thousand at a time.

CSV has the columns id, decision and, if it likes, time, in this order, or in any that its first line names. Ids are
UUIDs in any form; what is none is some other system's. Times are ISO 8601 (UTC where there is no zone) or Unix time.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import orjson

from . import id_columns

DECISIONS = ("accepted", "flagged", "rejected")
"""A column of decisions holds places in here."""
NO_TIME = np.iinfo(np.int64).min
MOST_FAULTS = 10
_AT_ONCE = 20_000
_COLUMNS = {
    "id": ("transaction_id", "id"),
    "decision": ("decision", "status"),
    "time": ("time", "decided_at"),
}
_CODES = {word: at for at, word in enumerate(DECISIONS)}
_NOTHING = ("", "NULL", "\\N")
_DELIMITERS = ",;\t"
_OBJECT = re.compile(r'\s*\{\s*(["}]|$)')  # an id may have braces too


class UnusableDecisions(ValueError):
    """Lines that are no decisions; the text has one line for each of the first few, with the file and its line."""


class Decided(NamedTuple):
    """halves: n × 2, of the ids. known: which of them are UUIDs. codes: see DECISIONS. times: Unix ms, or NO_TIME."""

    halves: np.ndarray
    known: np.ndarray
    codes: np.ndarray
    times: np.ndarray


_Row = tuple[int, Any, Any, Any]
"""Line, id, decision, time."""


def read(stream: io.BufferedReader, name: str) -> Iterator[Decided]:
    """name: of the file, for errors. Raises UnusableDecisions."""
    text = _decoded(stream)
    faults: list[str] = []
    ids: list[str] = []
    codes, times = bytearray(), list[int]()
    for line, own, word, time in _rows(text, name):
        code = _CODES.get(str(word).strip().lower())
        moment = _moment(time)
        if code is None or moment is None:
            faults.append(f"{name}:{line}: {_fault(word, time, code)}")
            if len(faults) == MOST_FAULTS:
                break
            continue
        ids.append("" if own is None else str(own))
        codes.append(code)
        times.append(moment)
        if len(ids) == _AT_ONCE:
            yield _columns(ids, codes, times)
            ids, codes, times = [], bytearray(), []
    if faults:
        raise UnusableDecisions("\n".join(faults))
    if ids:
        yield _columns(ids, codes, times)


def _columns(ids: list[str], codes: bytearray, times: list[int]) -> Decided:
    halves, known = id_columns.of_texts(ids)
    return Decided(halves, known, np.frombuffer(bytes(codes), np.uint8), np.array(times, np.int64))


def _decoded(stream: io.BufferedReader) -> io.TextIOWrapper:
    """As UTF-8, with or without a byte order mark, or as UTF-16, which some shells write."""
    head = stream.peek(2)[:2]
    encoding = "utf-16" if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")


def _rows(text: io.TextIOWrapper, name: str) -> Iterator[_Row]:
    number = 0
    for first in text:
        number += 1
        if not first.strip():
            continue
        if first.lstrip().startswith("["):
            raise UnusableDecisions(f"{name}:{number}: is a JSON array; write one object a line (jq -c '.[]')")
        if _OBJECT.match(first):
            yield from _json_rows(text, first, number, name)
        else:
            yield from _csv_rows(text, first, number, name)
        return


def _json_rows(text: io.TextIOWrapper, first: str, number: int, name: str) -> Iterator[_Row]:
    while first:
        if first.strip():
            try:
                entry = orjson.loads(first)
                own, word, time = (_value(entry, column) for column in _COLUMNS)
            except (ValueError, AttributeError):
                raise UnusableDecisions(f"{name}:{number}: is no JSON object") from None
            yield number, own, word, time
        first, number = text.readline(), number + 1


def _value(entry: dict[str, Any], column: str) -> Any:
    return next((entry[name] for name in _COLUMNS[column] if entry.get(name) is not None), None)


def _csv_rows(text: io.TextIOWrapper, first: str, number: int, name: str) -> Iterator[_Row]:
    delimiter = next((each for each in first if each in _DELIMITERS), ",")
    try:
        header = [each.strip().lower() for each in next(csv.reader([first], delimiter=delimiter))]
    except csv.Error as error:
        raise UnusableDecisions(f"{name}:{number}: is no CSV: {error}") from None
    has_names = any(each in names for each in header for names in _COLUMNS.values())
    own_at, word_at, time_at = _places(header, name, number) if has_names else (0, 1, 2 if len(header) > 2 else None)
    lines = csv.reader(text if has_names else _from(first, text), delimiter=delimiter, strict=True)
    before = number if has_names else number - 1
    try:
        for row in lines:
            if not row:
                continue
            line = before + lines.line_num
            if len(row) <= max(own_at, word_at):
                raise UnusableDecisions(
                    f"{name}:{line}: has {len(row)} columns; needed: id, decision and, if any, time"
                )
            yield line, row[own_at], row[word_at], row[time_at] if time_at is not None and time_at < len(row) else None
    except csv.Error as error:
        raise UnusableDecisions(f"{name}:{before + lines.line_num}: is no CSV: {error}") from None


def _from(first: str, text: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from text


def _places(header: list[str], name: str, number: int) -> tuple[int, int, int | None]:
    found: dict[str, int | None] = {
        column: next((header.index(each) for each in names if each in header), None)
        for column, names in _COLUMNS.items()
    }
    own, word = found["id"], found["decision"]
    if own is None or word is None:
        column = "id" if own is None else "decision"
        raise UnusableDecisions(f"{name}:{number}: names no column {' or '.join(_COLUMNS[column])}")
    return own, word, found["time"]


def _moment(value: Any) -> int | None:
    """Unix milliseconds, NO_TIME where there is none, None where it is no time."""
    if value is None or value in _NOTHING:
        return NO_TIME
    try:
        try:
            seconds = float(value)
        except ValueError:
            moment = datetime.fromisoformat(value.strip().replace(" +", "+").replace(" -", "-"))
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        # 10^11 s is the year 5138, and so many milliseconds 1973.
        return round(seconds * 1000) if abs(seconds) < 1e11 else round(seconds) if abs(seconds) < 1e14 else None
    except (TypeError, ValueError, OverflowError, AttributeError):
        return None


def _fault(word: Any, time: Any, code: int | None) -> str:
    if code is None:
        return f"{_short(word)} is no decision; allowed: {', '.join(DECISIONS)}"
    return f"{_short(time)} is no time; allowed: ISO 8601, or seconds or milliseconds since 1970"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
