"""What a run that is over comes to, before it is judged: its summary, verified against the hub and what is behind it.

`results` judges it, writes it and shows it.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import gevent
from locust.runners import Runner

from paysim import __version__
from paysim.config.loader import Loaded
from paysim.config.mix import mix_of
from paysim.loadtest import locust_compat
from paysim.loadtest.judge.figures import NOT_MEASURED
from paysim.loadtest.judge.ramp import SentSoFar
from paysim.loadtest.judge.verdict import EndFacts
from paysim.loadtest.logs.run_log import run_log
from paysim.loadtest.report import html_report, summary
from paysim.loadtest.sending.account import Account
from paysim.summary.model import Summary

from .planned_end import search_cut_short
from .results import Result
from .run_watch import RunWatch
from .shutdown import options
from .state import Begun, RunState
from .verifier import Verifier

VERSIONS = ("locust", "azure-eventhub", "gevent", "numpy")
"""Packages that a summary names, because a run is only repeatable with the same ones."""


@dataclass(frozen=True, slots=True)
class Senders:
    """Those who sent in a run. workers: how many took part; 0 for a standalone run. surplus_max: how many transactions
    above the total a lost worker may have sent."""

    accounts: Sequence[Account]
    workers: int = 0
    surplus_max: int = 0


class SummingUp:
    """What every run of this process is summed up from."""

    def __init__(self, runner: Runner, verifier: Verifier, watch: RunWatch) -> None:
        self._runner, self._verifier, self._watch = runner, verifier, watch

    def result(
        self,
        state: RunState,
        begun: Begun,
        senders: Senders,
        loaded: Loaded,
        target: str,
        *,
        began: bool,
    ) -> Result:
        """Verify the run and wait for what is under way behind the hub, which may take minutes.

        target: where it went. began: whether anything could be sent at all.
        """
        for account in senders.accounts:
            begun.ramp.heard(account.ledger.producer, begun.lasted, SentSoFar.of(account.ledger))
            begun.judge.heard(begun.lasted, account)
        self._watch.look(state, begun, running=False)
        shares = dict(mix_of(loaded.config.transaction).methods)
        facts = self._facts(begun, senders, loaded, target, shares)
        found = summary.make(facts, senders.accounts)
        found.reloads = begun.reloads
        unreached = _unreached(state, begun, found)
        self._watch.finish_labels()
        if began:
            behind = gevent.spawn(self._watch.finish_pipeline, begun)
            self._verifier.finish(found)
            found.pipeline = behind.get()
        troubles = (self._watch.labels.trouble, run_log.trouble)
        end = EndFacts(
            figures=begun.judge.at_end(found) if begun.finder is None else begun.finder.figures or NOT_MEASURED,
            aborted=begun.judge.standing.aborted,
            unreached=unreached,
            broken_listeners=any(account.broken for account in senders.accounts),
            on_error=options(self._runner.environment).exit_code_on_error,
            verifies=began and self._verifier.verifies,
            unwritten=tuple(trouble for trouble in troubles if trouble is not None),
        )
        html = partial(html_report.page, found, self._watch.live, shares)
        return Result(found, loaded.config, html, end)

    def _facts(
        self, begun: Begun, senders: Senders, loaded: Loaded, target: str, shares: dict[str, float]
    ) -> summary.RunFacts:
        return summary.RunFacts(
            run_id=begun.run.id,
            target=target,
            config=loaded.masked(),
            versions=_versions(),
            started_at=begun.started_at,
            duration_s=begun.lasted,
            users_max=begun.users_max,
            workers=senders.workers,
            target_per_s=_rounded(begun.asked_rate.target_per_s),
            asked=begun.judge.asked() if begun.finder is None else begun.finder.asked,
            limit=None if begun.finder is None else begun.finder.record(),
            ramp_s=begun.ramp.over,
            after_ramp_per_s=_rounded(begun.ramp.mean(self._watch.live.acked, begun.lasted)),
            cpu_warning=locust_compat.short_of_cpu(self._runner),
            surplus_max=senders.surplus_max,
            shares=shares,
        )


def _unreached(state: RunState, begun: Begun, found: Summary) -> str | None:
    """In words, how the run missed its planned end; None where it did not."""
    if found.limit is None:
        return state.unreached(begun.lasted, found.transactions.generated)
    # How long a search takes is nobody's plan.
    return None if begun.finder is None or begun.finder.finished else search_cut_short(found.limit)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _versions() -> dict[str, str]:
    return {"paysim": __version__, "python": platform.python_version(), **{name: version(name) for name in VERSIONS}}
