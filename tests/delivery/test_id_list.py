"""Lists of ids as databases write them, and the lines that hold none, by their number."""

import io
import uuid

import pytest

from paysim.delivery import id_list
from paysim.delivery.id_list import BadLines, Ids

SOME = [uuid.UUID(int=(7919 * n) ** 9 % 2**128) for n in range(1, 301)]


def taken(text: str | bytes) -> list[uuid.UUID]:
    data = text.encode() if isinstance(text, str) else text
    return [uuid.UUID(bytes=row.astype(">u8").tobytes()) for piece in Ids(io.BytesIO(data)) for row in piece]


def lines(form: str = "{}", end: str = "\n") -> str:
    return "".join(form.format(each) + end for each in SOME)


@pytest.mark.parametrize(
    "text",
    [
        lines(),
        lines().removesuffix("\n"),
        lines(end="\r\n"),
        lines('"{}"'),
        lines(" {} "),
        lines().upper(),
        lines().replace("-", ""),
        "transaction_id\n" + lines(),
        '"transaction id"\r\n' + lines('"{}"', "\r\n"),
        "\n\n" + lines() + "\n\n",
        lines().replace("\n", "\n\n", 5),
        lines("{{{}}}"),
        lines('"{{{}}}"', "\r\n"),
        lines("{{{}}}").replace("{", "", 1).replace("}", "", 1),
        b"\xef\xbb\xbf" + lines().encode(),
        b"\xef\xbb\xbf" + b"transaction_id\n" + lines().encode(),
        lines(end="\r\n").encode("utf-16"),
        b"\xfe\xff" + ("transaction_id\n" + lines()).encode("utf-16-be"),
    ],
)
def test_what_databases_write_is_taken(text):
    assert taken(text) == SOME


def test_nothing_is_no_ids():
    assert taken("") == []
    assert taken("\n") == []


@pytest.mark.parametrize("size", [1, 36, 37, 100, 1000])
def test_pieces_may_end_anywhere(size, monkeypatch):
    monkeypatch.setattr(id_list, "PIECE", size)
    assert taken(lines()) == SOME
    assert taken("name\n" + lines(end="\r\n") + "\n") == SOME


@pytest.mark.parametrize("null", ["NULL", "null", "\\N", '"NULL"'])
def test_null_is_a_row_without_an_id_wherever_it_stands(null):
    given = Ids(io.BytesIO(f"{null}\n{lines()}{null}\n".encode()))
    assert sum(map(len, given)) == len(SOME)
    assert given.null == 2


@pytest.mark.parametrize(
    "bad", ["(300 rows)", "12345678-1234-1234-1234-1234567890zz", "a,b", "é", "{12345678-1234-1234-1234-1234567890ab"]
)
def test_a_line_without_an_id_is_named(bad):
    text = lines().splitlines()
    text[41] = bad
    text[99] = bad
    with pytest.raises(BadLines) as raised:
        taken("\n".join(text))
    assert raised.value.faults == [f"line {n}: {bad!r} is no transaction id" for n in (42, 100)]


def test_lines_are_counted_over_pieces(monkeypatch):
    monkeypatch.setattr(id_list, "PIECE", 370)
    with pytest.raises(BadLines, match="line 301: 'x y z;' is no transaction id"):
        taken(lines() + "x y z;\n")


def test_only_the_first_bad_lines_are_named():
    with pytest.raises(BadLines) as raised:
        taken("!\n" * 1000)
    assert len(raised.value.faults) == id_list.MOST_FAULTS
