"""Which runs a path stands for."""

import json
import os

import pytest

from paysim.history.runs import NoRuns, of_folder, of_path
from paysim.summary.reading import NoSummary
from tests.support.repeats import run, write


def ids(found):
    return [each.summary.run_id for each in found]


def test_a_folder_holds_runs_the_oldest_first_and_each_once(tmp_path):
    runs = [run(3), run(1), run(2)]
    write(tmp_path, runs)
    os.symlink(runs[0]["run_id"], tmp_path / "latest")
    (tmp_path / "copy.json").write_text(json.dumps(runs[1]))
    expected = sorted(each["run_id"] for each in runs)
    assert ids(of_folder(tmp_path).runs) == ids(of_path(tmp_path)) == expected


def test_a_summary_may_have_any_name(tmp_path):
    """`report.summary` decides it, as in results/{run_id}.json."""
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_text(json.dumps(run(number)))
    assert len(of_folder(tmp_path).runs) == 2


def test_other_files_are_no_runs(tmp_path):
    write(tmp_path, [run(1)])
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "broken.json").write_bytes(b"\xff\x00")
    found = of_folder(tmp_path)
    assert len(found.runs) == 1 and found.left_out == []


def test_the_folder_of_a_run_is_that_run_and_a_file_too(tmp_path):
    one = run(1)
    write(tmp_path, [one, run(2)])
    folder = tmp_path / one["run_id"]
    assert ids(of_path(folder)) == ids(of_path(folder / "summary.json")) == [one["run_id"]]


def test_a_summary_of_another_version_is_left_out_of_a_list_and_said(tmp_path):
    write(tmp_path, [run(1), {**run(2), "schema_version": 1}])
    found = of_folder(tmp_path)
    assert len(found.runs) == 1
    (line,) = found.left_out
    assert "is not a summary of this version of paysim" in line


def test_a_summary_of_another_version_is_never_left_out_of_a_comparison(tmp_path):
    write(tmp_path, [run(1), {**run(2), "schema_version": 1}])
    with pytest.raises(NoSummary, match="is not a summary of this version of paysim"):
        of_path(tmp_path)


def test_a_folder_without_runs_is_said(tmp_path):
    for find in (of_path, of_folder):
        with pytest.raises(NoRuns, match="holds no run: there is no summary of one in it, nor in a folder in it"):
            find(tmp_path)
