"""Tokens: signed with the key, valid now, for this resource."""

import time
from urllib.parse import quote_plus

import pytest
from azure.eventhub._pyamqp.utils import generate_sas_token

from paysim.localhub.access.sas import TokenRefused, generated_key, verify

NAME, KEY = "Root", "c2VjcmV0LWtleQ=="
AUDIENCE = "sb://127.0.0.1:5672/payments"


def _check(token: str, audience: str = AUDIENCE, now: float | None = None):
    return verify(token, audience, NAME, KEY, time.time() if now is None else now)


def test_a_token_of_the_sdk_opens_its_hub_until_it_expires() -> None:
    expiry = int(time.time()) + 60
    grant = _check(generate_sas_token(AUDIENCE, NAME, KEY, expiry))
    assert grant.covers("Payments", expiry - 1)
    assert not grant.covers("payments", expiry)
    assert not grant.covers("other", expiry - 1)


def test_a_token_for_the_namespace_opens_the_hub_it_is_put_for() -> None:
    grant = _check(generate_sas_token("sb://127.0.0.1:5672", NAME, KEY))
    assert grant.covers("payments", time.time())
    assert not grant.covers("other", time.time())


def test_a_token_put_for_the_namespace_opens_every_hub() -> None:
    grant = _check(generate_sas_token("sb://127.0.0.1/", NAME, KEY), "sb://127.0.0.1")
    assert grant.covers("payments", time.time())


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (generate_sas_token(AUDIENCE, NAME, "wrong"), "InvalidSignature"),
        (generate_sas_token(AUDIENCE, "Other", KEY), "key name"),
        (generate_sas_token(AUDIENCE, NAME, KEY, 1000), "ExpiredToken"),
        (generate_sas_token("sb://127.0.0.1/other", NAME, KEY), "InvalidAudience"),
        (generate_sas_token("sb://elsewhere/payments", NAME, KEY), "InvalidAudience"),
        (generate_sas_token("sb://127.0.0.1/pay", NAME, KEY), "InvalidAudience"),
        ("", "MalformedToken"),
        ("Bearer abc", "MalformedToken"),
        ("SharedAccessSignature sr=x", "MalformedToken"),
    ],
)
def test_every_other_token_is_refused_with_its_reason(token: str, reason: str) -> None:
    with pytest.raises(TokenRefused, match=reason):
        _check(token)


def test_a_signed_expiry_that_is_no_number_is_refused() -> None:
    from paysim.localhub.access.sas import signature

    resource = quote_plus(AUDIENCE)
    signed = quote_plus(signature(resource, "later", KEY))
    with pytest.raises(TokenRefused, match="expiry"):
        _check(f"SharedAccessSignature sr={resource}&sig={signed}&se=later&skn={NAME}")


def test_an_audience_that_is_no_address_is_refused() -> None:
    with pytest.raises(TokenRefused, match="InvalidAudience"):
        _check(generate_sas_token(AUDIENCE, NAME, KEY), "sb://[bad/payments")


def test_no_refusal_repeats_the_key_or_the_token() -> None:
    token = generate_sas_token(AUDIENCE, NAME, KEY, 1000)
    with pytest.raises(TokenRefused) as refused:
        _check(token)
    assert KEY not in str(refused.value)
    assert token.split("sig=")[1][:20] not in str(refused.value)


def test_generated_keys_are_long_and_differ() -> None:
    assert len({generated_key() for _ in range(10)}) == 10
    assert len(generated_key()) == 44
