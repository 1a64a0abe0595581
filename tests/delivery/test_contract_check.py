"""Bodies against contract and labels: what breaks the contract is exactly what is labelled so."""

import pytest

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.contract.labels import SCENARIOS
from paysim.delivery.contract_check import FIRST, ONE_IN, Contract, breaks
from paysim.transactions.generator import TransactionGenerator
from tests.support.scenarios import OF_PAYMENTS
from tests.support.transactions import ticking

ALONE = [name for name in OF_PAYMENTS if SCENARIOS[name].length == 1]
"""All but stories: each of their transactions is good by itself."""


@pytest.fixture(scope="module")
def sent() -> list[tuple[str | None, bytes]]:
    return made("json")


def made(form: str) -> list[tuple[str | None, bytes]]:
    names = [name for name in ALONE if form == "json" or SCENARIOS[name].in_avro]
    violations = dict.fromkeys(names, 0.6 / len(names))
    volume = {"total": 8000, "rate": 30_000}  # second messages come by the next batch
    config = Config.model_validate(
        {"seed": 5, "transaction": {"violations": violations, "volume": volume}, "output": {"format": form}}
    )
    generator = TransactionGenerator(config, run=Run.new(), producer=0, clock=ticking(1.0))
    batches = [generator.batch(method, 100) for method in ("credit_card", "bank_transfer") for _ in range(40)]
    return [(batch.labels.get(at), body) for batch in batches for at, body in enumerate(batch.bodies)]


def test_each_label_does_to_the_contract_what_is_known_of_it(sent):
    for wanted in (None, *ALONE):
        contract = Contract()
        for label, body in sent:
            if label == wanted:
                contract.check(label, body)
        assert (contract.bad, contract.good) == (0, 0), wanted
        assert contract.checked, wanted


def test_avro_bodies_are_held_against_the_contract_too():
    bodies = made("avro")
    for wanted in (None, *ALONE):
        contract = Contract()
        for label, body in bodies:
            if label == wanted:
                contract.check(label, body)
        assert (contract.bad, contract.good) == (0, 0), wanted
    good = next(body for label, body in bodies if label is None)
    for broken in (good + b"\x00", good[:-1], good[:40], b"\x48", good.replace(b"credit_card", b"credit-card")):
        contract = Contract()
        contract.check(None, broken)
        assert contract.bad == 1, broken


def test_a_broken_body_without_a_label_and_a_whole_one_with_one_are_counted(sent):
    contract = Contract()
    contract.check(None, b"{")
    contract.check("stale_timestamp", b"{")
    contract.check("zero_amount", next(body for label, body in sent if label is None))
    assert (contract.checked, contract.bad, contract.good) == (3, 2, 1)
    assert breaks("zero_amount") and not breaks("stale_timestamp") and not breaks(None)


def test_the_first_of_each_label_are_checked_and_then_one_in_a_hundred():
    contract = Contract()
    assert sum(contract.wants(None) for _ in range(FIRST + 10 * ONE_IN)) == FIRST + 10
    assert contract.wants("zero_amount")
