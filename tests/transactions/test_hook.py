"""Functions of the user's own on each transaction: what they return goes out, and numbers have no gaps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from paysim.config.sections.mapping import Mapping
from paysim.contract.identity import sequence_of
from paysim.transactions import hook
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.hook import HookError
from paysim.transactions.schema import avro_schema
from tests.support.avro import parsed, read
from tests.support.transactions import MOMENT, RUN, config

REPLAY: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-01-08T00:00:00Z"},
    "volume": {"total": 1000},
}
FEW = {"customers": 60, "merchants": 60}
Document = dict[str, Any]


def hooked(*functions: hook.Function, **more: Any) -> TransactionGenerator:
    more.setdefault("population", FEW)
    return TransactionGenerator(config(**more), run=RUN, producer=0, clock=lambda: MOMENT, functions=functions)


def marked(document: Document) -> Document:
    document["mark"] = document["amount"] * 2
    return document


def documents(generator: TransactionGenerator, *sizes: int, method: str = "credit_card") -> Iterator[Document]:
    """Events in the order in which they are handed out; their numbers are 0, 1, 2, …"""
    number = 0
    for size in sizes:
        batch = generator.batch(method, size)
        for body, id_ in zip(batch.bodies, batch.ids, strict=True):
            assert sequence_of(id_) == number
            number += 1
            yield orjson.loads(body)
    assert generator.next_sequence == number


@pytest.mark.parametrize("more", [{}, REPLAY], ids=["live", "replay"])
def test_what_the_function_returns_goes_out(more: dict[str, Any]) -> None:
    generator = hooked(marked, patterns={"payment_status": {"completed": 1, "refunded": 0.5}}, **more)
    found = list(
        documents(generator, 1, 40, 1, 1) if not more else map(orjson.loads, generator.batch("credit_card", 80).bodies)
    )
    assert {each["transaction_type"] for each in found} == {"payment", "refund"}
    assert all(each["mark"] == each["amount"] * 2 for each in found)
    assert generator.hook is not None and generator.hook.calls == len(found) and generator.hook.seconds > 0


def test_functions_are_called_in_turn_and_may_return_another_document() -> None:
    found = list(documents(hooked(marked, lambda document: {"only": document["mark"]}), 20))
    assert all(list(each) == ["only"] for each in found)


def test_a_transaction_that_is_dropped_gives_its_number_and_its_place_to_another() -> None:
    generator = hooked(lambda document: document if document["channel"] == "web" else None)
    assert {each["channel"] for each in documents(generator, 1, 1, 60, 1)} == {"web"}
    assert generator.hook is not None
    assert generator.hook.calls - generator.hook.dropped == 63 and generator.hook.dropped > 10


def test_nothing_that_was_dropped_is_refunded_or_repeated() -> None:
    sent: set[str] = set()

    def only_small(document: Document) -> Document | None:
        return document if document["amount"] < 20 else None

    patterns = {"payment_status": {"completed": 1, "refunded": 1}}
    generator = hooked(only_small, patterns=patterns, violations={"duplicate": 0.2})
    refunds = repeats = 0
    for _ in range(12):
        batch = generator.batch("credit_card", 50)
        for at, body in enumerate(batch.bodies):
            document = orjson.loads(body)
            if batch.labels.get(at) == "duplicate":
                assert document["transaction_id"] in sent
                repeats += 1
            elif document["transaction_type"] == "refund":
                assert document["original_transaction_id"] in sent
                refunds += 1
            sent.add(document["transaction_id"])
            assert document["amount"] < 20
    assert refunds > 50 and repeats > 50


def test_a_copy_has_the_body_of_what_it_repeats_and_is_not_handed_to_the_function_again() -> None:
    numbers = iter(range(10**6))
    generator = hooked(lambda document: document | {"number": next(numbers)}, violations={"duplicate": 0.3})
    batch = generator.batch("credit_card", 200)
    bodies = dict[bytes, bytes]()
    for at, (id_, body) in enumerate(zip(batch.ids, batch.bodies, strict=True)):
        if batch.labels.get(at) == "duplicate":
            assert bodies[id_] == body
        bodies[id_] = body
    assert len(batch.labels) > 20


def test_bodies_that_are_no_documents_pass_by() -> None:
    batch = hooked(marked, violations={"malformed_json": 0.5, "negative_amount": 0.5}).batch("credit_card", 100)
    for at, body in enumerate(batch.bodies):
        if batch.labels.get(at) == "negative_amount":
            assert orjson.loads(body)["mark"] < 0
        else:
            assert b'"mark"' not in body


def test_an_avro_event_is_a_document_too_and_goes_out_by_its_schema() -> None:
    schema = parsed(avro_schema(Mapping(body={"id": "{transaction_id}", "sum": "{amount}"})))
    generator = hooked(
        lambda document: document | {"sum": 1.5},
        mapping={"body": {"id": "{transaction_id}", "sum": "{amount}"}},
        output={"format": "avro"},
    )
    assert {read(body, schema)["sum"] for body in generator.batch("credit_card", 20).bodies} == {1.5}


def raising(document: Document) -> Document:
    raise ValueError("no such tier")


WRONG: list[tuple[Callable[..., Any], str]] = [
    (raising, r"sometimes \(test_hook.py:[0-9]+\) raised ValueError: no such tier"),
    (lambda document: [document], r"sometimes \(test_hook.py:[0-9]+\) returned list; return the document, or None"),
    (lambda document: {"a": object()}, r"returned is no JSON: "),
    (lambda document: None, r"on_transaction drops nearly all: [0-9,]+ of [0-9,]+ transactions"),
]


@pytest.mark.parametrize(("function", "said"), WRONG, ids=["raises", "a list", "no JSON", "drops all"])
def test_a_function_that_fails_is_one_line_and_leaves_no_gap(function: Callable[..., Any], said: str) -> None:
    failing = False

    def sometimes(document: Document) -> Document | None:
        return function(document) if failing else document

    generator = hooked(sometimes)
    generator.batch("credit_card", 20)
    failing = True
    with pytest.raises(HookError, match=said) as caught:
        generator.batch("credit_card", 20)
    assert "\n" not in str(caught.value)
    failing = False
    assert generator.next_sequence == 20
    assert [sequence_of(each) for each in generator.batch("credit_card", 5).ids] == [20, 21, 22, 23, 24]


FILES = [
    (None, "No such file or directory"),
    ("x = 1\n", "registers no function; put @paysim.on_transaction above one"),
    ("def x(:\n", ":1: invalid syntax"),
    ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
]


@pytest.mark.parametrize(("text", "said"), FILES, ids=["none", "empty", "syntax", "import"])
def test_a_file_without_a_function_is_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "changes.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(HookError) as caught:
        hook.of_file(path)
    assert str(caught.value).startswith(str(path)) and said in str(caught.value)
    assert hook.REGISTERED == []


def test_a_file_is_read_and_leaves_no_function_behind(tmp_path: Path) -> None:
    path = tmp_path / "changes.py"
    path.write_text("import paysim\n\n@paysim.on_transaction\ndef change(document):\n    return {'a': 1}\n")
    [function] = hook.of_file(path)
    assert function({}) == {"a": 1} and hook.REGISTERED == []
