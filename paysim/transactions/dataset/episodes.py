"""Episodes of one scenario to look at: the first of a small data set that has some of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.labels import SCENARIOS, Scenario

from . import generate
from .generate import Row

_SHARE_OF_BURSTS, _SHARE = 0.5, 0.05
_ID = re.compile(rb"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_FEWEST = 1_200  # of one payment method: what one batch of a data set has sent the next can refund
_ROOM = 4


class NoEpisode(ValueError):
    """This configuration cannot have the scenario; the text is one line for the user."""


@dataclass(frozen=True, slots=True)
class Episode:
    """before: good transactions that it refers to, such as what a refund refunds. rows: its own. Both by time."""

    before: list[Row]
    rows: list[Row]


def first(config: Config, name: str, count: int, seed: int | None = None) -> list[Episode]:
    """The first `count` episodes of a scenario, each of them whole. Raises NoEpisode, and UnknownEntry."""
    scenario = SCENARIOS[name]
    methods = mix_of(config.transaction).methods
    length = scenario.length
    wanted = _SHARE if length == 1 else _SHARE_OF_BURSTS
    share = min(wanted, scenario.possible(methods)) or wanted
    total = round(max(_FEWEST, _ROOM * count * length / share) / max(methods.values()))
    transaction = config.transaction.model_copy(update={"violations": {name: share}})
    plan = generate.plan(config.model_copy(update={"transaction": transaction}), total=total, seed=seed)
    for path, message in plan.config.transaction.faults():
        if path[0] == "violations":
            raise NoEpisode(f"{name} {message}")
    rows = [row for rows in generate.slices(plan) for row in rows]
    found = list(islice(_episodes(rows, scenario), count))
    if not found:
        raise NoEpisode(f"{name} changes nothing that this configuration sends")
    return found


def _episodes(rows: list[Row], scenario: Scenario) -> Iterator[Episode]:
    members: dict[bytes, list[int]] = {}
    for at, row in enumerate(rows):
        if row.label == scenario.name:
            members.setdefault(row.part.episode if row.part else row.id, []).append(at)
    for places in members.values():
        own = [rows[at] for at in places]
        named = {UUID(text.decode()).bytes for row in own for text in _ID.findall(row.body)}
        named |= {row.part.episode for row in own if row.part}
        yield Episode([row for row in rows[: places[0]] if row.label is None and row.id in named], own)
