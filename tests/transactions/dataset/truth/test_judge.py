"""The verdict: what is within, outside, too few to tell, and configured."""

import ast
from pathlib import Path

import pytest

from paysim.config.schema import Transaction
from paysim.facts import methods
from paysim.facts.figure import Figure, Range
from paysim.transactions.dataset import truth
from paysim.transactions.dataset.truth import registry
from paysim.transactions.dataset.truth.judge import _verdict, pinned_keys
from paysim.transactions.dataset.truth.registry import INFINITE, Band, Property, entries
from paysim.transactions.dataset.truth.statistics import Measured, exact

NEAR = Band(0.4, 0.6)


def judged(
    measured: Measured | None, band: Band = NEAR, pinned: tuple[str, ...] = (), keys: tuple[str, ...] = ()
) -> str:
    each = Property("x", "x", "x", methods.PIX_SHARE, band, "share", 100, pinned, "", lambda _: measured)
    return _verdict(each, measured, keys)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (Measured(0.5, 0.45, 0.55, 500), "ok"),
        (Measured(0.41, 0.35, 0.47, 500), "ok"),
        (Measured(0.3, 0.25, 0.35, 500), "outside"),
        (Measured(0.7, 0.61, 0.8, 500), "outside"),
        (Measured(0.38, 0.3, 0.46, 500), "not measured"),  # outside, but it could be chance
        (Measured(0.5, 0.1, 0.9, 500), "not measured"),  # wider than what is allowed
        (Measured(0.3, 0.25, 0.35, 99), "not measured"),
        (exact(0.3, 500), "outside"),
        (None, "not measured"),
    ],
)
def test_a_figure_is_outside_only_with_its_whole_interval(measured: Measured | None, verdict: str):
    assert judged(measured) == verdict


def test_a_rule_may_not_be_broken_once():
    assert judged(exact(0.0, 500), registry.NEVER) == "ok"
    assert judged(exact(1 / 500, 500), registry.NEVER) == "outside"
    assert judged(exact(1.0, 500), registry.ALWAYS) == "ok"
    assert judged(exact(499 / 500, 500), registry.ALWAYS) == "outside"


def test_a_bound_on_one_side_takes_any_figure_beyond_it():
    assert judged(Measured(90.0, 70.0, 110.0, 500), Band(8.0)) == "ok"
    assert judged(Measured(9.0, 4.0, 14.0, 500), Band(8.0)) == "not measured"
    assert judged(Measured(2.0, 1.0, 3.0, 500), Band(8.0)) == "outside"


def test_what_a_configuration_sets_does_not_count():
    far = exact(0.9, 500)
    assert judged(far, pinned=("patterns.channels",), keys=("patterns.channels",)) == "configured"
    assert judged(far, pinned=("patterns.amounts",), keys=("patterns.amounts.mean",)) == "configured"
    assert judged(far, pinned=("patterns.channels",), keys=("patterns.countries",)) == "outside"
    assert judged(far, pinned=(), keys=("patterns.channels",)) == "outside"


def test_keys_that_are_set_are_found_and_defaults_are_not():
    section = Transaction.model_validate(
        {"patterns": {"channels": {"web": 1}, "amounts": {"mean": 20}}, "timestamps": {"weekend_factor": 1}}
    )
    assert pinned_keys(section) == {"patterns.channels", "patterns.amounts.mean", "timestamps.weekend_factor"}
    assert pinned_keys(Transaction()) == set()


def test_auto_pins_nothing():
    section = Transaction.model_validate({"population": {"customers": 10}})
    section.population.__dict__["customers"] = "auto"
    assert pinned_keys(section) == set()


def test_every_pinning_key_is_one_of_the_configuration():
    for each in entries().values():
        for key in each.pinned:
            section = Transaction()
            for name in key.split("."):
                section = getattr(section, name)


def test_every_property_has_a_fact_with_year_and_source_and_a_band():
    for each in entries().values():
        assert each.fact.year
        assert each.fact.source.publisher
        assert 0 <= each.band.low <= each.band.high
        if isinstance(each.fact, Figure | Range) and not each.says and each.band.high < INFINITE:
            low = each.fact.value if isinstance(each.fact, Figure) else each.fact.low
            assert each.band.low <= low * 1.0001
        assert each.unit in {"share", "ratio", "number", "days"} or each.unit.isupper()


def test_two_properties_cannot_share_a_name():
    entries()
    with pytest.raises(ValueError, match="property pix is registered twice"):
        registry.register("pix", "", methods.PIX_SHARE, NEAR)(lambda _: None)


def test_truth_knows_the_facts_and_nothing_of_the_generator():
    for path in Path(truth.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                depth = len(path.relative_to(Path(truth.__file__).parent).parts)
                assert node.level <= depth, path
                names = [node.module or ""] if node.level == 0 else []
            else:
                names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            allowed = ("paysim.facts", "paysim.registry", "paysim.earth", "paysim.html_page", "paysim.contract.codes")
            assert all(not name.startswith("paysim") or name.startswith(allowed) for name in names), path
