"""How fast, and by whom: everything that runs under Locust.

Importing it is what makes a locustfile a paysim test: it adds paysim's options and listeners to Locust.
"""

from . import plugin
from .users import PaymentUser

__all__ = ["PaymentUser", "plugin"]
