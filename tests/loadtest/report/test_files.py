"""The reports of a run for CI: JUnit XML, the job summary of GitHub Actions, and where they are written."""

import json
import os
import resource
import stat
from xml.etree import ElementTree as ET

import pytest

from paysim.config.schema import Report, Thresholds
from paysim.config.sections.pipeline import Pipeline
from paysim.delivery import verification
from paysim.delivery.reconcile import Findings
from paysim.loadtest.judge import verdict
from paysim.loadtest.judge.advice import advice
from paysim.loadtest.report import console, files, summary
from paysim.loadtest.report.junit import xml
from paysim.loadtest.report.markdown import markdown
from paysim.loadtest.report.wording import limit_text
from paysim.summary.model import SCHEMA_VERSION, AskedRate, FollowUpsRecord, ShortfallRecord
from paysim.summary.pipeline import PipelineRecord
from tests.support import hops
from tests.support.accounts import account, facts
from tests.support.present import present


def result(failed=0, limits=None, on_error=1, delivery=None, **changes):
    made = summary.make(facts(**changes), [account(0, 1000, failed=failed)])
    made.delivery = delivery
    verdict.judge(made, Thresholds(**(limits or {})), verdict.EndFacts(on_error=on_error))
    return made


def cases(made):
    """Name of each case → passed, skipped or its failure's message."""
    suite = ET.fromstring(xml(made))
    found = {}
    for case in suite.findall("testcase"):
        failure = case.find("failure")
        skipped = case.find("skipped") is not None
        found[case.get("name")] = failure.get("message") if failure is not None else "skipped" if skipped else "passed"
    counted = [
        sum(value not in ("passed", "skipped") for value in found.values()),
        list(found.values()).count("skipped"),
    ]
    assert [int(present(suite.get(name))) for name in ("tests", "failures", "skipped")] == [len(found), *counted]
    return found


def test_every_threshold_is_a_case():
    found = cases(result(limits={"p99_ms": 500, "min_rate": 1000, "lost": 0}))
    assert found == {
        "p99_ms ≤ 500": "passed",
        "min_rate ≥ 1,000": "min_rate was 500, and has to be ≥ 1,000",
        "lost ≤ 0": "lost was not measured, and has to be ≤ 0",
        "transactions acknowledged": "passed",
        "delivery": "skipped",
        "run": "passed",
    }


@pytest.mark.parametrize(
    ("failed", "limits"), [(0, {}), (5, {}), (0, {"p99_ms": 1}), (5, {"error_rate": 0, "p99_ms": 1, "min_rate": 1})]
)
def test_a_failure_is_one_case_and_changes_no_name(failed, limits):
    made = result(failed=failed, limits=limits)
    found = cases(made)
    expected = [f"{each.name} {limit_text(each)}" for each in made.thresholds]
    assert list(found) == [*expected, "transactions acknowledged", "delivery", "run"]
    wrong = [each for each in made.thresholds if not each.ok]
    assert sum(each not in ("passed", "skipped") for each in found.values()) == (len(wrong) or int(failed > 0))


def test_what_fails_a_run_for_no_reason_above_fails_the_case_of_the_run():
    made = result(failed=5, limits={"p99_ms": 1})
    made.verdict.reasons.append("a listener set exit code 9")
    found = cases(made)
    assert found["run"] == "a listener set exit code 9"
    assert "passed" not in (found["p99_ms ≤ 1"], found["transactions acknowledged"])


def behind(**more):
    """A run that is watched behind its hub, with a limit of a stage."""
    made = result()
    made.pipeline = PipelineRecord.model_validate(hops.figures(lag=[]).model_dump(exclude={"now"}) | more)
    stage = {"name": "stored", "event_hub": {"eventhub_name": "stored"}, "thresholds": {"p95_ms": 200}}
    verdict.judge(made, Thresholds(), verdict.EndFacts(on_error=1), Pipeline.model_validate({"stages": [stage]}))
    return made


WORDS = "stage stored: 2 missing, 1 misjudged, 8 still under way; stage rejected: 8 still under way"


def test_limits_of_stages_are_cases_and_what_no_limit_is_about_is_another():
    whole, unmeasured = behind(), behind(error="the watcher process ended")
    assert [(name, message) for name, message in cases(whole).items() if "hub" in name or "stored" in name] == [
        ("stages.stored.p95_ms ≤ 200", "stages.stored.p95_ms was 250, and has to be ≤ 200"),
        (
            "behind the hub",
            "stage stored: 2 missing, 1 misjudged, 8 still under way; stage rejected: 8 still under way",
        ),
    ]
    assert cases(whole)["run"] == cases(unmeasured)["run"] == "passed"
    assert list(cases(unmeasured)) == list(cases(whole))
    assert cases(unmeasured)["behind the hub"] == "not measured behind the hub: the watcher process ended"


def test_the_hops_are_in_every_form():
    made = behind()
    for text in (console.table(made, None), markdown(made)):
        row = next(line for line in text.splitlines() if "stored" in line and "90" in line)
        assert "250 ms" in row and "under way" in text
        assert "checkpoints (pipeline.lag) tell if they will" in text


def test_nothing_is_said_of_checkpoints_that_were_read_or_where_all_has_come():
    made = behind(lag=hops.figures().lag)
    assert made.pipeline.lag[0].why is None
    arrived = behind(stages=[stage.model_copy(update={"under_way": 0}).model_dump() for stage in made.pipeline.stages])
    for each in (made, arrived):
        assert "checkpoints" not in console.table(each, None) + markdown(each)


def test_cases_take_the_time_of_what_they_judge():
    delivery = verification.delivery(Findings(arrived=1000), 0, None, None, 1.5)
    suite = ET.fromstring(xml(result(delivery=delivery, limits={"p99_ms": 500}, duration_s=2.0)))
    assert [float(present(case.get("time"))) for case in suite.iter("testcase")] == [2.0, 2.0, 1.5, 3.5]
    assert float(present(suite.get("time"))) == 3.5


ASKED = AskedRate(transactions=6000, acked=1860, seconds=12.0, peak_per_s=500, share=0.31, reached=False)


def test_a_rate_that_was_not_reached_is_in_the_first_line_with_its_share():
    said = "31 % of the rate: 155/s of 500/s asked"
    missed = result(asked=ASKED, target_per_s=500.0)
    assert markdown(missed).splitlines()[0] == f"## ❌ paysim: failed, with {said}"
    assert console.table(missed, None).splitlines()[0].endswith(f": FAILED, with {said}")
    allowed = result(asked=ASKED, target_per_s=500.0, limits={"min_rate_share": None})
    assert markdown(allowed).splitlines()[0] == f"## ✅ paysim: passed, with {said}"
    assert console.table(allowed, None).splitlines()[0].endswith(f": passed, with {said}")
    for each in (missed, allowed):
        assert f'<property name="rate" value="{said}" />' in xml(each)
    reached = result(asked=ASKED.model_copy(update={"acked": 5940, "share": 0.99, "reached": True}), target_per_s=500.0)
    assert markdown(reached).splitlines()[0] == "## ✅ paysim: passed"
    assert console.table(reached, None).splitlines()[0].endswith(": passed")


def test_reasons_violations_files_and_advice_are_in_every_form():
    config = {"report": {"junit": "out/{run_id}/junit.xml", "html": "out/{run_id}/report.html", "labels": None}}
    made = result(failed=5, config=config, limits={"p99_ms": 500})
    made.hub.attempts_failed = {"timed out": 3, "connection lost": 40, "connection refused": 2, "else": 1}
    made.transactions.violations = {"duplicate": 20, "malformed_json": 10}
    for text in (console.table(made, None), markdown(made)):
        assert "40 connection lost, 3 timed out, 2 connection refused, 1 others" in text
        assert "30 on purpose: 20 duplicate, 10 malformed_json" in text
        assert f"out/{made.run_id}/junit.xml" in text and f"out/{made.run_id}/report.html" in text
        assert advice(made)[0] in text
    made.transactions.violations = {"mule_chain": 10, "zero_amount": 3}
    made.transactions.episodes = {"mule_chain": 2, "zero_amount": 3}
    for text in (console.table(made, None), markdown(made)):
        assert "13 on purpose: 10 mule_chain in 2 episodes, 3 zero_amount" in text
    made.transactions.violations = {"duplicate": 20, "malformed_json": 10}
    made.transactions.copies_waiting = 3
    assert "10 malformed_json; 3 second messages not due before the end" in markdown(made)
    made.transactions.violations = {}
    assert "3 second messages not due before the end" in markdown(made)


def test_what_fell_short_is_in_every_form():
    made = result()
    made.transactions.payments_for_refunds = 1
    assert "short" not in console.table(made, None) + markdown(made)
    made.transactions.shortfalls = {"violations.missing_follow_up": ShortfallRecord(asked=0.7, possible=0.66)}
    made.transactions.payments_for_refunds = made.transactions.generated
    for text in (console.table(made, None), markdown(made)):
        said = " ".join(text.split())
        assert "violations.missing_follow_up 0.7, possible 0.66; " in said
        assert "refunds went out as payments, with nothing to give back" in said


def test_what_followed_payments_is_in_every_form():
    made = result()
    made.follow_ups = FollowUpsRecord(by_type={"refund": 20, "capture": 300}, open=70, open_of_silent=5, thinned=3)
    for text in (console.table(made, None), markdown(made)):
        said = " ".join(text.split())
        assert "300 capture, 20 refund; something was still to follow 70 payments, 5 of them of a process" in said
        assert "nothing follows 3, for want of room" in said
    made.follow_ups.cut_off = 2
    assert "nothing more follows 2, as there were too many reloads" in markdown(made)
    made.follow_ups = None
    assert "follow" not in markdown(made)


def test_rates_below_one_a_second_are_shown():
    slow = result(target_per_s=0.5, duration_s=4000.0, after_ramp_per_s=0.2512, ramp_s=1.0)
    assert "0.25/s of 0.5/s asked" in console.table(slow, None) and "0.25/s of 0.5/s asked" in markdown(slow)
    assert "after ramp    0.251/s" in console.table(slow, None)


def test_failures_are_a_case_of_their_own_unless_a_threshold_allows_them():
    name = "transactions acknowledged"
    assert cases(result(failed=5))[name] == "5 failed"
    assert cases(result(failed=5, limits={"error_rate": 0.5}))[name] == "passed"
    assert cases(result(failed=5, on_error=0))[name] == "passed"


def test_losses_are_a_case_of_their_own_unless_a_threshold_allows_them():
    delivery = verification.delivery(Findings(arrived=900, lost=100, duplicated=3), 0, None, None, 1.0)
    assert cases(result(delivery=delivery))["delivery"] == "of the transactions of the run: 100 lost, 3 duplicated"
    allowed = {"lost": 100, "duplicates": 3}
    assert cases(result(delivery=delivery, limits=allowed))["delivery"] == "passed"


def test_names_with_angle_brackets_are_escaped():
    assert cases(result(target="<hub> & co"))["delivery"] == "skipped"


def test_the_job_summary_says_first_whether_it_passed():
    assert markdown(result()).startswith("## ✅ paysim: passed\n")
    failed = markdown(result(failed=5, limits={"p99_ms": 1}))
    assert failed.startswith("## ❌ paysim: failed\n")
    assert "| p99_ms | ≤ 1 | 10.01 | ❌ missed |" in failed
    assert "| transactions | 1,000 acked, 5 failed, 0 unknown |" in failed


def test_every_table_of_the_job_summary_has_rows_as_wide_as_its_head():
    for block in markdown(result(limits={"p99_ms": 1}, target="a|b")).split("\n\n"):
        lines = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1


def test_reports_are_written_where_the_configuration_says(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step.md"))
    (tmp_path / "step.md").write_text("before\n")
    made = result()
    folder = tmp_path / "out" / made.run_id
    report = Report(summary=f"{tmp_path}/out/{{run_id}}/summary.json", junit=f"{tmp_path}/out/{{run_id}}/junit.xml")
    assert files.write(made, report, str) == (folder / "summary.json", [])
    assert files.add_step_summary(made) == []
    assert json.loads((folder / "summary.json").read_text())["run_id"] == made.run_id
    assert (tmp_path / "out" / "latest").resolve() == folder
    ET.parse(folder / "junit.xml")
    assert (tmp_path / "step.md").read_text() == "before\n" + markdown(made)


def test_outside_of_github_there_is_no_job_summary(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    files.write(result(), Report(summary=f"{tmp_path}/summary.json"), str)
    assert files.add_step_summary(result()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


@pytest.mark.parametrize("broken", ["summary", "junit"])
def test_a_report_that_cannot_be_written_costs_only_itself(tmp_path, caplog, broken):
    (tmp_path / "file").write_text("")
    paths = {"summary": f"{tmp_path}/ok.json", "junit": f"{tmp_path}/ok.xml", broken: f"{tmp_path}/file/x"}
    _, (trouble,) = files.write(result(), Report(**paths), str)
    assert len(list(tmp_path.glob("ok.*"))) == 1
    assert f"could not be written to {tmp_path}/file/x: " in trouble
    assert trouble in caplog.text


def test_a_report_is_whole_or_as_it_was_before(tmp_path, monkeypatch):
    path = tmp_path / "summary.json"
    path.write_text("before")
    small = (512, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, small)  # as a disk that is full after so many bytes
    try:
        written, troubles = files.write(result(), Report(summary=str(path)), str)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert written is None
    assert "the summary could not be written" in troubles[0]
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_never_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert files.write(result(), Report(summary=str(pipe)), str) == (pipe, [])
    assert json.loads(os.read(reader, 1 << 20))["schema_version"] == SCHEMA_VERSION
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert files.write(result(), Report(summary="/dev/full"), str)[1] == [
        "the summary could not be written to /dev/full: No space left on device"
    ]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "summary.json")
    files.write(result(), Report(summary=f"{tmp_path}/link.json"), str)
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "there" / "summary.json").read_text())


@pytest.mark.parametrize("odd", [10**30, "a path of \udcff bytes"])
def test_no_number_and_no_text_costs_the_summary(tmp_path, odd):
    made = result()
    made.config.odd = odd
    path, troubles = files.write(made, Report(summary=f"{tmp_path}/s.json", junit=f"{tmp_path}/j.xml"), str)
    assert (path, troubles) == (tmp_path / "s.json", [])
    assert json.loads(present(path).read_text())["config"]["odd"] == odd


def test_a_view_that_cannot_be_made_costs_only_itself(tmp_path):
    def broken():
        raise RuntimeError("a bug")

    report = Report(summary=f"{tmp_path}/s.json", html=f"{tmp_path}/r.html")
    path, troubles = files.write(result(), report, broken)
    assert path == tmp_path / "s.json"
    assert troubles == ["the HTML report could not be made: RuntimeError('a bug')"]


def test_min_rate_is_held_against_the_mean_after_the_ramp():
    limits = {"min_rate": 900}
    (threshold,) = result(limits=limits, after_ramp_per_s=950.0, ramp_s=0.9).thresholds
    assert (threshold.actual, threshold.ok) == (950.0, True)
    (threshold,) = result(limits=limits).thresholds
    assert (threshold.actual, threshold.ok) == (500.0, False)
