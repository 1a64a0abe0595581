"""Blind detectors of stories, as a pipeline could have them: each sees all events in order of time, and no label.

They follow docs/SCENARIOS.md and know neither how stories are told nor where one begins. What they flag is
transactions, by id.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from .story_checks import DAY, HOUR, Event, device, dollars, failed, kilometres, pays, threshold, when

Flagged = set[str]


def ids(events: Iterable[Event]) -> Flagged:
    return {event["transaction_id"] for event in events}


def by(events: Sequence[Event], *paths: str) -> list[list[Event]]:
    """Groups of events that have the same values of these fields."""
    found: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    for event in events:
        found[tuple(_value(event, path) for path in paths)].append(event)
    return [group for name, group in found.items() if None not in name]


def _value(event: Event, path: str) -> Any:
    head, _, below = path.partition(".")
    return event[head].get(below) if below else event.get(head)


def windows(events: Sequence[Event], seconds: float) -> Iterator[list[Event]]:
    """Of each event, those up to so many seconds after it."""
    last = 0
    for first, event in enumerate(events):
        last = max(last, first)
        while last + 1 < len(events) and when(events[last + 1]) - when(event) <= seconds:
            last += 1
        yield list(events[first : last + 1])


def payments(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event["transaction_type"] == "payment"]


def rapid_fire(events: Sequence[Event]) -> Flagged:
    groups = by(events, "customer_id")
    return {id_ for group in groups for part in windows(group, 60) if len(part) >= 20 for id_ in ids(part)}


def card_testing(events: Sequence[Event]) -> Flagged:
    found: Flagged = set()
    for group in by(payments(events), "metadata.ip_address", "metadata.user_agent"):
        for part in windows(group, 2 * HOUR):
            small = [e for e in part if dollars(e) < 5 and "last4" in e["payment_details"]]
            if len({e["customer_id"] for e in small}) >= 6 and sum(map(failed, small)) >= 0.5 * len(small):
                tested = {e["payment_details"].get("token") for e in small if not failed(e)}
                found |= ids(small) | ids(
                    e for e in part if dollars(e) > 200 and e["payment_details"].get("token") in tested
                )
    return found


def bin_attack(events: Sequence[Event]) -> Flagged:
    cards = [e for e in payments(events) if "last4" in e["payment_details"]]
    return {
        id_
        for group in by(cards, "customer_id", "merchant_id")
        for part in windows(group, 180)
        if len({e["payment_details"]["token"] for e in part}) >= 5
        for id_ in ids(part)
    }


def account_takeover(events: Sequence[Event]) -> Flagged:
    """Who pays from a new device and address and then several times as much; their payments before it are of the story
    too."""
    found: Flagged = set()
    remote = [e for e in payments(events) if e["channel"] == "web" and "last4" in e["payment_details"]]
    for group in by(remote, "customer_id", "payment_details.token"):
        for part in windows(group, 4.5 * DAY):
            own = [e for e in part if e["metadata"]["ip_address"] == part[0]["metadata"]["ip_address"]]
            strange = [e for e in part if not set(device(e)) & set(device(part[0]))]
            if len(own) >= 2 and len(strange) >= 2 and max(map(dollars, strange)) > 300:
                found |= ids(own) | ids(strange)
    return found


def impossible_travel(events: Sequence[Event]) -> Flagged:
    found: Flagged = set()
    for group in by([e for e in payments(events) if e["channel"] == "pos"], "customer_id"):
        for first, second in pairwise(group):
            hours = (when(second) - when(first)) / HOUR
            if hours < 3 and kilometres(first, second) > 1_000 * max(hours, 0.3):
                found |= ids((first, second))
    return found


def refund_abuse(events: Sequence[Event]) -> Flagged:
    known = {e["transaction_id"]: e for e in payments(events)}
    refunds = [e for e in events if e.get("original_transaction_id") in known]
    return {
        id_
        for group in by(refunds, "customer_id")
        for part in windows(group, 7 * DAY)
        if len(part) >= 3
        for id_ in ids(part) | {e["original_transaction_id"] for e in part}
    }


def merchant_bust_out(events: Sequence[Event]) -> Flagged:
    """Many large sales in two days at a merchant that had small ones before."""
    found: Flagged = set()
    for group in by([e for e in payments(events) if e["channel"] == "web"], "merchant_id"):
        for part in windows(group, 2 * DAY):
            large = [e for e in part if dollars(e) > 250]
            if len({e["customer_id"] for e in large}) >= 10:
                before = [e for e in group if 0 < when(large[0]) - when(e) <= 5 * DAY and dollars(e) < 60]
                found |= ids(large) | ids(before)
    return found


def _transfers(events: Sequence[Event]) -> list[Event]:
    """To people: whose number somebody has who pays too, or who is called as people are."""
    names = {event["customer_name"] for event in events}
    return [e for e in payments(events) if e["payment_method"] == "bank_transfer" and e["merchant_name"] in names]


def authorised_push_payment(events: Sequence[Event]) -> Flagged:
    found: Flagged = set()
    for group in by(payments(events), "customer_id", "merchant_id"):
        for first, second, third in zip(group, group[1:], group[2:], strict=False):
            if when(third) - when(first) <= 2 * DAY and first["payment_method"] == "bank_transfer":
                steps = (second["amount"] / first["amount"], third["amount"] / second["amount"])
                if min(steps) > 1.8 and dollars(third) > 300:
                    found |= ids((first, second, third))
    return found


def structuring(events: Sequence[Event]) -> Flagged:
    found: Flagged = set()
    near = [e for e in payments(events) if 0.85 <= dollars(e) / threshold(e["customer_country"]) < 1]
    for group in by(near, "customer_id"):
        for part in windows(group, 3 * DAY):
            if len(part) >= 3:
                found |= ids(part)
    return found


Links = dict[str, list[Event]]


def _incoming(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Account of a person (the number of their customer_id) → what was paid into it."""
    found: Links = defaultdict(list)
    for event in _transfers(events):
        found[event["merchant_id"][4:][::-1]].append(event)
    return found


def _outgoing(events: Sequence[Event]) -> Links:
    found: Links = defaultdict(list)
    for event in _transfers(events):
        found[event["customer_id"][4:]].append(event)
    return found


def fan_in(events: Sequence[Event]) -> Flagged:
    found: Flagged = set()
    out = _outgoing(events)
    for number, into in _incoming(events).items():
        for part in windows(into, 2 * DAY):
            if len({e["customer_id"] for e in part}) >= 5:
                whole = sum(e["amount"] for e in part)
                onward = [e for e in out[number] if pays(part[0], e) and 0.5 <= e["amount"] / whole <= 1]
                found |= ids(part) | ids(onward)
    return found


def fan_out(events: Sequence[Event]) -> Flagged:
    found: Flagged = set()
    into = _incoming(events)
    for number, out in _outgoing(events).items():
        for part in windows(out, DAY):
            if len({e["merchant_id"] for e in part}) >= 5:
                sources = [e for e in into[number] if 0 < when(part[0]) - when(e) <= DAY and pays(e, part[0])]
                found |= ids(part) | ids(e for e in sources if e["amount"] > 3 * part[0]["amount"])
    return found


def _chains(events: Sequence[Event], hours: float, low: float, high: float) -> Iterator[list[Event]]:
    """Payments of which each hands on nearly what the one before it was; the longest."""
    out = _outgoing(events)
    following: dict[str, Event] = {}
    begun: set[str] = set()
    for event in _transfers(events):
        for after in out[event["merchant_id"][4:][::-1]]:
            late = when(after) - when(event)
            if pays(event, after) and 0 < late <= hours * HOUR and low <= after["amount"] / event["amount"] <= high:
                following[event["transaction_id"]] = after
                begun.add(after["transaction_id"])
                break
    for event in _transfers(events):
        if event["transaction_id"] in following and event["transaction_id"] not in begun:
            chain = [event]
            while chain[-1]["transaction_id"] in following:
                chain.append(following[chain[-1]["transaction_id"]])
            yield chain


def cycle(events: Sequence[Event]) -> Flagged:
    return {
        id_
        for chain in _chains(events, 22.5, 0.92, 0.99)
        if len(chain) >= 3 and pays(chain[-1], chain[0])
        for id_ in ids(chain)
    }


def mule_chain(events: Sequence[Event]) -> Flagged:
    return {
        id_
        for chain in _chains(events, 5.5, 0.89, 0.98)
        if len(chain) >= 3 and not pays(chain[-1], chain[0])
        for id_ in ids(chain)
    }


def rapid_pass_through(events: Sequence[Event]) -> Flagged:
    return {id_ for chain in _chains(events, 0.4, 0.97, 1.0) if len(chain) == 2 for id_ in ids(chain)}


DETECTORS: dict[str, Callable[[Sequence[Event]], Flagged]] = {
    detect.__name__: detect
    for detect in (
        rapid_fire,
        card_testing,
        bin_attack,
        account_takeover,
        impossible_travel,
        refund_abuse,
        merchant_bust_out,
        authorised_push_payment,
        structuring,
        fan_in,
        fan_out,
        cycle,
        mule_chain,
        rapid_pass_through,
    )
}
