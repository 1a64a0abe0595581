"""How a run stands: each threshold held, missed or not measured, and the verdict once it is over.

Pages, live metrics and the end of a run show the same of it. `judge` makes it.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from paysim.config.sections.thresholds import threshold_of
from paysim.loadtest.report.wording import limit_words, number
from paysim.summary.model import Outcome, Summary


class State(StrEnum):
    """How a threshold stands while a run is on."""

    HELD = "held"
    MISSED = "missed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class LiveThreshold:
    """A threshold as it stands. name: as in the summary. sign: ≤ or ≥. unit: as `Threshold.unit`. actual: None where it
    is not measured."""

    name: str
    sign: str
    limit: float
    actual: float | None
    state: State
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RunStanding:
    """How a run stands. seconds: of the span that figures are of; it ends now. aborted: why the run is ended."""

    thresholds: tuple[LiveThreshold, ...] = ()
    seconds: float = 0.0
    aborted: str | None = None

    @property
    def missed(self) -> list[LiveThreshold]:
        """Those that are missed now."""
        return [each for each in self.thresholds if each.state is State.MISSED]

    def why_aborted(self, elapsed: float) -> str:
        """In words, why it is ended now. elapsed: seconds since the run began."""
        told = ", ".join(
            f"{each.name} was {number(each.actual or 0.0)} and has to be {each.sign} {number(each.limit)}"
            for each in self.missed
        )
        return f"aborted after {elapsed:.1f} s: over the last {self.seconds:g} s {told}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What pages show of a run. verdict: None until the run has come to its end."""

    run_id: str = ""
    standing: RunStanding = RunStanding()
    verdict: Outcome | None = None
    limit: str | None = None
    """How a search for the limit stands, or what it found; None where there is none."""

    @classmethod
    def of(cls, summary: Summary) -> "Judgement":
        """Of a run that is over."""
        held = tuple(
            LiveThreshold(
                name=each.name,
                sign=threshold_of(each.name).sign,
                limit=each.limit,
                actual=each.actual,
                state=State.NOT_MEASURED if each.actual is None else State.HELD if each.ok else State.MISSED,
                unit=threshold_of(each.name).unit,
            )
            for each in summary.thresholds
        )
        limit = None if summary.limit is None else limit_words(summary.limit)
        return cls(summary.run_id, RunStanding(held, summary.duration_s), summary.verdict, limit)

    def plain(self) -> dict[str, Any]:
        """For JSON: run_id, verdict (outcome, exit_code, reasons, or null), limit, seconds, aborted, thresholds."""
        verdict = None if self.verdict is None else self.verdict.model_dump()
        return {"run_id": self.run_id, "verdict": verdict, "limit": self.limit, **asdict(self.standing)}
