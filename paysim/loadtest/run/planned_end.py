"""The planned end of a run: its time (-t), its stages or its `total`, and whether it was reached.

Pure but for `planned`, which asks Locust. Without a planned end Ctrl-C is the normal one.
"""

from dataclasses import dataclass

from locust.env import Environment

from paysim.config.run_length import stages_length
from paysim.config.schema import Config
from paysim.loadtest import locust_compat
from paysim.loadtest.report.wording import per_second
from paysim.summary.model import LimitRecord

from .shape import OwnShape, StagesShape
from .shutdown import options

TOLERANCE_SECONDS = 0.5
"""How early a run may end and still count as ended by its time: Locust's clocks do not start together with this one."""


@dataclass(slots=True)
class PlannedEnd:
    """run_time: seconds of -t, counted from when the run was asked for. stages: their seconds, counted from when it
    began. total: transactions."""

    run_time: float | None = None
    stages: float | None = None
    total: int | None = None

    def unreached(self, since_asked: float, elapsed: float, handed_out: int, cut_short: str | None) -> str | None:
        """In words, how the planned end was missed; None where it was reached, or none was planned.

        handed_out: transactions. cut_short: what ended the run before, None where nothing is known to have.
        """
        by = f" by {cut_short}" if cut_short else ""
        if self.total is not None:
            if handed_out >= self.total:
                return None
            return f"interrupted{by}: {handed_out:,} of {self.total:,} transactions of the total"
        ends = [(self.run_time, since_asked), (self.stages, elapsed)]
        known = [(end, now) for end, now in ends if end is not None]
        if not known or (cut_short is None and any(now >= end - TOLERANCE_SECONDS for end, now in known)):
            return None
        return f"interrupted{by} after {elapsed:.1f} s of {min(end for end, _ in known):g} s"


def search_cut_short(limit: LimitRecord) -> str:
    """In words, that a search for the limit did not come to its end, and what it found until then."""
    found = "no rate held so far" if limit.per_s is None else f"the limit is at least {per_second(limit.per_s)}"
    return f"the search for the limit did not come to its end: {found}"


def run_time(environment: Environment) -> float | None:
    """Seconds of -t, where it counts for the run that begins now."""
    if environment.shape_class is not None and not isinstance(environment.shape_class, OwnShape):
        return None  # a locustfile's own shape: Locust does not look at -t
    told: float | None = options(environment).run_time
    web_ui = environment.web_ui
    if web_ui is None:
        return told
    # A run from the start form has what the form said; the option may be left from another one. Where Locust does not
    # say so any more no end counts as planned: a run is never called interrupted by mistake.
    if locust_compat.form_set_run_time(web_ui):
        return told
    by_form = locust_compat.form_started(web_ui) or not options(environment).autostart
    return None if by_form else told


def planned(environment: Environment, config: Config) -> PlannedEnd:
    """The planned end of the run that begins now."""
    stages = config.load.stages if isinstance(environment.shape_class, StagesShape) else []
    return PlannedEnd(run_time(environment), stages_length(stages), config.transaction.volume.total)
