"""The reports of a run for CI: JUnit XML, the job summary of GitHub Actions, and where they are written."""

import json
from xml.etree import ElementTree as ET

import pytest

from paysim.config.schema import Report, Thresholds
from paysim.loadtest import reports, summary, verdict
from paysim.loadtest.junit import xml
from paysim.loadtest.markdown import markdown

from .test_summary import account, facts


def result(failed=0, limits=None, on_error=1, delivery=None, **changes):
    made = summary.make(facts(**changes), [account(0, 1000, failed=failed)])
    made["delivery"] = delivery
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
    assert [int(suite.get(name)) for name in ("tests", "failures", "skipped")] == [len(found), *counted]
    return found


def test_every_threshold_is_a_case():
    found = cases(result(limits={"p99_ms": 500, "min_rate": 1000, "lost": 0}))
    assert found == {
        "p99_ms ≤ 500": "passed",
        "min_rate ≥ 1,000": "min_rate was 500, and has to be ≥ 1,000",
        "lost ≤ 0": "lost was not measured, and has to be ≤ 0",
        "transactions acknowledged": "passed",
        "delivery": "skipped",
        "exit code 0": "failed, the exit code is 1: min_rate was 500, and has to be ≥ 1,000; "
        "lost was not measured, and has to be ≤ 0",
    }


def test_failures_are_a_case_of_their_own_unless_a_threshold_allows_them():
    name = "transactions acknowledged"
    assert cases(result(failed=5))[name] == "5 failed"
    assert cases(result(failed=5, limits={"error_rate": 0.5}))[name] == "passed"
    assert cases(result(failed=5, on_error=0))[name] == "passed"


def test_losses_are_a_case_of_their_own_unless_a_threshold_allows_them():
    delivery = {"arrived": 900, "lost": 100, "duplicated": 3}
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
    folder = tmp_path / "out" / made["run_id"]
    report = Report(summary=f"{tmp_path}/out/{{run_id}}/summary.json", junit=f"{tmp_path}/out/{{run_id}}/junit.xml")
    assert reports.write(made, report, str) == folder / "summary.json"
    assert json.loads((folder / "summary.json").read_text())["run_id"] == made["run_id"]
    assert (tmp_path / "out" / "latest").resolve() == folder
    ET.parse(folder / "junit.xml")
    assert (tmp_path / "step.md").read_text() == "before\n" + markdown(made)


def test_outside_of_github_there_is_no_job_summary(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    reports.write(result(), Report(summary=f"{tmp_path}/summary.json"), str)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


@pytest.mark.parametrize("broken", ["summary", "junit"])
def test_a_report_that_cannot_be_written_costs_only_itself(tmp_path, caplog, broken):
    (tmp_path / "file").write_text("")
    paths = {"summary": f"{tmp_path}/ok.json", "junit": f"{tmp_path}/ok.xml", broken: f"{tmp_path}/file/x"}
    reports.write(result(), Report(**paths), str)
    assert len(list(tmp_path.glob("ok.*"))) == 1
    assert "could not be written" in caplog.text


def test_min_rate_is_held_against_the_mean_after_the_ramp():
    limits = {"min_rate": 900}
    (threshold,) = result(limits=limits, after_ramp_per_s=950.0, ramp_s=0.9)["thresholds"]
    assert (threshold["actual"], threshold["ok"]) == (950.0, True)
    (threshold,) = result(limits=limits)["thresholds"]
    assert (threshold["actual"], threshold["ok"]) == (500.0, False)
