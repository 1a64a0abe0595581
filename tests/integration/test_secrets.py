"""No key, signature or token shows in anything a run leaves, at DEBUG too.

A distributed run with the web UI, in trouble, with every report and log it can write and a listener that blurts the
secrets out; then everything is searched: files, logs, pages, the command lines of all processes while it ran.
"""

import contextlib
import re
import signal
import time
import urllib.error
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from paysim.localhub.access import sas
from tests.support.identity_provider import IdentityProvider
from tests.support.running import Hub, LoadTest, WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("unmeasured")

CONFIG = """
simulator:
  output:
    batch_size: 10
    event_hub:
      send_timeout: 2
      retry: {max_retries: 1, initial_backoff: 0.05}
      %s
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 200}
  thresholds: {error_rate: 0.0}
  report:
    html: output/{run_id}/report.html
    junit: output/{run_id}/junit.xml
  logging: {level: DEBUG, format: %s, file: logs/paysim.log}
"""
IDENTITY = """
      connection_string: null
      fully_qualified_namespace: evhns-test.servicebus.windows.net
      eventhub_name: payments
      endpoint: localhost:%d
      ca_file: %s
      allowed_targets: [evhns-test/payments]
  verify: {enabled: false}
"""
# The locustfile of somebody who is careless: what he raises and logs holds all that he could know.
CARELESS = """
import logging, os
from locust import events
from paysim.loadtest import PaymentUser

said = [0]

@events.request.add_listener
def careless(**_):
    said[0] += 1
    if said[0] < 3:
        logging.getLogger("careless").debug("using %s", os.environ.get("EVENTHUB_CONNECTION_STRING"))
        raise RuntimeError(f"no luck with {os.environ.get('EVENTHUB_CONNECTION_STRING')}")
"""
PAGES = (
    *("/", "/payments", "/payments/data", "/payments/payments.csv", "/payments/event_hub.csv", "/metrics"),
    *("/stats/requests", "/stats/requests/csv", "/stats/failures/csv", "/stats/report", "/exceptions"),
    *("/exceptions/csv", "/logs", "/tasks"),
)
FAULTS = (
    ("drop-before", "2"),
    ("drop-after", "2"),
    ("unanswered", "1"),
    ("--condition", "amqp:unauthorized-access", "reject", "2"),
    ("detach", "1"),
    ("token-lifetime", "0.5"),
    ("silent", "1"),
    ("refuse", "2"),
    ("drop-before", "30"),
)
SHAPES = (  # a signature and a token cannot be known beforehand, but they can be told
    re.compile(rb"sig(=|%3[dD])[A-Za-z0-9%+/]{20}"),
    re.compile(rb"SharedAccessSignature s[rei]"),
    re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    re.compile(rb"SharedAccessKey ?= ?[A-Za-z0-9+/]{8}"),
)


def in_every_form(secret: str) -> list[bytes]:
    """As it is, and as it stands in URLs, in JSON and in HTML."""
    forms = (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        secret.replace("/", "\\/"),
        secret.replace("+", "&#43;"),
    )
    return [form.encode() for form in dict.fromkeys(forms)]


def command_lines(folder: Path) -> bytes:
    """Of every process of the run, which works in its folder: what `ps` shows, and the titles they gave themselves."""
    found = bytearray()
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and (process / "cwd").readlink().is_relative_to(folder):
                for name in ("cmdline", "comm"):
                    found += (process / name).read_bytes() + b"\n"
    return bytes(found)


def search(what: dict[str, bytes], secrets: list[str]) -> list[str]:
    """Where a secret shows."""
    found = [
        f"{where}: {form[:4].decode()}…"
        for where, text in what.items()
        for secret in secrets
        for form in in_every_form(secret)
        if form in text
    ]
    return found + [
        f"{where}: {match[0][:60]!r}"
        for where, text in what.items()
        for shape in SHAPES
        for match in shape.finditer(text)
    ]


def left_in(folder: Path, hub_folder: str = "hub") -> dict[str, bytes]:
    """Every file of a run, but the hub's data."""
    files = (path for path in folder.rglob("*") if path.is_file() and hub_folder not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def troubled(load_test: LoadTest, hub: Hub, web: WebUI) -> dict[str, bytes]:
    """Run it through every fault, look at everything while it runs, and end it; what was seen."""
    load_test.wait_for_users()
    seen = {"command lines": b""}
    for fault in FAULTS:
        hub.fault(*fault)
        seen["command lines"] += command_lines(load_test.folder)
        time.sleep(0.5)  # the fault acts for a while
    load_test.workers[1].kill()
    wait_until(lambda: b"not acknowledged" in b"".join(left_in(load_test.folder).values()), 30, load_test.logs)
    for page in PAGES:
        try:
            seen[page] = web.get(page)
        except urllib.error.HTTPError as error:
            seen[page] = error.read()
    load_test.signal(signal.SIGTERM)
    assert load_test.wait(90) == 2, load_test.logs()  # a listener of the workers raised
    return seen


def started(start, tmp_path: Path, config: str, **environ: str) -> tuple[LoadTest, WebUI]:
    port = free_port()
    (tmp_path / "careless.py").write_text(CARELESS)
    load_test = start(
        *("--web-host", "127.0.0.1", "--web-port", str(port), "--autostart", "-u", "20", "-r", "20"),
        *("--master", "--expect-workers", "2", "--csv", "locust", "--html", "locust.html"),
        config=config,
        GITHUB_STEP_SUMMARY=str(tmp_path / "step.md"),
        **environ,
    )
    for _ in range(2):
        load_test.add_worker(locustfile=str(tmp_path / "careless.py"))
    return load_test, WebUI(port)


def settled(seen: dict[str, bytes], tmp_path: Path, secrets: list[str]) -> None:
    everything = seen | left_in(tmp_path)
    # It is the trouble, the carelessness and the reports that were searched, not an empty folder.
    text = b"".join(everything.values())
    assert b"not acknowledged" in text and b"DEBUG" in text and b"locust" in seen["command lines"]
    assert {Path(name).suffix for name in everything} >= {".log", ".json", ".html", ".xml", ".csv", ".md"}
    assert all(seen[page] for page in PAGES)
    assert not search(everything, secrets)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("log_format", ["json", pytest.param("text", marks=pytest.mark.long)])
def test_a_key_never_shows(start, tmp_path, hub, log_format):
    key = hub.connection_string.split("SharedAccessKey=")[1].split(";")[0]
    load_test, web = started(start, tmp_path, CONFIG % ("", log_format))
    seen = troubled(load_test, hub, web)
    assert b"no luck with" in b"".join(left_in(tmp_path).values())
    settled(seen, tmp_path, [key])


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_signature_never_shows(start, tmp_path, hub):
    key = hub.connection_string.split("SharedAccessKey=")[1].split(";")[0]
    resource, expiry = quote_plus(f"sb://127.0.0.1:{hub.port}/payments"), str(int(time.time()) + 3600)
    signature = sas.signature(resource, expiry, key)
    token = f"SharedAccessSignature sr={resource}&sig={quote_plus(signature)}&se={expiry}&skn=RootManageSharedAccessKey"
    text = f"Endpoint=sb://127.0.0.1:{hub.port};SharedAccessSignature={token};UseDevelopmentEmulator=true;EntityPath=payments"
    load_test, web = started(start, tmp_path, CONFIG % ("", "json"), EVENTHUB_CONNECTION_STRING=text)
    settled(troubled(load_test, hub, web), tmp_path, [key, signature])


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_token_of_an_identity_never_shows(start, tmp_path):
    ca_file = tmp_path / "ca.pem"
    hub = Hub("--tls", str(ca_file))
    key = hub.connection_string.split("SharedAccessKey=")[1].split(";")[0]
    provider = IdentityProvider(key, 30)
    try:
        config = CONFIG.replace("%s\n  transaction", IDENTITY % (hub.port, ca_file) + "  transaction") % "text"
        load_test, web = started(start, tmp_path, config, EVENTHUB_CONNECTION_STRING="", **provider.environment)
        settled(troubled(load_test, hub, web), tmp_path, [key, *provider.tokens])
    finally:
        provider.close()
        hub.close()


def test_what_cannot_be_used_is_named_without_its_secret(start, tmp_path, hub):
    key, wrong = hub.connection_string.split("SharedAccessKey=")[1].split(";")[0], "d3Jvbmcta2V5LW9mLW15LWhlYXJ0IQ=="
    texts = (hub.connection_string.replace(key, wrong), f"Endpoint=sb://127.0.0.1;SharedAccessKe={wrong}", wrong)
    for text, code in zip(texts, (3, 2, 2), strict=True):
        load_test = start(
            "--headless", "-u", "1", "-t", "2s", config=CONFIG % ("", "text"), EVENTHUB_CONNECTION_STRING=text
        )
        assert load_test.wait(60) == code, load_test.logs()
        assert not search(left_in(tmp_path), [key, wrong])
