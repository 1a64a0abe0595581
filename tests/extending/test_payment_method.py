"""A payment method is one file: users, tasks, mix, fields of the mapping, schema and guide follow."""

from collections import Counter

import jsonschema_rs

from .house import House


def test_a_file_in_methods_is_a_payment_method_everywhere(house: House) -> None:
    house.add("gift_card", "transactions/methods")

    shares = "gift_card 20 %"  # 0.25 of 1.25: it has no statistics, and the others make one
    assert shares in house.run("paysim", "check", "--full", house.config(transaction={}))
    assert "| `gift_card` | 0.25 | voucher, balance_check, reason_code |" in house.tables()

    schema = jsonschema_rs.validator_for(house.schema())
    patterns = {"payment_status": {"completed": 0.6, "failed": 0.2, "refunded": 0.2}}
    config = house.config(transaction={"patterns": patterns})
    events = house.data_set(4000, config)
    assert Counter(event["payment_method"] for event in events)["gift_card"] == 800
    mine = [event for event in events if event["payment_method"] == "gift_card"]
    assert all(schema.is_valid(event) for event in mine)
    failed = {e["payment_details"]["reason_code"] for e in mine if e["payment_status"] == "failed"}
    assert failed == {"balance_too_low", "expired"}  # reasons of its own, and no other method's
    assert {event["channel"] for event in mine} == {"web", "mobile", "pos"}
    assert {event["payment_status"] for event in mine} == {"completed", "failed", "refunded"}
    broken = {**mine[0], "payment_details": {**mine[0]["payment_details"], "voucher": "4111"}}
    assert not schema.is_valid(broken)

    assert {event["payment_method"] for event in house.sample("-n", "20", "--method", "gift_card")} == {"gift_card"}


def test_the_mapping_knows_its_fields(house: House) -> None:
    house.add("gift_card", "transactions/methods")
    config = house.config(
        transaction={
            "patterns": {"payment_methods": {"gift_card": 1}},
            "mapping": {"rename": {"payment_details.voucher": "card.number"}},
        }
    )
    assert all(event["card"]["number"].startswith("gift_") for event in house.sample("--config", config))
    wrong = house.config(transaction={"mapping": {"drop": ["payment_details.vouchers"]}})
    assert "did you mean payment_details.voucher?" in house.run("paysim", "check", wrong, expected=2)


def test_it_is_sent_by_a_load_test_in_its_share(house: House) -> None:
    house.add("gift_card", "transactions/methods")
    config = house.config(output={"destination": "file"}, transaction={"volume": {"rate_per_user": 200}})
    said, summary = house.load_test(config)
    assert "gift_card" in said  # a row of Locust's own table
    acked = {method: tally["acked"] for method, tally in summary["by_payment_method"].items()}
    share = acked["gift_card"] / sum(acked.values())
    assert 0.1 < share < 0.3
