"""The standard test: everything it does comes from the configuration. See docs/SIMULATOR-GUIDE.md."""

from paysim.loadtest import PaymentUser

__all__ = ["PaymentUser"]
