"""Whether a run passed, why not, and the exit code that follows.

A run has failed from the moment it begins (`UNEARNED`); only its own end, with an account of everything, can say
otherwise (`judge`). There is one verdict a run: console, summary, JUnit, Markdown, HTML report and the exit code of the
process all show it.

Pure: the summary, and what the end of the run knows besides, in; the verdict out. Who ends a run is the coordinator.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from paysim.config.sections.pipeline import Pipeline
from paysim.config.sections.thresholds import Limit, Thresholds, threshold_of
from paysim.exit_codes import ExitCode
from paysim.loadtest.report.wording import limit_text, number, several
from paysim.summary.model import Outcome, OutcomeCounts, Summary, Threshold

from . import behind
from .figures import BY_METHOD, SpanFigures

PASSED, FAILED, INTERRUPTED = "passed", "failed", "interrupted"

FAULTS = ("lost", "duplicated", "unexpected", "out_of_order")
"""What must not be found in a hub, unless a threshold allows some of it."""


class Rank(IntEnum):
    """Whose word decides the exit code: of several reasons the code of the lowest rank counts."""

    UNUSABLE = 0
    """paysim's 2 and 3: the configuration or the target cannot be used."""
    LISTENER = 1
    """A listener of the locustfile set `environment.process_exit_code`, or called `sys.exit`."""
    BROKEN = 2
    """Tasks or listeners that raised; Locust's own codes."""
    RUN = 3
    """The run itself: paysim's 1, or --exit-code-on-error for its failures."""
    OTHERS = 4
    """Failed requests of other User classes; Locust's --exit-code-on-error."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run did not pass. interrupted: it did not reach its planned end."""

    words: str
    rank: Rank = Rank.RUN
    code: int = ExitCode.MISSED
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed where there is no reason against it."""

    reasons: tuple[Reason, ...] = ()

    @property
    def exit_code(self) -> int:
        """What the run exits with, 0 to 255."""
        if not self.reasons:
            return int(ExitCode.OK)
        first = min(self.reasons, key=lambda reason: reason.rank)
        return as_exit_code(first.code)

    @property
    def outcome(self) -> str:
        """`passed`, `failed`, or `interrupted` where that is the only reason."""
        if not self.reasons:
            return PASSED
        return INTERRUPTED if all(reason.interrupted for reason in self.reasons) else FAILED

    def record(self) -> Outcome:
        """As the summary has it; reasons in words, those that decide the exit code first."""
        ordered = sorted(self.reasons, key=lambda reason: reason.rank)
        return Outcome(
            outcome=self.outcome,
            exit_code=self.exit_code,
            reasons=[reason.words for reason in ordered],
        )

    def badness(self) -> tuple[int, int]:
        """Of several runs the one counts where this is greatest."""
        if not self.reasons:
            return (-len(Rank), ExitCode.OK)
        return (-min(reason.rank for reason in self.reasons), self.exit_code)


_NO_PIPELINE = Pipeline()
UNEARNED = Verdict((Reason("the run did not come to its end"),))


@dataclass(frozen=True, slots=True)
class EndFacts:
    """What the end of a run knows besides its summary.

    figures: what thresholds are held against; None: those of the whole run. unreached: in words, how the planned end
    was missed. aborted: in words, which threshold ended the run before. unusable: paysim's exit code 2 or 3, and why.
    listener: an exit code that a listener set or left with (0 counts as none), and how, in words. broken_tasks:
    exceptions in tasks. broken_listeners: whether a listener or greenlet raised. others_failed: failed requests of
    other User classes. on_error: Locust's --exit-code-on-error. verifies: whether the run was to be verified.
    unwritten: what could not be written, in words.
    """

    figures: SpanFigures | None = None
    unreached: str | None = None
    aborted: str | None = None
    unusable: tuple[int, str] | None = None
    listener: tuple[int, str] | None = None
    broken_tasks: int = 0
    broken_listeners: bool = False
    others_failed: int = 0
    on_error: int = 1
    verifies: bool = False
    unwritten: tuple[str, ...] = ()


def judge(summary: Summary, limits: Thresholds, end: EndFacts, pipeline: Pipeline = _NO_PIPELINE) -> Verdict:
    """The verdict on a run, which is put into its summary too: `thresholds`, `verdict` and `exit_code`.

    pipeline: as it was watched, with the thresholds of its stages.
    """
    figures = end.figures or SpanFigures.of(summary)
    below = {**figures.below, **behind.at_end(summary.pipeline)}
    figures = replace(figures, delivery=summary.delivery, below=below)
    summary.thresholds = thresholds([*limits.limits(), *pipeline.limits()], figures)
    verdict = Verdict((*_locust(end), *_run(summary, end)))
    summary.verdict = verdict.record()
    summary.exit_code = verdict.exit_code
    return verdict


def _locust(end: EndFacts) -> Iterator[Reason]:
    """What Locust's own rules say."""
    if end.unusable is not None:
        code, words = end.unusable
        yield Reason(words, Rank.UNUSABLE, code)
    if end.listener is not None and end.listener[0]:
        code, words = end.listener
        yield Reason(words, Rank.LISTENER, code)
    if end.broken_tasks and end.on_error:
        yield Reason(f"{several(end.broken_tasks, 'exception')} in tasks, see the log", Rank.BROKEN, end.on_error)
    if end.broken_listeners:
        yield Reason("an exception in a listener or greenlet, see the log", Rank.BROKEN, ExitCode.BROKEN_LISTENER)
    if end.others_failed and end.on_error:
        failed = several(end.others_failed, "request")
        yield Reason(f"{failed} of other users failed", Rank.OTHERS, end.on_error)


def _run(summary: Summary, end: EndFacts) -> Iterator[Reason]:
    """What the run itself says."""
    if (words := nothing_sent(summary)) is not None:
        yield Reason(words)
    if (words := no_limit(summary)) is not None:
        yield Reason(words)
    if end.aborted is not None:
        yield Reason(end.aborted)
    elif end.unreached is not None:
        yield Reason(end.unreached, interrupted=True)
    if end.on_error and (words := not_acknowledged(summary)) is not None:
        yield Reason(words, code=end.on_error)
    for threshold in summary.thresholds:
        if not threshold.ok:
            yield Reason(missed(threshold))
    if silent := [producer.producer for producer in summary.producers if producer.silent]:
        names = ", ".join(map(str, silent[:5])) + (f" and {len(silent) - 5:,} more" if len(silent) > 5 else "")
        yield Reason(f"producer {names} went silent: what it sent after its last report is not accounted for")
    if found := delivery_faults(summary):
        yield Reason(", ".join(found))
    if summary.delivery is None and end.verifies:
        yield Reason("not verified")
    if summary.pipeline is not None:
        for words in behind.pipeline_faults(summary.pipeline, summary.thresholds):
            yield Reason(words)
    for words in end.unwritten:
        yield Reason(words)


def nothing_sent(summary: Summary) -> str | None:
    """In words, where a run has nothing to show."""
    counts = summary.transactions
    if not counts.generated:
        return "nothing was sent"
    return None if counts.acked else "nothing was acknowledged"


def no_limit(summary: Summary) -> str | None:
    """In words, where a search for the limit came to its end without one."""
    limit = summary.limit
    return "no rate held, however low" if limit is not None and limit.per_s is None and not limit.at_least else None


def not_acknowledged(summary: Summary) -> str | None:
    """Failed and unknown ones in words, unless there are none, or a threshold says how many there may be."""
    found = [
        f"{count:,} {words}"
        for name, words in _OUTCOMES.items()
        if (count := sum(getattr(counts, name) for counts in _not_allowed(summary, name)))
    ]
    return ", ".join(found) or None


def _not_allowed(summary: Summary, figure: str) -> list[OutcomeCounts]:
    """The counts whose figure no threshold speaks of: all, none, or those of payment methods without one."""
    if figure in _allowed(summary):
        return []
    if summary.limit is not None:  # it goes beyond what is acknowledged
        return [OutcomeCounts(failed=summary.limit.failed, unknown=summary.limit.unknown)]
    spoken_of = {
        each.name.split(".")[1]
        for each in summary.thresholds
        if each.name.startswith(f"{BY_METHOD}.") and figure in threshold_of(each.name).allows
    }
    if not spoken_of:
        return [summary.transactions]
    return [counts for method, counts in summary.by_payment_method.items() if method not in spoken_of]


def _allowed(summary: Summary) -> set[str]:
    """Figures of the whole run of which the configured thresholds say how much there may be."""
    whole = (each for each in summary.thresholds if "." not in each.name)
    return {figure for each in whole for figure in threshold_of(each.name).allows}


_OUTCOMES = {"failed": "failed", "unknown": "unknown (their outcome was lost)"}


def missed(threshold: Threshold) -> str:
    """A threshold that was missed, in words."""
    actual = "was not measured" if threshold.actual is None else f"was {number(threshold.actual)}"
    return f"{threshold.name} {actual}, and has to be {limit_text(threshold)}"


def thresholds(limits: Iterable[Limit], figures: SpanFigures) -> list[Threshold]:
    """Each configured threshold that these figures can have; one that could not be measured is missed."""
    found = []
    for limit in limits:
        own = figures.held_against(limit)
        if limit.threshold.applies(own):
            actual = limit.threshold.measured(own)
            held = limit.threshold.holds(actual, limit.value)
            found.append(Threshold(name=limit.name, limit=limit.value, actual=actual, ok=held))
    return found


def delivery_faults(summary: Summary) -> list[str]:
    """What was found that no threshold allows, a few words each; empty where it was not verified either."""
    delivery = summary.delivery
    if delivery is None:
        return []
    if error := delivery.error:
        return [error]
    allowed = _allowed(summary)
    found = [
        f"{count:,} {name.replace('_', ' ')}"
        for name in FAULTS
        if (count := getattr(delivery, name)) and name not in allowed
    ]
    if after := delivery.after_last_report:
        found.append(f"{after:,} arrived after the last report of their producer")
    return found


def as_exit_code(code: object) -> int:
    """What the process ends with, 0 to 255, for what a listener may set or exit with; what is not 0 stays so."""
    if code is None:
        return int(ExitCode.OK)
    if not isinstance(code, int):
        return int(ExitCode.MISSED)  # what Python makes of `sys.exit("text")`
    return code & 0xFF or int(ExitCode.MISSED if code else ExitCode.OK)
