"""A country is one row."""

import jsonschema_rs

from .house import House


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
