"""Where a receiver begins."""

import datetime

import pytest
from azure.eventhub._utils import event_position_selector

from paysim.localhub.amqp.encoding import Described
from paysim.localhub.amqp.filters import EARLIEST, SELECTOR, FilterError, Position, position

WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)
WHEN_MS = 1_767_323_045_678


@pytest.mark.parametrize(
    ("value", "inclusive", "wanted"),
    [
        ("-1", False, Position("offset", 0)),
        ("500", False, Position("offset", 501)),
        ("500", True, Position("offset", 500)),
        ("@latest", False, Position(latest=True)),
        (7, False, Position("sequence", 8)),
        (7, True, Position("sequence", 7)),
        (WHEN, False, Position("time", WHEN_MS + 1)),
        (WHEN, True, Position("time", WHEN_MS)),
    ],
)
def test_the_selectors_of_the_sdk_are_positions(value, inclusive: bool, wanted: Position) -> None:
    selector = event_position_selector(value, inclusive).decode()
    assert position({SELECTOR: Described(SELECTOR, selector)}) == wanted


def test_without_a_filter_a_receiver_begins_at_the_earliest() -> None:
    assert position({}) == EARLIEST


@pytest.mark.parametrize(
    "text", ["", "x-opt-offset > '1'", "amqp.annotation.x-opt-offset < '1'", "1 = 1 OR '", 5, None]
)
def test_any_other_selector_is_refused(text) -> None:
    with pytest.raises(FilterError):
        position({SELECTOR: Described(SELECTOR, text)})
