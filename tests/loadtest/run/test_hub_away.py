"""Between two looks a hub may be away: what that means for the run that is on."""

import pytest

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.delivery.reading.process import ReadingRefused
from paysim.loadtest.report import summary
from paysim.loadtest.run.verifier import Verifier
from paysim.summary.delivery import DeliveryRecord
from tests.support.accounts import account, facts
from tests.support.runs import RestartedHub, Sending


@pytest.fixture
def hub(tmp_path):
    hub = RestartedHub(tmp_path / "data")
    yield hub
    hub.stop()


@pytest.fixture
def run() -> Run:
    return Run.new()


@pytest.fixture
def verifier(hub, run):
    """Of a run that has begun."""
    event_hub = {"connection_string": hub.connection_string, "eventhub_name": "payments"}
    config = Config.model_validate({"output": {"event_hub": event_hub}, "verify": {"timeout": 5}})
    verifier = Verifier(config, lambda: None, None)
    verifier.open()
    read = verifier.meet(None if verifier._verification is None else verifier._verification.look().hub)
    assert read is not None
    verifier.begin(run, "LOCAL HUB, not Azure")
    yield verifier
    verifier.close()


def delivered(hub: RestartedHub, run: Run, verifier: Verifier) -> DeliveryRecord:
    sending = Sending(hub, run)
    sending.send(200)
    made = summary.make(facts(), [account(0, 200)])
    made.producers = sending.producers
    verifier.finish(made)
    assert made.delivery is not None
    return made.delivery


def refusing(times: int, look):
    """A look that is refused so often before it is taken."""
    left = iter(range(times))

    def refused(**options):
        if next(left, None) is not None:
            raise ReadingRefused("cannot read payments: for this test")
        return look(**options)

    return refused


def test_a_worker_that_joins_while_the_hub_is_away_voids_nothing(hub, run, verifier, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(verifier._verification, "look", refusing(99, None))
        assert verifier.meet(verifier._begun.hub) is None
    found = delivered(hub, run, verifier)
    assert (found.arrived, found.lost, found.error) == (200, 0, None)


def test_a_hub_that_is_away_when_a_run_ends_is_asked_again(hub, run, verifier, monkeypatch):
    reader = verifier._verification._first_reader()
    monkeypatch.setattr(reader, "look", refusing(2, reader.look))
    found = delivered(hub, run, verifier)
    assert (found.arrived, found.lost, found.error) == (200, 0, None)


def test_a_worker_whose_hub_does_not_say_which_one_it_is_leaves_the_run_unverified(hub, run, verifier):
    verifier.meet(None)
    found = delivered(hub, run, verifier)
    assert found.error == "not verified: somebody took part whose hub does not say which one it is"
    assert found.lost is None
