"""Bad delivery: good transactions that come in a way in which they should not."""

import numpy as np

from paysim.contract.labels import SCENARIOS
from paysim.transactions.events.mapping import Document

from .base import EditCase, Repeat, date, field_edit
from .clocks import WrongClock, skew
from .follow_ups import OtherFate
from .second_messages import OtherMessage, Redelivery

SCENARIOS.add(
    Repeat(
        name="duplicate",
        about="A transaction of the run goes out a second time, with the same id and the same bytes.",
        why="An answer was lost, so the sender tries again: at least once is all that a hub promises.",
        pipeline="Book it once, by its id.",
        source="Hohpe and Woolf, Enterprise Integration Patterns (2003): Idempotent Receiver",
        needs=("transaction_id",),
    )
)


@field_edit("transaction_timestamp", breaks_contract=False, is_good=True)
def late_arrival(case: EditCase) -> None:
    """The payment was made ten minutes to a day before it is sent.

    Why: A terminal without a network, in an aeroplane or a market hall, keeps payments and hands them on later.
    Pipeline: Take it, and count it in the hour in which it was made, though that is closed: correct what was reported.
    Source: Akidau et al., The Dataflow Model (VLDB 8/12, 2015), section 1.2: event time and processing time
    """
    date(case.document, case.document["transaction_timestamp"] - int(case.rng.uniform(600, 86_400) * 1000), case.rng)


SCENARIOS.add(
    Redelivery(
        name="redelivery",
        about="A transaction comes again minutes later, with the same id and the same bytes.",
        why="A consumer was restarted from an old checkpoint, or a gateway empties its outbox after an outage and does "
        "not know what had gone through.",
        pipeline="Book it once. Whoever remembers ids for a minute only books it twice.",
        source="Microsoft, Azure Functions reliable event processing: at least once; make the consumer idempotent",
        needs=("transaction_id",),
        role="redelivered",
    )
)


def _less(document: Document, decimals: int, rng: np.random.Generator) -> Document | None:
    unit = 10**decimals
    minor = round(document["amount"] * unit)
    other = int(minor * rng.uniform(0.5, 0.95))
    return document | {"amount": other / unit} if 0 < other < minor else None


SCENARIOS.add(
    OtherMessage(
        name="reused_id",
        about="Minutes after a payment another message has its id and a lower amount.",
        why="A sender corrects a payment and keeps its id, or counts from one again after a restart.",
        pipeline="Book the first, and reject or flag the second: never overwrite, never add both up.",
        source="IETF draft-ietf-httpapi-idempotency-key-header, section 2.7: a key that is used again for other "
        "content is an error",
        needs=("transaction_id", "amount"),
        repeats=True,
        role="changed",
        change=_less,
    )
)

SCENARIOS.add(
    OtherMessage(
        name="new_id",
        about="Minutes after a payment it is sent again under a new id; all else is the same, its correlation_id too.",
        why="A client got no answer and tries again without an idempotency key, so its gateway gives the same purchase "
        "another number.",
        pipeline="Book it once: by correlation_id, the key of the purchase. By its id alone it is a second payment.",
        source="Helland, Idempotence Is Not a Medical Condition (ACM Queue 10/4, 2012)",
        needs=("transaction_id", "correlation_id"),
        role="again",
    )
)


def _before(document: Document, decimals: int, rng: np.random.Generator) -> Document | None:
    earlier = _less(document, decimals, rng)
    if earlier is not None:
        date(earlier, document["transaction_timestamp"] - int(rng.uniform(1, 60) * 1000), rng)
    return earlier


SCENARIOS.add(
    OtherMessage(
        name="out_of_order",
        about="A payment comes minutes behind a later one by the same customer at the same merchant.",
        why="Two paths lead to the hub, and one of them is slow; or the first attempt failed and was tried again when "
        "the next had gone through.",
        pipeline="Take both, and go by when they were made: a balance or a rule that reads them as they come is wrong.",
        source="Azure Event Hubs, Features and terminology: order is kept within a partition, as events were sent",
        needs=("transaction_id", "transaction_timestamp", "customer_id"),
        is_good=True,
        role="earlier",
        change=_before,
        is_another_purchase=True,
    )
)


def _by_a_wrong_clock(case: EditCase) -> None:
    case.document["transaction_timestamp"] += skew(case.document)


SCENARIOS.add(
    WrongClock(
        name="clock_skew",
        about="All payments at a terminal are dated by a clock that is two to nine minutes fast or slow.",
        why="A terminal has no network time, and its clock drifts or was set by hand.",
        pipeline="Take them, and find the terminal: its payments are off by the same, against when they came. Let no "
        "fast clock push a watermark ahead.",
        source="PCI DSS 4.0, requirement 10.6: system clocks are synchronised",
        needs=("transaction_timestamp", "merchant_id"),
        is_good=True,
        role="terminal",
        edit=_by_a_wrong_clock,
    )
)

SCENARIOS.add(
    OtherFate(
        name="missing_follow_up",
        about="What should follow a payment never does: an authorisation is neither captured nor voided nor expires, "
        "what was captured is never settled, or what is pending is never decided. The payment's role says which.",
        why="A batch of captures or a settlement file got lost, or a consumer left a message behind that it could not "
        "read; the sender thinks that it is done.",
        pipeline="Take the payment, and look for the rest when its time has passed: what is captured and not settled "
        "is money that nobody has seen. Ask for what is missing, and book nothing in its place.",
        source="Hohpe and Woolf, Enterprise Integration Patterns (2003): Aggregator, which needs a time after which "
        "it no longer waits",
        needs=("transaction_type", "original_transaction_id"),
        is_good=True,
        fate="missing",
        days=3,
    )
)
