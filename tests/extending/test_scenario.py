"""A scenario is one function."""

from .house import House


def test_a_file_in_scenarios_is_a_scenario_everywhere(house: House) -> None:
    house.add("missing_merchant", "transactions/scenarios")
    assert "| `missing_merchant_id` | There is no merchant_id. | yes |" in house.tables()
    assert "- **What a pipeline should do:** Reject it: nobody can be paid." in house.scenarios()
    config = house.config(transaction={"violations": {"missing_merchant_id": 0.1}})
    events = house.data_set(3000, config)
    labels = [label for label in house.labels() if "violation" in label]
    assert {label["violation"] for label in labels} == {"missing_merchant_id"}
    assert {label["line"] for label in labels} == {at for at, e in enumerate(events, 1) if "merchant_id" not in e}
    assert 300 - 5 * 17 < len(labels) < 300 + 5 * 17  # binomial, five standard deviations


def test_what_it_needs_is_held_against_the_mapping(house: House) -> None:
    house.add("missing_merchant", "transactions/scenarios")
    config = house.config(
        transaction={"violations": {"missing_merchant_id": 0.1}, "mapping": {"drop": ["merchant_id"]}}
    )
    said = house.run("paysim", "check", config, expected=2)
    assert "transaction.violations.missing_merchant_id: needs merchant_id, which mapping.drop takes away" in said
