"""A reload changes live keys only, all or nothing."""

import pytest

from paysim.config.reload import changes
from paysim.config.schema import Config


def config(**sections):
    return Config.model_validate(sections)


def test_equal_configurations_have_no_changes():
    assert changes(config(), config()) == []


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"transaction": {"volume": {"rate": 5}}}, "transaction.volume.rate"),
        ({"transaction": {"patterns": {"amounts": {"mean": 90}}}}, "transaction.patterns.amounts.mean"),
        ({"transaction": {"violations": {"zero_amount": 0.1}}}, "transaction.violations"),
        ({"output": {"batch_size": 5}}, "output.batch_size"),
        ({"output": {"linger_ms": 5}}, "output.linger_ms"),
        ({"output": {"rate_limit": 5}}, "output.rate_limit"),
        ({"thresholds": {"p95_ms": 5}}, "thresholds.p95_ms"),
        ({"logging": {"level": "DEBUG"}}, "logging.level"),
    ],
)
def test_live_keys(sections, key):
    (change,) = changes(config(), config(**sections))
    assert change.key == key
    assert change.live


@pytest.mark.parametrize(
    "sections",
    [
        {"seed": 1},
        {"output": {"destination": "file"}},
        {"output": {"event_hub": {"allowed_targets": ["a/b"]}}},
        {"output": {"event_hub": {"connections": 7}}},
        {"transaction": {"population": {"customers": 7}}},
        {"transaction": {"mapping": {"drop": ["metadata"]}}},
        {"load": {"speedup": 2}},
        {"logging": {"format": "json"}},
        {"verify": {"timeout": 5}},
    ],
)
def test_all_else_is_not_live(sections):
    assert [change.live for change in changes(config(), config(**sections))] == [False]


def test_a_change_reads_as_a_line():
    weights = {"transaction": {"patterns": {"payment_methods": {"credit_card": 1}}}}
    (change,) = changes(config(transaction={"patterns": {"payment_methods": {"debit_card": 1}}}), config(**weights))
    assert str(change) == "transaction.patterns.payment_methods: {debit_card: 1} → {credit_card: 1}"
    assert str(changes(config(), config(output={"rate_limit": 50}))[0]) == "output.rate_limit: null → 50"


def test_a_secret_is_compared_and_not_shown():
    strings = [f"Endpoint=sb://localhost;SharedAccessKeyName=n;SharedAccessKey={key};EntityPath=e" for key in "ab"]
    one, other = (config(output={"event_hub": {"connection_string": text}}) for text in strings)
    (change,) = changes(one, other)
    assert change.key == "output.event_hub.connection_string"
    assert "SharedAccessKey=" not in str(change)
