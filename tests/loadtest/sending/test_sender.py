"""What is made ready before a run begins, so that nothing of it takes of the run's time."""

import pytest
from locust.env import Environment

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.loadtest.cluster.budget import Budget
from paysim.loadtest.sending import sender as sending
from paysim.loadtest.sending.sender import Sender

CONFIG = {
    "output": {"destination": "stdout"},
    "transaction": {"lifecycle": "full", "population": {"customers": 50, "merchants": 50}},
}


def test_a_run_time_that_is_told_late_is_drawn_by_before_the_run_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float | None] = []

    def beside(work):
        drawn.append(sender.run_time)
        return work()

    monkeypatch.setattr(sending, "beside", beside)
    sender = Sender(Environment(), Config.model_validate(CONFIG), looks=False)
    run = Run.new()
    sender.prepare(run.number, 0)
    sender.run_time = 60.0  # the start form
    sender.prepare(run.number, 0)
    before = list(drawn)
    sender.begin(run, 0, 1, None, 0.0, Budget(), lambda: None)
    sender.finish()
    sender.close()
    assert before[-1] == 60.0 and drawn == before
