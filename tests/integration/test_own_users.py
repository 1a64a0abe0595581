"""Locustfiles with users of their own, beside `PaymentUser` and made of it: theirs stays theirs."""

import csv
import json
import re
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.environment import ROOT
from tests.support.load_test_fixtures import CONFIG
from tests.support.present import first_group
from tests.support.running import WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("what is sent in some seconds is counted")]

RATED = CONFIG.replace("rate_per_user: 40", "rate: 100")
HEADLESS = ("--headless", "--only-summary")


def processes(n: int) -> tuple[str, ...]:
    """The options for so many workers of this machine, on a port that no other test has."""
    port = str(free_port())
    return "--processes", str(n), "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port


class Site:
    """An HTTP server of this machine, for users that are not paysim's: the paths that were asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        paths = self.paths

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                paths.append(self.path)
                self.send_response(404 if self.path == "/missing" else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def write(tmp_path):
    """Writes a locustfile, and returns the options that name it."""

    def write(text: str) -> tuple[str, str]:
        path = tmp_path / "locustfile.py"
        path.write_text(text)
        return "-f", str(path)

    return write


MIXED = """
import json
from locust import FastHttpUser, HttpUser, SequentialTaskSet, constant, events, task
from paysim.loadtest import PaymentUser as Base

class Card(Base):
    weight = 2

class Bank(Base):
    fixed_count = 1

class Web(HttpUser):
    host = {url!r}
    wait_time = constant(0.2)
    @task
    def look(self): self.client.get("/web")
    @task
    def miss(self): self.client.get("/missing")

class Steps(SequentialTaskSet):
    @task
    def first(self): self.client.get("/first")
    @task
    def second(self):
        self.client.get("/second")
        self.interrupt()

class Fast(FastHttpUser):
    host = {url!r}
    wait_time = constant(0.2)
    tasks = [Steps]

seen = {{}}

@events.request.add_listener
def on_request(request_type, name, response_time, response_length, response, context, exception, start_time, url, **_):
    seen[request_type] = seen.get(request_type, 0) + context.get("transactions", 1)

@events.test_start.add_listener
def begun(environment, **_): print("BEGUN")

@events.test_stop.add_listener
def stopped(environment, **_): print("STOPPED")

@events.quitting.add_listener
def quitting(environment, **_):
    rows = [[e.method, e.name, e.num_requests, e.num_failures] for e in environment.stats.entries.values()]
    print("SEEN", json.dumps({{"seen": seen, "rows": rows, "total": environment.stats.total.num_requests}}))
"""


def users_of(load_test) -> dict[str, int]:
    """The users that Locust says it has spawned, by class."""
    line = next(line for line in load_test.log.read_text().splitlines() if "All users spawned: " in line)
    return json.loads(line.split("spawned: ")[1].split(" (")[0])


def test_other_users_keep_their_hosts_their_statistics_and_their_listeners(start, hub, site, write):
    options = (*write(MIXED.format(url=site.url)), *HEADLESS, "-u", "8", "-r", "8", "-t", "4s")
    load_test = start(*options, config=RATED)
    load_test.wait()
    assert {"/web", "/missing", "/first", "/second"} <= set(site.paths)
    assert users_of(load_test) == {"Bank": 1, "Card": 3, "Fast": 2, "Web": 2}
    summary = load_test.summary
    acked = summary["transactions"]["acked"]
    assert summary["users_max"] == 4
    assert summary["target"] == "LOCAL HUB, not Azure"
    assert summary["delivery"]["lost"] == 0
    assert hub.stored() == acked > 0
    said = load_test.out.read_text()
    # Not from --csv: Locust writes its tables each second and not at the end.
    told = json.loads(first_group("^SEEN (.*)$", said, re.MULTILINE))
    counts = {(method, name): (requests, failures) for method, name, requests, failures in told["rows"]}
    payments = sum(requests for (method, _), (requests, _) in counts.items() if method == "EVENTHUB")
    others = {name: requests for (method, name), (requests, _) in counts.items() if method == "GET"}
    assert payments == acked
    # The end may interrupt each user in a request that the site has seen already.
    assert all(0 <= site.paths.count(path) - counted <= 2 for path, counted in others.items())
    assert set(others) == {"/web", "/missing", "/first", "/second"}
    assert counts["GET", "/missing"][0] == counts["GET", "/missing"][1]
    asked = sum(others.values())
    assert (told["seen"], told["total"]) == ({"EVENTHUB": acked, "GET": asked}, acked + asked)
    assert (said.count("BEGUN"), said.count("STOPPED")) == (1, 1)
    assert "Uncaught exception" not in load_test.logs()


WITHOUT_HOST = """
from locust import HttpUser, constant, events, task
from paysim.loadtest import PaymentUser

class Web(HttpUser):
    wait_time = constant(0.2)
    @task
    def look(self): self.client.get("/web")

@events.quitting.add_listener
def quitting(environment, **_): print("HOST", environment.host, PaymentUser.host)
"""


def test_host_is_for_the_other_users_and_never_the_target_of_payments(start, hub, site, write):
    options = (*write(WITHOUT_HOST), *HEADLESS, "-u", "4", "-r", "4", "-t", "3s", "-H", site.url)
    load_test = start(*options, config=RATED)
    assert load_test.wait() == 0, load_test.logs()
    assert "/web" in site.paths
    assert f"HOST {site.url} " in load_test.out.read_text()
    assert load_test.summary["target"] == "LOCAL HUB, not Azure"
    assert hub.stored() == load_test.summary["transactions"]["acked"] > 0


def test_the_host_of_the_start_form_is_for_the_other_users(start, hub, site, write):
    port = free_port()
    load_test = start(*write(WITHOUT_HOST), "--web-host", "127.0.0.1", "--web-port", str(port), config=RATED)
    web = WebUI(port)
    wait_until(web.up, why=load_test.logs)
    form = {"user_count": 2, "spawn_rate": 2, "host": site.url}
    assert json.loads(web.post("/swarm", **form))["success"]
    wait_until(lambda: "/web" in site.paths, why=load_test.logs)
    hub.wait_for(50)
    assert json.loads(web.get("/payments/data"))["target"] == "LOCAL HUB, not Azure"
    web.stop()


def test_with_payments_alone_header_and_reports_name_the_target(start, tmp_path):
    load_test = start(*HEADLESS, "-u", "2", "-r", "2", "-t", "2s", "--html", "report.html", "-H", "http://127.0.0.1:1")
    assert load_test.wait() == 0, load_test.logs()
    assert "--host has no effect" in load_test.log.read_text()
    assert '"host": "LOCAL HUB, not Azure"' in (tmp_path / "report.html").read_text()


def test_the_example_of_the_guide_runs(start, hub, site):
    example = str(ROOT / "docs" / "examples" / "own_users.py")
    load_test = start("-f", example, *HEADLESS, "-u", "4", "-r", "4", "-t", "3s", "-H", site.url, config=RATED)
    assert load_test.wait() == 0, load_test.logs()
    assert users_of(load_test) == {"Reporting": 1, "Terminal": 3}
    assert "/totals" in site.paths
    assert hub.stored() == load_test.summary["transactions"]["acked"] > 0


MIXES = """
simulator:
  output: {batch_size: 5}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 200}
    patterns: {payment_methods: {credit_card: 1, debit_card: 1, digital_wallet: 1, bank_transfer: 1}}
"""


@pytest.mark.busy("a rate is reached")
@pytest.mark.parametrize("processes", [(), pytest.param(("--processes", "2"), marks=pytest.mark.long)])
def test_two_sources_have_shares_rates_and_mixes_of_their_own(start, hub, processes):
    example = str(ROOT / "docs" / "examples" / "two_sources.py")
    load_test = start("-f", example, *HEADLESS, "-u", "8", "-r", "8", "-t", "8s", *processes, config=MIXES)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    methods = summary["by_payment_method"]
    assert methods.keys() == {"credit_card", "debit_card", "digital_wallet", "bank_transfer"}
    counts = {method: tally["acked"] for method, tally in methods.items()}
    asked = summary["rate"]["asked"]
    assert asked["peak_per_s"] == 240 and asked["reached"]
    # 40 a second of 240: an open schedule loses and adds nothing but what is on its way at the end.
    assert abs(counts["bank_transfer"] - 40 * asked["seconds"]) <= 40
    assert abs(sum(counts.values()) - 240 * asked["seconds"]) <= 240
    assert abs(counts["credit_card"] - counts["debit_card"]) <= 4 * 5 < counts["digital_wallet"]
    assert hub.stored() == sum(counts.values())


def test_a_wrong_mix_of_a_class_is_one_line_before_anything_is_sent(start, hub, write):
    mix = "{'bank_transfer': 1}"
    text = f"from paysim import PaymentUser\n\nclass Odd(PaymentUser):\n    payment_methods = {mix}\n"
    config = MIXES.replace(", bank_transfer: 1", "")
    load_test = start(*write(text), *HEADLESS, "-u", "2", "-r", "2", "-t", "2s", config=config)
    assert load_test.wait() == 2, load_test.logs()
    said = "bank_transfer is not in the configuration's transaction.patterns.payment_methods: c"
    assert f"Odd.payment_methods: {said}" in load_test.log.read_text()
    assert "Traceback" not in load_test.log.read_text()
    assert hub.stored() == 0


def test_a_wrong_rate_of_a_class_is_one_line_before_anything_is_sent(start, hub, write):
    text = "from paysim import PaymentUser\n\nclass First(PaymentUser):\n    rate = -1\n"
    load_test = start(*write(text), *HEADLESS, "-u", "2", "-r", "2", "-t", "2s", config=MIXES)
    assert load_test.wait() == 2, load_test.logs()
    assert "First.rate: must be transactions/s, a number above 0" in load_test.log.read_text()
    assert "Traceback" not in load_test.log.read_text()
    assert hub.stored() == 0


PACED = """
from locust import constant, task
from paysim.loadtest import PaymentUser

class Card(PaymentUser):
    wait_time = constant(1)

    @task
    def balance(self):
        self.environment.events.request.fire(
            request_type="OWN", name="balance", response_time=1.0, response_length=0, exception=None, context={}
        )
"""


def test_wait_time_and_tasks_of_a_subclass_are_locusts(start, write, tmp_path):
    config = CONFIG.replace("rate_per_user: 40", "rate_per_user: null")
    load_test = start(*write(PACED), *HEADLESS, "-u", "10", "-r", "10", "-t", "6s", "--csv", "stats", config=config)
    assert load_test.wait() == 0, load_test.logs()
    rows = {row["Name"]: row for row in csv.DictReader((tmp_path / "stats_stats.csv").open())}
    own = int(rows["balance"]["Request Count"])
    batches = load_test.summary["transactions"]["acked"] / 20
    # Ten users, seven tasks each at most, payments and the other one alike; without pauses there are thousands.
    assert own > 10
    assert batches > 10
    assert own + batches <= 10 * 8


TAGGED = """
from locust import tag
from paysim.loadtest import PaymentUser

@tag("smoke")
class Card(PaymentUser): ...
"""


def test_tags_choose_among_classes_of_payments(start, hub, write):
    load_test = start(*write(TAGGED), *HEADLESS, "-u", "2", "-r", "2", "-t", "2s", LOCUST_TAGS="smoke")
    assert load_test.wait() == 0, load_test.logs()
    assert hub.stored() == load_test.summary["transactions"]["acked"] > 0


@pytest.mark.parametrize(
    ("options", "environ", "said"),
    [
        ((), {"LOCUST_TAGS": "smoke"}, "--tags smoke leaves PaymentUser without its payments"),
        (("--equal-weights", *processes(2)), {}, "--equal-weights is not for payments"),
    ],
    ids=["LOCUST_TAGS", "equal weights in workers"],
)
def test_an_option_that_payments_cannot_have_is_one_line_before_anything_is_sent(start, hub, options, environ, said):
    load_test = start(*HEADLESS, "-u", "2", "-r", "2", "-t", "2s", *options, **environ)
    assert load_test.wait() == 2, load_test.logs()
    log = load_test.log.read_text()
    assert said in log
    assert "Traceback" not in log
    assert hub.stored() == 0


@pytest.mark.long
def test_excluded_tags_that_payments_have_not_change_nothing(start, hub):
    load_test = start(*HEADLESS, "-u", "2", "-r", "2", "-t", "2s", LOCUST_EXCLUDE_TAGS="smoke")
    assert load_test.wait() == 0, load_test.logs()
    assert hub.stored() == load_test.summary["transactions"]["acked"] > 0


@pytest.mark.parametrize(
    "more", [(), pytest.param(processes(2), marks=pytest.mark.long)], ids=["one process", "processes"]
)
def test_json_is_all_that_is_written_to_standard_output(start, more):
    load_test = start("--headless", "--json", "-u", "4", "-r", "4", "-t", "3s", *more)
    assert load_test.wait() == 0, load_test.logs()
    rows = json.loads(load_test.out.read_text())
    assert sum(row["num_requests"] for row in rows) == load_test.summary["transactions"]["acked"] > 0
    assert "paysim run " in load_test.log.read_text()


SHAPED = """
from locust import LoadTestShape
from paysim.loadtest import PaymentUser

class Card(PaymentUser): ...

class Shape(LoadTestShape):
    def tick(self): return (3, 3)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_a_shape_of_the_locustfile_runs_and_ends_as_a_run_does(start, hub, write, number):
    load_test = start(*write(SHAPED), *HEADLESS)
    hub.wait_for(40)
    load_test.signal(number)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    assert (summary["users_max"], summary["transactions"]["unknown"]) == (3, 0)
    assert hub.stored() == summary["transactions"]["acked"]


def test_a_locustfile_without_users_that_pay_is_locusts_alone(start, hub, site, write):
    options = (*write(WITHOUT_HOST), *HEADLESS, "-u", "2", "-r", "2", "-t", "2s", "-H", site.url)
    load_test = start(*options, "Web")
    assert load_test.wait() == 0, load_test.logs()
    assert "no PaymentUser is among the users" in load_test.log.read_text()
    assert "/web" in site.paths
    assert hub.stored() == 0


ONE_EACH = """
from locust import User, constant, task
from paysim.loadtest import PaymentUser

class Card(PaymentUser): ...

class Other(User):
    wait_time = constant(1)
    @task
    def nothing(self): ...
"""


def test_the_rate_goes_to_workers_whose_users_pay(start, write):
    # One worker has the user that pays, the other one the one that does not.
    config = RATED.replace("rate: 100", "rate: 100, total: 800")
    load_test = start(*write(ONE_EACH), *HEADLESS, *processes(2), "-u", "2", "-r", "2", "-t", "60s", config=config)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    assert summary["transactions"]["acked"] == 800
    assert summary["duration_s"] < 14  # with half of the rate it takes 16 s


HEEDLESS = """
from locust import events
from locust.exception import StopUser
from paysim.loadtest import PaymentUser

@events.request.add_listener
def on_request(**_): raise StopUser()
"""


def test_a_listener_that_ends_users_takes_no_payment_out_of_the_account(start, hub, write):
    load_test = start(*write(HEEDLESS), *HEADLESS, "-u", "3", "-r", "3", "-t", "2s")
    load_test.wait()
    summary = load_test.summary
    assert hub.stored() == summary["transactions"]["acked"] > 0
    assert sum(tally["acked"] for tally in summary["by_payment_method"].values()) == hub.stored()
    log = load_test.log.read_text()
    assert log.count("raised StopUser, which payments do not heed") == 1
    assert "Traceback" not in log


def test_the_class_picker_keeps_the_configured_stages(start, write):
    port = free_port()
    config = RATED + "  load: {stages: [{duration: 2, users: 3, spawn_rate: 3}]}\n"
    options = (*write(WITHOUT_HOST), "--class-picker", "--web-host", "127.0.0.1", "--web-port", str(port))
    load_test = start(*options, config=config)
    web = WebUI(port)
    wait_until(web.up, why=load_test.logs)
    web.post("/swarm", user_count=1, spawn_rate=1, user_classes="PaymentUser")
    wait_until(lambda: (load_test.folder / "output" / "latest" / "summary.json").exists(), why=load_test.logs)
    assert load_test.summary["users_max"] == 3
