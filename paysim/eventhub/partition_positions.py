"""How far each partition of a hub is, told again and again: `python -m paysim.eventhub.partition_positions`.

A process of its own, because the SDK spins until `$management` answers: in a load test that would hold everything up.
In: one line of JSON, the target. Out: one line of JSON a look, {"hub": which one it is, "events": partition → how many
it ever took}. It ends when its input closes.
"""

import contextlib
import json
import os
import sys
import threading
import time

from paysim.config.schema import EventHub

from .address import HubAddress, quieten
from .looking import Looker

FEWEST_SECONDS = 2.0
SECONDS_PER_PARTITION = 0.5
"""A look at many partitions is taken less often, so that it costs neither side much."""
TIMEOUT = 10.0


def line(config: EventHub, connection_string: str | None) -> str:
    """What this process is told. Holds secrets: it goes through a pipe."""
    data = config.model_dump(mode="json")
    secret = config.connection_string
    data["connection_string"] = secret.get_secret_value() if secret is not None else None
    return json.dumps({"event_hub": data, "connection_string": connection_string}) + "\n"


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    quieten()
    address = HubAddress(EventHub.model_validate(asked["event_hub"]), asked["connection_string"])
    looker, partitions = Looker(lambda: address.client(TIMEOUT, TIMEOUT)), 0
    while True:
        # A hub that does not answer is the publishers' to tell; here there is no news then.
        with contextlib.suppress(Exception):
            look = looker.look()
            partitions = len(look.partitions)
            sys.stdout.write(json.dumps({"hub": str(look.hub), "events": look.ends}) + "\n")
            sys.stdout.flush()
        time.sleep(max(FEWEST_SECONDS, SECONDS_PER_PARTITION * partitions))


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
