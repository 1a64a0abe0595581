"""`paysim compare`: worse beyond the tolerance ends with 1."""

import copy
import json

import pytest

from paysim.cli import main
from tests.support.environment import ROOT
from tests.support.repeats import behind, run, write
from tests.support.summaries import A


def changed(*keys, to):
    b = copy.deepcopy(A)
    place = b
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    return b


def compare(tmp_path, capsys, b, *options):
    for name, plain in (("a", A), ("b", b)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text(json.dumps(plain))
    code = main(["compare", str(tmp_path / "a"), str(tmp_path / "b" / "summary.json"), *options])
    return code, capsys.readouterr()


@pytest.mark.parametrize(
    ("b", "options", "worse"),
    [
        (A, (), None),
        (changed("rate", "achieved_per_s", to=905.0), (), None),
        (changed("rate", "achieved_per_s", to=895.0), (), "rate"),
        (changed("rate", "achieved_per_s", to=895.0), ("--tolerance", "0.2"), None),
        (changed("rate", "achieved_per_s", to=2000.0), ("--tolerance", "0"), None),
        (changed("latency_ms", "response", "p99", to=45.0), (), "response p99"),
        (changed("latency_ms", "response", "p99", to=20.0), (), None),
        (changed("latency_ms", "response", "p50", to=10.9), ("--tolerance", "0"), None),
        (changed("latency_ms", "response", to=None), (), None),
        (changed("transactions", "failed", to=1), (), "failed"),
        (changed("transactions", "unknown", to=1), (), "unknown"),
        (changed("delivery", "lost", to=1), (), "lost"),
        (changed("delivery", to=None), (), None),
    ],
)
def test_worse_by_more_than_the_tolerance_ends_with_1(tmp_path, capsys, b, options, worse):
    code, said = compare(tmp_path, capsys, b, *options)
    assert code == (0 if worse is None else 1)
    marked = [line.split("  ")[0] for line in said.out.splitlines() if line.endswith("  worse")]
    assert marked == ([] if worse is None else [worse])
    assert said.err.count("\n") == said.err.startswith("note: left out, as not all runs measured it (1 of 1 in A, 0")


def test_other_targets_are_named(tmp_path, capsys):
    _, said = compare(tmp_path, capsys, changed("target", to="contoso/payments"))
    assert said.err == "note: the targets differ: LOCAL HUB, not Azure and contoso/payments\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot be read: no such file or directory"),
        ("{", "is not JSON"),
        ("[]", "is not a summary of this version of paysim"),
        ("{}", "is not a summary of this version of paysim"),
        ('{"schema_version": 99}', "is not a summary of this version of paysim: its schema_version is 99, not 2"),
    ],
)
def test_what_is_no_summary_ends_with_2_and_one_line(tmp_path, capsys, text, reason):
    path = tmp_path / "x.json"
    if text is not None:
        path.write_text(text)
    assert main(["compare", str(path), str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: {reason}\n"


@pytest.mark.parametrize("tolerance", ["-1", "much", "nan"])
def test_a_tolerance_is_a_share(tolerance, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["compare", "a", "b", "--tolerance", tolerance])
    assert ended.value.code == 2
    assert "such as 0.1 for a tenth" in capsys.readouterr().err


# Repeats

RECORDED = json.loads((ROOT / "tests/fixtures/repeated_runs.json").read_bytes())
"""Figures of fifteen real runs on a busy machine, by tests/integration/test_compare.py in turn: five of a hub, five
of one that answers a tenth later, five of the first again."""


def groups(tmp_path, a, b, change=lambda runs: runs):
    """Folders `a` and `b` of runs with these figures."""
    numbers = iter(range(100))
    for name, figures in (("a", a), ("b", b)):
        runs = [run(next(numbers), each) for each in figures]
        write(tmp_path / name, change(runs) if name == "b" else runs)
    return str(tmp_path / "a"), str(tmp_path / "b")


def compared(tmp_path, capsys, a, b, *options, **kwargs):
    code = main(["compare", *groups(tmp_path, a, b, **kwargs), "--json", str(tmp_path / "x.json"), *options])
    return code, json.loads((tmp_path / "x.json").read_bytes()), capsys.readouterr()


def test_five_noisy_runs_of_a_build_that_is_a_tenth_slower_are_found(tmp_path, capsys):
    code, found, said = compared(tmp_path, capsys, RECORDED["before"], RECORDED["after"])
    assert (code, found["exit_code"]) == (1, 1)
    assert "service_p50" in found["worse"]
    (service,) = [each for each in found["metrics"] if each["name"] == "service_p50"]
    assert 0.05 < service["change"] < 0.15 and service["chance"] <= 0.05
    assert "B is worse by more than 5%: " in said.out and said.err == ""


def test_nothing_is_found_among_ten_noisy_runs_of_the_same_build(tmp_path, capsys):
    code, found, said = compared(tmp_path, capsys, RECORDED["before"], RECORDED["again"])
    assert (code, found["worse"]) == (0, [])
    assert max(each["change"] for each in found["metrics"]) > 0.5, "the tolerance alone would have found some"
    assert said.out.endswith("B is not worse by more than 5%\n")


def test_a_build_that_is_faster_is_better_and_no_fault(tmp_path, capsys):
    code, found, said = compared(tmp_path, capsys, RECORDED["after"], RECORDED["before"])
    assert (code, found["worse"]) == (0, [])
    assert [line for line in said.out.splitlines() if line.startswith("service p50") and line.endswith("  better")]


def test_runs_can_be_named_one_by_one(tmp_path, capsys):
    groups(tmp_path, RECORDED["before"], RECORDED["after"])
    a, b = (sorted(str(each) for each in (tmp_path / name).iterdir()) for name in ("a", "b"))
    assert main(["compare", *a, "--with", *b]) == 1
    assert "5 runs" in capsys.readouterr().out


def test_a_tolerance_of_one_figure_is_for_it_alone(tmp_path, capsys):
    slow = ("response_p50", "service_p50", "from_schedule_p50")
    options = [option for name in slow for option in ("--tolerance", f"{name}=0.2")]
    code, found, _ = compared(tmp_path, capsys, RECORDED["before"], RECORDED["after"], *options)
    assert (code, found["worse"]) == (0, [])
    assert {each["name"] for each in found["metrics"] if each["tolerance"] == 0.2} == set(slow)


def test_one_loss_is_worse_in_whichever_of_many_runs_it_was(tmp_path, capsys):
    """Chance is no excuse for it."""
    b = [{**each, "lost": 1 if at == 2 else 0} for at, each in enumerate(RECORDED["again"])]
    code, found, _ = compared(tmp_path, capsys, RECORDED["before"], b)
    assert (code, found["worse"]) == (1, ["lost"])
    code, found, _ = compared(tmp_path / "both", capsys, b, [dict(each, lost=1) for each in RECORDED["before"]])
    assert (code, found["worse"]) == (0, [])


def test_failures_of_one_run_in_five_may_be_chance_and_those_of_all_are_not(tmp_path, capsys):
    one = [{**each, "failed": 1.0 if at == 2 else 0} for at, each in enumerate(RECORDED["again"])]
    code, found, _ = compared(tmp_path / "one", capsys, RECORDED["before"], one)
    assert (code, found["worse"]) == (0, [])
    every = [{**each, "failed": 1 + at / 10} for at, each in enumerate(RECORDED["again"])]
    code, found, _ = compared(tmp_path / "all", capsys, RECORDED["before"], every)
    assert (code, found["worse"]) == (1, ["failed"])


def test_two_against_two_are_too_few_to_know_noise_and_it_is_said(tmp_path, capsys):
    a, b = ([{"service_p50": value} for value in values] for values in ((10.0, 10.0), (12.0, 12.0)))
    code, found, said = compared(tmp_path, capsys, a, b)
    assert (code, found["knows_noise"], found["worse"]) == (1, False, ["service_p50"])
    assert "2 against 2 are too few to know how much runs differ anyhow: three of each are enough" in said.err


def test_a_difference_of_configuration_is_said_and_does_not_decide(tmp_path, capsys):
    def faster(runs):
        for each in runs:
            each["config"]["transaction"]["volume"]["rate"] = 500
        return runs

    code, found, said = compared(tmp_path, capsys, RECORDED["before"], RECORDED["again"], change=faster)
    assert code == 0
    assert said.err == "note: the configurations differ: transaction.volume.rate is not set in A, 500 in B\n"
    assert found["notes"] == [said.err.strip().removeprefix("note: ")]


def test_paths_of_reports_and_seeds_are_no_difference(tmp_path, capsys):
    def elsewhere(runs):
        for each in runs:
            each["config"]["report"]["junit"] = "elsewhere.xml"
            each["config"]["seed"] = 8
        return runs

    *_, said = compared(tmp_path, capsys, RECORDED["before"], RECORDED["again"], change=elsewhere)
    assert said.err == ""


def test_runs_that_did_not_pass_and_lasted_longer_are_said(tmp_path, capsys):
    def failed(runs):
        runs[0]["verdict"].update(outcome="interrupted", exit_code=1)
        return [dict(each, duration_s=20.0) for each in runs]

    *_, said = compared(tmp_path, capsys, RECORDED["before"], RECORDED["again"], change=failed)
    assert "note: the durations differ: 10 and 20\n" in said.err
    assert "note: of B did not pass 1 of 5: 20260301T000500Z-000005 interrupted\n" in said.err


def test_markdown_has_the_verdict_and_a_row_a_figure(tmp_path, capsys):
    compared(tmp_path, capsys, RECORDED["before"], RECORDED["after"], "--markdown", str(tmp_path / "new" / "x.md"))
    head, _, *rows = (tmp_path / "new" / "x.md").read_text().splitlines()
    assert head.startswith("## ❌ B is worse by more than 5%: ")
    assert [row for row in rows if row.startswith("| service p50 |") and row.endswith("| worse |")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a"], "paysim compare: give two, A and B, or all of A and then --with and all of B\n"),
        (["a", "b", "a"], "paysim compare: give two, A and B, or all of A and then --with and all of B\n"),
        (["a", "--with", "a"], "paysim compare: run 20260301T000000Z-000000 is in A and in B\n"),
        (["a", "a", "--with", "b"], "paysim compare: run 20260301T000000Z-000000 is twice in A: it is no repeat\n"),
        (["a", "empty"], "empty: holds no run: there is no summary of one in it, nor in a folder in it\n"),
    ],
    ids=["one", "three", "the same", "twice", "empty"],
)
def test_what_cannot_be_compared_ends_with_2_and_one_line(tmp_path, capsys, monkeypatch, arguments, said):
    groups(tmp_path, RECORDED["before"], RECORDED["after"])
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["compare", *arguments]) == 2
    assert capsys.readouterr().err == said


def test_a_tolerance_of_no_figure_names_those_that_there_are(tmp_path, capsys):
    assert main(["compare", *groups(tmp_path, [{}], [{}]), "--tolerance", "p99=0.2"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paysim compare: p99 is no figure that is compared; those are rate, response_p50, ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("stage", "worse", "note"),
    [
        (behind("stored", 0, 100.0), [], None),
        (behind("stored", 1, 100.0), ["stage_stored_missing"], None),
        (behind("stored", 0, 130.0), ["stage_stored_p95", "stage_stored_p99"], None),
        (behind("stored", 9, 130.0, "its connection was lost"), [], "left out, as not all runs measured it"),
    ],
    ids=["alike", "missing", "slower", "not read"],
)
def test_stages_behind_the_hub_are_compared_where_they_were_read(tmp_path, capsys, stage, worse, note):
    def there(runs):
        return [dict(each, pipeline=stage) for each in runs]

    a, b = groups(tmp_path, [{}], [{}], change=there)
    (summary,) = (tmp_path / "a").glob("*/summary.json")
    summary.write_text(json.dumps(dict(json.loads(summary.read_text()), pipeline=behind("stored", 0, 100.0))))
    assert main(["compare", a, b, "--json", str(tmp_path / "x.json")]) == (1 if worse else 0)
    assert json.loads((tmp_path / "x.json").read_bytes())["worse"] == worse
    said = capsys.readouterr().err
    assert note in said if note else said == ""
