"""Payments beside users of another kind: `locust -f docs/examples/own_users.py -H https://api.example.com`."""

from locust import HttpUser, constant, task

from paysim import PaymentUser


class Terminal(PaymentUser):
    """Three of four users; what they send, and how fast, the configuration says."""

    weight = 3


class Reporting(HttpUser):
    """One of four looks at what the pipeline has made of the payments. Its host is -H."""

    wait_time = constant(1)

    @task
    def totals(self):
        self.client.get("/totals")
