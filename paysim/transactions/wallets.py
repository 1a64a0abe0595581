"""Digital wallets: the provider a person uses, its token, and why a wallet says no."""

from .countries import COUNTRIES
from .randomness import pick, stream, tokens

REASONS = {
    "insufficient_funds": 0.45,
    "authentication_failed": 0.25,
    "instrument_declined": 0.20,
    "limit_exceeded": 0.10,
}


def wallets(seed: int, country: str, count: int) -> list[dict[str, str]]:
    """The wallet of each of the first `count` people of a country: provider and token."""
    shares = COUNTRIES[country].wallets
    providers = list(shares)
    chosen = pick(list(shares.values()), stream(seed, "digital_wallet", country).random(count)).tolist()
    marks = tokens("wlt_", stream(seed, "digital_wallet", country, "token").integers(0, 32, (count, 24)))
    return [{"provider": providers[p], "token": token} for p, token in zip(chosen, marks, strict=True)]
