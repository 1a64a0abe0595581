"""How fast, and by whom: everything that runs under Locust.

Importing it is what makes a locustfile a paysim test: it adds paysim's options and listeners to Locust.
"""

from .run.early_interrupt import leave_quietly

leave_quietly()  # before the rest is imported, which takes a while

from . import plugin  # noqa: E402
from .users import PaymentUser  # noqa: E402

__all__ = ["PaymentUser", "plugin"]
