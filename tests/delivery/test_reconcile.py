"""What ledgers say, held against what arrived: every kind of finding, exactly, and nothing else."""

import random
from typing import Any

import numpy as np
import pytest

from paysim.contract.identity import high_bits, low_bits
from paysim.delivery.arrivals import halves
from paysim.delivery.reconcile import LISTED, Findings, Reconciler
from paysim.summary.delivery import Delay, ProducerRecord

RUN = 7
NO_DUPLICATES = {"acked": 0, "failed": 0, "unknown": 0, "resent": 0}
MADE = 1_800_000_000_000


def ids(producer: int, *sequences: int, run: int = RUN) -> bytes:
    return b"".join(high_bits(MADE, producer) + low_bits(run, sequence) for sequence in sequences)


def ledger(producer: int, next_sequence: int, **more: Any) -> ProducerRecord:
    nothing: dict[str, Any] = {"failed": [], "unknown": [], "resent": [], "repeated": {}, "duplicates": NO_DUPLICATES}
    return ProducerRecord.model_validate({**nothing, "producer": producer, "next_sequence": next_sequence, **more})


def found(arrived: bytes, *producers: ProducerRecord, labelled: set[int] = frozenset()) -> Findings:  # type: ignore[assignment]
    """labelled: positions of those that carry the label `duplicate`."""
    reconciler = Reconciler(RUN)
    columns = halves(arrived)
    reconciler.add(columns, duplicates=np.array([at in labelled for at in range(len(columns))], bool))
    findings = reconciler.findings(list(producers))
    assert findings.acked == findings.arrived - findings.unknown_arrived - findings.unexpected + findings.lost
    return findings


def test_a_clean_run_has_no_findings():
    findings = found(ids(0, *range(1000)) + ids(1, *range(500)), ledger(0, 1000), ledger(1, 500))
    assert findings.arrived == findings.acked == 1500
    assert not any(findings.ranges.values())
    assert (findings.lost, findings.duplicated, findings.unexpected, findings.foreign) == (0, 0, 0, 0)


def test_what_was_acknowledged_and_is_not_there_is_lost_and_listed_as_ranges():
    findings = found(ids(3, 0, 1, 5, 6, 9), ledger(3, 10))
    assert findings.lost == 5
    assert findings.ranges["lost"] == [[3, 2, 4], [3, 7, 8]]


def test_lost_ranges_go_on_over_the_borders_of_chunks():
    sequences = [*range(65_530), *range(65_540, 70_000)]
    findings = found(ids(0, *sequences), ledger(0, 70_000))
    assert (findings.lost, findings.ranges["lost"]) == (10, [[0, 65_530, 65_539]])


def test_a_producer_of_whom_nothing_arrived_has_lost_all():
    findings = found(b"", ledger(0, 200_000))
    assert (findings.lost, findings.ranges["lost"]) == (200_000, [[0, 0, 199_999]])


def test_what_failed_or_is_unknown_is_not_lost():
    findings = found(ids(0, 0, 3), ledger(0, 4, failed=[[1, 1]], unknown=[[2, 2]]))
    assert (findings.lost, findings.arrived) == (0, 2)


def test_unknown_ones_that_arrived_are_counted():
    findings = found(ids(0, 0, 1, 2), ledger(0, 4, unknown=[[1, 3]]))
    assert (findings.unknown_arrived, findings.lost, findings.unexpected) == (2, 0, 0)


def test_what_failed_and_is_there_is_unexpected():
    findings = found(ids(0, 0, 1, 2), ledger(0, 3, failed=[[1, 2]]))
    assert (findings.unexpected, findings.ranges["unexpected"]) == (2, [[0, 1, 2]])


def test_numbers_that_nobody_handed_out_are_unexpected():
    findings = found(ids(0, 0, 1, 9) + ids(5, 0), ledger(0, 2))
    assert (findings.unexpected, findings.ranges["unexpected"]) == (2, [[0, 9, 9], [5, 0, 0]])


def test_what_a_producer_sent_after_its_last_report_is_unknown():
    findings = found(ids(0, 0, 1, 2, 3, 3), ledger(0, 2, silent=True))
    assert (findings.unexpected, findings.after_last_report, findings.unknown_arrived) == (0, 2, 2)
    assert (findings.duplicated, findings.explained) == (0, 1)


def test_a_copy_too_many_is_a_duplicate_each_time():
    findings = found(ids(0, 0, 1, 1, 2, 2, 2), ledger(0, 3))
    assert (findings.duplicated, findings.explained, findings.arrived) == (3, 0, 3)
    assert findings.ranges["duplicated"][0] == [0, 1, 2]


def test_copies_of_what_was_in_doubt_are_explained():
    findings = found(ids(0, 0, 0, 1, 1, 2, 2), ledger(0, 3, resent=[[0, 0]], unknown=[[1, 1]]))
    assert (findings.explained, findings.duplicated) == (2, 1)
    assert findings.ranges["duplicated"] == [[0, 2, 2]]


def test_duplicates_of_the_scenario_are_transactions_of_their_own():
    findings = found(ids(0, 0, 1, 1, 1), ledger(0, 2, repeated={"acked": [[1, 1, 2]]}), labelled={2, 3})
    assert (findings.arrived, findings.lost, findings.duplicated, findings.explained) == (4, 0, 0, 0)


def test_a_duplicate_of_the_scenario_that_is_missing_is_lost():
    findings = found(ids(0, 0, 1, 1), ledger(0, 2, repeated={"acked": [[1, 1, 2]]}), labelled={2})
    assert (findings.lost, findings.duplicated, findings.ranges["lost"]) == (1, 0, [[0, 1, 1]])


def test_a_missing_original_is_lost_although_its_duplicate_arrived():
    findings = found(ids(0, 0, 1), ledger(0, 2, repeated={"acked": [[1, 1, 1]]}), labelled={1})
    assert (findings.lost, findings.ranges["lost"]) == (1, [[0, 1, 1]])


def test_a_copy_that_is_lost_and_one_that_is_doubled_are_both_found():
    findings = found(ids(0, 0, 0, 0, 1), ledger(0, 2, repeated={"acked": [[0, 1, 1]]}), labelled={1, 2})
    assert (findings.lost, findings.ranges["lost"]) == (1, [[0, 1, 1]])
    assert (findings.duplicated, findings.ranges["duplicated"]) == (1, [[0, 0, 0]])


def test_a_copy_in_doubt_explains_none_of_another_number():
    repeated = {"acked": [[0, 2, 1]], "resent": [[2, 2, 1]]}
    findings = found(ids(0, 0, 0, 0, 1, 2, 2, 2), ledger(0, 3, repeated=repeated), labelled={1, 2, 5, 6})
    assert (findings.duplicated, findings.explained, findings.lost) == (1, 1, 1)
    assert (findings.ranges["duplicated"], findings.ranges["lost"]) == ([[0, 0, 0]], [[0, 1, 1]])


def test_copies_that_failed_or_were_never_sent_are_unexpected_and_unknown_ones_may_be_there():
    repeated = {"failed": [[0, 0, 1]], "unknown": [[1, 1, 1]]}
    findings = found(ids(0, 0, 0, 1, 1, 1, 2, 2), ledger(0, 3, repeated=repeated), labelled={1, 3, 4, 6})
    assert (findings.unexpected, findings.ranges["unexpected"]) == (2, [[0, 0, 0], [0, 2, 2]])
    assert (findings.unknown_arrived, findings.explained, findings.duplicated, findings.lost) == (1, 1, 0, 0)


def test_copies_that_a_silent_producer_sent_after_its_last_report_are_unknown():
    producer = ledger(0, 2, silent=True, repeated={"acked": [[0, 0, 1]]})
    findings = found(ids(0, 0, 0, 1, 1, 7), producer, labelled={1, 3, 4})
    assert (findings.after_last_report, findings.unknown_arrived, findings.unexpected, findings.lost) == (2, 2, 0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_any_mixture_of_copies_is_judged_as_one_by_one(seed):
    rng = random.Random(seed)
    n = rng.choice([40, 70_000])
    sent = {at: rng.choices(["acked", "failed", "unknown", "resent"], k=rng.choice([1, 1, 2])) for at in range(0, n, 3)}
    there = {at: rng.choices([0, 1, 2, 3], [1, 5, 2, 1])[0] for at in sent}
    outcomes = {
        name: [[at, at, k] for at, all in sent.items() if (k := sum(each in names for each in all))]
        for name, names in {
            "acked": ("acked", "resent"),
            "failed": ("failed",),
            "unknown": ("unknown",),
            "resent": ("resent",),
        }.items()
    }
    arrived = [*range(n), *(at for at, k in there.items() for _ in range(k))]
    labelled = set(range(n, len(arrived)))
    findings = found(ids(2, *arrived), ledger(2, n, repeated=outcomes), labelled=labelled)
    want = dict.fromkeys(("lost", "unknown_arrived", "explained", "unexpected", "duplicated"), 0)
    for at, all in sent.items():
        acked = sum(each in ("acked", "resent") for each in all)
        want["lost"] += max(0, acked - there[at])
        more = max(0, there[at] - acked)
        want["unknown_arrived"] += (unknown := min(more, all.count("unknown")))
        more -= unknown
        if {"unknown", "resent"} & set(all):
            want["explained"] += more
            continue
        want["unexpected"] += (unexpected := min(more, all.count("failed")) if acked else more)
        want["duplicated"] += more - unexpected
    assert {name: getattr(findings, name) for name in want} == want


def test_ids_of_other_runs_and_makers_are_foreign():
    other_version = bytes(16)
    findings = found(ids(0, 0) + ids(0, 1, run=8) + other_version, ledger(0, 1))
    assert (findings.foreign, findings.arrived, findings.unexpected) == (2, 1, 0)


def test_ids_of_a_run_of_the_same_number_at_another_time_are_foreign():
    def found(made: dict[int, tuple[float, float]], *given: bytes) -> Findings:
        reconciler = Reconciler(RUN, made=made)
        reconciler.add(halves(b"".join(given)))
        return reconciler.findings([ledger(0, 2), ledger(1, 1)])

    before, within = high_bits(MADE - 1, 0) + low_bits(RUN, 1), ids(0, 0)
    late, other = high_bits(MADE + 5, 1) + low_bits(RUN, 0), high_bits(MADE, 9) + low_bits(RUN, 0)
    findings = found({0: (MADE, MADE), 1: (MADE, MADE + 4)}, within, before, late, other)
    assert (findings.foreign, findings.lost, findings.unexpected) == (2, 2, 1)
    silent = found({0: (MADE, MADE), 1: (MADE, float("inf"))}, within, late)
    assert (silent.foreign, silent.lost) == (0, 1)


def test_delay_is_from_the_id_to_the_hub_and_never_below_zero():
    reconciler = Reconciler(RUN)
    late = MADE + np.array([0, 10, 20, 500, -5], np.int64)
    reconciler.add(halves(ids(0, *range(5))), enqueued=late)
    delay = reconciler.findings([ledger(0, 5)]).delay_ms
    assert delay == Delay(p50=10.0, p99=500.0, max=500.0)


def in_order(*pieces: tuple[str, list[int]], **more: Any) -> Findings:
    reconciler = Reconciler(RUN, ordered=True)
    for partition, sequences in pieces:
        reconciler.add(halves(ids(0, *sequences)), partition)
    return reconciler.findings([ledger(0, 20, **more)])


def test_order_is_promised_within_a_partition():
    assert in_order(("0", [0, 2, 5]), ("1", [1, 3]), ("0", [6])).out_of_order == 0
    swapped = in_order(("0", [0, 5]), ("1", [1, 3]), ("0", [2, 6]))
    assert (swapped.out_of_order, swapped.ranges["out_of_order"]) == (1, [[0, 2, 2]])


def test_only_first_arrivals_of_acknowledged_ones_have_an_order():
    assert in_order(("0", [0, 1, 2, 1])).out_of_order == 0  # a copy
    assert in_order(("0", [0, 2, 1]), unknown=[[1, 1]]).out_of_order == 0  # nobody knows when it was stored


def test_where_the_hub_places_no_order_is_looked_for():
    assert found(ids(0, 1, 0), ledger(0, 2)).out_of_order is None


def test_counts_are_of_all_and_lists_are_bounded():
    findings = found(ids(0, *range(0, 1000, 2)), ledger(0, 1000))
    assert findings.lost == 500
    assert len(findings.ranges["lost"]) == LISTED


@pytest.mark.parametrize("seed", range(10))
def test_any_mixture_is_judged_as_one_by_one(seed):
    rng = random.Random(seed)
    n = rng.choice([50, 70_000])
    state = [rng.choices(["acked", "failed", "unknown", "resent"], [90, 3, 3, 4])[0] for _ in range(n)]
    copies = [
        rng.choices([0, 1, 2, 3], {"acked": [1, 97, 1, 1], "failed": [98, 2, 0, 0]}.get(s, [1, 1, 1, 0]))[0]
        for s in state
    ]
    arrived = [at for at, k in enumerate(copies) for _ in range(k)]
    rng.shuffle(arrived)
    ranges = {name: [[at, at] for at in range(n) if state[at] == name] for name in ("failed", "unknown", "resent")}
    findings = found(ids(2, *arrived), ledger(2, n, **ranges))
    both = list(zip(state, copies, strict=True))
    assert findings.lost == sum(k == 0 and s in ("acked", "resent") for s, k in both)
    assert findings.unexpected == sum(k > 0 and s == "failed" for s, k in both)
    assert findings.unknown_arrived == sum(k > 0 and s == "unknown" for s, k in both)
    assert findings.duplicated == sum(max(0, k - 1) for s, k in both if s in ("acked", "failed"))
    assert findings.explained == sum(max(0, k - 1) for s, k in both if s in ("unknown", "resent"))
