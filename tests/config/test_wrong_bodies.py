"""Forty wrong mappings: each is one readable line with the file, the line of the mistake and what is meant."""

from pathlib import Path

import pytest

from paysim.config.errors import ConfigError
from paysim.config.loader import load

HEAD = "simulator:\n  transaction:\n    mapping:\n"
NO_FIELD = "is not a field of a transaction"

# What stands below `mapping`, the line of the mistake in it, and what is said after the line's number.
WRONG: list[tuple[str, int, str]] = [
    ('body: {id: "{transactionid}"}', 1, f"body.id: transactionid {NO_FIELD}; did you mean transaction_id?"),
    ('body: {card: "{last4}"}', 1, f"body.card: last4 {NO_FIELD}; did you mean payment_details.last4?"),
    ('body: {where: "{location}"}', 1, "body.where: location is an object; name a field of it, such as location.city"),
    ('body:\n  a: 1\n  sum: "{amount|minorunits}"', 3, "minorunits is not a filter; did you mean minor_units?"),
    ('body: {c: "{currency|minor_units}"}', 1, "body.c: minor_units takes an amount, and currency is a currency there"),
    ('body: {a: "{amount|upper}"}', 1, "body.a: upper takes text, and amount is an amount there"),
    ('body: {a: "{amount|pad:9}"}', 1, "body.a: pad takes a whole number or text, and amount is an amount there"),
    ('body: {a: "{amount|minor_units|pad}"}', 1, "body.a: pad needs a width from 1 to 999, as pad:…"),
    ('body: {a: "{amount|minor_units|pad:x}"}', 1, "body.a: pad needs a width from 1 to 999, not x"),
    ('body: {a: "{customer_name|upper:3}"}', 1, "body.a: upper takes no argument, and 3 is given"),
    ('body: {a: "{customer_name|cut:0}"}', 1, "body.a: cut needs a length from 1 to 999, -4 for the last four, not 0"),
    ('body: {a: "{transaction_timestamp|date:hh:mm:SS}"}', 1, "date needs a form made of YYYY, MM, DD, hh, mm and ss"),
    ('body: {a: "{customer_id|numeric_country}"}', 1, "numeric_country takes a country, and customer_id is text there"),
    ('body: {a: "{customer_id|epoch_s}"}', 1, "body.a: epoch_s takes a time, and customer_id is text there"),
    ('body: {a: "{amount"}', 1, 'has a "{" without its other; a brace itself is written twice, as {{'),
    ('body: {a: "amount}"}', 1, 'has a "}" without its other; a brace itself is written twice, as }}'),
    ('body: {a: "{}"}', 1, "has {} without a field in it"),
    ('body: {a: "{amount|}"}', 1, "{amount|} lacks a name; the form is {field} or {field|filter|filter:argument}"),
    ("body:\n  a:\n    b: {amount}", 3, 'is a mapping, as YAML reads {amount} without quotes; write "{amount}"'),
    ("body: {a: {copy: amount}}", 1, 'body.a: copy stands in mapping.add alone; in a body write "{amount}"'),
    ("body: {a: {field: channel, values: {web: w}}}", 1, "has values and field; write {of: channel, values: …}"),
    ("body: {}", 1, "body: is empty; give the document that goes out, or leave body out"),
    ('body: {a: "{metadata.fraud_indicators} there"}', 1, "metadata.fraud_indicators is a list, which cannot be part"),
    ('body: {"parties[0]": {id: 1}}', 1, "parties[0] makes no list; write parties: with a list of values below it"),
    ('body: {"{channel}": 1}', 1, "names are taken as they stand; a template is a value"),
    ("body:\n  a:\n    when: {payment_statu: completed}\n    then: 1", 3, f"payment_statu {NO_FIELD}; did you mean"),
    (
        "body: {a: {when: {payment_status: complete}, then: 1}}",
        1,
        "is never complete; did you mean completed",
    ),
    ("body: {a: {when: {payment_details.brand: vissa}, then: 1}}", 1, "is never vissa; did you mean visa?"),
    ("body: {a: {when: {amount: 5}, then: 1}}", 1, "amount differs with every transaction; a condition asks for"),
    ("body: {a: {when: {channel: web}}}", 1, "body.a: has a when, and neither then nor else"),
    ("body: {a: {when: {channel: web}, than: 1, else: 2}}", 1, "has when, then and else, and no than; did you mean"),
    ("body: {a: {then: 1, else: 2}}", 1, "body.a: has then and else, and no when"),
    ("body: {a: {when: {}, then: 1}}", 1, "body.a.when: names no field; give one or more"),
    ("body: {when: {channel: web}, then: {a: 1}}", 1, "body: needs an else here: every transaction has to have a"),
    ("body: {a: {of: chanel, values: {web: 1}}}", 1, f"body.a.of: chanel {NO_FIELD}; did you mean channel?"),
    ("body: {a: {of: channel, values: {webb: 1}}}", 1, "channel is never webb; did you mean web?"),
    ('body: {a: {of: "{channel}", values: {web: 1}}}', 1, "takes the name of a field, without braces and filters"),
    ("body: {a: {of: amount, values: {1: 2}}}", 1, "amount differs with every transaction; a table is for fields"),
    ('body: {a: {of: channel, values: {web: "{amount}"}}}', 1, "takes no template, and {amount} is one"),
    ("body: {a: 1}\nrename: {amount: sum}", 2, "rename: stands beside a body, which says already where each field"),
    ("add: {a: {copy: payment_status, values: {completed: ok}}}", 1, "copy stands alone and directly below a path"),
    ("add: {a: {b: {copy: amount}}}", 1, "add.a.b: copy stands alone and directly below a path of add"),
    ('add: {a: "pay-{transaction_id}"}', 1, "add.a: is a constant, and {transaction_id} in it is not filled in"),
    ('add: {a: ["{amount}"]}', 1, "add.a[0]: is a constant, and {amount} in it is not filled in"),
    ("add: {a: {amount}}", 1, "add.a: takes no template, and {amount} is one; write a body"),
    ("rename: {customer_id: 'parties[0].id'}", 1, "parties[0].id makes no list; a list stands in mapping.body"),
    ("rename: {customer_id: 'c-{channel}'}", 1, "rename.customer_id: is a name, and {channel} in it is not filled in"),
    ("values: {channel: {web: '{amount}'}}", 1, "values.channel.web: takes no template, and {amount} is one"),
    ("preset: cloudevent", 1, 'not "cloudevent"; did you mean cloudevents?'),
    ("preset: cloudevents\nbody: {a: 1}", 2, "body: stands beside the preset cloudevents, which is a whole mapping"),
    ("preset: charge_event", 1, "is for credit_card and debit_card, and payment_methods has bank_transfer"),
    ('properties: {paysim-run: "1"}', 1, "properties.paysim-run: names that begin with paysim- are paysim's own"),
    ("properties: {a: [1]}", 1, "properties.a: is an object or a list; a property is one value"),
    ('properties: {a: "{amoun}"}', 1, f"properties.a: amoun {NO_FIELD}; did you mean amount?"),
    ('properties: {a: "{metadata.fraud_indicators}"}', 1, "metadata.fraud_indicators is a list; a property is one"),
]


@pytest.mark.parametrize(("text", "line", "said"), WRONG, ids=[text for text, _, _ in WRONG])
def test_a_wrong_mapping_is_one_readable_error(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD + "".join(f"      {each}\n" for each in text.split("\n")))
    with pytest.raises(ConfigError) as caught:
        load(path, environ={})
    [only] = str(caught.value).splitlines()
    assert only.startswith(f"{path}:{3 + line}: transaction.mapping.")
    assert said in only


def test_there_are_at_least_forty() -> None:
    assert len(WRONG) >= 40


def test_a_partition_key_that_is_no_field_is_one_error_too(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("simulator:\n  output: {event_hub: {partition_by: customerid}}\n")
    with pytest.raises(ConfigError, match=r"round_robin or a field .*, not customerid; did you mean customer_id"):
        load(path, environ={})
