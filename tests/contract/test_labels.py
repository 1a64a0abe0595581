"""What a configuration has to have for a scenario."""

from dataclasses import replace

import pytest

from paysim.contract.labels import SCENARIOS, Intention

INTENTION = Intention(
    methods={"credit_card": 1.0},
    statuses={"completed": 1.0},
    channels={"web": 1.0},
    goes_out=lambda path: True,
    rate=None,
    total=None,
    follows=True,
    days=None,
)


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.in_lifecycle])
def test_what_is_about_what_follows_a_payment_needs_a_lifecycle(name: str) -> None:
    faults = list(SCENARIOS[name].faults(0.01, replace(INTENTION, follows=False)))
    assert any("set lifecycle: full" in fault for fault in faults)
    assert not any("lifecycle" in fault for fault in SCENARIOS[name].faults(0.01, INTENTION))


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.needs])
def test_what_is_about_a_field_needs_it_in_the_events(name: str) -> None:
    path = SCENARIOS[name].needs[0]
    dropped = replace(INTENTION, goes_out=lambda each: each != path)
    assert any(
        f"needs {path}, which mapping.drop takes away" in fault for fault in SCENARIOS[name].faults(0.01, dropped)
    )
    assert not any("mapping.drop" in fault for fault in SCENARIOS[name].faults(0.01, INTENTION))
