"""An SDK that lacks a private part which is used here: all is sent nevertheless, and a warning says what that costs.

Another version cannot be had here. So the part is taken away from this one, in a process of its own, after the SDK has
imported what it needs itself.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.hub_contents import body_of, read_all
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.usefixtures("unmeasured")

SCRIPT = """
import json, logging, sys
import azure.eventhub, azure.eventhub._pyamqp.client
logging.basicConfig(level=logging.WARNING, format="%(message)s")

def imported_by_nobody(module, name):
    delattr(sys.modules[module], name)

def called_by_the_sdk_alone(owner, name):  # a call of ours finds nothing, the SDK's own go on
    real = getattr(owner, name)
    def found(self, *args, **options):
        if sys._getframe(1).f_globals["__name__"].startswith("paysim."):
            raise TypeError(f"no {name}")
        return real(self, *args, **options)
    setattr(owner, name, found)

_, connection_string, name, partition_by, part = sys.argv
exec(part)

from paysim.config.schema import Config
from paysim.publishers import make_publisher
from paysim.publishers.base import Acknowledgement
from paysim.transactions.batch import Batch
from paysim.contract.identity import Run

event_hub = {"eventhub_name": name, "connections": 1, "partition_by": partition_by}
publisher = make_publisher(Config.model_validate({"output": {"event_hub": event_hub}}), connection_string)
publisher.open()
publisher.begin(Run.new(), 0, 1)
outcomes = []
for first in range(0, 300, 100):
    ids = [at.to_bytes(16, "big") for at in range(first, first + 100)]
    keys = [str(at % 40) for at in range(100)]
    batch = Batch("credit_card", [b"%d" % at for at in range(first, first + 100)], ids, {}, keys)
    publisher.send(batch, lambda part, outcome: outcomes.append((len(part), outcome)))
publisher.drain(20)
publisher.close()
acked = [(n, outcome.maybe_twice) for n, outcome in outcomes if isinstance(outcome, Acknowledgement)]
print(json.dumps({"acked": sum(n for n, _ in acked), "maybe_twice": sum(n for n, twice in acked if twice),
                  "others": [str(outcome) for _, outcome in outcomes if not isinstance(outcome, Acknowledgement)]}))
"""
TRANSFER = "in another way than expected; using its own, which is slower"
TAKEN = {
    "nothing": ("", None),
    "frame encoder": ("imported_by_nobody('azure.eventhub._pyamqp._encode', 'encode_frame')", TRANSFER),
    "message encoder": (
        "imported_by_nobody('azure.eventhub._pyamqp._encode', 'encode_payload')",
        "using its add, at about a quarter of the speed",
    ),
    "connection states": (
        "imported_by_nobody('azure.eventhub._pyamqp.constants', 'ConnectionState')",
        "whether a kept connection is still good shows in the next send only",
    ),
    "producer": (
        "called_by_the_sdk_alone(azure.eventhub.EventHubProducerClient, '_create_producer')",
        "what is sent may arrive twice",
    ),
    "partition hash": (
        "import azure.eventhub._buffered_producer._partition_resolver as m; del m.PartitionResolver",
        "stays together, but not in the partition where other producers put it",
    ),
}


def sent(hub: HubProcess, name: str, partition_by: str, part: str) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, hub.connection_string, name, partition_by, part],
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("partition_by", ["round_robin", "customer_id"])
def test_without_a_private_part_everything_is_sent(hub: HubProcess, name: str, partition_by: str, taken: str):
    part, warning = TAKEN[taken]
    found, log = sent(hub, name, partition_by, part)
    assert (found["acked"], found["others"]) == (300, [])
    assert found["maybe_twice"] == (300 if taken == "producer" else 0)
    assert warning in log if warning else not log, log
    by_partition = read_all(hub, 300, name)
    arrived = [body_of(event) for events in by_partition.values() for event in events]
    assert sorted(map(int, arrived)) == list(range(300))
    if partition_by == "customer_id":
        places = {(int(body_of(event)) % 100 % 40, p) for p, events in by_partition.items() for event in events}
        assert len(places) == 40, "a key is in one partition"
