"""Episodes of one scenario to look at: the first of a small data set that has some of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from paysim.config.mix import mix_of
from paysim.config.schema import Config, Transaction
from paysim.contract.labels import SCENARIOS, Scenario

from . import generate
from .generate import Row

_SHARE_OF_BURSTS, _SHARE = 0.5, 0.05
_ID = re.compile(rb"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_FEWEST = 1_200  # of one payment method: what one batch of a data set has sent the next can refund
_ROOM = 4
_START, _DAYS = datetime(2026, 1, 1, tzinfo=UTC), 100
"""The window of what is about follow-ups, where none is configured: disputes come weeks after their payments."""


class NoEpisode(ValueError):
    """This configuration cannot have the scenario; the text is one line for the user."""


@dataclass(frozen=True, slots=True)
class Episode:
    """before: good transactions that it refers to, such as what a refund refunds. rows: its own. after: good ones that
    follow its payment. All by time."""

    before: list[Row]
    rows: list[Row]
    after: list[Row]


def first(config: Config, name: str, count: int, seed: int | None = None) -> list[Episode]:
    """The first `count` episodes of a scenario, each of them whole. Raises NoEpisode, and UnknownEntry."""
    scenario = SCENARIOS[name]
    methods = mix_of(config.transaction).methods
    length = scenario.length
    wanted = _SHARE if length == 1 else _SHARE_OF_BURSTS
    share = min(wanted, scenario.possible(methods)) or wanted
    total = round(max(_FEWEST, _ROOM * count * length / share) / max(methods.values()))
    transaction = _followed(config.transaction) if scenario.in_lifecycle else config.transaction
    transaction = transaction.model_copy(update={"violations": {name: share}})
    plan = generate.plan(config.model_copy(update={"transaction": transaction}), total=total, seed=seed)
    for path, message in plan.config.transaction.faults():
        if path[0] in ("violations", "lifecycle"):
            raise NoEpisode(f"{name} {message}" if path[0] == "violations" else f"{name} takes lifecycle: {message}")
    rows = [row for rows in generate.slices(plan) for row in rows]
    found = list(islice(_episodes(rows, scenario), count))
    if not found:
        raise NoEpisode(f"{name} changes nothing that this configuration sends")
    return found


def _followed(transaction: Transaction) -> Transaction:
    """The same with all that follows payments, over months where no window is configured."""
    times = transaction.timestamps
    if times.days is None:
        times = times.model_copy(update={"mode": "replay", "start": _START, "end": _START + timedelta(_DAYS)})
    return transaction.model_copy(update={"lifecycle": "full", "lifecycle_speedup": "auto", "timestamps": times})


def _episodes(rows: list[Row], scenario: Scenario) -> Iterator[Episode]:
    members: dict[bytes, list[int]] = {}
    for at, row in enumerate(rows):
        if row.label == scenario.name:
            members.setdefault(row.part.episode if row.part else row.id, []).append(at)
    for places in members.values():
        own = [rows[at] for at in places]
        named = set().union(*map(_named, own), (row.part.episode for row in own if row.part))
        ids = {row.id for row in own}
        after = [row for row in rows[places[0] :] if row.label is None and ids & _named(row)]
        yield Episode(
            [row for row in rows[: places[0]] if row.label is None and row.id in named],
            own,
            after if scenario.in_lifecycle else [],
        )


def _named(row: Row) -> set[bytes]:
    """All ids that stand in a body."""
    return {UUID(text.decode()).bytes for text in _ID.findall(row.body)}
