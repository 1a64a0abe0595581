from pathlib import Path

import pytest

from paysim.config.loader import ConfigError, Loaded, load, resolve
from paysim.config.schema import Config
from tests.support.present import present

SAMPLE = Path(__file__).parents[1] / "fixtures" / "sample_config.yaml"
KEY = "bm90LWEta2V5"
CONNECTION = (
    f"Endpoint=sb://contoso-load.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey={KEY}"
    ";EntityPath=payments"
)
PROXY = "http://user:s3cret@127.0.0.1:3128"


@pytest.fixture
def loaded(tmp_path: Path):
    """Loads a text with an environment."""

    def load_text(text: str, **environ: str) -> Loaded:
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return load(path, environ=environ)

    return load_text


def test_the_short_sample_document_loads_unchanged():
    config = load(SAMPLE, environ={}).config
    assert (config.output.batch_size, config.output.rate_limit) == (100, 1000)
    assert (config.transaction.volume.total, config.transaction.volume.rate) == (10000, 100)
    assert config.transaction.patterns.payment_methods == pytest.approx(
        {"credit_card": 0.6, "debit_card": 0.3, "bank_transfer": 0.1}
    )
    assert config.transaction.patterns.amounts.distribution == "normal"


class TestWhichFile:
    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("PAYSIM_CONFIG", raising=False)
        monkeypatch.setenv("EVENTHUB_CONNECTION_STRING", "")
        (tmp_path / "config").mkdir()
        for name, seed in (("explicit", 1), ("named", 2), ("config/simulator_config", 3)):
            (tmp_path / f"{name}.yaml").write_text(f"simulator: {{seed: {seed}}}")

    def test_the_explicit_one_wins(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PAYSIM_CONFIG", "named.yaml")
        assert load(Path("explicit.yaml")).config.seed == 1

    def test_then_the_one_in_the_environment(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PAYSIM_CONFIG", "named.yaml")
        assert load().config.seed == 2

    def test_then_the_usual_one(self):
        found = load()
        assert (found.config.seed, found.source) == (3, Path("config/simulator_config.yaml"))

    def test_then_the_defaults(self):
        Path("config/simulator_config.yaml").unlink()
        found = load()
        assert (found.config, found.source) == (Config(), None)

    def test_one_in_the_environment_that_is_not_there_is_an_error(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PAYSIM_CONFIG", "gone.yaml")
        with pytest.raises(ConfigError, match=r"^gone\.yaml: no such file$"):
            load()

    def test_variables_come_from_dot_env_too(self):
        Path(".env").write_text("SEED=7\n")
        Path("explicit.yaml").write_text("simulator:\n  seed: ${SEED}\n")
        assert load(Path("explicit.yaml")).config.seed == 7

    def test_a_dot_env_that_cannot_be_read_is_an_error(self, tmp_path: Path):
        Path(".env").write_bytes(b"\xff=\xff")
        with pytest.raises(ConfigError, match=r"\.env: cannot be read: not UTF-8$"):
            load()

    def test_a_fault_without_a_file_names_the_variable(self):
        with pytest.raises(ConfigError) as caught:
            load(environ={"EVENTHUB_CONNECTION_STRING": "nonsense", "PAYSIM_CONFIG": ""})
        assert "connection_string: neither" in str(caught.value)
        assert "(from ${EVENTHUB_CONNECTION_STRING})" in str(caught.value)


class TestExpansion:
    def test_an_unquoted_scalar_gets_its_type_after_expansion(self, loaded):
        text = "simulator:\n  transaction:\n    volume:\n      rate: ${RATE:-100}\n      total: ${TOTAL}\n"
        volume = loaded(text, TOTAL="5000").config.transaction.volume
        assert (volume.rate, volume.total) == (100, 5000)

    def test_an_unquoted_one_that_becomes_empty_is_null(self, loaded):
        assert loaded("simulator:\n  report:\n    html: ${HTML:-}\n").config.report.html is None

    def test_a_quoted_one_stays_text(self, loaded):
        assert loaded('simulator:\n  report:\n    html: "${HTML}"\n', HTML="100").config.report.html == "100"

    @pytest.mark.parametrize("value", ["a: b", "a\nseed: 1", "{a: b}", "[1, 2]", "*all", "!!python/none", "- a", "# a"])
    def test_no_value_changes_the_structure(self, loaded, value: str):
        assert loaded("simulator:\n  report:\n    html: ${HTML}\n", HTML=value).config.report.html == value

    def test_an_escaped_reference_is_literal(self, loaded):
        assert loaded("simulator:\n  report:\n    html: $${HTML}.html\n").config.report.html == "${HTML}.html"

    def test_inside_braces_a_reference_needs_a_line_of_its_own(self, loaded):
        with pytest.raises(ConfigError, match=r"not YAML: .*; inside \{ \} a \$\{VAR\} cannot stand without quotes"):
            loaded("simulator: {seed: ${SEED}}", SEED="1")

    def test_keys_are_never_expanded(self, loaded):
        with pytest.raises(ConfigError, match=r"\$\{A\}: unknown key"):
            loaded('simulator: {"${A}": 1}', A="seed")


class TestYaml:
    def test_anchors_and_merges_fill_in_what_is_not_given(self, loaded):
        text = """
simulator:
  load:
    stages:
      - &base {duration: 60, users: 10, spawn_rate: 5}
      - <<: *base
        users: 20
      - <<: [{users: 30}, *base]
"""
        stages = loaded(text).config.load.stages
        assert [(stage.duration, stage.users, stage.spawn_rate) for stage in stages] == [
            (60, 10, 5), (60, 20, 5), (60, 30, 5)
        ]  # fmt: skip

    def test_a_merge_of_something_else_is_an_error(self, loaded):
        with pytest.raises(ConfigError, match=r"config\.yaml:2: << must name a mapping"):
            loaded("simulator:\n  <<: text\n")

    def test_times_of_day_need_no_quotes(self, loaded):
        hours = "{start: 8:00, end: 17:00, weight: 1}"
        text = f"simulator:\n  transaction:\n    timestamps:\n      business_hours: {hours}"
        with pytest.raises(ConfigError, match="must be a time of day"):
            loaded(text)
        hours = loaded(text.replace("8:00", "08:00")).config.transaction.timestamps.business_hours
        assert (hours.start, hours.end) == ("08:00", "17:00")

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_moments_may_be_quoted_or_not(self, loaded, quote: str):
        moment = f"{quote}2026-01-01T02:00:00+02:00{quote}"
        start = loaded(f"simulator:\n  transaction:\n    timestamps:\n      start: {moment}").config
        assert start.transaction.timestamps.start.isoformat() == "2026-01-01T02:00:00+02:00"

    def test_a_byte_order_mark_is_fine(self, loaded):
        assert loaded("\ufeffsimulator: {}").config == Config()


class TestSecrets:
    REFERENCE = (
        "simulator:\n  output:\n    event_hub:\n      connection_string: ${EVENTHUB_CONNECTION_STRING}\n"
        "      transport: amqp_websocket\n      proxy: ${PROXY}\n"
    )

    def test_the_default_is_the_environments_connection_string(self, loaded):
        found = loaded("simulator: {}", EVENTHUB_CONNECTION_STRING=CONNECTION)
        assert found.config.output.event_hub.connection_string.get_secret_value() == CONNECTION
        assert found.target.key == "contoso-load/payments"

    def test_an_empty_variable_is_as_good_as_none(self, loaded):
        found = loaded("simulator: {}", EVENTHUB_CONNECTION_STRING="")
        assert found.target.name == "LOCAL HUB, not Azure"
        assert found.target.credential == "embedded"

    def test_a_namespace_alone_means_an_identity(self, loaded):
        text = (
            "simulator: {output: {event_hub: {fully_qualified_namespace: contoso-load.servicebus.windows.net, "
            "eventhub_name: payments}}}"
        )
        found = loaded(text, EVENTHUB_CONNECTION_STRING=CONNECTION)
        assert found.config.output.event_hub.connection_string is None
        assert (found.target.key, found.target.credential) == ("contoso-load/payments", "identity")

    def test_what_a_master_sends_holds_no_secret(self, loaded):
        found = loaded(self.REFERENCE, EVENTHUB_CONNECTION_STRING=CONNECTION, PROXY=PROXY)
        assert KEY not in repr(found.document) and "s3cret" not in repr(found.document)
        assert found.references == {
            "output.event_hub.connection_string": "${EVENTHUB_CONNECTION_STRING}",
            "output.event_hub.proxy": "${PROXY}",
        }
        found.require_distributable()

    def test_a_worker_puts_in_its_own(self, loaded):
        environ = {"EVENTHUB_CONNECTION_STRING": CONNECTION, "PROXY": PROXY}
        found = loaded(self.REFERENCE, **environ)
        assert resolve(found.document, environ) == found.config
        other = resolve(found.document, environ | {"EVENTHUB_CONNECTION_STRING": CONNECTION.replace("load", "two")})
        assert "contoso-two" in present(other.output.event_hub.connection_string).get_secret_value()

    def test_a_worker_that_lacks_one_says_which(self, loaded):
        found = loaded(self.REFERENCE, EVENTHUB_CONNECTION_STRING=CONNECTION, PROXY=PROXY)
        with pytest.raises(ConfigError, match="environment variable EVENTHUB_CONNECTION_STRING is not set"):
            resolve(found.document, {"PROXY": PROXY})

    def test_an_escaped_value_is_not_expanded_again_on_a_worker(self, loaded):
        found = loaded("simulator:\n  report:\n    html: $${HTML}.html\n")
        assert resolve(found.document, {"HTML": "x"}).report.html == "${HTML}.html"

    @pytest.mark.parametrize(
        "text",
        [
            CONNECTION,
            f"${{MISSING:-{CONNECTION}}}",
            f"Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey={KEY}${{MORE:-}};EntityPath=${{HUB:-payments}}",
            "Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=${MISSING:-abc};EntityPath=payments",
        ],
    )
    def test_a_literal_key_works_on_one_machine_and_not_in_a_distributed_run(self, loaded, text: str):
        found = loaded(f"simulator:\n  output:\n    event_hub:\n      connection_string: {text}\n")
        assert found.literal_secrets() == [("output", "event_hub", "connection_string")]
        with pytest.raises(ConfigError) as caught:
            found.require_distributable()
        assert ":4: output.event_hub.connection_string: holds a literal secret" in str(caught.value)
        assert KEY not in str(caught.value)

    def test_a_key_alone_may_be_a_reference(self, loaded):
        text = "Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=${KEY};EntityPath=payments"
        found = loaded(f"simulator:\n  output:\n    event_hub:\n      connection_string: {text}\n", KEY=KEY)
        found.require_distributable()
        assert KEY not in repr(found.document)

    def test_standard_output_is_for_one_process(self, loaded):
        with pytest.raises(ConfigError, match=r"output\.destination: stdout is for one process"):
            loaded("simulator: {output: {destination: stdout}}").require_distributable()

    def test_the_effective_configuration_is_masked(self, loaded):
        found = loaded(self.REFERENCE, EVENTHUB_CONNECTION_STRING=CONNECTION, PROXY=PROXY)
        event_hub = found.masked()["output"]["event_hub"]
        assert event_hub["connection_string"] == CONNECTION.replace(KEY, "***")
        assert event_hub["proxy"] == "http://user:***@127.0.0.1:3128"

    def test_a_secret_in_any_other_field_is_masked(self, loaded):
        fields = "ca_file: '{0}', endpoint: localhost"
        text = f"simulator:\n  output:\n    event_hub: {{{fields}}}\n    file: {{path: 'out/{{0}}'}}\n"
        text += "  report: {{summary: 'x/{0}', junit: '{0}'}}\n  logging: {{file: '{0}'}}\n"
        for secret in (CONNECTION, f"SharedAccessKey={KEY}", "http://user:pass-word@proxy:1"):
            found = loaded(text.replace("{{", "{").replace("}}", "}").replace("{0}", secret))
            shown = str(found.masked())
            assert KEY not in shown and "pass-word" not in shown
            assert shown.count("***") == 5

    def test_an_unused_connection_string_that_is_not_understood_is_masked_whole(self, loaded):
        found = loaded("simulator: {output: {destination: file}}", EVENTHUB_CONNECTION_STRING=KEY)
        assert found.masked()["output"]["event_hub"]["connection_string"] == "***"

    def test_no_representation_shows_one(self, loaded):
        text = f"simulator:\n  output:\n    event_hub:\n      connection_string: {CONNECTION}\n"
        assert KEY not in repr(loaded(text))

    @pytest.mark.parametrize("value", [f"[{KEY}]", "12345678", '""'])
    def test_no_error_shows_one(self, loaded, value: str):
        with pytest.raises(ConfigError) as caught:
            loaded(f"simulator:\n  output:\n    event_hub:\n      connection_string: {value}\n")
        assert KEY not in str(caught.value) and "5678" not in str(caught.value)

    def test_a_secret_that_stands_under_another_key_is_not_shown(self, loaded):
        with pytest.raises(ConfigError) as caught:
            loaded(f"simulator:\n  output:\n    destination: {CONNECTION}\n    batch_size: ${{A}}\n", A=KEY)
        assert KEY not in str(caught.value)
