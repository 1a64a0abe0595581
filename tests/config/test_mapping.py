"""Mistakes in a mapping: each is one line about the key it is in."""

from typing import Any

import pytest

from paysim.config.sections.base import SectionFaults
from paysim.config.sections.mapping import Mapping, passing


def faults(rules: dict[str, Any]) -> list[str]:
    """`key: message` of each fault."""
    try:
        Mapping.model_validate(rules)
    except ValueError as error:
        found = [cause["ctx"]["error"] for cause in error.errors()]  # type: ignore[attr-defined]
        assert isinstance(found[0], SectionFaults)
        return [f"{'.'.join(map(str, keys))}: {message}" for keys, message in found[0].faults]
    return []


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"rename": {"ammount": "a"}}, "rename.ammount: ammount is not a field of a transaction; did you mean amount?"),
        ({"rename": {"amount": "a..b"}}, 'rename.amount: "a..b" is not a path; allowed: names joined by single dots'),
        ({"rename": {"amount": ""}}, 'rename.amount: "" is not a path; allowed: names joined by single dots'),
        ({"rename": {"amount": "a"}, "drop": ["amount"]}, "rename.amount: is in drop as well; do one or the other"),
        ({"rename": {"amount": "currency"}}, "rename.amount: puts currency at currency, where amount is already"),
        ({"rename": {"amount": "x", "currency": "x"}}, "rename.currency: puts currency at x, where amount is already"),
        ({"rename": {"amount": "currency.a"}}, "rename.amount: puts amount at currency.a, but currency is a value"),
        ({"drop": ["meta"]}, "drop.0: meta is not a field of a transaction; did you mean metadata?"),
        ({"values": {"location": {}}}, "values.location: is an object"),
        ({"values": {"state": {"a": "b"}}}, "values.state: is not a field"),
        ({"values": {"amount": {"1": 2}}}, "values.amount: differs with every transaction; formats can change it"),
        ({"values": {"channel": {"webb": "w"}}}, "values.channel.webb: channel is never webb; did you mean web?"),
        ({"values": {"channel": {"web": ["w"]}}}, "values.channel.web: must be text, a number, true, false or null"),
        ({"values": {"channel": {"web": 2**64}}}, "values.channel.web: must be text, a number, true, false or null"),
        ({"formats": {"amount": "float"}}, "formats.amount: must be number or string or minor_units, not float"),
        ({"formats": {"timestam": "epoch_ms"}}, "formats.timestam: has no formats; did you mean timestamp?"),
        ({"add": {"a.": 1}}, 'add.a.: "a." is not a path; allowed: names joined by single dots'),
        ({"add": {"currency": "USD"}}, "add.currency: is where currency is already; rename or drop that"),
        ({"add": {"x": {"copy": "amoun"}}}, "add.x.copy: amoun is not a field of a transaction; did you mean amount?"),
        ({"add": {"amount": {"copy": "currency"}}}, "puts currency at amount, where amount is already"),
        ({"add": {"x": {"copy": "metadata"}, "x.y": 1}}, None),
        ({"add": {"x": 1, "x.y": 1}}, "add.x: puts x.y at x.y, but x is a value, not an object"),
        ({"add": {"x": 2**64}}, "add.x: is not a JSON value"),
        ({"add": {"x": {"deep": [float("nan")]}}}, "add.x: is not a JSON value"),
        ({"add": {"x": {"copy": "location"}, "location.city.name": 1}}, "but location.city is a value"),
    ],
    ids=str,
)  # fmt: skip
def test_a_mistake_is_named(rules: dict[str, Any], expected: str | None) -> None:
    found = faults(rules)
    if expected is None:
        assert found == []
    else:
        assert any(expected in line for line in found), found


def test_every_mistake_is_reported_at_once() -> None:
    assert len(faults({"rename": {"a": "b", "c": "d"}, "drop": ["e"], "formats": {"x": "y"}})) == 4


def test_fields_of_different_payment_methods_may_share_a_place() -> None:
    rename = {
        "payment_details.last4": "ending",
        "payment_details.provider": "ending",
        "payment_details.asset": "ending",
    }
    assert faults({"rename": rename}) == []
    assert faults({"rename": {**rename, "payment_details.brand": "ending"}}) != []


def test_a_complete_mapping_has_no_faults() -> None:
    rules = {
        "rename": {"payment_details": "details", "amount": "money.value", "currency": "money.unit"},
        "values": {"payment_status": {"completed": "ok", "*": None}, "customer_name": {"X": "Y"}},
        "drop": ["location"],
        "add": {"v": [1, {"a": 1.5}], "money.scale": {"copy": "currency"}},
        "formats": {"amount": "string", "timestamp": "epoch_ms"},
    }
    assert faults(rules) == []


def test_values_that_pass_unmapped_are_listed() -> None:
    mapping = Mapping(
        values={"payment_status": {"completed": "ok"}, "channel": {"*": "any"}, "customer_name": {"a": "b"}}
    )
    assert passing(mapping) == {"payment_status": ["failed", "pending", "cancelled", "refunded"]}
    assert "captured" in passing(mapping, lifecycle=True)["payment_status"]
