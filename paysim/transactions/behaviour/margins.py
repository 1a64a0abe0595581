"""What a valid configuration makes of its transactions: what `auto` comes to, and what its author may not expect."""

from collections.abc import Iterator, Mapping

from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES

from .amount_distributions import cut_mean, mean_before_cut
from .joint_table import COUNTRY, METHOD, joint_table

_MOVED = 0.05  # share of the mean by which the cut to min..max may move it without a word
_LISTED = 0.01  # share of a country's payments from which on a method is named


def mix_lines(config: Config) -> Iterator[str]:
    """What each key that is `auto` comes to, a line each; for methods one a country too."""
    patterns, mix = config.transaction.patterns, mix_of(config.transaction)
    for key, shares in (
        ("payment_methods", mix.methods),
        ("payment_status", mix.statuses),
        ("channels", mix.channels),
        ("merchant_categories", mix.categories),
    ):
        if getattr(patterns, key) == "auto":
            yield f"{key}: {_listed(shares)}"
    if patterns.payment_methods == "auto":
        table = joint_table(config.transaction).margin(METHOD, COUNTRY)
        for country in patterns.countries:
            column = table[:, COUNTRIES.names.index(country)]
            shares = dict(zip(METHODS.names, (column / column.sum()).tolist(), strict=True))
            yield f"{country}: {_listed({name: share for name, share in shares.items() if share >= _LISTED})}"


def _listed(shares: Mapping[str, float]) -> str:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {100 * share:.2g} %" for name, share in ordered)


def margin_warnings(config: Config) -> list[str]:
    """What to tell a user before a run, besides `paysim.config.warnings`."""
    return list(_means(config))


def _means(config: Config) -> Iterator[str]:
    amounts = config.transaction.patterns.amounts
    shapes = {"": amounts, **{f"by_method.{method}.": amounts.of(method) for method in amounts.by_method}}
    for where, shape in shapes.items():
        asked, found = mean_before_cut(shape), cut_mean(shape)
        if abs(found - asked) > _MOVED * asked:
            yield (
                f"transaction.patterns.amounts.{where}mean: the cut to {shape.min:g}..{shape.max:g} moves the mean "
                f"from {asked:,.2f} to {found:,.2f} {shape.currency}"
            )
