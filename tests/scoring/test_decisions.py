"""What is read as decisions: every form in which databases, shells and tools write them."""

import io
import json
import uuid
from datetime import UTC, datetime

import numpy as np
import pytest

from paysim.scoring import decisions
from paysim.scoring.decisions import DECISIONS, NO_TIME, UnusableDecisions
from tests.support.scoring import id_of

A, B = id_of(1), id_of(2)


def read(data: str | bytes) -> list[tuple[str | None, str, int | None]]:
    """Id, decision and time of each."""
    encoded = data.encode() if isinstance(data, str) else data
    found = []
    for piece in decisions.read(io.BufferedReader(io.BytesIO(encoded)), "d"):
        for halves, known, code, time in zip(*(column.tolist() for column in piece), strict=True):
            own = str(uuid.UUID(int=halves[0] << 64 | halves[1])) if known else None
            found.append((own, DECISIONS[code], None if time == NO_TIME else time))
    return found


def refused(data: str) -> str:
    with pytest.raises(UnusableDecisions) as error:
        read(data)
    return str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        f"{A},rejected\n{B},accepted\n",
        f"{A},rejected\r\n{B},accepted",  # no end of the last line
        f"transaction_id,decision\n{A},rejected\n{B},accepted\n",
        f"status,no,id\nREJECTED,1,{A}\nAccepted,2,{B}\n",
        f'"{A}";"rejected"\n\n"{B}";"accepted"\n',
        f"{A}\trejected\n{B}\taccepted\n",
        f"{A.upper()},rejected\n{B.replace('-', '')},accepted\n",
        f"{{{A}}},rejected\nurn:uuid:{B},accepted\n",
        f"\\x{A.replace('-', '')},rejected\n0x{B.replace('-', '').upper()},accepted\n",
        f'{{"transaction_id": "{A}", "decision": "rejected", "more": [1]}}\n{{"id": "{B}", "status": "accepted"}}\n',
        f'\n{{"status": "rejected", "id": "{A}"}}\n\n{{"id": "{B}", "status": "accepted"}}',
        f"\ufeff{A},rejected\n{B},accepted\n",
        f"{A},rejected\n{B},accepted\n".encode("utf-16"),
        f"{A},rejected,\n{B},accepted,NULL\n",
    ],
)
def test_decisions_are_read_in_any_form(data: str | bytes) -> None:
    assert read(data) == [(A, "rejected", None), (B, "accepted", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T00:00:01Z", 1_767_225_601_000),
        ("2026-01-01 01:00:01.250+01", 1_767_225_601_250),  # PostgreSQL
        ("2026-01-01 00:00:01.2500000 +00:00", 1_767_225_601_250),  # SQL Server
        ("2026-01-01 00:00:01", 1_767_225_601_000),
        ("1767225601.5", 1_767_225_601_500),
        ("1767225601500", 1_767_225_601_500),
    ],
)
def test_times_are_iso_8601_or_unix(text: str, expected: int) -> None:
    assert read(f"{A},flagged,{text}\n") == [(A, "flagged", expected)]
    assert read(json.dumps({"id": A, "decision": "flagged", "decided_at": text})) == [(A, "flagged", expected)]


def test_a_time_in_json_may_be_a_number() -> None:
    assert read(json.dumps({"id": A, "decision": "flagged", "time": 1_767_225_601})) == [
        (A, "flagged", 1_767_225_601_000)
    ]


@pytest.mark.parametrize("own", ["", "NULL", "4711", "pay-1"])
def test_ids_that_are_no_uuids_are_not_refused(own: str) -> None:
    assert read(f"{A},accepted\n{own},rejected\n") == [(A, "accepted", None), (None, "rejected", None)]


def test_an_empty_file_holds_none() -> None:
    assert read("") == read("\n\n") == read("transaction_id,decision\n") == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"{A},rejected\n{B},maybe\n", "d:2: 'maybe' is no decision; allowed: accepted, flagged, rejected"),
        (f"id,decision\n{A},rejected\n{B},\n", "d:3: '' is no decision; allowed: accepted, flagged, rejected"),
        (
            f"{A},rejected,yesterday\n",
            "d:1: 'yesterday' is no time; allowed: ISO 8601, or seconds or milliseconds since 1970",
        ),
        (f"{A}\n", "d:1: has 1 columns; needed: id, decision and, if any, time"),
        (f"{A},rejected\n{B}\n", "d:2: has 1 columns; needed: id, decision and, if any, time"),
        ("id,amount\n1,2\n", "d:1: names no column decision or status"),
        ("payment,decision\n1,accepted\n", "d:1: names no column transaction_id or id"),
        (f'{{"id": "{A}", "decision": "rejected"}}\n{{"id"\n', "d:2: is no JSON object"),
        ('{"id": 1}\n"text"\n', "d:2: is no JSON object"),
        (f'[{{"id": "{A}"}}]', "d:1: is a JSON array; write one object a line (jq -c '.[]')"),
        (f'{A},"rejected\n', "d:1: is no CSV: unexpected end of data"),
        (f"{A},{'x' * 200_000}\n", "d:1: is no CSV: field larger than field limit (131072)"),
    ],
)
def test_what_is_no_decision_is_named_with_its_line(data: str, expected: str) -> None:
    assert refused(data) == expected


def test_several_faults_are_named_at_once_and_not_all_of_a_million() -> None:
    told = refused("".join(f"{id_of(at)},{'accepted' if at % 2 else 'stored'}\n" for at in range(100))).splitlines()
    assert len(told) == decisions.MOST_FAULTS
    assert told[1].startswith("d:3: 'stored' is no decision")


def test_a_binary_file_is_no_decisions() -> None:
    assert refused("\0\1\2\3,\0\n").startswith("d:1: ")


def test_a_long_file_comes_in_pieces_with_times_of_the_whole() -> None:
    lines = "".join(f"{id_of(at)},accepted,{1_767_225_600 + at}\n" for at in range(50_000))
    pieces = list(decisions.read(io.BufferedReader(io.BytesIO(lines.encode())), "d"))
    assert [len(piece.codes) for piece in pieces] == [20_000, 20_000, 10_000]
    last = datetime.fromtimestamp(int(pieces[-1].times[-1]) / 1000, UTC)
    assert (last - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds() == 49_999
    assert np.concatenate([piece.known for piece in pieces]).all()
