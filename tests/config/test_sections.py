"""What every section promises: a default for each key, and durations in the words people use."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, SecretStr

from paysim.config.loader import ConfigError, load
from paysim.config.other_words import MEANT
from paysim.config.schema import Config
from paysim.config.sections.base import IS_DURATION
from paysim.config.yaml.messages import annotation_of, literals, unwrapped

Sections = Iterator[tuple[tuple[str, ...], type[BaseModel]]]


def sections(model: type[BaseModel] = Config, keys: tuple[str, ...] = ()) -> Sections:
    """Every section that stands under a key of its own, and where."""
    yield keys, model
    for name, field in model.model_fields.items():
        inner = unwrapped(annotation_of(field))
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from sections(inner, (*keys, name))


def is_there(keys: tuple[str, ...]) -> bool:
    """Whether a section has defaults, and is not left out where nothing names it."""
    section: object = Config()
    for key in keys:
        section = getattr(section, key)
    return section is not None


def below(keys: tuple[str, ...], value: object) -> object:
    for key in reversed(keys):
        value = {key: value}
    return value


def paths() -> set[str]:
    found = set()
    for keys, model in sections():
        for name, field in model.model_fields.items():
            found.add(".".join((*keys, name)))
            inner = unwrapped(annotation_of(field))
            if get_origin(inner) is dict:
                names = literals(get_args(inner)[0])
                found |= {".".join((*keys, name, str(each))) for each in names}
    return found


@pytest.fixture
def loaded(tmp_path):
    def loaded(simulator: object):
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump({"simulator": simulator}))
        return load(path, environ={})

    return loaded


@pytest.mark.parametrize(
    ("keys", "model"),
    [each for each in sections() if is_there(each[0])],
    ids=lambda value: ".".join(value) if type(value) is tuple else "",
)
def test_each_key_of_a_section_may_stand_alone(loaded, keys: tuple[str, ...], model: type[BaseModel]):
    defaults = loaded({}).config
    section = defaults
    for key in keys:
        section = getattr(section, key)
    assert loaded(below(keys, {})).config == defaults
    for name, value in section.model_dump().items():
        if not isinstance(value, dict | SecretStr | None):
            assert loaded(below(keys, {name: value})).config.output.batch_size == defaults.output.batch_size


def test_business_hours_take_their_end_and_weight_from_the_default(loaded):
    found = loaded({"transaction": {"timestamps": {"business_hours": {"start": "08:00"}, "evening": {"end": "23:00"}}}})
    timestamps = found.config.transaction.timestamps
    assert timestamps.business_hours.model_dump() == {"start": "08:00", "end": "17:00", "weight": 0.70}
    assert timestamps.evening.model_dump() == {"start": "17:00", "end": "23:00", "weight": 0.25}


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), (90, 90)])
def test_a_duration_is_seconds_in_what_is_printed(loaded, text: object, seconds: float):
    found = loaded({"load": {"stages": [{"duration": text, "users": 1}]}, "verify": {"timeout": text}})
    assert found.masked()["load"]["stages"][0]["duration"] == found.masked()["verify"]["timeout"] == seconds


def test_every_key_that_is_seconds_is_a_duration():
    found = set()
    stage = get_args(unwrapped(annotation_of(dict(sections())[("load",)].model_fields["stages"])))[0]
    for keys, model in [*sections(), (("load", "stages[]"), stage)]:
        for name, field in model.model_fields.items():
            if IS_DURATION in field.metadata:
                found.add(".".join((*keys, name)))
    assert found == {
        "output.event_hub.send_timeout",
        "output.event_hub.retry.initial_backoff",
        "output.event_hub.retry.max_backoff",
        "load.stages[].duration",
        "load.find_limit.hold",
        "load.find_limit.confirm",
        "thresholds.after",
        "verify.timeout",
        "pipeline.wait",
    }


@pytest.mark.parametrize("word", MEANT)
def test_a_word_of_another_file_leads_to_a_key_of_this_one(word: str):
    assert MEANT[word] in paths()


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ("abort: true", "thresholds.abort: needs a window over which a threshold is missed; set window, such as 30s"),
        ("window: 2s", "thresholds.window: must be a duration, 5 or more"),
        ("by_method: {cheque: {p95_ms: 3}}", "thresholds.by_method.cheque: unknown key"),
        ("by_method: {credit_card: {lost: 0}}", "thresholds.by_method.credit_card.lost: unknown key"),
        ("min_rate_share: 2", "thresholds.min_rate_share: must be a number from 0 to 1, not 2"),
    ],
)
def test_thresholds_say_what_is_wrong_with_them(thresholds: str, said: str, tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text(f"simulator: {{thresholds: {{{thresholds}}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(path, environ={})
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("beside", "fault"),
    [
        ({"load": {"stages": [{"duration": 5, "users": 1}]}}, "load.find_limit: has steps of its own"),
        ({"load": {"pattern": "weekly"}}, "load.find_limit: holds each rate; leave load.pattern out"),
        ({"transaction": {"volume": {"total": 5}}}, "transaction.volume.total: the search of load.find_limit ends by"),
        ({"output": {"rate_limit": 900}}, "output.rate_limit: 900 is below load.find_limit.to, 1,000"),
        ({"thresholds": {"after": "5s"}}, "thresholds.after: load.find_limit leaves out the beginning"),
        ({"thresholds": {"window": 5, "abort": True}}, "thresholds.abort: load.find_limit goes on where"),
        ({"load": {"find_limit": {"from": 2000, "to": 1000}}}, "load.find_limit.to: 1,000 is below `from`, 2,000"),
        ({"load": {"find_limit": {"from": 0, "to": 1000}}}, "load.find_limit.from: must be a number above 0, not 0"),
        ({"load": {"find_limit": {"to": 1000}}}, "load.find_limit.from: is missing"),
    ],
)
def test_a_search_for_the_limit_has_nothing_beside_it_that_steers_or_ends_the_run(
    loaded, beside: dict[str, dict[str, object]], fault: str
):
    find: dict[str, object] = {"find_limit": {"from": 100, "to": 1000}}
    with pytest.raises(ConfigError, match=re.escape(fault)):
        loaded({**beside, "load": {**find, **beside.get("load", {})}})
