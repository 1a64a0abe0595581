"""`on_transaction` in a locustfile: each worker has it, its cost is in the summary, and its faults end well."""

import orjson
import pytest

from tests.support.arrived import arrived
from tests.support.environment import ROOT
from tests.support.servers import free_port

pytestmark = pytest.mark.usefixtures("unmeasured")

EXAMPLE = str(ROOT / "docs/examples/on_transaction.py")
CONFIG = """
simulator:
  output: {batch_size: 10}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {total: 300, rate_per_user: 40}
    patterns: {payment_methods: {credit_card: 1}}
  verify: {timeout: 1}
"""
HEADLESS = ("--headless", "--only-summary", "-u", "4", "-r", "4")


def test_the_example_changes_transactions_in_every_worker(start, hub):
    port = str(free_port())
    ports = ("--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port)
    load_test = start("-f", EXAMPLE, *HEADLESS, "--processes", "2", *ports, config=CONFIG)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    assert summary["workers"] == 2 and summary["transactions"]["acked"] == 300
    assert summary["hook"]["calls"] == 300 and summary["hook"]["dropped"] == 0 < summary["hook"]["seconds"]
    assert not summary["delivery"]["lost"] and summary["delivery"]["contract"] is None
    assert " hook          300 transactions, " in load_test.out.read_text()
    events = [orjson.loads(event.body) for event in arrived(hub, 300)]
    assert all(each["tier"] == ("large" if each["amount"] >= 100 else "small") for each in events)


FAULTS = [
    ("return document['nothing']", "raised KeyError: 'nothing'", 50),
    ("return None", "on_transaction drops nearly all", 0),
]


@pytest.mark.parametrize(("body", "said", "linger"), FAULTS, ids=["raises", "drops all"])
def test_a_run_whose_function_fails_is_no_passed_one_and_nothing_is_called_lost(
    start, hub, tmp_path, body, said, linger
):
    path = tmp_path / "locustfile.py"
    path.write_text(
        "from paysim import PaymentUser, on_transaction\nmade = 0\n\n@on_transaction\ndef change(document):\n"
        f"    global made\n    made += 1\n    if made <= 100: return document\n    {body}\n"
    )
    config = CONFIG.replace("total: 300, ", "").replace("batch_size: 10", f"batch_size: 10, linger_ms: {linger}")
    load_test = start("-f", str(path), *HEADLESS, "-t", "3s", config=config)
    assert load_test.wait() in (1, 2), load_test.logs()
    summary = load_test.summary
    assert summary["verdict"]["outcome"] == "failed"
    assert any("exception" in reason for reason in summary["verdict"]["reasons"]), summary["verdict"]
    assert said in load_test.log.read_text()
    assert summary["transactions"]["acked"] == hub.stored() == summary["delivery"]["arrived"]
    assert (summary["delivery"]["lost"], summary["transactions"]["unknown"]) == (0, 0)
