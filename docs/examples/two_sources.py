"""Two sources of payments: `locust -f docs/examples/two_sources.py -u 20`. Each has its users, its rate and its mix.

The configuration has all their methods in its mix, and the shops' rate: `volume: {rate: 200}`. So 240 transactions a
second are asked for, and a run that falls short of that says so.
"""

from paysim import PaymentUser


class Terminal(PaymentUser):
    """Three of four users are shops: cards and wallets. They share the configured rate."""

    weight = 3
    payment_methods = {"credit_card": 2, "debit_card": 2, "digital_wallet": 1}


class Payroll(PaymentUser):
    """One of four is a company that pays by transfer: 40 transactions a second of all of them together."""

    weight = 1
    rate = 40
    payment_methods = {"bank_transfer": 1}
