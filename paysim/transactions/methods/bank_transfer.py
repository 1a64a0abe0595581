"""Bank transfers: each country's scheme, the form of an account in it, and why a transfer comes back.

Every number that has a check digit gets a right one (python-stdnum) and is then masked, so that a masked form
has the shape of a real one and nothing names an account.
"""

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
from stdnum import iban as iban_numbers
from stdnum import numdb
from stdnum.us import rtn

from paysim.transactions.randomness import stream
from paysim.transactions.world.countries import COUNTRIES

# Why a transfer failed, in the codes of its scheme: ISO 20022 external status reason codes (SEPA and the schemes
# that took them over), Nacha return codes, Payments Canada rule F1, BECS return codes, NPCI response codes.
_ISO_20022 = {"AM04": 0.45, "AC01": 0.20, "AC04": 0.15, "AC06": 0.10, "AG01": 0.10}
REASONS: dict[str, dict[str, float]] = {
    "SEPA": _ISO_20022,
    "ACH": {"R01": 0.55, "R02": 0.15, "R03": 0.18, "R04": 0.12},
    "FPS": _ISO_20022,
    "EFT": {"901": 0.60, "902": 0.20, "905": 0.15, "903": 0.05},
    "BECS": {"6": 0.55, "5": 0.20, "3": 0.15, "1": 0.10},
    "Zengin": _ISO_20022,
    "PIX": _ISO_20022,
    "UPI": {"Z9": 0.55, "U30": 0.30, "ZM": 0.15},
}
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def mask(text: str, head: int, tail: int) -> str:
    """All but the first `head` and last `tail` characters hidden, separators kept."""
    hidden = "".join("*" if char.isalnum() else char for char in text[head : len(text) - tail])
    return text[:head] + hidden + text[len(text) - tail :]


def _digits(draws: Iterator[float], width: int) -> str:
    return f"{int(next(draws) * 10**width):0{width}d}"


def _letters(draws: Iterator[float], width: int) -> str:
    number = int(next(draws) * len(_LETTERS) ** width)
    return "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(width))


@cache
def _structure(country: str) -> list[tuple[str, int]]:
    """The parts of a country's BBAN (ISO 13616 registry): kind (n digits, a letters, c either) and length."""
    facts = numdb.get("iban").info(country)[0][1]
    return [(kind, int(length)) for length, kind in re.findall(r"(\d+)!([anc])", facts["bban"])]


def iban(country: str, draws: Iterator[float]) -> str:
    """An IBAN in the structure of its country with the check digits of ISO 7064 mod 97-10."""
    parts = [_letters(draws, length) if kind == "a" else _digits(draws, length) for kind, length in _structure(country)]
    bban = "".join(parts)
    return country + iban_numbers.calc_check_digits(country + "00" + bban) + bban


def routing_number(draws: Iterator[float]) -> str:
    """An ABA routing number: a Federal Reserve district (01–12), six more digits and the check digit."""
    body = f"{1 + int(next(draws) * 12):02d}{_digits(draws, 6)}"
    return body + rtn.calc_check_digit(body)


def account(country: str, draws: Iterator[float]) -> dict[str, str]:
    """An account as its country's scheme writes it, masked. draws: at least 8 uniform numbers."""
    scheme = COUNTRIES[country].scheme
    if scheme == "SEPA":
        # The 8th character 0 makes a BIC a test and training one (ISO 9362).
        bic = f"{_letters(draws, 4)}{country}{_letters(draws, 1)}0"
        return {"scheme": scheme, "bic": bic, "iban": mask(iban(country, draws), 4, 4)}
    if scheme == "PIX":
        return {"scheme": scheme, **_pix_alias(draws)}
    if scheme == "UPI":
        ifsc = f"{_letters(draws, 4)}0{_digits(draws, 6)}"
        return {
            "scheme": scheme,
            "alias": f"{_letters(draws, 1).lower()}***{_digits(draws, 2)}@upi.example",
            "ifsc": ifsc,
        }
    bank: dict[str, str]
    if scheme == "ACH":
        bank, width = {"routing_number": mask(routing_number(draws), 4, 1)}, 10
    elif scheme == "FPS":
        bank, width = {"sort_code": "-".join(_digits(draws, 2) for _ in range(3))}, 8
    elif scheme == "EFT":
        bank, width = {"institution_number": f"0{_digits(draws, 2)}", "transit_number": _digits(draws, 5)}, 9
    elif scheme == "BECS":
        bank, width = {"bsb": f"{_digits(draws, 3)}-{_digits(draws, 3)}"}, 9
    else:
        bank, width = {"bank_code": _digits(draws, 4), "branch_code": _digits(draws, 3)}, 7
    return {"scheme": scheme, **bank, "account_number": mask(_digits(draws, width), 0, 4)}


def _pix_alias(draws: Iterator[float]) -> dict[str, str]:
    kind = next(draws)
    if kind < 0.4:
        return {"alias_type": "email", "alias": f"{_letters(draws, 1).lower()}*****@example.com"}
    if kind < 0.7:
        return {"alias_type": "phone", "alias": f"+55*******{_digits(draws, 4)}"}
    return {"alias_type": "random", "alias": f"********-****-****-****-********{_letters(draws, 4).lower()}"}


def accounts(seed: int, country: str, held: np.ndarray) -> list[dict[str, str]]:
    """The accounts of the first people of a country: one for each who holds one, an empty one for the rest."""
    draws = stream(seed, "bank_transfer", country).random((len(held), 8)).tolist()
    return [account(country, iter(row)) if has else {} for row, has in zip(draws, held.tolist(), strict=True)]
