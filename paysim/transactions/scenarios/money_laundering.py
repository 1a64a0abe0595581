"""Money laundering: payments that are good one by one and hide where money comes from together.

Where money goes from person to person, the one who is paid is a merchant in their own name: its number is that of their
`customer_id` backwards.
"""

from dataclasses import replace

from paysim.facts import exchange, reporting

from .cast import Account, Cast
from .episodes import HOUR, MINUTE, Step, episode

TRANSFER = ("bank_transfer",)
_FIELDS = ("customer_id", "merchant_id", "merchant_name", "amount")
_MANY = 10
_NEAR = (0.88, 0.995)
"""Of the threshold, what the payments below it are."""


def _threshold(country: str) -> float:
    """US dollars that are reported in a country; in the euro area by the union's law, elsewhere as in the US."""
    rows = reporting.THRESHOLDS
    row = rows.get(country, rows["DE" if exchange.OF_COUNTRY.get(country) == "EUR" else "US"])
    return row.value / exchange.PER_DOLLAR[row.unit.split()[0]].value


def _transfer(cast: Cast, role: str, after: int, payer: int, to: Account, dollars: float) -> Step:
    _, shop, changes = to
    return Step(
        role=role, after=after, customer=payer, merchant=shop, channel="web", dollars=dollars, goes_through=True,
        changes=changes,
    )  # fmt: skip


@episode(6, "customer_id", "amount", best=("bank_transfer", "cryptocurrency"))
def structuring(cast: Cast) -> list[Step] | None:
    """Six payments by one customer within three days, each just under the sum that is reported in their country.

    Why: In the US more than 10,000 dollars in cash are reported. Who splits a sum stays below that, and nobody asks
    where it comes from.
    Pipeline: Add up what a customer pays in a week, and report who keeps just below the limit. Do not tell them.
    Source: 31 CFR 1010.311 and 1010.314; limits of other countries are in paysim/facts/reporting.py
    """
    customer = cast.someone()
    limit = _threshold(cast.country(customer))
    if limit > 1.5 * cast.most(customer):  # more than the scheme takes
        return None
    return [
        Step(
            role="payer", after=after, customer=customer, merchant=cast.shop(customer), channel="web",
            dollars=limit * cast.between(*_NEAR), goes_through=True,
        )
        for after in cast.gaps(6, HOUR, 14 * HOUR)
    ]  # fmt: skip


@episode(_MANY + 1, *_FIELDS, methods=TRANSFER)
def fan_in(cast: Cast) -> list[Step] | None:
    """Ten people pay into one person's account within two days, who sends nearly all of it on within hours.

    Why: Small sums of many people are noticed less than a large one of somebody.
    Pipeline: Look at accounts, not at payments: many payers in little time, and a balance that never stays.
    Source: FATF, Professional Money Laundering (2018): collection accounts
    """
    first = cast.someone_paid_at_once(_MANY)
    people, accounts = cast.others(first, _MANY), cast.accounts(first, 2)
    if people is None or accounts is None:
        return None
    collector, onward = accounts
    people = [person for person in people if person != collector[0]][: _MANY - 1]
    people = [first, *people]
    if len(people) < _MANY:
        return None
    sums = [cast.sum(first, 200.0, 900.0) for _ in people]
    moments = cast.gaps(_MANY, 20 * MINUTE, 5 * HOUR)
    into = [
        _transfer(cast, "payer", after, person, collector, dollars)
        for after, person, dollars in zip(moments, people, sums, strict=True)
    ]
    out = cast.between(0.9, 0.98) * sum(sums)
    return [*into, _transfer(cast, "collector", moments[-1] + cast.gap(HOUR, 6 * HOUR), collector[0], onward, out)]


@episode(_MANY + 1, *_FIELDS, methods=TRANSFER)
def fan_out(cast: Cast) -> list[Step] | None:
    """A person is paid a large sum and sends nearly all of it to ten people's accounts within a day.

    Why: A sum that has arrived is taken apart before anybody can freeze it.
    Pipeline: Look at what leaves an account soon after it came: many new payees within a day.
    Source: FATF, Professional Money Laundering (2018): money mule networks
    """
    first = cast.someone_paid_at_once(_MANY + 1)
    accounts = cast.accounts(first, _MANY + 1)
    if accounts is None:
        return None
    hub, *payees = accounts
    whole = cast.sum(first, 3_000.0, 8_000.0)
    parts = [cast.between(0.7, 1.3) for _ in payees]
    share = cast.between(0.9, 0.98) * whole / sum(parts)
    start = cast.gap(HOUR, 5 * HOUR)
    moments = [start + after for after in cast.gaps(_MANY, 5 * MINUTE, 100 * MINUTE)]
    out = [
        _transfer(cast, "distributor", after, hub[0], payee, part * share)
        for after, payee, part in zip(moments, payees, parts, strict=True)
    ]
    return [_transfer(cast, "source", 0, first, hub, whole), *out]


@episode(5, *_FIELDS, methods=TRANSFER)
def cycle(cast: Cast) -> list[Step] | None:
    """Money goes round: through five people's accounts and within four days back to the first, a little less each time.

    Why: It comes back with a story of its own, as if somebody had paid for something.
    Pipeline: Follow sums through accounts: what returns to where it began was no trade.
    Source: FATF, Trade-Based Money Laundering (2020): circular flows
    """
    accounts = cast.accounts(cast.someone_paid_at_once(5), 5)
    if accounts is None:
        return None
    return _passed_on(cast, "link", [*accounts, accounts[0]], cast.gaps(5, 2 * HOUR, 22 * HOUR), (0.93, 0.985))


@episode(5, *_FIELDS, methods=TRANSFER)
def mule_chain(cast: Cast) -> list[Step] | None:
    """A sum goes through four people's accounts to a fifth within a day. Each keeps a few per cent and sends on the
    rest within hours.

    Why: Each account is another bank's and another person's: whoever follows the money has to ask again at each.
    Pipeline: Hold what leaves an account within hours of coming, where the payer is new and the sums are alike.
    Source: Europol, European Money Mule Action (2023)
    """
    accounts = cast.accounts(cast.someone_paid_at_once(6), 6)
    if accounts is None:
        return None
    told = _passed_on(cast, "mule", accounts, cast.gaps(5, 20 * MINUTE, 5 * HOUR), (0.90, 0.97))
    told[0] = replace(told[0], role="victim")
    return told


@episode(4, *_FIELDS, methods=TRANSFER)
def rapid_pass_through(cast: Cast) -> list[Step] | None:
    """Twice money comes into a person's account and leaves it within twenty minutes, all but a per cent or two.

    Why: The account is a pipe: nobody lives on it.
    Pipeline: Watch the time between credit and debit of like sums; an account of a person does not do that twice a day.
    Source: FATF, Professional Money Laundering (2018): pass-through accounts
    """
    accounts = cast.accounts(cast.someone_paid_at_once(5), 5)
    if accounts is None:
        return None
    pipe, one, other, *payees = accounts
    found, start = [], 0
    for payer, payee in zip((one, other), payees, strict=True):
        dollars = cast.sum(pipe[0], 500.0, 4_000.0)
        found.append(_transfer(cast, "in", start, payer[0], pipe, dollars))
        out = start + cast.gap(2 * MINUTE, 20 * MINUTE)
        found.append(_transfer(cast, "out", out, pipe[0], payee, dollars * cast.between(0.98, 0.995)))
        start = out + cast.gap(2 * HOUR, 12 * HOUR)
    return found


def _passed_on(
    cast: Cast, role: str, accounts: list[Account], moments: list[int], kept: tuple[float, float]
) -> list[Step]:
    """Each pays the next what they were paid, less what they keep."""
    dollars, found = cast.sum(accounts[0][0], 800.0, 6_000.0), []
    for after, payer, payee in zip(moments, accounts, accounts[1:], strict=False):
        found.append(_transfer(cast, role, after, payer[0], payee, dollars))
        dollars *= cast.between(*kept)
    return found
