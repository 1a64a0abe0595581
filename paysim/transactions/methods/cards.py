"""Payment cards: who issued them, how they are presented, what the issuer answers.

There is no card number anywhere, not even a made-up one: a card is its brand, its last four and a token.
Answers are ISO 8583 field 39 (1987 edition, as the schemes use it).
"""

from paysim.transactions.randomness import pick, stream, tokens
from paysim.transactions.world.countries import COUNTRIES, CREDIT_ONLY, DEBIT_ONLY, STRONG, WITHOUT_3DS

APPROVED = "00"
# Why issuers decline, with the shares one sees: do not honour, insufficient funds, expired, restricted, over a
# limit, not permitted, too often, issuer unavailable, system malfunction.
DECLINES = {
    "51": 0.38,
    "05": 0.28,
    "54": 0.07,
    "62": 0.05,
    "61": 0.07,
    "57": 0.05,
    "65": 0.04,
    "91": 0.04,
    "96": 0.02,
}
CANCELLED = "17"  # customer cancellation

# Rules of authentication → channel → (entry mode, three_ds or None) → share. 3-D Secure exists online only; which rules
# hold is a matter of country and brand (`authentication`).
ENTRY: dict[str, dict[str, dict[tuple[str, str | None], float]]] = {
    "strong": {
        "web": {
            ("ecommerce", "authenticated"): 0.54,
            ("ecommerce", "attempted"): 0.05,
            ("ecommerce", "exempted"): 0.22,
            ("ecommerce", "not_enrolled"): 0.03,
            ("credential_on_file", "exempted"): 0.16,
        },
        "mobile": {
            ("ecommerce", "authenticated"): 0.40,
            ("ecommerce", "attempted"): 0.04,
            ("ecommerce", "exempted"): 0.26,
            ("credential_on_file", "exempted"): 0.30,
        },
        "pos": {("contactless", None): 0.72, ("chip", None): 0.27, ("magnetic_stripe", None): 0.01},
        "api": {("credential_on_file", None): 0.85, ("ecommerce", "exempted"): 0.15},
    },
    "optional": {
        "web": {
            ("ecommerce", None): 0.62,
            ("ecommerce", "authenticated"): 0.12,
            ("ecommerce", "attempted"): 0.04,
            ("ecommerce", "not_enrolled"): 0.02,
            ("credential_on_file", None): 0.20,
        },
        "mobile": {
            ("ecommerce", None): 0.50,
            ("ecommerce", "authenticated"): 0.08,
            ("ecommerce", "attempted"): 0.02,
            ("credential_on_file", None): 0.40,
        },
        "pos": {("contactless", None): 0.56, ("chip", None): 0.38, ("magnetic_stripe", None): 0.06},
        "api": {("credential_on_file", None): 0.85, ("ecommerce", None): 0.15},
    },
    "none": {
        "web": {("ecommerce", None): 0.80, ("credential_on_file", None): 0.20},
        "mobile": {("ecommerce", None): 0.60, ("credential_on_file", None): 0.40},
        "pos": {("contactless", None): 0.80, ("chip", None): 0.20},
        "api": {("credential_on_file", None): 0.85, ("ecommerce", None): 0.15},
    },
}


def authentication(country: str, brand: str) -> str:
    """Which rules of ENTRY hold for a card."""
    return "none" if brand in WITHOUT_3DS else "strong" if country in STRONG else "optional"


def cards(seed: int, country: str, method: str, count: int) -> list[dict[str, str]]:
    """The card that each of the first `count` people of a country pays with: brand, last4, token."""
    facts = COUNTRIES[country]
    barred = DEBIT_ONLY if method == "credit_card" else CREDIT_ONLY
    brands = {brand: share for brand, share in facts.brands.items() if brand not in barred}
    draws = stream(seed, method, country).random((count, 2))
    chosen = pick(list(brands.values()), draws[:, 0]).tolist()
    names = list(brands)
    last4 = (draws[:, 1] * 10_000).astype(int).tolist()
    marks = tokens("tok_", stream(seed, method, country, "token").integers(0, 32, (count, 24)))
    return [
        {"brand": names[b], "last4": f"{four:04d}", "token": token}
        for b, four, token in zip(chosen, last4, marks, strict=True)
    ]
