"""A country is one row."""

from typing import Any

import jsonschema_rs

from .house import House


def people(events: list[dict[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """Id → who that is."""
    return {e["customer_id"]: (e["customer_name"], e["customer_email"], e["customer_country"]) for e in events}


def test_a_row_in_countries_is_a_country_everywhere(house: House) -> None:
    house.append("switzerland", "transactions/world/countries.py")
    assert "`CH` | 0 |" in house.tables()
    config = house.config(transaction={"patterns": {"countries": {"CH": 0.5, "FR": 0.5}}})
    events = house.data_set(2000, config)
    schema = jsonschema_rs.validator_for(house.schema())
    assert all(schema.is_valid(event) for event in events)
    swiss = [event for event in events if event["customer_country"] == "CH"]
    assert 0.45 < len(swiss) / len(events) < 0.55
    assert {event["currency"] for event in swiss} == {"CHF"}
    transfers = [e["payment_details"] for e in swiss if e["payment_method"] == "bank_transfer"]
    assert transfers and all(details["iban"].startswith("CH") for details in transfers)


def test_the_people_and_ids_of_others_stay_the_same(house: House) -> None:
    config = house.config(transaction={"patterns": {"countries": {"DE": 0.5, "FR": 0.5}}})
    before = house.data_set(1000, config)
    house.append("switzerland", "transactions/world/countries.py")
    assert house.data_set(1000, config) == before
    beside = house.config(transaction={"patterns": {"countries": {"DE": 0.4, "FR": 0.4, "CH": 0.2}}})
    known, now = people(before), people(house.data_set(1000, beside))
    both = [id_ for id_ in now if id_ in known]
    assert len(both) > 50
    assert all(now[id_] == known[id_] for id_ in both)
