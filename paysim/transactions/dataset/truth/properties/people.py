"""Who pays: how often, as whom, from what."""

import unicodedata

import numpy as np

from paysim.facts import activity, people

from ..data import DAY, Data
from ..registry import Band, at_least, at_most, register, within
from ..statistics import Measured, exact, mean, share

_POPULATION = ("population.customers", "population.activity")
_MONTH = 30.44  # days


@register(
    "busiest_person",
    "busiest person's share of all payments",
    activity.BUSIEST_SHARE,
    at_most(activity.BUSIEST_SHARE),
    minimum=20_000,
    pinned=_POPULATION,
)
def busiest_person(data: Data) -> Measured | None:
    counts = np.bincount(data.people[data.payment])
    total = int(counts.sum())
    return exact(counts.max() / total, total) if total else None


@register(
    "busiest_day",
    "most payments of one person on one day",
    activity.MOST_PER_DAY,
    at_most(activity.MOST_PER_DAY),
    unit="number",
    minimum=1_000,
    pinned=_POPULATION,
)
def busiest_day(data: Data) -> Measured | None:
    days = data.main_local[data.payment] // DAY
    if not len(days):
        return None
    keys = data.people[data.payment] * (days.max() - days.min() + 1) + (days - days.min())
    return exact(np.unique(keys, return_counts=True)[1].max(), len(days))


@register(
    "pace",
    "payments a person a month, over the country's pace",
    activity.PER_MONTH["US"],
    Band(0.5, 1.6),
    unit="ratio",
    pinned=_POPULATION,
    says="41 in the US, 27 to 61 elsewhere",
)
def pace(data: Data) -> Measured | None:
    counts, who = _payments_of_people(data)
    if data.days < 3 or not len(counts):
        return None
    usual = np.array([activity.per_month(name).value for name in data.country.names])
    expected = usual[_first_of_people(data, data.country.codes)[who]] * data.days / _MONTH
    return mean(counts / expected, np.ones(len(counts), dtype=bool), np.arange(len(counts)))


@register(
    "busiest_tenth",
    "share of payments by the busiest tenth of people",
    activity.BUSIEST_TENTH,
    within(activity.BUSIEST_TENTH),
    minimum=200,
    pinned=_POPULATION,
)
def busiest_tenth(data: Data) -> Measured | None:
    counts, _ = _payments_of_people(data)
    if not len(counts) or counts.mean() < 5:
        return None
    ordered = np.sort(counts)[::-1]
    return exact(ordered[: max(1, len(ordered) // 10)].sum() / ordered.sum(), len(ordered))


@register("one_e_mail", "people with one e-mail address", people.E_MAILS, Band(0.98, 1.0), says="1 a customer")
def one_e_mail(data: Data) -> Measured | None:
    return _one_of(data, data.customer_email.codes)


@register("one_name", "people with one name", people.EVERY, Band(0.99, 1.0), says="1 a customer")
def one_name(data: Data) -> Measured | None:
    return _one_of(data, data.customer_name.codes)


@register("own_e_mail", "e-mail addresses of one person only", people.E_MAILS, Band(0.97, 1.0), says="1 a customer")
def own_e_mail(data: Data) -> Measured | None:
    pairs = np.unique(np.stack((data.customer_email.codes, data.people), axis=1), axis=0)
    people_of = np.bincount(pairs[:, 0])
    return share(people_of == 1, people_of > 0)


@register(
    "name_in_e_mail",
    "e-mail addresses that have part of the person's name",
    people.NAME_IN_E_MAIL,
    at_least(people.NAME_IN_E_MAIL),
)
def name_in_e_mail(data: Data) -> Measured | None:
    names, mails = (_first_of_people(data, each.codes) for each in (data.customer_name, data.customer_email))
    fits, latin = [], []
    for name, mail in zip(names.tolist(), mails.tolist(), strict=True):
        words = _words(data.customer_name.names[name])
        local = data.customer_email.names[mail].partition("@")[0]
        latin.append(bool(words))
        fits.append(any(form in local for word in words for form in word))
    return share(np.array(fits, dtype=bool), np.array(latin, dtype=bool))


@register(
    "devices", "people who pay at a distance from one or two devices", people.DEVICES, Band(0.9, 1.0), says="2 a person"
)
def devices(data: Data) -> Measured | None:
    rows = data.remote & data.device.is_in("smartphone", "desktop", "tablet")
    return _at_most(data, rows, data.user_agent.codes, 2, least=3)


@register("cards", "people with at most three cards", people.CARDS, Band(0.95, 1.0), says="3 a person")
def cards(data: Data) -> Measured | None:
    return _at_most(data, data.card, data.token.codes, 3, least=3)


@register(
    "regular_shops",
    "payments in person at shops that the person comes back to",
    people.REGULAR_SHOPS,
    within(people.REGULAR_SHOPS),
)
def regular_shops(data: Data) -> Measured | None:
    at = np.flatnonzero(data.in_person)
    busy = np.bincount(data.people[at], minlength=len(data.customer.names)) >= 10
    at = at[busy[data.people[at]]]
    if not len(at):
        return None
    keys = data.people[at] * (len(data.merchant.names) + 1) + data.merchant.codes[at]
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return share(counts[place] > 1, np.ones(len(at), dtype=bool), data.people[at])


def _payments_of_people(data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Payments of each person who pays at all, and who that is."""
    counts = np.bincount(data.people[data.payment], minlength=len(data.customer.names))
    who = np.flatnonzero(counts)
    return counts[who], who


def _first_of_people(data: Data, codes: np.ndarray) -> np.ndarray:
    """A value of each person: that of their first row."""
    _, first = np.unique(data.people, return_index=True)
    found: np.ndarray = codes[first]
    return found


def _one_of(data: Data, codes: np.ndarray) -> Measured | None:
    pairs = np.unique(np.stack((data.people, codes), axis=1), axis=0)
    values_of = np.bincount(pairs[:, 0])
    rows_of = np.bincount(data.people)
    return share(values_of == 1, rows_of > 1)


def _at_most(data: Data, rows: np.ndarray, codes: np.ndarray, most: int, *, least: int) -> Measured | None:
    """People with at most so many values, among those with at least so many rows."""
    count = len(data.customer.names)
    pairs = np.unique(np.stack((data.people[rows], codes[rows]), axis=1), axis=0)
    values_of = np.bincount(pairs[:, 0], minlength=count)
    return share(values_of <= most, np.bincount(data.people[rows], minlength=count) >= least)


def _words(name: str) -> list[tuple[str, ...]]:
    """The words of a name in the forms that an address may have them in; none where they are not Latin."""
    lower = name.lower()
    german = lower.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"})
    forms = []
    for text in (german, lower.replace("ß", "ss")):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        forms.append(["".join(filter(str.isalpha, word)) for word in plain.replace("-", " ").split()])
    if len(forms[0]) != len(forms[1]):
        return []
    return [pair for pair in zip(*forms, strict=True) if len(pair[1]) >= 2]
