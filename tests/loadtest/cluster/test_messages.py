"""Messages between master and workers: what is written is read, and nothing else is."""

import pytest
from locust.rpc import protocol

from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest.cluster import messages
from paysim.loadtest.cluster.budget import Standing
from paysim.loadtest.cluster.messages import (
    Admitted,
    Final,
    Finish,
    HubAsked,
    HubFound,
    Join,
    LeaseAsked,
    Leased,
    Message,
    Pace,
    Prepare,
    Ready,
    Reconfigure,
    Refused,
    Renew,
    RunBegins,
    UnreadableMessage,
    Welcome,
    read,
    write,
)
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.sending.account import Account
from tests.support.accounts import account

EACH = [
    Join(version="1.2.3", machine="here"),
    Welcome(refusal=None, producer=3, run=9, document={"simulator": {}}, target="ns/hub", variables="A", run_time=60.0),
    HubAsked(machine="here"),
    HubFound(connection_string=None),
    Ready(target="ns/hub", hub=HubIdentity("payments", "2026-01-01T00:00:00.000Z"), machine="here"),
    Admitted(refusal="no"),
    Refused(reason="why", exit_code=2, machine="here"),
    RunBegins(run="r", producers=2, pace=RateTarget(10.0, 0.5), phase=0.5, leased=True, records=True, run_time=None),
    Renew(run="r", at=1.5, holds=4),
    Pace(parts={"Payroll": 0.25}, run="r", number=1, at=1.5, pace=None, changes=True),
    LeaseAsked(run="r", standing=Standing(held=10, left=3, want=5)),
    Leased(n=5),
    Reconfigure(document={"simulator": {"seed": 1}}),
    Finish(),
    Final(report={"stats": []}),
    Prepare(run=7),
]


def packed(message):
    """As Locust sends it."""
    return protocol.Message.unserialize(protocol.Message("x", write(message), "node").serialize()).data


@pytest.mark.parametrize("message", EACH, ids=lambda message: type(message).__name__)
def test_what_is_written_is_read(message):
    assert read(type(message), packed(message)) == message


def test_these_are_all():
    assert {type(message) for message in EACH} == set(Message.__subclasses__())


def test_an_account_is_read_as_it_was_written():
    labels = {"x": {"payer": bytes(16)}}
    told = account(3, 1000, failed=2, unknown=3, late=7, repeats={"acked": b"12345678"}, labels=labels)
    assert read(Account, packed(told)) == told
    assert messages.read_account({"stats": []}) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "it speaks protocol none of paysim's messages, not 5: install the same paysim"),
        ({"version": "1", "machine": "m"}, "it speaks protocol none of paysim's messages"),
        ({"protocol": 1, "version": "1", "machine": "m"}, "it speaks protocol 1 of paysim's messages, not 5"),
        ({"protocol": 5, "version": "1"}, "its message has not the form of Join: machine: field required"),
        ({"protocol": 5, "version": "1", "machine": "m", "x": 1}, "form of Join: x: extra inputs are not permitted"),
        ({"protocol": 5, "version": [], "machine": "m"}, "form of Join: version: input should be a valid string"),
    ],
)
def test_a_foreign_message_is_refused_in_a_sentence(data, said):
    with pytest.raises(UnreadableMessage, match=said.replace(".", r"\.")):
        read(Join, data)
