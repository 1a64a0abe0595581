"""A judge that is told of a run second by second."""

from typing import Any

from paysim.config.schema import Thresholds
from paysim.loadtest.judge.judge import Judge
from paysim.loadtest.judge.ramp import Ramp
from paysim.loadtest.judge.standing import RunStanding
from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.latency import Latencies
from paysim.summary.model import OutcomeCounts
from tests.support.rate_plans import rate_plan


class Senders:
    """Accounts of one or several senders, that grow."""

    def __init__(self, count: int = 1, apart: tuple[str, ...] = ()) -> None:
        self.counts: list[dict[str, OutcomeCounts]] = [{} for _ in range(count)]
        self.latencies = [Latencies() for _ in range(count)]
        for each in self.latencies:
            each.keep_apart(apart)
        self.ahead = 0.0
        self.under_way = 0
        """Of each sender, by credit card."""

    def send(
        self,
        acked: int = 0,
        failed: int = 0,
        unknown: int = 0,
        ms: float = 10.0,
        method: str = "credit_card",
        sender: int = 0,
    ) -> None:
        tally = self.counts[sender].setdefault(method, OutcomeCounts())
        tally.acked += acked
        tally.failed += failed
        tally.unknown += unknown
        if acked:
            for kind in ("response", "from_schedule"):
                self.latencies[sender].record(kind, ms / 1000, acked, method)

    def account(self, sender: int = 0) -> Account:
        found = Account.blank("run", sender)
        found.ledger.methods = {method: tally.model_copy() for method, tally in self.counts[sender].items()}
        found.ledger.open.methods = {"credit_card": self.under_way}
        found.latencies = self.latencies[sender].encode()
        found.latencies_by_method = self.latencies[sender].encode_methods()
        found.ahead = self.ahead
        return found

    @property
    def acked(self) -> int:
        return sum(tally.acked for counts in self.counts for tally in counts.values())


class Watched:
    """A run that is judged: `second` is one second of it, in which the senders send what they are told."""

    def __init__(self, limits: dict[str, Any], rate: float | None = None, senders: int = 1) -> None:
        self.limits = Thresholds(**limits)
        self.ramp = Ramp(())
        self.ramp.spawned(0.0)
        self.judge = Judge(self.limits, self.ramp)
        self.senders = Senders(senders, tuple(self.limits.by_method))
        self.plan = rate_plan(rate)
        self.elapsed = 0.0
        self.stands: list[RunStanding] = []
        self.judge.look(self.plan, 0.0, 0)

    def second(self, *sends: dict[str, Any], heard: bool = True) -> RunStanding:
        """sends: keyword arguments of `Senders.send`. heard: whether accounts come."""
        self.elapsed += 1
        for each in sends:
            self.senders.send(**each)
        if heard:
            for sender in range(len(self.senders.counts)):
                self.judge.heard(self.elapsed, self.senders.account(sender))
        self.judge.look(self.plan, self.elapsed, self.senders.acked)
        self.stands.append(self.judge.stand(self.elapsed))
        return self.stands[-1]

    def seconds(self, count: int, *sends: dict[str, Any]) -> RunStanding:
        for _ in range(count):
            self.second(*sends)
        return self.stands[-1]

    def states(self) -> dict[str, str]:
        """Of the newest look: name → state."""
        return {each.name: str(each.state) for each in self.stands[-1].thresholds}

    def actual(self, name: str) -> float | None:
        return {each.name: each.actual for each in self.stands[-1].thresholds}[name]

    def aborted_at(self) -> int | None:
        return next((at for at, each in enumerate(self.stands, 1) if each.aborted), None)
