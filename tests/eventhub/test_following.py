"""When the events of a partition may gather before they are taken."""

from paysim.eventhub.consuming.documented import CREDIT
from paysim.eventhub.consuming.following import Rests


def test_events_gather_until_more_come_than_the_hub_sends_ahead():
    rests = Rests(0.1, 1000, now=0.0)
    assert rests.are_due(1500, 0.5)
    assert rests.are_due(1000 + CREDIT, 1.0)
    assert not rests.are_due(1000 + CREDIT + 10 * CREDIT, 2.0)
    assert not rests.are_due(1000 + 11 * CREDIT, 2.5)
    assert rests.are_due(1000 + 11 * CREDIT, 3.0)


def test_without_a_time_nothing_gathers():
    rests = Rests(0.0, 0, now=0.0)
    assert not rests.are_due(0, 0.0)
    assert not rests.are_due(0, 5.0)
