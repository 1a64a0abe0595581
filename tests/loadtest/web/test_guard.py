"""Whose requests may change a test: the decision by itself. The integration tests ask the real pages."""

from collections.abc import Set

import pytest

from paysim.config.errors import ConfigError
from paysim.loadtest.web.guard import hosts, refusal

OWN = {"vm7"}
INGRESS = {"loadtest.example.com"}


def asked(host: str, origin: str | None = None, site: str | None = None, named: Set[str] = frozenset()) -> str | None:
    headers = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    return refusal({name: value for name, value in headers.items() if value is not None}, OWN | named, named)


@pytest.mark.parametrize(
    ("host", "origin", "site", "named"),
    [
        ("whatever:1", None, None, set()),  # curl
        ("127.0.0.1:8089", "http://127.0.0.1:8089", None, set()),
        ("127.0.0.1:8089", "http://127.0.0.1:8089", "same-origin", set()),
        ("127.0.0.1:8089", None, "same-origin", set()),
        ("127.0.0.1:8089", None, "none", set()),
        ("localhost:8089", "http://localhost:8089", "same-origin", set()),
        ("[::1]:8089", "http://[::1]:8089", "same-origin", set()),
        ("10.1.2.3", "http://10.1.2.3", "same-origin", set()),
        ("10.1.2.3", "https://10.1.2.3", "same-origin", set()),  # TLS ended before us
        ("vm7:8089", "http://vm7:8089", "same-origin", set()),
        ("loadtest.example.com", "https://loadtest.example.com", "same-origin", INGRESS),
        ("paysim-master:8089", "https://loadtest.example.com", "same-origin", INGRESS),  # Host is the ingress's own
    ],
)
def test_the_pages_own_origin_and_programs_may(host, origin, site, named):
    assert asked(host, origin, site, named) is None


@pytest.mark.parametrize(
    ("host", "origin", "site", "why"),
    [
        ("127.0.0.1:8089", "http://evil.example", "cross-site", "page of another origin"),
        ("127.0.0.1:8089", "http://evil.example", None, "page of evil.example"),
        ("127.0.0.1:8089", "http://127.0.0.1:9000", "same-site", "page of another origin"),
        ("127.0.0.1:8089", "http://127.0.0.1:9000", None, "page of 127.0.0.1:9000"),
        ("127.0.0.1:8089", None, "cross-site", "page of another origin"),
        ("127.0.0.1:8089", "null", None, "no known origin"),
        ("127.0.0.1:8089", "http://[", None, "no known origin"),
        ("127.0.0.1:8089", "http://127.0.0.1:x", None, "no known origin"),
        ("evil.example:8089", "http://evil.example:8089", "same-origin", "not known as evil.example"),  # rebound name
        ("evil.example:8089", None, "same-origin", "not known as evil.example"),
        ("loadtest.example.com", "https://loadtest.example.com", "same-origin", "--paysim-web-hosts loadtest.example"),
        ("", "http://127.0.0.1:8089", None, "page of 127.0.0.1:8089"),
    ],
)
def test_others_may_not(host, origin, site, why):
    assert why in (asked(host, origin, site) or "")


def test_host_names_are_read_from_the_option():
    assert hosts("") == frozenset()
    assert hosts("A.example, b.example.,") == {"a.example", "b.example"}


@pytest.mark.parametrize("text", ["http://a.example", "a.example:80", "a.example/x", "a b@c"])
def test_what_is_no_host_name_is_a_bad_configuration(text):
    with pytest.raises(ConfigError, match=r"--paysim-web-hosts: .*is no host name"):
        hosts(text)
