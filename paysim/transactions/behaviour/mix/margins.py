"""What a valid configuration makes of its transactions: what `auto` comes to, and what its author may not expect."""

from collections.abc import Iterator, Mapping

from paysim.config.capacity import peak_rate
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.transactions.behaviour import pace
from paysim.transactions.behaviour.amounts.amount_distributions import cut_mean, mean_before_cut
from paysim.transactions.behaviour.mix.joint_table import COUNTRY, METHOD, joint_table
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES

_MOVED = 0.05  # share of the mean by which the cut to min..max may move it without a word


def mix_lines(config: Config, full: bool = False) -> Iterator[str]:
    """A line for each key that is `auto`: its shares. full: methods of every country too, not only the commonest."""
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
        by_country = {
            country: _listed(
                dict(zip(METHODS.names, table[:, COUNTRIES.names.index(country)].tolist(), strict=True)),
                None if full else 1,
            )
            for country in patterns.countries
        }
        if full:
            yield from (f"payment_methods of {country}: {shares}" for country, shares in by_country.items())
        else:
            firsts = ", ".join(f"{country} {share}" for country, share in by_country.items())
            yield f"payment_methods, the first of each country: {firsts}"


def _listed(weights: Mapping[str, float], count: int | None = None) -> str:
    """The `count` largest shares, largest first, without those that round to nothing."""
    whole = sum(weights.values())
    ordered = sorted(weights.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {100 * weight / whole:.2g} %" for name, weight in ordered[:count] if weight > 0)


def margin_warnings(config: Config) -> list[str]:
    """What to tell a user before a run, besides `paysim.config.warnings`."""
    return [*_means(config), *_people(config)]


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
