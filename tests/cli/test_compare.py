"""`paysim compare`: worse beyond the tolerance ends with 1."""

import copy
import json

import pytest

from paysim.cli import main
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
        ('{"schema_version": 99}', "is not a summary of this version of paysim"),
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
