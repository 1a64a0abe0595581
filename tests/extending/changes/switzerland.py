"""A country: one row of paysim/transactions/world/countries.py."""

from paysim.transactions.world.countries import COUNTRIES, Country

COUNTRIES.add(
    Country(
        code="CH",
        currency="CHF",
        zone="Europe/Zurich",
        scheme="SEPA",
        brands={"visa": 0.45, "mastercard": 0.50, "amex": 0.05},
        wallets={"apple_pay": 0.60, "google_pay": 0.25, "paypal": 0.15},
        locale="de_CH",
        language="de",
        legal_forms=("AG", "GmbH"),
    )
)
