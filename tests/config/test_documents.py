"""What is written of the schema: the guide's table, the example file and the schema for editors say what is so."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from paysim.config.documents import editor_schema, example, guide, presets, scenarios
from paysim.config.documents.options import options
from paysim.config.loader import ConfigError, load

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [
        ROOT / "config" / "simulator_config.yaml",
        *(ROOT / "config" / "scenarios").glob("*.yaml"),
        *(ROOT / "config" / "mappings").glob("*.yaml"),
        *(ROOT / "docs" / "examples").glob("*.yaml"),
    ]
)
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: a time is text."""


Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def is_valid(text: str) -> bool:
    return jsonschema_rs.is_valid(editor_schema.schema(), yaml.load(text, Loader))


@pytest.mark.parametrize(
    ("path", "fresh"),
    [
        (guide.PATH, lambda: guide.inserted((ROOT / guide.PATH).read_text(encoding="utf-8"))),
        (example.PATH, example.text),
        (editor_schema.PATH, editor_schema.text),
        (presets.PATH, presets.text),
        (scenarios.PATH, scenarios.text),
    ],
    ids=["guide", "example", "schema for editors", "presets", "scenarios"],
)
def test_each_document_is_that_of_the_schema(path, fresh):
    assert (ROOT / path).read_text(encoding="utf-8") == fresh(), "stale: python -m paysim.config.documents"


def test_every_option_is_explained_in_words_of_its_own():
    found = [option for option in options() if not option.is_section]
    found += [item for option in found for item in option.items]
    assert len(found) > 80
    assert [option.keys for option in found if len(option.meaning) < 8] == []
    meanings = [option.meaning for option in found]
    assert sorted(meanings) == sorted(set(meanings))


def test_table_example_and_editor_say_the_same_of_an_option():
    meaning = "Begin a new file after so many MB."
    assert f"| `output.file.rotate_mb` | `null` | a number above 0 |  | {meaning} |" in guide.table()
    assert f"##      {meaning}\n#       rotate_mb: null\n" in example.text()
    assert editor_schema.schema()["$defs"]["FileOutput"]["properties"]["rotate_mb"]["description"] == meaning


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_configuration_file_names_the_schema_and_fits_it(path: Path):
    text = path.read_text(encoding="utf-8")
    named = MODELINE.fullmatch(text.splitlines()[0])
    assert named
    schema = json.loads((path.parent / named.group(1)).read_text(encoding="utf-8"))
    assert list(jsonschema_rs.validator_for(schema).iter_errors(yaml.load(text, Loader))) == []


def test_the_example_fits_the_schema_with_and_without_its_comments():
    text = example.text()
    bare = "\n".join(line if line.startswith("##") else re.sub("^# ?", "", line) for line in text.splitlines())
    assert is_valid(text)
    assert is_valid(bare)


RIGHT = [
    "output: {batch_size: 10}",
    "output:\n    batch_size: ${BATCH:-10}",
    "output: {destination: '${WHERE}'}",
    "output: {event_hub: {connections: auto, send_timeout: 1m30s}}",
    "load: {stages: [{duration: 5m, users: 3}]}",
    "load: {stages: [{duration: 300, users: 3, rate: null}]}",
    "transaction: {patterns: {payment_methods: {credit_card: 2}}}",
    "transaction: {timestamps: {start: 2026-01-05T00:00:00Z}}",
    "verify: {enabled: auto}",
    "verify: {enabled: true}",
]
WRONG = [
    "output: {batchsize: 10}",
    "output: {batch_size: 0}",
    "output: {batch_size: ten}",
    "output: {destination: kafka}",
    "output: {event_hub: {send_timeout: 0}}",
    "output: {event_hub: {send_timeout: soon}}",
    "output: {event_hub: {connections: 1001}}",
    "load: {stages: [{users: 3}]}",
    "transaction: {patterns: {payment_methods: {cheque: 2}}}",
    "transaction: {violations: {duplicate: 2}}",
    "thresholds: {error_rate: 2}",
    "verify: {enabled: sometimes}",
]


@pytest.mark.parametrize("text", RIGHT)
def test_an_editor_takes_what_the_loader_takes(text: str, tmp_path: Path):
    path = tmp_path / "right.yaml"
    path.write_text(f"simulator:\n  {text}\n", encoding="utf-8")
    load(path, environ={"WHERE": "stdout"})
    assert is_valid(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", WRONG)
def test_an_editor_marks_what_the_loader_refuses(text: str, tmp_path: Path):
    path = tmp_path / "wrong.yaml"
    path.write_text(f"simulator:\n  {text}\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        load(path, environ={})
    assert not is_valid(path.read_text(encoding="utf-8"))
