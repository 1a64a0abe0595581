"""A search told second by second of a system with a limit: what it tries, when it rests, and what it finds."""

import pytest

from paysim.config.schema import Config
from paysim.loadtest.judge.limit_finder import LimitFinder
from paysim.loadtest.pacing.rate_plan import RatePlan
from tests.support import hops
from tests.support.judging import Senders


class System:
    """It acknowledges `limit` transactions a second at most, first come, first served; the rest waits.

    throttles: whether its hub says that it is busy above the limit, and takes what it can. slow_ms: of each send.
    """

    def __init__(self, find, limit, throttles=False, thresholds=None, slow=None, pipeline=None):
        document = {"load": {"find_limit": find}, "thresholds": thresholds or {}}
        if pipeline is not None:
            document |= {"pipeline": {"stages": [STAGE]}, "output": {"event_hub": {"connection_string": HUB}}}
        self.config = Config.model_validate(document)
        self.finder = LimitFinder(self.config)
        self.plan = RatePlan(self.config, 0.0, self.finder.rates)
        self.limit, self.throttles, self.slow = limit, throttles, slow or (lambda rate: 10.0)
        self.senders = Senders()
        self.owed, self.second, self.lines, self.paused, self.throttled, self.sends = 0.0, 0, [], [], 0, 0
        self.fails = 0
        self.pipeline, self.on_its_way = pipeline, 0.0

    def run(self, most=2000):
        while not self.finder.over:
            assert self.second < most, self.lines
            self.tick()
        return self

    def tick(self):
        rate = self.finder.rates.at(self.second)
        self.second += 1
        self.owed += rate
        sent = min(self.owed, self.limit)
        delay = self.slow(rate) + max(0.0, self.owed - self.limit) / self.limit * 1000
        self.throttled += 2 * (self.throttles and rate > self.limit)
        self.sends += 10
        self.senders.send(acked=round(sent) - self.fails, failed=self.fails, ms=delay)
        self.owed -= sent
        account = self.senders.account()
        account.ledger.generated = self.senders.acked + round(self.owed)
        account.ledger.open.methods = {"credit_card": round(self.owed)}
        account.hub.sends, account.hub.throttled = self.sends, self.throttled
        account.hub.all_busy_s = self.second * 1.0
        account.hub.connections = 4
        self.finder.heard(self.second, account)
        if self.pipeline is not None:
            self.on_its_way = max(0.0, self.on_its_way + round(sent) - self.pipeline)
            stage = hops.stage("stored", under_way=round(self.on_its_way), lost=None if self.pipeline else "gone")
            self.finder.look_behind(hops.figures(stages=[stage]))
        self.lines += self.finder.look(self.plan, self.second, self.senders.acked, {"": account})
        if rate == 0:
            self.paused.append((self.second, self.owed))

    @property
    def record(self):
        return self.finder.record()


HUB = "Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=k;SharedAccessKey=abc=;EntityPath=payments"
STAGE = {"name": "stored", "event_hub": {"eventhub_name": "stored"}}
FIND = {"from": 1000, "to": 64_000, "hold": 12, "precision": 0.05, "confirm": 30}


@pytest.mark.parametrize("limit", [1500, 7700, 20_000])
def test_the_limit_is_found_and_its_culprit(limit):
    system = System(FIND, limit).run()
    record = system.record
    assert limit * 0.93 <= record.per_s <= limit * 1.02
    assert (record.culprit, record.confirmed, record.at_least) == ("connections", True, False)
    assert system.finder.finished
    assert system.finder.asked.reached
    assert record.steps[-1].confirms and record.steps[-1].ok


def test_a_pipeline_that_does_not_keep_up_is_the_limit_and_its_stage_is_named():
    system = System(FIND, 50_000, pipeline=4_000).run()
    record = system.record
    assert 4_000 * 0.9 <= record.per_s <= 4_000 * 1.25  # two seconds of the rate may be jumps
    assert (record.culprit, record.confirmed) == ("pipeline stage", True)
    assert "stored did not keep up" in record.because
    assert "make what is before stored faster" in record.advice


def test_the_next_step_begins_when_the_pipeline_has_come_to_its_end_too():
    system = System(FIND, 50_000, pipeline=4_000)
    waiting = {}
    while not system.finder.over:
        rate = system.finder.rates.at(system.second)
        system.tick()
        if not rate and system.finder.rates.at(system.second):
            waiting[system.second] = system.on_its_way
    assert waiting
    assert max(waiting.values()) <= 100


def test_a_stage_that_is_not_measured_confirms_no_rate():
    system = System(FIND, 50_000, pipeline=0).run()
    assert system.record.per_s is None
    assert "stored was not measured" in system.record.steps[0].why


def test_the_next_step_begins_when_nothing_is_owed_any_more():
    system = System(FIND, 7700).run()
    begins = [step.at_s for step in system.record.steps[1:]]
    for begin in begins:
        owed = [owed for second, owed in system.paused if second == begin]
        assert owed == [0], (begin, owed)


def test_a_step_that_is_far_behind_is_not_seen_to_its_end():
    steps = System(FIND, 1500).run().record.steps
    failed = [step for step in steps if not step.ok]
    assert failed[0].seconds < 12


def test_a_busy_hub_ends_a_step_and_is_given_time_to_rest():
    system = System(FIND, 3000, throttles=True).run()
    record = system.record
    assert record.culprit == "throughput units"
    failed = next(number for number, step in enumerate(record.steps) if not step.ok)
    busy, after = record.steps[failed], record.steps[failed + 1]
    assert busy.why.endswith("throttled")
    assert after.at_s - (busy.at_s + busy.seconds) >= 10


def test_one_send_that_the_hub_refuses_is_no_busy_hub():
    system = System({**FIND, "to": 1000}, 10**9)
    for _ in range(6):
        system.tick()
    system.throttled = 1
    assert system.run().record.per_s == 1000


def test_a_threshold_that_is_missed_is_a_limit_too():
    system = System(FIND, 10**9, thresholds={"p95_ms": 50}, slow=lambda rate: 100 if rate > 5000 else 10).run()
    assert 4700 <= system.record.per_s <= 5000
    assert any(step.why and step.why.startswith("p95_ms was 100") for step in system.record.steps)


def test_failures_fail_a_step_unless_a_threshold_allows_them():
    system = System({**FIND, "to": 1000}, 10**9)
    system.fails = 1
    assert system.run().record.per_s is None
    allowed = System({**FIND, "to": 1000}, 10**9, thresholds={"error_rate": 0.01})
    allowed.fails = 1
    assert allowed.run().record.per_s == 1000


def test_the_highest_rate_that_holds_is_a_limit_of_at_least_that():
    record = System({**FIND, "to": 4000}, 10**9).run().record
    assert (record.per_s, record.at_least, record.confirmed, record.culprit) == (4000, True, True, None)


def test_a_search_that_is_not_over_says_at_least():
    system = System(FIND, 7700)
    while not any("2,000/s holds" in line for line in system.lines):
        system.tick()
    assert (system.record.per_s, system.record.at_least) == (2000, True)
    assert not system.finder.finished
    assert "2,000/s held" in system.finder.words()


def test_a_backlog_that_is_never_sent_ends_the_search_and_not_its_run_alone():
    system = System(FIND, 1500)
    while system.record.steps == [] or system.record.steps[-1].ok:
        system.tick()
    system.limit = 1e-9
    system.run()
    assert system.finder.over and not system.finder.finished


def test_users_are_as_many_as_connections_and_latency_need():
    system = System(FIND, 10**9)
    assert system.finder.users == 64
    slow = System({**FIND, "to": 16_000}, 10**9, slow=lambda rate: 2000.0).run()
    assert slow.finder.users >= 16_000 / 100 * 2.0
