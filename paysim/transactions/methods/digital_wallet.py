"""Digital wallets: the provider a person uses, its token, and why a wallet says no."""

from paysim.transactions.randomness import pick, stream, tokens
from paysim.transactions.world.countries import COUNTRIES

REASONS = {
    "insufficient_funds": 0.45,
    "authentication_failed": 0.25,
    "instrument_declined": 0.20,
    "limit_exceeded": 0.10,
}


def providers(seed: int, country: str, count: int) -> list[str]:
    """The provider of each of the first `count` people of a country; their devices suit it."""
    shares = COUNTRIES[country].wallets
    names = list(shares)
    chosen = pick(list(shares.values()), stream(seed, "digital_wallet", country).random(count)).tolist()
    return [names[at] for at in chosen]


def wallets(seed: int, country: str, count: int) -> list[dict[str, str]]:
    """The wallet of each of the first `count` people of a country: provider and token."""
    marks = tokens("wlt_", stream(seed, "digital_wallet", country, "token").integers(0, 32, (count, 24)))
    return [{"provider": p, "token": t} for p, t in zip(providers(seed, country, count), marks, strict=True)]
