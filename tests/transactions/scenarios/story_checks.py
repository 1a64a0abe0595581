"""Independent checks, one a story: each says of the events of an episode whether they are what docs/SCENARIOS.md says.

Nothing here uses the code that tells stories. An event is what was sent; a story is a list of them in order of time.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from paysim.facts.exchange import OF_COUNTRY, PER_DOLLAR
from paysim.facts.reporting import THRESHOLDS

Event = dict[str, Any]
HOUR, DAY = 3_600.0, 86_400.0


def when(event: Event) -> float:
    return datetime.fromisoformat(event["transaction_timestamp"]).timestamp()


def dollars(event: Event) -> float:
    return float(event["amount"]) / PER_DOLLAR[event["currency"]].value


def threshold(country: str) -> float:
    """US dollars that are reported there."""
    row = THRESHOLDS.get(country) or THRESHOLDS["DE" if OF_COUNTRY.get(country) == "EUR" else "US"]
    return row.value / PER_DOLLAR[row.unit.split()[0]].value


def span(events: Sequence[Event]) -> float:
    """Seconds from the first to the last."""
    return when(events[-1]) - when(events[0])


def values(events: Sequence[Event], path: str) -> set[Any]:
    """The different values of a field."""
    found = set()
    for event in events:
        value: Any = event
        for name in path.split("."):
            value = value.get(name)
        found.add(value)
    return found


def one(events: Sequence[Event], *paths: str) -> bool:
    """Whether each of these fields has one value in all events."""
    return all(len(values(events, path)) == 1 for path in paths)


def device(event: Event) -> tuple[str, str]:
    return event["metadata"]["ip_address"], event["metadata"]["user_agent"]


def kilometres(first: Event, second: Event) -> float:
    (a, b), (c, d) = (
        (math.radians(e["location"]["latitude"]), math.radians(e["location"]["longitude"])) for e in (first, second)
    )
    cosine = math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)
    return 6_371 * math.acos(max(-1.0, min(1.0, cosine)))


def failed(event: Event) -> bool:
    return bool(event["payment_status"] == "failed")


def pays(payer: Event, owner: Event) -> bool:
    """Whether the first is paid to the account of who pays the second: the number backwards, and the name."""
    same = payer["merchant_id"][4:] == owner["customer_id"][4:][::-1]
    return bool(same and payer["merchant_name"] == owner["customer_name"])


def kept(before: Event, after: Event, low: float, high: float) -> bool:
    """Whether so much less is sent on than came."""
    return low - 0.003 <= after["amount"] / before["amount"] <= high + 0.003


def _rapid_fire(events: list[Event]) -> bool:
    return len(events) == 100 and span(events) <= 60 and one(events, "customer_id")


def _card_testing(events: list[Event]) -> bool:
    *tests, last = events
    worked = {e["payment_details"]["token"] for e in tests if not failed(e)}
    return (
        len(tests) == 19
        and one(events, "metadata.ip_address", "metadata.user_agent")
        and one(tests, "merchant_id")
        and len(values(tests, "payment_details.token")) == len(values(tests, "customer_id")) == 19
        and sum(map(failed, tests)) > 0.7 * len(tests)
        and max(map(dollars, tests)) < 5 < 200 < dollars(last)
        and last["payment_details"]["token"] in worked
        and when(last) - when(tests[-1]) <= HOUR
        and not failed(last)
    )


def _bin_attack(events: list[Event]) -> bool:
    ends = [int(e["payment_details"]["last4"]) // 10 for e in events]
    return (
        len(events) == 30
        and one(events, "customer_id", "merchant_id", "amount", "metadata.ip_address")
        and len(values(events, "payment_details.token")) == 30
        and all((b - a) % 1_000 == 1 for a, b in itertools.pairwise(ends))
        and sum(map(failed, events)) >= 27
        and span(events) <= 2 * 60
    )


def _account_takeover(events: list[Event]) -> bool:
    own, (probe, *large) = events[:2], events[2:]
    return (
        len(events) == 5
        and one(events, "customer_id", "payment_details.token")
        and one(own, "metadata.ip_address")
        and one(events[2:], "metadata.ip_address", "metadata.user_agent", "location.city")
        and not set(map(device, own)) & set(map(device, events[2:]))
        and values(own, "location.city") != values(events[2:], "location.city")
        and max(map(dollars, own)) < 150
        and dollars(probe) < 25
        and min(map(dollars, large)) > 300
        and when(large[-1]) - when(probe) <= HOUR
        and when(probe) - when(own[-1]) >= HOUR
    )


def _impossible_travel(events: list[Event]) -> bool:
    first, second = events
    return (
        one(events, "customer_id", "payment_details.token", "channel")
        and first["channel"] == "pos"
        and 0 < span(events) <= HOUR
        and kilometres(first, second) > 1_990
        and kilometres(first, second) / (span(events) / HOUR) > 1_000
    )


def _refund_abuse(events: list[Event]) -> bool:
    payments = {e["transaction_id"]: e for e in events if e["transaction_type"] == "payment"}
    refunds = [e for e in events if e["transaction_type"] == "refund"]
    return (
        len(payments) == len(refunds) == 4
        and one(events, "customer_id", "payment_details.token")
        and span(events) <= 7 * DAY
        and {e["original_transaction_id"] for e in refunds} == payments.keys()
        and all(_whole(payments[e["original_transaction_id"]], e) for e in refunds)
    )


def _whole(payment: Event, refund: Event) -> bool:
    same = all(payment[name] == refund[name] for name in ("amount", "currency", "merchant_id", "correlation_id"))
    return same and 0 < when(refund) - when(payment) <= DAY


def _merchant_bust_out(events: list[Event]) -> bool:
    quiet, bust = events[:6], events[6:]
    return (
        len(bust) == 14
        and one(events, "merchant_id")
        and len(values(events, "customer_id")) == 20
        and max(map(dollars, quiet)) < 60
        and min(map(dollars, bust)) > 250
        and span(quiet) <= 4 * DAY
        and span(bust) <= 2 * DAY
        and not any(map(failed, events))
    )


def _authorised_push_payment(events: list[Event]) -> bool:
    return (
        len(events) == 3
        and one(events, "customer_id", "merchant_id", "metadata.ip_address", "metadata.user_agent", "location.city")
        and span(events) <= 2 * DAY
        and all(b["amount"] > 1.9 * a["amount"] for a, b in itertools.pairwise(events))
    )


def _structuring(events: list[Event]) -> bool:
    limit = threshold(events[0]["customer_country"])
    return (
        len(events) == 6
        and one(events, "customer_id")
        and span(events) <= 3 * DAY
        and all(0.87 * limit < dollars(e) < limit for e in events)
    )


def _fan_in(events: list[Event]) -> bool:
    *into, out = events
    return (
        len(values(into, "customer_id")) == 10
        and one(into, "merchant_id", "merchant_name", "customer_country")
        and all(pays(e, out) for e in into)
        and span(into) <= 2 * DAY
        and when(out) - when(into[-1]) <= 6 * HOUR
        and 0.89 <= out["amount"] / sum(e["amount"] for e in into) <= 0.99
    )


def _fan_out(events: list[Event]) -> bool:
    source, *out = events
    return (
        len(values(out, "merchant_id")) == 10
        and one(out, "customer_id")
        and pays(source, out[0])
        and span(events) <= DAY
        and 0.89 <= sum(e["amount"] for e in out) / source["amount"] <= 0.99
    )


def _cycle(events: list[Event]) -> bool:
    steps = list(itertools.pairwise(events))
    return (
        len(values(events, "customer_id")) == 5
        and all(pays(a, b) and kept(a, b, 0.93, 0.985) for a, b in steps)
        and pays(events[-1], events[0])
        and span(events) <= 4 * DAY
    )


def _mule_chain(events: list[Event]) -> bool:
    steps = list(itertools.pairwise(events))
    return (
        len(values(events, "customer_id")) == 5
        and all(pays(a, b) and kept(a, b, 0.90, 0.97) for a, b in steps)
        and not any(pays(events[-1], e) for e in events)
        and all(when(b) - when(a) <= 5 * HOUR for a, b in steps)
    )


def _rapid_pass_through(events: list[Event]) -> bool:
    pairs = [(events[0], events[1]), (events[2], events[3])]
    return (
        len({events[1]["customer_id"], events[3]["customer_id"]}) == 1
        and all(pays(a, b) and kept(a, b, 0.98, 0.995) and when(b) - when(a) <= 20 * 60 for a, b in pairs)
        and span(events) <= DAY
    )


IS: dict[str, Callable[[list[Event]], bool]] = {
    "rapid_fire": _rapid_fire,
    "card_testing": _card_testing,
    "bin_attack": _bin_attack,
    "account_takeover": _account_takeover,
    "impossible_travel": _impossible_travel,
    "refund_abuse": _refund_abuse,
    "merchant_bust_out": _merchant_bust_out,
    "authorised_push_payment": _authorised_push_payment,
    "structuring": _structuring,
    "fan_in": _fan_in,
    "fan_out": _fan_out,
    "cycle": _cycle,
    "mule_chain": _mule_chain,
    "rapid_pass_through": _rapid_pass_through,
}
"""Whether events in order of time are the story."""
