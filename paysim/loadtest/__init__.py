"""How fast, and by whom: everything that runs under Locust.

Importing it is what makes a locustfile a paysim test: it adds paysim's options and listeners to Locust.
"""

import gc

from .run.early_interrupt import leave_quietly

leave_quietly()  # before the rest is imported, which takes a while
gc.disable()  # what is imported stays: looking for garbage in it would take a sixth of that while

from . import plugin  # noqa: E402
from .users import PaymentUser  # noqa: E402

gc.freeze()
gc.enable()

__all__ = ["PaymentUser", "plugin"]
