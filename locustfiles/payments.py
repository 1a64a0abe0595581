"""The standard test: everything it does comes from the configuration. See docs/SIMULATOR-GUIDE.md."""

from paysim import loadtest


class PaymentUser(loadtest.PaymentUser):
    """The users of the standard test."""
