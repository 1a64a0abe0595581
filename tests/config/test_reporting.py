"""`report`: which files a run leaves, and where."""

import pytest

from paysim.config.schema import Report

BESIDE = {"html": "report.html", "junit": "junit.xml", "labels": "labels.jsonl", "log": "run.log"}


def files(**keys):
    report = Report(**keys)
    return {name: getattr(report, name) for name in BESIDE}


@pytest.mark.parametrize(
    ("summary", "folder"),
    [
        ("output/{run_id}/summary.json", "output/{run_id}"),
        ("/mnt/results/nightly-{run_id}/numbers.json", "/mnt/results/nightly-{run_id}"),
    ],
)
def test_the_files_of_a_run_stand_beside_its_summary(summary, folder):
    assert files(summary=summary) == {name: f"{folder}/{file}" for name, file in BESIDE.items()}


@pytest.mark.parametrize(
    "summary", ["result.json", "/dev/stdout", "results/{run_id}.json", "output/summary.json", "{run_id}.json"]
)
def test_a_summary_that_has_no_folder_of_the_runs_own_is_alone(summary):
    """Nothing appears in a folder that somebody else chose, and no run writes over the files of another."""
    assert set(files(summary=summary).values()) == {None}


def test_null_is_no_file_and_a_path_is_that_path():
    assert files(html=None, labels="mine.jsonl") == {
        "html": None,
        "junit": "output/{run_id}/junit.xml",
        "labels": "mine.jsonl",
        "log": "output/{run_id}/run.log",
    }
