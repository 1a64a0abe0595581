"""What paysim starts beside itself has no key of the hub in its environment, whatever variable held it."""

import contextlib
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from paysim.config import child
from tests.support.running import Hub, LoadTest
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("unmeasured")

CONFIG = """
simulator:
  output:
    batch_size: 20
    {output}
  transaction:
    population: {{customers: 200, merchants: 50}}
    volume: {{rate: 200}}
"""
IN_PARTS = "event_hub: {connection_string: '%s'}"


def environments(folder: Path, program: str) -> list[str]:
    """Of the processes of a run, which work in its folder, that run this program."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            ours = process.name.isdigit() and (process / "cwd").readlink() == folder
            if ours and program in (process / "cmdline").read_text():
                found.append((process / "environ").read_text())
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
@pytest.mark.parametrize("way", ["whole", "by itself"])
def test_readers_and_watchers_of_a_hub_have_no_key(tmp_path, way):
    hub = Hub()
    key = hub.connection_string.split("SharedAccessKey=")[1].split(";")[0]
    output = "event_hub: {eventhub_name: payments}"
    environ = {}
    if way == "by itself":
        output = IN_PARTS % hub.connection_string.replace(key, "${HUB_KEY}")
        environ = {"HUB_KEY": key, "EVENTHUB_CONNECTION_STRING": ""}
    options = ("--web-host", "127.0.0.1", "--web-port", "0", "--autostart", "-u", "5", "-r", "5", "-t", "60s")
    load_test = LoadTest(tmp_path, CONFIG.format(output=output), *options, hub=hub, **environ)
    try:
        for program in ("paysim.delivery.reading.reader", "paysim.eventhub.partition_positions"):
            wait_until(partial(environments, tmp_path, program), why=load_test.logs)
            (found,) = environments(tmp_path, program)
            assert "PATH=" in found and key not in found
        assert key in environments(tmp_path, "locust")[0], "the search finds it where it is"
    finally:
        load_test.kill()
        hub.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
@pytest.mark.parametrize(
    ("output", "program"), [("destination: file", "torn_lines"), ("linger_ms: 0", "paysim.localhub")]
)
def test_the_guard_of_a_file_and_the_embedded_hub_have_no_key(tmp_path, output, program):
    key = "K3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK="
    options = ("--headless", "--only-summary", "-u", "5", "-r", "5", "-t", "60s")
    load_test = LoadTest(tmp_path, CONFIG.format(output=output), *options, OTHER_KEY=key)
    try:
        wait_until(lambda: environments(tmp_path, program), why=load_test.logs)
        time.sleep(0.1)  # it is itself by then, no copy of its parent
        (found,) = environments(tmp_path, program)
        assert "PATH=" in found and key not in found
    finally:
        load_test.kill()


def test_with_an_identity_all_but_keys_is_passed_on(monkeypatch):
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/token")
    monkeypatch.setenv("OTHER_HUB", "Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=secret")
    assert "IDENTITY_ENDPOINT" in child.environment(identity=True)
    assert "IDENTITY_ENDPOINT" not in child.environment()
    assert "OTHER_HUB" not in child.environment(identity=True)


def test_check_shows_no_secret_of_any_field(tmp_path):
    secret = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=s3cr3t/s3cr3t"
    (tmp_path / "c.yaml").write_text(
        f"simulator:\n  output: {{destination: file, file: {{path: '{secret}'}}, event_hub: {{ca_file: '{secret}'}}}}\n"
        f"  report: {{html: '{secret}'}}\n  logging: {{file: '{secret}'}}\n"
    )
    command = [sys.executable, "-m", "paysim", "check", "c.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr and "SharedAccessKey=***" in done.stdout


def test_a_run_shows_no_secret_of_any_field(tmp_path):
    secret = "SharedAccessKey=s3cr3ts3cr3t"
    config = f"""
simulator:
  output: {{destination: file, file: {{path: 'out-{secret}/x.jsonl'}}}}
  transaction: {{volume: {{total: 100}}}}
  report: {{html: 'html-{secret}', junit: 'junit-{secret}'}}
"""
    load_test = LoadTest(tmp_path, config, "--headless", "-u", "5", "-r", "5", "-t", "20s")
    load_test.wait()
    summary = (tmp_path / "output" / "latest" / "summary.json").read_text()
    assert "s3cr3t" not in summary + load_test.log.read_text() + load_test.out.read_text()
    load_test = LoadTest(
        tmp_path,
        f"simulator: {{output: {{event_hub: {{transport: amqp_websocket, ca_file: '{secret}'}}}}}}",
        *("--headless", "-u", "5", "-r", "5", "-t", "20s"),
        EVENTHUB_CONNECTION_STRING="Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=p",
    )
    assert load_test.wait() == 3
    assert "ca_file SharedAccessKey=***" in load_test.log.read_text()
    assert "s3cr3t" not in load_test.log.read_text() + load_test.out.read_text()
