"""Every scenario says what happens, why, and what a pipeline should do."""

import pytest

from paysim.contract.labels import SCENARIOS
from paysim.transactions.scenarios.base import described, field_edit


def test_every_scenario_is_described_in_sentences() -> None:
    for name, scenario in SCENARIOS.items():
        for part in (scenario.about, scenario.why, scenario.pipeline):
            assert part[0].isupper() and part.endswith("."), name
        assert not scenario.source.endswith("."), name


def test_a_docstring_has_the_parts_of_a_description() -> None:
    def wrong() -> None:
        """It is wrong
        in one way.

        Why: Somebody
        did it.
        Pipeline: Reject it.
        Source: ISO 0000
        """

    assert described(wrong) == {
        "about": "It is wrong in one way.",
        "why": "Somebody did it.",
        "pipeline": "Reject it.",
        "source": "ISO 0000",
    }


def test_one_that_says_too_little_is_refused() -> None:
    def alone(case: object) -> None:
        """It is wrong. Why: Somebody did it."""

    with pytest.raises(ValueError, match="scenario alone needs a docstring"):
        field_edit("amount")(alone)
    assert "alone" not in SCENARIOS
