"""What follows payments in a live run, over reloads and workers: all is explained, counts are exact, stories go on."""

from collections import Counter, defaultdict
from typing import Any

import orjson
import pytest

from paysim.config.schema import Config
from paysim.contract.identity import sequence_of
from paysim.transactions.dataset.lifecycle_rules import Checker
from paysim.transactions.generator import TransactionGenerator
from tests.support.transactions import MOMENT, RUN, config

pytestmark = pytest.mark.usefixtures("unmeasured")

STEPS, RELOADED = 60, 30
STEP = 400_000_000  # ns
CARDS = {"credit_card": 4, "bank_transfer": 1, "digital_wallet": 1}
TRANSFERS = {"credit_card": 1, "bank_transfer": 4, "digital_wallet": 1}
Event = dict[str, Any]


def wanted(mix: dict[str, int], **more: Any) -> Config:
    return config(lifecycle="full", lifecycle_speedup=200_000, patterns={"payment_methods": mix}, **more)


class LiveRun:
    """A generator, its clock, and what it has made."""

    def __init__(self, first: Config, producer: int = 0, begins: int = 0) -> None:
        self.now = MOMENT + begins * STEP
        self.generator = TransactionGenerator(first, run=RUN, producer=producer, clock=lambda: self.now)
        self.bodies: list[bytes] = []
        self.ids: list[bytes] = []

    def step(self, *methods: str) -> None:
        """A while passes, and everybody who wants to pay does; what is due goes first."""
        self.now += STEP
        for method in methods or CARDS:
            batch = self.generator.follow_ups(20) or self.generator.batch(method, 20)
            self.bodies += batch.bodies
            self.ids += batch.ids

    @property
    def events(self) -> list[Event]:
        return [orjson.loads(body) for body in self.bodies]

    def require_explained(self) -> Counter[str]:
        """Rules hold, numbers have no gap, figures are what went out. Returns the types."""
        checker = Checker()
        for event in self.events:
            checker.check(event)
        assert not checker.found.broken, checker.found.examples
        assert [sequence_of(id_) for id_ in self.ids] == list(range(self.generator.next_sequence))
        followed = [e for e in self.events if e["transaction_type"] not in ("payment", "authorization")]
        figures = self.generator.following
        assert figures is not None
        assert figures.counts == Counter(event["transaction_type"] for event in followed)
        assert figures.by_method == Counter(event["payment_method"] for event in followed)
        return figures.counts

    def stories(self, before: int) -> dict[int, list[tuple[str, str, float]]]:
        """Number of a payment → what followed it, of those with a number below this."""
        number = {event["transaction_id"]: sequence_of(id_) for event, id_ in zip(self.events, self.ids, strict=True)}
        found: defaultdict[int, list[tuple[str, str, float]]] = defaultdict(list)
        for event in self.events:
            if (original := event.get("original_transaction_id")) and number[original] < before:
                said = event["transaction_type"], event["payment_status"], event["amount"]
                found[number[original]].append(said)
        return found


def made(*, reloads: dict[int, Config] | None = None) -> tuple[LiveRun, int]:
    """A run, and how many transactions there were when it was RELOADED."""
    run, before = LiveRun(wanted(CARDS)), 0
    for at in range(STEPS):
        if reloads and at in reloads:
            run.generator.reconfigure(reloads[at])
        if at == RELOADED:
            before = run.generator.next_sequence
        run.step()
    return run, before


def test_a_reload_of_the_mix_leaves_nothing_unexplained():
    mapped = {"payment_status": {"completed": 0.8, "failed": 0.1, "pending": 0.1}, "payment_methods": TRANSFERS}
    reloads = {
        20: wanted(TRANSFERS),
        RELOADED: config(lifecycle="full", lifecycle_speedup=50_000, patterns=mapped),
        40: wanted(CARDS),
    }
    run, _ = made(reloads=reloads)
    types = run.require_explained()
    assert min(types["capture"], types["settlement"], types["resolution"]) > 20
    assert run.generator.following is not None
    assert run.generator.following.cut_off == 0 < run.generator.following.open


def test_stories_that_have_begun_go_on_as_without_the_reload():
    run, before = made()
    reloaded, at = made(reloads={RELOADED: wanted(TRANSFERS)})
    assert at == before and run.ids[:before] == reloaded.ids[:before]
    one, other = run.stories(before), reloaded.stories(before)
    whole = 0
    for number in one.keys() | other.keys():
        shorter, longer = sorted((one.get(number, []), other.get(number, [])), key=len)
        assert longer[: len(shorter)] == shorter  # the end of the run may come a little earlier for one of them
        whole += shorter == longer
    assert whole > 0.9 * len(one)
    assert run.events[before:] != reloaded.events[before:]


def test_what_too_many_reloads_cut_off_is_counted_and_the_rest_keeps_the_rules():
    run, _ = made(reloads={10 + at: wanted(TRANSFERS if at % 2 else CARDS) for at in range(6)})
    run.require_explained()
    assert run.generator.following is not None
    assert run.generator.following.cut_off > 0


def test_a_seed_repeats_a_run_over_its_reload_where_the_clock_does():
    one, other = (made(reloads={RELOADED: wanted(TRANSFERS)})[0] for _ in range(2))
    assert one.bodies == other.bodies


def test_a_worker_that_joins_late_has_the_payments_of_one_that_was_there():
    """Which worker it is decides, neither when it joins nor who else there is."""
    in_time, late = LiveRun(wanted(CARDS), producer=2), LiveRun(wanted(CARDS), producer=2, begins=25)
    first = LiveRun(wanted(CARDS))
    for run in (in_time, late, first):
        for _ in range(STEPS):
            run.step()
        run.require_explained()
    # Until something follows, numbers are the same; what follows then goes by the clock, which has weekends.
    begun = next(at for at, event in enumerate(in_time.events) if "original_transaction_id" in event)
    assert begun > 100
    names = ("customer_id", "merchant_id", "amount", "payment_status", "payment_method")
    told = [[[event[name] for name in names] for event in run.events[:begun]] for run in (in_time, late, first)]
    assert told[0] == told[1] != told[2]
    assert not {*first.ids} & {*in_time.ids}


def test_workers_together_keep_the_rules():
    """Three of them, one that joins late and one that dies: each follows its own payments."""
    runs = [LiveRun(wanted(CARDS), producer=0), LiveRun(wanted(CARDS), producer=1), LiveRun(wanted(CARDS), 2, 20)]
    for at in range(STEPS):
        for producer, run in enumerate(runs):
            if (producer == 1 and at > 35) or (producer == 2 and at < 20):
                continue
            run.step()
    for run in runs:
        run.require_explained()
    checker = Checker()
    for event in sorted((e for run in runs for e in run.events), key=lambda e: e["transaction_timestamp"]):
        checker.check(event)
    assert not checker.found.broken, checker.found.examples
