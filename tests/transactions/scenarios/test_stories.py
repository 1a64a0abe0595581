"""Stories: each labelled episode is what it is called, its people are who they are, and none is cut off."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysim.contract.labels import SCENARIOS
from paysim.contract.model import Transaction
from paysim.transactions.dataset import generate
from paysim.transactions.dataset.generate import Row
from paysim.transactions.scenarios.episodes import EpisodeScenario
from tests.support.transactions import config

from .one_field import TOO_GOOD, USUAL, Fields
from .story_checks import IS, Event, dollars
from .story_detectors import DETECTORS

pytestmark = pytest.mark.usefixtures("unmeasured")

START = datetime(2026, 3, 1, tzinfo=UTC)
A_DAY = 5_000
SOME = 15_000, 0.008
"""Transactions, and the share of each story: more than is usual."""


def rows_of(total: int, share: float, days: float | None = None, **more: Any) -> Iterator[Row]:
    """A data set with all stories, so much of each."""
    plan = generate.plan(
        config(
            **{
                "violations": dict.fromkeys(IS, share),
                "population": {"customers": max(20_000, total // 10), "merchants": 2_000},
                "timestamps": {
                    "mode": "replay", "start": START, "end": START + timedelta(days=days or max(8, total / A_DAY)),
                },
                "volume": {"total": total},
                **more,
            }
        ),
        seed=11,
    )  # fmt: skip
    for rows in generate.slices(plan):
        yield from rows


Labelled = tuple[Event, str | None, bytes]
"""An event, its label and its episode."""


@pytest.fixture(scope="module")
def sent() -> list[Labelled]:
    return labelled(rows_of(*SOME))


def labelled(rows: Iterator[Row]) -> list[Labelled]:
    return [(json.loads(row.body), row.label, row.part.episode if row.part else b"") for row in rows]


def episodes(events: list[Labelled]) -> dict[tuple[str, bytes], list[Event]]:
    found: dict[tuple[str, bytes], list[Event]] = defaultdict(list)
    for event, label, episode in events:
        if label is not None:
            found[label, episode].append(event)
    return found


def check(events: list[Labelled], share: float) -> None:
    found = episodes(events)
    for (name, _), told in found.items():
        assert len(told) == SCENARIOS[name].length, name
        assert IS[name](told), (name, told)
    counts = Counter(label for _, label, _ in events)
    for name in IS:  # all are told, in whole episodes
        length = SCENARIOS[name].length
        assert abs(counts[name] - share * len(events)) <= 0.25 * share * len(events) + 2 * length, (name, counts)


def test_every_story_has_a_check_and_a_detector() -> None:
    stories = {name for name, scenario in SCENARIOS.items() if isinstance(scenario, EpisodeScenario)}
    assert stories == IS.keys() == DETECTORS.keys()


def test_each_episode_is_what_it_is_called(sent: list[Labelled]) -> None:
    check(sent, SOME[1])
    for event, label, _ in sent:
        if label is not None:
            Transaction.model_validate(event)  # each by itself is good


def test_no_rule_on_one_field_finds_a_story(sent: list[Labelled]) -> None:
    no_field_tells(sent, SOME[1])


def no_field_tells(events: list[Labelled], share: float) -> None:
    """A rule that is right as often as it is wrong where stories are usual is right eight times as often where they are
    eight times as common: the precision that counts is that of the usual share."""
    known = [(episode[-1] if episode else at) % 2 == 0 for at, (_, _, episode) in enumerate(events)]
    fields = Fields([event for event, _, _ in events], known)
    for name in IS:
        rule = fields.best_rule([label == name for _, label, _ in events])
        right = rule.precision * USUAL / share
        precision = right / (right + 1.0 - rule.precision) if right else 0.0
        assert min(precision, rule.recall) <= TOO_GOOD, (name, rule, precision)


def test_detectors_that_look_at_several_events_find_stories(sent: list[Labelled]) -> None:
    for name, (precision, recall) in measured(sent).items():
        assert precision >= 0.5 and recall >= 0.5, (name, precision, recall)


def measured(events: list[Labelled]) -> dict[str, tuple[float, float]]:
    """Precision and recall of each detector, by transaction."""
    found = {}
    plain = [event for event, _, _ in events]
    for name, detect in DETECTORS.items():
        flagged = detect(plain)
        true = {event["transaction_id"] for event, label, _ in events if label == name}
        both = len(flagged & true)
        found[name] = both / max(1, len(flagged)), both / max(1, len(true))
        print(f"{name:25} precision {found[name][0]:.2f} recall {found[name][1]:.2f} of {len(true)}")
    return found


def test_stories_overlap_and_their_people_do_other_things_too(sent: list[Labelled]) -> None:
    of_stories = {event["customer_id"] for event, label, _ in sent if label is not None}
    others = {event["customer_id"] for event, label, _ in sent if label is None}
    assert len(of_stories & others) > 0.5 * len(of_stories)
    open_: dict[bytes, int] = {}
    last = {episode: at for at, (_, _, episode) in enumerate(sent) if episode}
    most = 0
    for at, (_, _, episode) in enumerate(sent):
        if episode:
            open_[episode] = last[episode]
        open_ = {each: end for each, end in open_.items() if end > at}
        most = max(most, len(open_))
    assert most >= 10


def test_a_story_lasts_longer_than_a_part_of_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "_SLICE", 1_500)  # a day each
    events = labelled(rows_of(12_000, 0.0, days=8, violations={"account_takeover": 0.05, "cycle": 0.02}))
    told = Counter[str]()
    for (name, _), episode in episodes(events).items():
        assert IS[name](episode), name
        told[name] += 1
    assert told["account_takeover"] > 80 and told["cycle"] > 30


def test_a_window_shorter_than_a_story_gets_it_faster() -> None:
    events = labelled(rows_of(6_000, 0.0, days=0.5, violations={"merchant_bust_out": 0.04, "cycle": 0.02}))
    found = episodes(events)
    assert len(found) > 15
    for (name, _), told in found.items():
        assert len(told) == SCENARIOS[name].length


def test_good_payments_among_stories_are_good(sent: list[Labelled]) -> None:
    for event, label, _ in sent[::20]:
        if label is None:
            Transaction.model_validate(event)
            assert dollars(event) <= 10_000 * 1.001


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_half_a_million_events_with_a_thousandth_of_each_story() -> None:
    events = labelled(rows_of(500_000, 0.001))
    check(events, 0.001)
    no_field_tells(events, 0.001)
    measured(events)
