"""Who may see and change what in Locust's web UI: base path, login, origins, options of the command line."""

import http.client
import json
import re
import urllib.error
import urllib.parse

import pytest

from tests.support.environment import ROOT
from tests.support.present import first_group
from tests.support.running import WebUI
from tests.support.waiting import wait_until
from tests.support.web import CONFIG, data, serve

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


def test_the_base_path_holds_for_the_new_pages(start):
    _, web = serve(start, "--web-base-path", "/load", path="/load")
    wait_until(web.up)
    assert b"Partition balance" in web.get("/payments")
    assert b"uPlot" in web.get("/payments/static/uPlot.iife.min.js")
    assert data(web)["target"]
    web.url = web.url.removesuffix("/load")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        web.get("/payments")


def ask(web: WebUI, method: str, path: str, form: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    """Any request: status, headers, text."""
    url = urllib.parse.urlsplit(web.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    form_type = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, url.path + path, form, form_type | named)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, dict(response.getheaders()), text


CHANGING = ("/swarm", "/stop", "/stats/reset", "/user")
"""Locust's routes that change something."""


def test_only_post_changes_a_test_and_options_without_a_login_changes_nothing(start, tmp_path):
    (tmp_path / "other.yaml").write_text(CONFIG.replace("rate: 400", "rate: 700"))
    load_test, web = serve(
        start, "-f", str(ROOT / "docs/examples/login.py"), "--web-login", WEB_USER="ann", WEB_PASSWORD="a long one"
    )
    wait_until(web.up)
    _, headers, _ = ask(web, "POST", "/login_submit", "username=ann&password=a+long+one")
    cookie = headers["Set-Cookie"].split(";")[0]
    started, _, text = ask(web, "POST", "/swarm", "user_count=5&spawn_rate=5", Cookie=cookie)
    assert started == 200 and json.loads(text)["success"]

    def now() -> dict:
        return json.loads(ask(web, "GET", "/payments/data", Cookie=cookie)[2])

    wait_until(lambda: now()["now"] and now()["now"]["target_per_s"] == 400)
    for form in ("paysim_rate=1500", "configuration=other.yaml&paysim_rate=", "configuration=nope"):
        for method in ("OPTIONS", "GET", "HEAD", "PUT"):
            _, _, text = ask(web, method, "/swarm", form)
            assert "nope" not in text
    assert ask(web, "POST", "/swarm", "paysim_rate=1500")[0] == 302  # to the login
    assert (now()["now"]["target_per_s"], now()["reloads"]) == (400, [])
    assert "changed by" not in load_test.log.read_text()
    assert ask(web, "POST", "/stop", Cookie=cookie)[0] == 200


def test_a_test_is_changed_from_the_pages_own_origin_alone(start):
    _, web = serve(start, "--paysim-web-hosts", "loadtest.example.com")
    wait_until(web.up)
    own = {"Origin": web.url, "Sec_Fetch_Site": "same-origin"}
    foreign = {"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}
    for path in CHANGING:
        for headers in foreign:
            status, _, text = ask(web, "POST", path, "user_count=5&spawn_rate=5", **headers)
            assert (status, "another origin" in text or "evil.example" in text) == (403, True), path
    rebound = {"Host": "evil.example", "Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"}
    assert ask(web, "POST", "/swarm", "user_count=5&spawn_rate=5", **rebound)[0] == 403
    assert data(web)["state"] == "ready"

    assert json.loads(ask(web, "POST", "/swarm", "user_count=5&spawn_rate=5", **own)[2])["success"]
    wait_until(lambda: data(web)["now"] and data(web)["now"]["total"]["acked"] > 100)
    assert ask(web, "POST", "/stop", **foreign[0])[0] == 403
    assert data(web)["state"] == "running"
    ingress = {"Origin": "https://loadtest.example.com", "Sec_Fetch_Site": "same-origin"}
    assert ask(web, "POST", "/stop", **ingress)[0] == 200
    wait_until(lambda: data(web)["state"] == "stopped")


def test_get_changes_nothing_and_no_page_may_be_framed_and_paysims_load_their_own_files_only(start):
    # The guard lets GET pass. Should a new Locust change something by it, the guard has to know.
    _, web = serve(start)
    wait_until(web.up)
    for path in CHANGING:
        assert ask(web, "GET", path, Sec_Fetch_Site="cross-site")[0] == 405
    for path in ("/", "/payments", "/payments/data", "/payments/static/payments.js"):
        _, headers, _ = ask(web, "GET", path)
        assert headers["X-Frame-Options"] == "DENY"
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert ("script-src 'self'" in policy) == (path != "/")


def test_locusts_login_guards_the_new_pages(start, tmp_path):
    _, web = serve(start, "--web-login")
    wait_until(lambda: web.up())
    for path in ("/payments", "/payments/data", "/payments/payments.csv", "/payments/static/dom.js"):
        body = web.get(path).decode()
        assert "login" in body.lower()
        assert "Partition balance" not in body
        assert "run_id" not in body
    assert b"success" not in web.post("/swarm", user_count=1, spawn_rate=1, paysim_rate="-1")


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--paysim-rate=0", "--paysim-rate: transaction.volume.rate: must be a number above 0, not 0"),
        ("--paysim-web-hosts=http://a.example", "--paysim-web-hosts: 'http://a.example' is no host name"),
        (
            "--paysim-total=many",
            "--paysim-total: transaction.volume.total: must be a whole number, not the text",
        ),
    ],
)
def test_a_bad_option_is_a_bad_configuration(start, option, text):
    load_test = start("--headless", option)

    assert load_test.wait() == 2
    assert text in load_test.log.read_text()


def test_options_win_over_the_file_and_the_report_needs_no_network(start, hub):
    config = CONFIG + '  report: {html: "output/{run_id}/report.html"}\n'
    options = ("--paysim-total=300", "--paysim-rate=300", "--paysim-batch-size=10")
    load_test = start("--headless", "--only-summary", "-u", "5", "-r", "5", *options, config=config)
    assert load_test.wait() == 0, load_test.logs()
    assert load_test.summary["transactions"]["acked"] == 300
    assert load_test.summary["config"]["output"]["batch_size"] == 10
    report = (load_test.folder / "output" / "latest" / "report.html").read_text()
    embedded = json.loads(first_group('type="application/json">(.*?)</script>', report, re.DOTALL))
    assert embedded["now"]["total"]["acked"] == 300
    assert embedded["ended"]["summary"]["run_id"] == load_test.summary["run_id"]
    assert not re.findall(r'(?:src|href)="(?!data:|#|\./|payments/(?:payments|event-hub)\.csv)', report)
    assert first_group("SharedAccessKey=([^;]+)", hub.connection_string) not in report
