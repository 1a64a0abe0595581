"""The second opinion: what it counts, and that it finds what is wrong."""

import numpy as np
import pytest

import paysim.transactions  # noqa: F401  (registers the scenarios)
from paysim.contract.identity import high_bits, low_bits
from paysim.contract.labels import SCENARIOS

from . import oracle
from .judge import judge
from .oracle import Arrivals

PRODUCER = 5


def arrived(*sequences: int, again: tuple[int, ...] = ()) -> Arrivals:
    """again: numbers of those that say that they repeat another."""
    arrivals = Arrivals()
    for sequence in sequences:
        arrivals.add(high_bits(0x19_0000_0000, PRODUCER) + low_bits(9, sequence))
    for sequence in again:
        arrivals.add(high_bits(0x19_0000_0000, PRODUCER) + low_bits(9, sequence), duplicate=True)
    return arrivals


def summary(next_sequence: int, **ranges: object) -> dict:
    producer = {"producer": PRODUCER, "next_sequence": next_sequence, "failed": [], "unknown": [], **ranges}
    return {"producers": [producer]}


def test_a_ledger_and_a_hub_that_agree():
    judgement = judge(summary(6, failed=[[1, 1]], unknown=[[2, 3]]), arrived(0, 2, 4, 5))
    assert judgement.agrees
    assert (judgement.acked, judgement.failed, judgement.unknown, judgement.unknown_arrived) == (3, 1, 2, 1)


@pytest.mark.parametrize(
    ("sequences", "finding"),
    [
        ((0, 2, 3), "lost"),
        ((0, 1, 1, 2, 3), "unexplained"),
        ((0, 1, 2, 3, 4), "unexpected"),
        ((0, 1, 2, 3, 9), "unexpected"),
    ],
)
def test_each_sort_of_error_is_found(sequences, finding):
    judgement = judge(summary(5, failed=[[4, 4]]), arrived(*sequences))
    assert getattr(judgement, finding) == 1
    assert not judgement.agrees and len(judgement.examples) == 1


def test_an_arrival_of_a_producer_that_nobody_knows_is_unexpected():
    assert judge({"producers": []}, arrived(0)).unexpected == 1


def test_what_was_sent_again_may_be_there_twice():
    judgement = judge(summary(3, resent=[[1, 1]], unknown=[[2, 2]]), arrived(0, 1, 1, 2, 2))
    assert judgement.agrees and judgement.explained == 2


def test_what_a_killed_worker_sent_after_its_last_report_is_unknown():
    judgement = judge(summary(2, silent=True), arrived(0, 1, 2, 3))
    assert judgement.agrees and judgement.unknown_arrived == 2


def test_arrivals_are_counted_however_far_their_numbers_go():
    arrivals = arrived(0, 300_000, 300_000)
    assert arrivals.of(PRODUCER, 0)[300_000] == 2 and arrivals.total == 3
    assert np.count_nonzero(arrivals.of(PRODUCER, 1_000_000)) == 2


REPEATED = {"acked": [[0, 1, 1]], "failed": [[2, 2, 1]], "unknown": [[3, 3, 1]], "resent": [[1, 1, 1]]}


@pytest.mark.parametrize(
    ("again", "findings"),
    [
        ((0, 1), {}),
        ((0, 1, 1, 3), {"explained": 1, "unknown_arrived": 1}),
        ((0, 0, 1), {"unexplained": 1}),
        ((1, 1), {"lost": 1, "explained": 1}),
        ((0, 1, 2), {"unexpected": 1}),
        ((0, 1, 4), {"unexpected": 1}),
    ],
)
def test_each_copy_is_judged_by_the_number_that_it_repeats(again, findings):
    judgement = judge(summary(5, repeated=REPEATED), arrived(*range(5), again=again))
    found = {
        name: getattr(judgement, name) for name in ("lost", "unexplained", "unexpected", "explained", "unknown_arrived")
    }
    assert {name: count for name, count in found.items() if count} == findings
    assert (judgement.acked, judgement.failed, judgement.unknown) == (5 + 2, 1, 1)


def test_the_second_opinion_knows_every_label_of_a_copy():
    for name, scenario in SCENARIOS.items():
        for behind in (b"\xa1\x0epaysim-episode", b"\x00\x53\x75"):
            event = b"\x10paysim-violation\xa1" + bytes([len(name)]) + name.encode() + behind
            assert (oracle._COPY.search(event) is not None) == scenario.repeats, name
