"""What master and workers tell each other, on Locust's own connection: names and small encodings.

worker → master   JOIN     asks to take part (sent until it is answered)
master → worker   WELCOME  the worker's producer number, the run's, and the configuration, secrets as ${VAR} references
worker → master   HUB      asks for the address of the embedded hub, where its configuration says `embedded`
master → worker   HUB      that address, to a worker on the same machine only
worker → master   READY    its connections are open, and which hub they lead to (sent until it is answered)
master → worker   ADMITTED it takes part, or why not, in one line
worker → master   REFUSED  it cannot take part, and why, in one line
master → worker   RUN      a run begins (before Locust's own spawn message)
worker → master   RENEW    asks that its share of the rate be renewed, with its clock and what it holds (see `shares`)
master → worker   PACE     its share of the rate from now on, and for what time of its clock it asked
worker → master   LEASE    its standing with the total, and what it wants of it
master → worker   LEASE    what it is granted
master → worker   CONFIG   a reload
master → worker   FINISH   hand out nothing more, settle, and account for it
worker → master   FINAL    the account, and the statistics since the last report
master → worker   PREPARE  the number of the next run, to make its population beforehand
"""

import socket
import uuid
from typing import Any

from paysim.loadtest.pacing.rate_plan import RateTarget

JOIN = "paysim-join"
WELCOME = "paysim-welcome"
HUB = "paysim-hub"
READY = "paysim-ready"
ADMITTED = "paysim-admitted"
REFUSED = "paysim-refused"
RUN = "paysim-run"
RENEW = "paysim-renew"
PACE = "paysim-pace"
LEASE = "paysim-lease"
CONFIG = "paysim-config"
FINISH = "paysim-finish"
FINAL = "paysim-final"
PREPARE = "paysim-prepare"


def machine() -> str:
    """What two processes on one machine (and in one container) have in common."""
    return f"{socket.gethostname()}/{uuid.getnode():x}"


def pace_to_plain(pace: RateTarget | None) -> list[Any] | None:
    return None if pace is None else [pace.rate, pace.slope, pace.open]


def pace_from_plain(plain: list[Any] | None) -> RateTarget | None:
    return None if plain is None else RateTarget(*plain)
