"""What a valid configuration makes of its transactions that its author may not expect: one line each, with its key."""

from collections.abc import Iterator, Mapping

import numpy as np

from paysim.config.capacity import peak_rate
from paysim.config.schema import Config
from paysim.contract.codes import CHANNELS
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import by_name

from . import pace
from .amount_distributions import cut_mean, mean_before_cut
from .habits import channels_by_method

_MOVED = 0.05  # share of the mean by which the cut to min..max may move it without a word
_MISSED = 0.005  # share of all payments by which channels may miss their weights without a word


def margin_warnings(config: Config) -> list[str]:
    """What to tell a user before a run, besides `paysim.config.warnings`."""
    return [*_means(config), *_channels(config), *_people(config)]


def _people(config: Config) -> Iterator[str]:
    transaction, key = config.transaction, "transaction.population"
    size, rate = transaction.population, peak_rate(config)
    if size.activity != "auto":
        yield (
            f"{key}.activity: a Zipf exponent lets a few people pay most, as often as that takes; auto is as people are"
        )
    if (needed := pace.people_needed(transaction)) is not None:
        yield (
            f"{key}.customers: {size.customers:,} are too few for a total of {transaction.volume.total:,}: some pay "
            f"more than most_per_day {size.most_per_day}; that takes {needed:,}"
        )
    active = pace.active(transaction)
    if active is not None and rate is not None and rate > active / pace.A_SECOND:
        each = "each worker has people of its own for" if size.customers == "auto" else "there are people for"
        yield (
            f"{key}.customers: at {rate:,g} transactions/s some pay more than six times in ten minutes, or twice "
            f"within 20 s; {each} {active / pace.A_SECOND:,.0f}/s"
        )


def _means(config: Config) -> Iterator[str]:
    amounts = config.transaction.patterns.amounts
    shapes = {"": amounts, **{f"by_method.{method}.": amounts.of(method) for method in amounts.by_method}}
    for where, shape in shapes.items():
        if shape.shape is None:
            continue
        asked, found = mean_before_cut(shape), cut_mean(shape)
        if abs(found - asked) > _MOVED * asked:
            yield (
                f"transaction.patterns.amounts.{where}mean: the cut to {shape.least:g}..{shape.most:g} moves the mean "
                f"from {asked:,.2f} to {found:,.2f} {shape.currency}"
            )


def _channels(config: Config) -> Iterator[str]:
    patterns = config.transaction.patterns
    methods, wanted = patterns.payment_methods, by_name(patterns.channels)
    table = channels_by_method(methods, wanted)
    found = sum((methods[method] * shares for method, shares in table.items()), np.zeros(len(CHANNELS)))
    for channel, share in zip(CHANNELS, found.tolist(), strict=True):
        if abs(share - wanted.get(channel, 0.0)) > _MISSED:
            yield (
                f"transaction.patterns.channels.{channel}: {share:.1%} instead of {wanted.get(channel, 0.0):.1%}, as "
                f"{' and '.join(_limited(methods))}"
            )


def _limited(methods: Mapping[str, float]) -> list[str]:
    """What limits the channels of these payment methods."""
    unused: dict[str, list[str]] = {}
    for name in methods:
        for channel in sorted(METHODS[name].unused_channels):
            unused.setdefault(channel, []).append(name)
    return [f"{' and '.join(names)} have no channel {channel}" for channel, names in unused.items()]
