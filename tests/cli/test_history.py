"""`paysim history`: the runs of a folder as table, JSON, Markdown and page; 2 where there is none."""

import json
import re
import resource
import subprocess
import sys

import pytest

from paysim.cli import main
from tests.support.repeats import behind, run, write


@pytest.fixture
def folder(tmp_path):
    """Three runs: the second did not pass, the third had another rate."""
    runs = [run(n, {"from_schedule_p99": 40.0 + n}) for n in (1, 2, 3)]
    runs[1]["verdict"].update(outcome="failed", exit_code=1, reasons=["p99_ms was missed"])
    runs[2]["config"]["transaction"]["volume"]["rate"] = 500
    return write(tmp_path / "output", runs)


def test_a_line_a_run_with_its_verdict_and_what_configurations_differ_in(folder, capsys):
    assert main(["history", str(folder)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["run", "verdict", "rate"]
    assert [line.split()[1] for line in lines[:3]] == ["passed", "failed", "passed"]
    assert "43 ms" in lines[2], "from schedule, where there is that"
    assert lines[3] == "config 2 differs from 1: transaction.volume.rate: not set → 500"
    assert lines[4] == "3 runs, 2 passed, 2 configurations"


def test_json_has_every_figure_and_markdown_the_table(folder, tmp_path, capsys):
    options = ["--json", str(tmp_path / "new" / "runs.json"), "--markdown", str(tmp_path / "runs.md")]
    assert main(["history", str(folder), *options]) == 0
    found = json.loads((tmp_path / "new" / "runs.json").read_bytes())
    assert [each["configuration"] for each in found["runs"]] == [1, 1, 2]
    assert found["runs"][0]["metrics"]["from_schedule_p99"] == 41.0
    assert found["runs"][0]["metrics"]["service_p99"] is None
    assert found["configurations"][1]["differs_in"] == ["transaction.volume.rate: not set → 500"]
    lines = (tmp_path / "runs.md").read_text().splitlines()
    assert len([line for line in lines if line.startswith("| 2026")]) == 3


def test_the_page_has_a_chart_a_figure_its_runs_and_their_reports(folder, tmp_path):
    first = sorted(folder.iterdir())[0]
    (first / "report.html").write_text("")
    assert main(["history", str(folder), "--html", str(tmp_path / "pages" / "trends.html")]) == 0
    page = (tmp_path / "pages" / "trends.html").read_text()
    assert "<h2>Rate</h2>" in page and "<h2>Latency</h2>" in page
    assert "<h2>Lost</h2>" not in page, "nothing was lost"
    assert f'<a href="../output/{first.name}/report.html">' in page
    assert (
        page.count("did not pass") >= 1 and page.count('class="bad"') == 2 + 2
    )  # rate, and two percentiles that are 0
    assert page.count('class="change"') == 2
    assert not re.search(r"""(src|href)=["']https?:""", page)


def test_stages_behind_the_hub_have_charts_of_their_own(tmp_path):
    folder = write(tmp_path / "output", [{**run(n), "pipeline": behind("<i>stored", n, 100.0)} for n in (1, 2)])
    assert main(["history", str(folder), "--html", str(tmp_path / "x.html")]) == 0
    page = (tmp_path / "x.html").read_text()
    assert "<h2>Behind the hub</h2>" in page and "<h2>Missing behind the hub</h2>" in page
    assert "&lt;i&gt;stored" in page and "<i>stored" not in page


def test_names_that_look_like_html_are_text(tmp_path):
    folder = write(tmp_path / "<b>runs", [run(1)])
    main(["history", str(folder), "--html", str(tmp_path / "x.html")])
    assert "<b>runs" not in (tmp_path / "x.html").read_text()


def test_a_folder_without_runs_ends_with_2_and_one_line(tmp_path, capsys):
    assert main(["history", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == (
        f"paysim history: {tmp_path}: holds no run: there is no summary of one in it, nor in a folder in it\n"
    )
    assert main(["history", str(tmp_path / "gone")]) == 2
    assert capsys.readouterr().err == f"paysim history: {tmp_path / 'gone'}: is no folder\n"


def test_only_summaries_of_another_version_end_with_2_and_say_so(tmp_path, capsys):
    write(tmp_path, [{**run(1), "schema_version": 1}])
    assert main(["history", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "is not a summary of this version of paysim" in said


def test_one_of_another_version_is_left_out_and_said(folder, capsys):
    write(folder, [{**run(9), "schema_version": 1}])
    assert main(["history", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("left out: ") and said.err.count("\n") == 1
    assert "3 runs" in said.out


def test_a_file_that_cannot_be_written_ends_with_2(folder, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["history", str(folder), "--html", str(tmp_path / "file" / "x.html")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "cannot be written: " in said


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_200_runs_take_less_than_two_seconds(tmp_path):
    write(tmp_path / "output", (run(n, {"from_schedule_p99": 40.0 + n % 7}) for n in range(200)))
    command = [sys.executable, "-m", "paysim", "history", "output", "--html", "trends.html"]
    before = cpu_of_children()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("200 runs, 200 passed, 1 configuration\n")
    assert cpu_of_children() - before < 2, "it never waits, so this is what a machine with a free core takes"
