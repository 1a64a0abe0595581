"""Schemes are rules: what their ids, banks and reasons look like, and which alias a Pix goes to."""

import re
from collections import Counter
from typing import Any

import pytest

from paysim.facts import bank_schemes as facts
from tests.support.transactions import MOMENT, events, make

IN_SCHEME = {
    "ACH": "US",
    "FPS": "GB",
    "EFT": "CA",
    "BECS": "AU",
    "SEPA": "DE",
    "Zengin": "JP",
    "PIX": "BR",
    "UPI": "IN",
}


@pytest.fixture(scope="module")
def transfers() -> dict[str, list[dict[str, Any]]]:
    return {
        scheme: events(make(patterns={"countries": {country: 1}}), {"bank_transfer": 600})
        for scheme, country in IN_SCHEME.items()
    }


@pytest.mark.parametrize("scheme", IN_SCHEME)
def test_a_transfer_is_by_the_scheme_of_the_country_in_its_currency(scheme: str, transfers: Any) -> None:
    for event in transfers[scheme]:
        assert event["payment_details"]["scheme"] == scheme
        assert event["currency"] == facts.SCHEMES[scheme].currency


def test_a_pix_reference_is_an_end_to_end_id_with_its_bank_and_its_minute(transfers: Any) -> None:
    for event in transfers["PIX"]:
        reference = event["payment_details"]["reference"]
        assert len(reference) == 32
        found = re.fullmatch(r"E([0-9]{8})([0-9]{12})([A-Z0-9]{11})", reference)
        assert found
        assert found[1] in facts.PIX_ISPB.codes
        assert found[2] == re.sub(r"[-T:]", "", event["transaction_timestamp"])[:12]
    references = [event["payment_details"]["reference"] for event in transfers["PIX"]]
    assert len(set(references)) == len(references)


def test_a_upi_reference_is_twelve_digits_that_begin_with_the_day(transfers: Any) -> None:
    references = [event["payment_details"]["reference"] for event in transfers["UPI"]]
    assert all(re.fullmatch("6001[0-9]{8}", reference) for reference in references)  # 2026-01-01
    assert len(set(references)) == len(references)


def test_one_payment_at_a_time_has_the_references_that_many_have() -> None:
    one, many = (make(patterns={"countries": {"BR": 1, "IN": 1}}, clock=lambda: MOMENT) for _ in range(2))
    singly = events(one, {"bank_transfer": 200}, batch=1)
    together = events(many, {"bank_transfer": 200})
    pairs = [
        (a["payment_details"]["reference"], b["payment_details"]["reference"])
        for a, b in zip(singly, together, strict=True)
        if a["transaction_type"] == b["transaction_type"] == "payment"  # which payment is refunded may differ
    ]
    assert len(pairs) > 150
    assert all(a == b for a, b in pairs)


@pytest.mark.parametrize("scheme", IN_SCHEME)
def test_a_failed_transfer_has_a_reason_of_its_scheme(scheme: str, transfers: Any) -> None:
    failed = [event for event in transfers[scheme] if event["payment_status"] == "failed"]
    assert len(failed) > 10
    known = facts.SCHEMES[scheme].reasons
    assert known is not None
    assert {event["payment_details"]["reason_code"] for event in failed} <= set(known.of)


@pytest.mark.parametrize("scheme", facts.BANK_CODES)
def test_the_bank_of_an_account_exists_or_could(scheme: str, transfers: Any) -> None:
    row = facts.BANK_CODES[scheme]
    seen = {event["payment_details"][row.field].replace("-", "")[: row.digits] for event in transfers[scheme]}
    assert len(seen) > 5
    assert all(code in row.codes or (row.others and re.fullmatch(row.others, code)) for code in seen)


def test_pix_keys_are_of_the_five_kinds_as_often_as_they_are_registered() -> None:
    made = events(make(patterns={"countries": {"BR": 1}}, population={"customers": 4000}), {"bank_transfer": 6000})
    by_person = {event["customer_id"]: event["payment_details"]["alias_type"] for event in made}
    found = Counter(by_person.values())
    for kind, share in facts.PIX_ALIASES.of.items():
        assert abs(found[kind] / found.total() - share) < 5 * (share / found.total()) ** 0.5
