"""Nothing but this machine is loaded unless it is allowed: what tries to look like it, and what is allowed."""

from pathlib import Path

import pytest

from paysim.config.loader import ConfigError, load
from paysim.config.schema import EventHub
from paysim.config.targets.allowed_targets import refusals
from paysim.config.targets.target import Target
from paysim.config.targets.target_patterns import matches, pattern_fault

CLOUD = "contoso-prod.servicebus.windows.net"


def connection(host: str, more: str = "") -> str:
    return f"Endpoint=sb://{host}/;SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=payments{more}"


def target(host: str, more: str = "", **settings: object) -> Target:
    return Target.of(EventHub.model_validate({"connection_string": connection(host, more), **settings}))


def is_refused(subject: Target, *allowed: str, **environ: str) -> bool:
    return bool(list(refusals(subject, allowed, environ)))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5672", "127.0.0.1", "127.8.9.10:1", "[::1]", "[0:0::1]:5672"])
def test_loopback_may_always_be_loaded(host: str):
    assert not is_refused(target(host))
    assert target(host).name == "LOCAL HUB, not Azure"


@pytest.mark.parametrize(
    "host",
    [
        CLOUD, "127.0.0.1.evil.com", "localhost.contoso.com", "localhost.localdomain", "local-host", "0.0.0.0",
        "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "10.0.0.4", "128.0.0.1",
    ],
)  # fmt: skip
def test_what_only_looks_like_loopback_is_refused(host: str):
    assert is_refused(target(host))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost.",
        f"127.0.0.1@{CLOUD}", f"127.0.0.1:5672@{CLOUD}", f"127.0.0.1#@{CLOUD}", f"127.0.0.1\\@{CLOUD}",
        f"localhost?{CLOUD}", f"localhost,{CLOUD}", "lоcalhost",  # with a Cyrillic о
        f"localhost/;Endpoint=sb://{CLOUD}", f"localhost/;HostName={CLOUD}",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_configuration_at_all(host: str, tmp_path: Path):
    path = tmp_path / "config.yaml"
    path.write_text("simulator: {}")
    with pytest.raises(ConfigError, match=r"output\.event_hub\.connection_string: "):
        load(path, environ={"EVENTHUB_CONNECTION_STRING": connection(host)})


class TestEmulator:
    FLAG = ";UseDevelopmentEmulator=true"

    @pytest.mark.parametrize("host", ["eventhubs-emulator", "host.docker.internal:5672", "10.0.0.4"])
    def test_it_may_be_loaded_on_another_machine(self, host: str):
        assert not is_refused(target(host, self.FLAG))
        assert target(host, self.FLAG).name.endswith("/payments (emulator, not Azure)")

    @pytest.mark.parametrize(
        "host",
        [
            CLOUD, CLOUD.upper(), "contoso-prod.privatelink.servicebus.windows.net",
            "contoso-prod.servicebus.chinacloudapi.cn", "contoso-prod.servicebus.usgovcloudapi.net",
            "contoso-prod.servicebus.cloudapi.de",
        ],
    )  # fmt: skip
    def test_the_word_alone_makes_no_emulator_of_a_namespace_in_azure(self, host: str):
        (text,) = refusals(target(host, self.FLAG), [], {})
        assert text.startswith("target contoso-prod/payments is not in output.event_hub.allowed_targets")

    @pytest.mark.parametrize("endpoint", [f"{CLOUD}:443", "10.1.2.3:5671", "gateway.contoso.com"])
    @pytest.mark.parametrize("host", ["eventhubs-emulator", "localhost"])
    def test_it_does_not_count_where_the_bytes_go_elsewhere(self, host: str, endpoint: str):
        assert is_refused(target(host, self.FLAG, endpoint=endpoint))

    def test_false_is_no_emulator(self):
        assert is_refused(target("eventhubs-emulator", ";UseDevelopmentEmulator=false"))


class TestEndpoint:
    def test_one_elsewhere_counts_where_the_namespace_looks_local(self):
        (text,) = refusals(target("localhost", endpoint=f"{CLOUD}:443"), ["localhost/payments"], {})
        assert text.startswith("target contoso-prod/payments is not in")

    def test_a_tunnel_on_this_machine_does_not_make_a_namespace_local(self):
        assert is_refused(target(CLOUD, endpoint="127.0.0.1:5671"))
        assert not is_refused(target(CLOUD, endpoint="127.0.0.1:5671"), "contoso-prod/payments")

    def test_a_private_endpoint_is_allowed_with_its_namespace(self):
        assert not is_refused(target(CLOUD, endpoint="10.0.0.4"), "contoso-prod/payments")

    def test_an_endpoint_that_is_another_namespace_must_be_allowed_too(self):
        both = target("contoso-load.servicebus.windows.net", endpoint=CLOUD)
        assert is_refused(both, "contoso-load/payments")
        assert not is_refused(both, "contoso-load/payments", "contoso-prod/payments")

    def test_a_proxy_elsewhere_takes_localhost_for_itself(self):
        through = {"transport": "amqp_websocket", "proxy": "http://proxy.contoso.com:3128"}
        assert is_refused(target("localhost", **through))
        assert is_refused(target("emulator", ";UseDevelopmentEmulator=true", **through))
        assert not is_refused(target("localhost", transport="amqp_websocket", proxy="http://127.0.0.1:3128"))

    def test_the_embedded_hub_is_reached_directly(self):
        event_hub = EventHub.model_validate({"endpoint": f"{CLOUD}:443"})
        assert not is_refused(Target.of(event_hub))
        assert not is_refused(Target.of(event_hub, connection("127.0.0.1:5672")))


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "key"),
        [
            ("contoso-load/payments", "contoso-load/payments"),
            ("Contoso-LOAD/payments", "contoso-load/payments"),
            ("evhns-loadtest-*/payments", "evhns-loadtest-7/payments"),
            ("evhns-loadtest-?/pay*", "evhns-loadtest-7/payments.v2"),
            ("gateway.contoso.com/payments", "gateway.contoso.com/payments"),
        ],
    )
    def test_what_they_allow(self, pattern: str, key: str):
        assert matches(pattern, key)

    @pytest.mark.parametrize(
        ("pattern", "key"),
        [
            ("contoso-load/payments", "contoso-load/payments2"),
            ("contoso-load/payments", "xcontoso-load/payments"),
            ("contoso-load/payments", "contoso-load/Payments"),
            ("evhns-loadtest-*/payments", "evhns-loadtest-/payments.v2"),
            ("evhns-loadtest-*/payments", "evhns-loadtest-x.contoso-prod.com/payments"),
            ("evhns-loadtest-?/payments", "evhns-loadtest-10/payments"),
            ("contoso-[lp]*/payments", "contoso-prod/payments"),
            ("contoso.load/payments", "contoso-load/payments"),
        ],
    )
    def test_what_they_do_not_allow(self, pattern: str, key: str):
        assert not matches(pattern, key)

    @pytest.mark.parametrize(
        "pattern",
        ["*", "*/*", "*/payments", "?ontoso-prod/payments", "**", "${NS}/payments", "contoso-${X:-*}/payments",
         "contoso", "contoso/", "/payments", "contoso/a/b", "contoso-[p]*/payments", "contoso prod/payments", ""],
    )  # fmt: skip
    def test_what_is_no_pattern(self, pattern: str):
        assert pattern_fault(pattern)
        assert is_refused(target(CLOUD), pattern)

    @pytest.mark.parametrize("key", ["*", "*/payments", "contoso-*/payments", "contoso-prod/*", "contoso-prod", ""])
    def test_the_environment_names_one_target_and_takes_no_wildcard(self, key: str):
        assert is_refused(target(CLOUD), PAYSIM_ALLOW_TARGET=key)

    def test_the_environment_allows_exactly_what_the_refusal_says(self):
        (text,) = refusals(target(CLOUD), [], {})
        assert text == (
            "target contoso-prod/payments is not in output.event_hub.allowed_targets; add it, or set "
            "PAYSIM_ALLOW_TARGET=contoso-prod/payments"
        )
        assert not is_refused(target(CLOUD), PAYSIM_ALLOW_TARGET=text.rpartition("PAYSIM_ALLOW_TARGET=")[2])
        assert not is_refused(target(CLOUD), PAYSIM_ALLOW_TARGET="Contoso-Prod/payments")

    def test_the_process_environment_is_the_default(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PAYSIM_ALLOW_TARGET", "contoso-prod/payments")
        assert not list(refusals(target(CLOUD), []))

    def test_a_dot_env_opens_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("PAYSIM_ALLOW_TARGET", raising=False)
        monkeypatch.delenv("PAYSIM_CONFIG", raising=False)
        monkeypatch.delenv("EVENTHUB_CONNECTION_STRING", raising=False)
        text = f"EVENTHUB_CONNECTION_STRING={connection(CLOUD)}\nPAYSIM_ALLOW_TARGET=contoso-prod/payments\n"
        (tmp_path / ".env").write_text(text)
        loaded = load()
        assert loaded.target.key == "contoso-prod/payments"
        with pytest.raises(ConfigError, match="is not in output"):
            loaded.require_allowed()

    @pytest.mark.parametrize("form", ["    allowed_targets: ${{{}}}", "    allowed_targets:\n        - ${{{}}}",
                                      "    allowed_targets: ['${{{}:-contoso-prod/payments}}']",
                                      "    allowed_targets: &a ['$${{{}}}/payments']"])  # fmt: skip
    def test_the_list_takes_no_variable(self, tmp_path: Path, form: str):
        path = tmp_path / "config.yaml"
        path.write_text("simulator:\n  output:\n    event_hub:\n  " + form.format("ALLOWED") + "\n")
        with pytest.raises(
            ConfigError, match=r"^[^\n]*:[45]: output.event_hub.allowed_targets: takes no \$\{…\}[^\n]*$"
        ):
            load(path, environ={"ALLOWED": "contoso-prod/payments"})

    def test_a_variable_that_comes_through_an_alias_is_seen(self, tmp_path: Path):
        path = tmp_path / "config.yaml"
        path.write_text(
            "simulator:\n  report:\n    html: &name ${ALLOWED}\n  output:\n    event_hub: {allowed_targets: [*name ]}\n"
        )
        with pytest.raises(ConfigError, match="takes no"):
            load(path, environ={"ALLOWED": "contoso-prod/payments"})


def test_a_file_is_no_target_that_must_be_allowed(tmp_path: Path):
    path = tmp_path / "config.yaml"
    path.write_text("simulator: {output: {destination: file}}")
    load(path, environ={"EVENTHUB_CONNECTION_STRING": connection(CLOUD)}).require_allowed({})


def test_an_identity_is_refused_like_a_key():
    event_hub = EventHub.model_validate({"fully_qualified_namespace": CLOUD, "eventhub_name": "payments"})
    assert is_refused(Target.of(event_hub))
    assert not is_refused(Target.of(event_hub), "contoso-prod/payments")


@pytest.mark.parametrize(
    ("host", "key"),
    [
        (CLOUD, "contoso-prod/payments"),
        (CLOUD.upper(), "contoso-prod/payments"),
        ("contoso.servicebus.chinacloudapi.cn", "contoso/payments"),
        ("contoso.privatelink.servicebus.windows.net", "contoso/payments"),
        ("servicebus.windows.net", "servicebus.windows.net/payments"),
        ("contoso.servicebus.windows.net.evil.com", "contoso.servicebus.windows.net.evil.com/payments"),
        ("gateway.contoso.com:5671", "gateway.contoso.com/payments"),
    ],
)
def test_people_know_a_target_by_its_short_namespace_and_hub(host: str, key: str):
    assert target(host).key == target(host).name == key


@pytest.mark.parametrize("group", ["null", '""', '" "'])
def test_verify_against_azure_needs_a_consumer_group_and_an_empty_one_is_none(group: str, tmp_path):
    from paysim.config.loader import ConfigError, load

    path = tmp_path / "c.yaml"
    path.write_text(
        "simulator:\n  output: {event_hub: {allowed_targets: ['contoso/payments']}}\n"
        f"  verify: {{enabled: true, consumer_group: {group}}}\n"
    )
    azure = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=payments"
    with pytest.raises(ConfigError, match="consumer_group: is needed to verify against Azure"):
        load(path, environ={"EVENTHUB_CONNECTION_STRING": azure})
    path.write_text(
        path.read_text().replace(group, "own", 1) if group != "null" else path.read_text().replace("null", "own")
    )
    load(path, environ={"EVENTHUB_CONNECTION_STRING": azure})
