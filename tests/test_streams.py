"""What a stream's encoding has no character for is spelt with those that it has."""

import io
import sys

import pytest

from paysim.streams import write_everything


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "a → b ≤ c – d € 日"),
        ("latin-1", "a -> b <= c - d \\u20ac \\u65e5"),
        ("ascii", "a -> b <= c - d \\u20ac \\u65e5"),
    ],
)
def test_nothing_is_lost(monkeypatch, encoding, written):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    write_everything()
    stream.write("a → b ≤ c – d € 日")
    stream.flush()
    assert stream.buffer.getvalue().decode(encoding) == written


def test_a_closed_stream_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    write_everything()
