"""The short sample document runs unchanged, to each destination; bad starts end in one line."""

import socket

import orjson
import pytest

from paysim.contract.model import Transaction
from tests.support.reading import read_all
from tests.support.running import LoadTest, assert_agree

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("what is sent in some seconds is counted")]

SHORT = """\
simulator:
  output:
    destination: "event_hub"  # event_hub, file, stdout
    batch_size: 100
    rate_limit: 1000  # events per second
  transaction:
    volume:
      total: 10000
      rate: 100  # per second
    patterns:
      payment_methods:
        credit_card: 0.6
        debit_card: 0.3
        bank_transfer: 0.1
      amounts:
        min: 1.00
        max: 10000.00
        distribution: "normal"  # normal, uniform, exponential
"""
FEW = SHORT.replace("    volume:", "    population: {customers: 200, merchants: 50}\n    volume:")
"""What tests run of it that look at something else than the document."""
HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")


def transactions(lines: bytes) -> list[Transaction]:
    assert lines.endswith(b"\n")
    return [Transaction.model_validate(orjson.loads(line)) for line in lines.splitlines()]


def assert_ended_before_the_total(load_test: LoadTest) -> None:
    """It would take 100 s."""
    assert load_test.wait() == 1, load_test.logs()
    verdict = load_test.summary["verdict"]
    assert verdict["outcome"] == "interrupted"
    assert verdict["reasons"][0].endswith(" of 10,000 transactions of the total")


def test_the_short_document_to_an_event_hub(start, hub):
    load_test = start(*HEADLESS, "-t", "4s", config=SHORT)
    assert_ended_before_the_total(load_test)
    arrived = read_all(hub.connection_string)
    assert_agree(load_test.summary, arrived)
    assert 200 <= len(arrived) <= 500
    assert load_test.summary["rate"]["target_per_s"] == 100


def test_the_short_document_to_a_file(start):
    load_test = start(*HEADLESS, "-t", "4s", config=FEW.replace('"event_hub"', '"file"'))
    assert_ended_before_the_total(load_test)
    (path,) = (load_test.folder / "output").glob("2*/transactions.jsonl")
    written = transactions(path.read_bytes())
    assert len(written) == load_test.summary["transactions"]["acked"] > 0
    assert load_test.summary["target"] == str(path.relative_to(load_test.folder))


def test_the_short_document_to_standard_output_which_holds_nothing_else(start):
    load_test = start(*HEADLESS, "-t", "4s", config=FEW.replace('"event_hub"', '"stdout"'))
    assert_ended_before_the_total(load_test)
    assert len(transactions(load_test.out.read_bytes())) == load_test.summary["transactions"]["acked"] > 0
    assert "paysim run" in load_test.log.read_text()


def test_a_total_ends_a_standalone_run_by_itself(start, hub):
    load_test = start(*HEADLESS, config=FEW.replace("10000\n      rate: 100", "1234\n      rate: 1000"))
    assert load_test.wait() == 0, load_test.logs()
    assert len(read_all(hub.connection_string)) == 1234
    assert load_test.summary["transactions"]["generated"] == 1234


def test_workers_write_files_of_their_own(start):
    config = FEW.replace('"event_hub"', '"file"').replace("rate: 100 ", "rate: 1000 ").replace("10000\n", "3000\n")
    load_test = start(*HEADLESS, "--master", "--expect-workers", "2", config=config)
    load_test.add_worker()
    load_test.add_worker()
    assert load_test.wait() == 0, load_test.logs()
    files = sorted((load_test.folder / "output").glob("2*/transactions.?.jsonl"))
    assert [path.name for path in files] == ["transactions.0.jsonl", "transactions.1.jsonl"]
    assert sum(len(transactions(path.read_bytes())) for path in files) == 3000


def ends(load_test: LoadTest, code: int) -> str:
    """The run ends with this code; what it said, which is no traceback and no more than a line a fault."""
    assert load_test.wait(40) == code, load_test.logs()
    said = load_test.log.read_text()
    assert "Traceback" not in said
    assert not list((load_test.folder / "output").glob("2*")), "something was started"
    return said


def test_a_bad_configuration_ends_with_2_and_a_line_a_fault(start):
    config = SHORT.replace("0.6", "-0.6").replace("batch_size: 100", "batch_size: many")
    said = ends(start(*HEADLESS, config=config), 2)
    lines = [line for line in said.splitlines() if "config.yaml:" in line]
    assert len(lines) == 2
    assert "config.yaml:4: output.batch_size" in lines[0]
    assert "config.yaml:12: transaction.patterns.payment_methods.credit_card" in lines[1]


FOREIGN = (
    "Endpoint=sb://contoso-prod.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=p"
)


def test_a_target_that_is_not_allowed_ends_with_2_before_a_connection(start):
    said = ends(start(*HEADLESS, config=SHORT, EVENTHUB_CONNECTION_STRING=FOREIGN), 2)
    assert "target contoso-prod/p is not in output.event_hub.allowed_targets" in said
    assert "PAYSIM_ALLOW_TARGET=contoso-prod/p" in said
    assert "c2VjcmV0" not in said


def local(port: int, **parts: str) -> str:
    known = {"SharedAccessKeyName": "n", "SharedAccessKey": "c2VjcmV0", "EntityPath": "payments", **parts}
    rest = ";".join(f"{name}={value}" for name, value in known.items())
    return f"Endpoint=sb://127.0.0.1:{port};{rest};UseDevelopmentEmulator=true"


def test_a_hub_that_refuses_connections_ends_with_3_and_one_line(start):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        said = ends(start(*HEADLESS, config=SHORT, EVENTHUB_CONNECTION_STRING=local(unused.getsockname()[1])), 3)
    assert "refuses connections" in said.splitlines()[-1]


@pytest.mark.parametrize("parts", [{"SharedAccessKey": "d3Jvbmc="}, {"EntityPath": "nothere"}], ids=["key", "hub"])
def test_a_wrong_key_or_hub_ends_with_3_and_one_line(start, hub, parts):
    connection_string = hub.connection_string
    known = dict(part.split("=", 1) for part in connection_string.split(";"))
    changed = ";".join(f"{name}={value}" for name, value in {**known, **parts}.items())
    said = ends(start(*HEADLESS, config=SHORT, EVENTHUB_CONNECTION_STRING=changed), 3)
    last = said.splitlines()[-1]
    assert "nothere" in last or "key" in last.lower()
    assert known["SharedAccessKey"] not in said


def test_a_worker_that_cannot_take_part_says_why_and_ends_the_run(start, hub):
    config = FEW.replace("rate_limit", "event_hub: {connection_string: '${PAYSIM_TEST_HUB}'}\n    rate_limit")
    load_test = start(
        *HEADLESS, "--master", "--expect-workers", "1", config=config, PAYSIM_TEST_HUB=hub.connection_string
    )
    worker = load_test.add_worker(PAYSIM_TEST_HUB="")
    assert load_test.wait(40) == 2, load_test.logs()
    assert worker.returncode == 2
    for log in load_test.folder.glob("*.log"):
        assert "PAYSIM_TEST_HUB" in log.read_text()
        assert "Traceback" not in log.read_text()


def test_a_literal_key_is_an_error_in_a_distributed_run(start):
    literal = SHORT.replace("rate_limit", f"event_hub: {{connection_string: '{local(1)}'}}\n    rate_limit")
    said = ends(start(*HEADLESS, "--master", config=literal), 2)
    assert "config.yaml:5: output.event_hub.connection_string" in said
    assert "c2VjcmV0" not in said


def test_standard_output_is_an_error_in_a_distributed_run(start):
    said = ends(start(*HEADLESS, "--master", config=FEW.replace('"event_hub"', '"stdout"')), 2)
    assert "output.destination" in said
