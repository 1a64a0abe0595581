"""What of a pipeline's figures fails a run, at its end and while it is on: every sentence says yes and no."""

from typing import Any

import pytest

from paysim.config.schema import Thresholds
from paysim.config.sections.pipeline import Pipeline
from paysim.loadtest.judge import verdict
from paysim.loadtest.judge.judge import Judge
from paysim.loadtest.judge.ramp import Ramp
from paysim.loadtest.judge.standing import RunStanding, State
from paysim.loadtest.report import summary
from paysim.summary.pipeline import PipelineRecord
from tests.support import hops
from tests.support.accounts import account, facts
from tests.support.hops import LATENCY
from tests.support.rate_plans import rate_plan

STAGE = hops.stage(arrived=100, right=100, missing=0, under_way=0, duplicates=0, misjudged=0)
LAG = {"consumer_group": "ingest", "partitions": {"0": 50}, "total": 50, "slope_per_s": 2.0, "why": None}


def watched(thresholds: dict[str, Any] | None = None, lag: dict[str, Any] | None = None) -> Pipeline:
    hub = {"eventhub_name": "stored"}
    plain: dict[str, Any] = {"stages": [{"name": "stored", "event_hub": hub, "thresholds": thresholds or {}}]}
    if lag is not None:
        checkpoints = {"blob": "https://a.blob.core.windows.net", "container": "c"}
        plain["lag"] = [{"consumer_group": "ingest", "checkpoints": checkpoints, "thresholds": lag}]
    return Pipeline.model_validate(plain)


def reasons(
    stage: dict[str, Any], thresholds: dict[str, Any] | None = None, limits: dict[str, Any] | None = None, **more: Any
) -> list[str]:
    """limits: of the lag."""
    made = summary.make(facts(), [account(0, 1000)])
    made.pipeline = PipelineRecord.of({"stages": [{**STAGE, **stage}], **more})
    verdict.judge(made, Thresholds(), verdict.EndFacts(), watched(thresholds, limits))
    return made.verdict.reasons


class TestAtTheEnd:
    def test_all_that_was_sent_and_came_passes(self):
        assert reasons({}) == []

    @pytest.mark.parametrize("name", ["missing", "duplicates", "misjudged"])
    def test_each_fault_fails_a_run_unless_a_limit_allows_it(self, name):
        assert reasons({name: 3}) == [f"stage stored: 3 {name}"]
        assert reasons({name: 3}, {name: 3}) == []
        assert reasons({name: 3}, {name: 2}) == [f"stages.stored.{name} was 3, and has to be ≤ 2"]

    def test_what_is_under_way_is_neither_missing_nor_passed(self):
        assert reasons({"under_way": 4}) == ["stage stored: 4 still under way"]

    def test_a_latency_after_the_warm_up_is_held_and_one_that_was_not_measured_is_missed(self):
        late = {**LATENCY, "p95": 9_000.0}
        assert reasons({"latency_ms": late}, {"p95_ms": 250}) == []
        assert reasons({}, {"p95_ms": 249}) == ["stages.stored.p95_ms was 250, and has to be ≤ 249"]
        words = "stages.stored.p95_ms was not measured, and has to be ≤ 99"
        assert reasons({"judged_ms": None}, {"p95_ms": 99}) == [words]

    def test_a_stage_that_was_not_read_to_its_end_does_not_pass_and_its_counts_are_not_measured(self):
        assert reasons({"lost": "gone"}, {"missing": 5}) == [
            "stages.stored.missing was not measured, and has to be ≤ 5", "stage stored was not read to its end: gone"
        ]  # fmt: skip

    def test_lag_is_held_by_its_slope_and_without_checkpoints_it_is_missed(self):
        limits = {"slope_per_s": 5, "events": 100}
        assert reasons({}, limits=limits, lag=[LAG]) == []
        grows = {**LAG, "slope_per_s": 9.0}
        assert reasons({}, limits=limits, lag=[grows]) == ["lag.ingest.slope_per_s was 9, and has to be ≤ 5"]
        unknown = {**LAG, "total": None, "slope_per_s": None, "why": "no checkpoints"}
        assert len(reasons({}, limits=limits, lag=[unknown])) == 2

    def test_what_was_not_measured_at_all_says_so(self):
        assert reasons({}, error="the watcher process ended") == [
            "not measured behind the hub: the watcher process ended"
        ]
        assert reasons({}, not_measured=5) == ["not measured behind the hub: 5 transactions that could not be kept"]


class TestWhileItIsOn:
    def standing(
        self,
        pipeline: Pipeline,
        figures: dict[str, Any],
        thresholds: dict[str, Any] | None = None,
        seconds: int = 20,
    ) -> RunStanding:
        judge = Judge(Thresholds(min_rate_share=None, **(thresholds or {})), Ramp([]), pipeline)
        for second in range(1, seconds + 1):
            judge.look(rate_plan(), float(second), 0)
            judge.look_behind(hops.figures(**figures))
            standing = judge.stand(float(second))
        return standing

    def state(self, *arguments: Any, **more: Any) -> tuple[State, float | None]:
        (found,) = self.standing(*arguments, **more).thresholds
        return found.state, found.actual

    def test_a_stage_is_held_against_all_since_the_warm_up_without_a_window(self):
        assert self.state(watched({"p95_ms": 300}), {}) == (State.HELD, 250)
        assert self.state(watched({"p95_ms": 200}), {}) == (State.MISSED, 250)
        assert self.state(watched({"p95_ms": 200}), {}, {"after": 60}) == (State.NOT_MEASURED, None)

    def test_with_a_window_its_latency_is_that_of_the_window(self):
        now = {"window": {"stored": {**LATENCY, "p95": 4_000.0}}}
        assert self.state(watched({"p95_ms": 300}), now, {"window": 5}) == (State.MISSED, 4_000)
        assert self.state(watched({"p95_ms": 5_000}), now, {"window": 5}) == (State.HELD, 4_000)
        assert self.state(watched({"p95_ms": 300}), now, {"window": 5}, seconds=3) == (State.NOT_MEASURED, None)

    def test_where_nothing_came_over_a_whole_window_the_oldest_that_is_under_way_tells_how_late_it_is(self):
        def of(age: float) -> dict[str, Any]:
            return {"window": {"stored": None}, "stages": [hops.stage(oldest_s=age)]}

        assert self.state(watched({"p95_ms": 3_000}), of(6.0), {"window": 5}) == (State.MISSED, 6_000)
        assert self.state(watched({"p95_ms": 3_000}), of(4.0), {"window": 5}) == (State.NOT_MEASURED, None)

    def test_one_that_is_missed_over_a_window_ends_the_run_where_it_is_told_to_and_names_the_stage(self):
        now = {"window": {"stored": {**LATENCY, "p95": 4_000.0}}}
        limits = {"window": 5, "abort": True}
        standing = self.standing(watched({"p95_ms": 300}), now, limits)
        assert standing.aborted == (
            "aborted after 5.0 s: over the last 5 s stages.stored.p95_ms was 4,000 and has to be ≤ 300"
        )
        assert self.standing(watched({"p95_ms": 5_000}), now, limits).aborted is None
        assert self.standing(watched({"p95_ms": 300}), now, {"window": 5}).aborted is None

    def test_lag_that_grows_ends_it_too_and_events_count_at_the_end_alone(self):
        limits = {"window": 5, "abort": True}
        standing = self.standing(watched(lag={"slope_per_s": 1}), {}, limits)
        assert standing.aborted is not None and "lag.ingest.slope_per_s was 1.5" in standing.aborted
        assert self.standing(watched(lag={"slope_per_s": 2}), {}, limits).aborted is None
        assert self.state(watched(lag={"events": 0}), {}) == (State.NOT_MEASURED, None)

    @pytest.mark.parametrize(
        "figures", [{"error": "gone"}, {"now": []}, {"stages": [hops.stage(lost="gone")]}], ids=["error", "old", "lost"]
    )
    def test_what_is_not_known_now_is_neither_held_nor_missed(self, figures):
        assert self.state(watched({"missing": 0}), figures) == (State.NOT_MEASURED, None)

    def test_nothing_is_missed_before_the_watcher_has_told_anything(self):
        judge = Judge(Thresholds(), Ramp([]), watched({"missing": 0}))
        judge.look(rate_plan(), 5.0, 0)
        assert not judge.stand(5.0).missed
