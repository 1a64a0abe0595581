"""Two sources of payments: `locust -f docs/examples/two_sources.py -u 20`. Each has its users, its pace and its mix.

The configuration has all their methods in its mix, and no pace: `volume: {rate_per_user: null}`.
"""

from locust import constant_throughput

from paysim import PaymentUser


class Terminal(PaymentUser):
    """Three of four users are shops: five batches a second each, cards and wallets."""

    weight = 3
    wait_time = constant_throughput(5)
    payment_methods = {"credit_card": 2, "debit_card": 2, "digital_wallet": 1}


class Payroll(PaymentUser):
    """One of four is a company that pays by transfer: a batch a second."""

    weight = 1
    wait_time = constant_throughput(1)
    payment_methods = {"bank_transfer": 1}
