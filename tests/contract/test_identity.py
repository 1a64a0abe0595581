"""Ids of transactions (UUID version 8, RFC 9562) and of runs: what is put in comes out, and nothing else is taken."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.contract.identity import (
    MAX_PRODUCERS,
    MAX_RUNS,
    MAX_SEQUENCE,
    Identity,
    Run,
    high_bits,
    low_bits,
    parse,
    sequence_of,
)


@given(
    st.integers(0, 2**48 - 1),
    st.integers(0, MAX_PRODUCERS - 1),
    st.integers(0, MAX_RUNS - 1),
    st.integers(0, MAX_SEQUENCE - 1),
)
def test_an_id_is_a_uuid_of_version_8_that_says_time_producer_run_and_sequence(milliseconds, producer, run, sequence):
    made = high_bits(milliseconds, producer) + low_bits(run, sequence)
    assert (uuid.UUID(bytes=made).version, uuid.UUID(bytes=made).variant) == (8, uuid.RFC_4122)
    assert parse(made) == Identity(milliseconds, producer, run, sequence)
    assert sequence_of(made) == sequence


@pytest.mark.parametrize(
    "bits", [b"", b"\0" * 15, b"\0" * 17, uuid.UUID(int=4 << 76 | 2 << 62).bytes, high_bits(1, 1) + b"\0" * 8]
)
def test_other_bits_are_no_id_of_ours(bits):
    assert parse(bits) is None


def test_the_id_of_a_run_ends_in_its_number():
    run = Run.at(1_795_784_661.5, 0xABCDEF & (MAX_RUNS - 1))
    assert Run.from_id(run.id) == run


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "-1",
        "20261127T121007Z",
        "20261127T121007Z-xyz",
        "20261127T121007Z-0x001f",
        "20261127T121007Z-1_0000",
        "20261127T121007Z-20000A",
        "20261127T121007Z-20000a\n",
        f"20261127T121007Z-{MAX_RUNS:x}",
    ],
)
def test_a_text_that_no_run_has_for_an_id_is_refused(text):
    with pytest.raises(ValueError):
        Run.from_id(text)
