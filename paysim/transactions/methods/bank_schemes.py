"""The schemes of bank transfers: the form of an account in each, and why a transfer in it comes back.

A scheme is a model of its `payment_details` and one entry of `SCHEMES`; a country names the one that it uses. Every
number that has a check digit gets a right one and is then masked, so that a masked form has the shape
of a real one and nothing names an account.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from stdnum import numdb
from stdnum.us import rtn

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.facts import bank_schemes as facts
from paysim.registry import Registry
from paysim.transactions.randomness import edges_of

from .base import Codes, codes_of

AccountNumber = Annotated[str, Field(pattern=r"^\*+[0-9]{4}$", description="masked but for the last four")]


class Transfer(ContractModel):
    """What transfers of all schemes have."""

    reference: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9/?:().,'+ -]{1,35}$",
            description="ISO 20022 EndToEndId, Max35Text",
        ),
    ]


class SepaTransfer(Transfer):
    """SEPA Credit Transfer: IBAN (masked) and BIC (ISO 9362; 0 in place 8: test and training)."""

    scheme: Literal["SEPA"]
    iban: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{2}\*{7,26}[0-9A-Z]{4}$")]
    bic: Annotated[str, Field(pattern="^[A-Z]{6}[A-Z2-9]0$")]
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


class AchTransfer(Transfer):
    """US Automated Clearing House; reason codes are Nacha's."""

    scheme: Literal["ACH"]
    routing_number: Annotated[str, Field(pattern=r"^[0-9]{4}\*{4}[0-9]$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^R[0-9]{2}$")] | Absent = ABSENT


class FpsTransfer(Transfer):
    """UK Faster Payments; reason codes are the scheme's own."""

    scheme: Literal["FPS"]
    sort_code: Annotated[str, Field(pattern="^[0-9]{2}-[0-9]{2}-[0-9]{2}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^[0-9]{4}$")] | Absent = ABSENT


class EftTransfer(Transfer):
    """Payments Canada electronic funds transfer."""

    scheme: Literal["EFT"]
    institution_number: Annotated[str, Field(pattern="^[0-9]{3}$")]
    transit_number: Annotated[str, Field(pattern="^[0-9]{5}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^9[0-9]{2}$")] | Absent = ABSENT


class BecsTransfer(Transfer):
    """Australian Bulk Electronic Clearing System."""

    scheme: Literal["BECS"]
    bsb: Annotated[str, Field(pattern="^[0-9]{3}-[0-9]{3}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^[1-9]$")] | Absent = ABSENT


class ZenginTransfer(Transfer):
    """Japanese Zengin system."""

    scheme: Literal["Zengin"]
    bank_code: Annotated[str, Field(pattern="^[0-9]{4}$")]
    branch_code: Annotated[str, Field(pattern="^[0-9]{3}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


QrCode = Annotated[Literal["qr"], Field(description="channel pos only: the code at the till")]


class PixTransfer(Transfer):
    """Brazilian Pix, to an alias (chave); `reference` is its EndToEndId."""

    scheme: Literal["PIX"]
    alias_type: Literal["email", "phone", "random", "cpf", "cnpj"]
    alias: Annotated[str, Field(pattern=r"\*")]
    entry_mode: QrCode | Absent = ABSENT
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


class UpiTransfer(Transfer):
    """Indian Unified Payments Interface, to an alias (virtual payment address) behind a branch (IFSC)."""

    scheme: Literal["UPI"]
    alias: Annotated[str, Field(pattern=r"^[a-z]\*+[0-9]{2}@upi\.example$")]
    ifsc: Annotated[str, Field(pattern="^[A-Z]{4}0[A-Z0-9]{6}$")]
    entry_mode: QrCode | Absent = ABSENT
    reason_code: Annotated[str, Field(pattern="^[A-Z][A-Z0-9]{1,2}$")] | Absent = ABSENT


_AT_A_LARGE_BANK = 0.7  # share of accounts, where a scheme has others too
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_AS_DIGITS = {ord(letter): str(10 + at) for at, letter in enumerate(ascii_uppercase)}  # ISO 7064


def mask(text: str, head: int, tail: int) -> str:
    """All but the first `head` and last `tail` characters hidden, separators kept."""
    middle = text[head : len(text) - tail]
    hidden = "*" * len(middle) if middle.isalnum() else "".join("*" if char.isalnum() else char for char in middle)
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
    # As python-stdnum does it, in an eighth of the time: it is most of what meeting somebody takes.
    return f"{country}{98 - int(f'{bban}{country}00'.translate(_AS_DIGITS)) % 97:02d}{bban}"


def routing_number(draws: Iterator[float]) -> str:
    """An ABA routing number: a Federal Reserve district (01–12), six more digits and the check digit."""
    body = f"{1 + int(next(draws) * 12):02d}{_digits(draws, 6)}"
    return body + rtn.calc_check_digit(body)


def _sepa(country: str, draws: Iterator[float]) -> dict[str, str]:
    # The 8th character 0 makes a BIC a test and training one (ISO 9362).
    bic = f"{_letters(draws, 4)}{country}{_letters(draws, 1)}0"
    return {"bic": bic, "iban": mask(iban(country, draws), 4, 4)}


def _ach(country: str, draws: Iterator[float]) -> dict[str, str]:
    return {"routing_number": mask(routing_number(draws), 4, 1), **_account_number(draws, 10)}


@cache
def _banks(scheme: str) -> tuple[list[str], list[str]]:
    """The codes of banks in account numbers of a scheme: those with most accounts, and others that exist."""
    row = facts.BANK_CODES[scheme]
    pattern = re.compile(row.others) if row.others else None
    others = (f"{number:0{row.digits}d}" for number in range(10**row.digits)) if pattern else iter(())
    return sorted(row.codes), [code for code in others if pattern and pattern.fullmatch(code)]


def _bank(scheme: str, draws: Iterator[float]) -> str:
    large, others = _banks(scheme)
    draw = next(draws)
    if not others or (large and draw < _AT_A_LARGE_BANK):
        return large[int(draw / (_AT_A_LARGE_BANK if others else 1.0) * len(large))]
    rest = (draw - _AT_A_LARGE_BANK) / (1 - _AT_A_LARGE_BANK) if large else draw
    return others[int(rest * len(others))]


def _fps(country: str, draws: Iterator[float]) -> dict[str, str]:
    sort_code = f"{_bank('FPS', draws)}-{_digits(draws, 2)}-{_digits(draws, 2)}"
    return {"sort_code": sort_code, **_account_number(draws, 8)}


def _eft(country: str, draws: Iterator[float]) -> dict[str, str]:
    bank = {"institution_number": _bank("EFT", draws), "transit_number": _digits(draws, 5)}
    return {**bank, **_account_number(draws, 9)}


def _becs(country: str, draws: Iterator[float]) -> dict[str, str]:
    return {"bsb": f"{_bank('BECS', draws)}{_digits(draws, 1)}-{_digits(draws, 3)}", **_account_number(draws, 9)}


def _zengin(country: str, draws: Iterator[float]) -> dict[str, str]:
    bank = {"bank_code": _bank("Zengin", draws), "branch_code": _digits(draws, 3)}
    return {**bank, **_account_number(draws, 7)}


@cache
def _pix_kinds() -> tuple[list[str], list[float]]:
    """Kinds of aliases, and what all up to each have of them."""
    shares = facts.PIX_ALIASES.of
    return list(shares), edges_of(np.array(list(shares.values()))).tolist()


def _pix(country: str, draws: Iterator[float]) -> dict[str, str]:
    """An alias of one of the five kinds; documents are masked as people see them in their bank's app."""
    kinds, edges = _pix_kinds()
    kind = kinds[bisect_right(edges, next(draws))]
    letters, digits, more = _letters(draws, 4).lower(), _digits(draws, 4), _digits(draws, 3)
    alias = {
        "email": f"{letters[0]}*****@example.com",
        "phone": f"+55*******{digits}",
        "random": f"********-****-****-****-********{letters}",
        "cpf": f"***.{digits[:3]}.{more}-**",
        "cnpj": f"**.{more}.***/0001-**",
    }
    return {"alias_type": kind, "alias": alias[kind]}


def _upi(country: str, draws: Iterator[float]) -> dict[str, str]:
    ifsc = f"{_bank('UPI', draws)}0{_digits(draws, 6)}"
    return {"alias": f"{_letters(draws, 1).lower()}***{_digits(draws, 2)}@upi.example", "ifsc": ifsc}


def _account_number(draws: Iterator[float], width: int) -> dict[str, str]:
    return {"account_number": mask(_digits(draws, width), 0, 4)}


@dataclass(frozen=True, slots=True)
class Scheme:
    """account: the details of an account, masked, of a country and at least 8 uniform numbers.

    What a scheme's rules are (currency, limit, calendar, years, reasons) is its row in `paysim.facts.bank_schemes`.
    """

    name: str
    model: type[Transfer]
    account: Callable[[str, Iterator[float]], dict[str, str]]

    @property
    def rules(self) -> facts.BankScheme:
        return facts.SCHEMES[self.name]

    @property
    def reasons(self) -> Codes:
        """Why transfers fail, in the codes of the scheme, with their shares."""
        assert self.rules.reasons is not None
        return codes_of(self.rules.reasons)


SCHEMES: Registry[Scheme] = Registry("bank transfer scheme")
for _scheme in (
    Scheme("SEPA", SepaTransfer, _sepa),
    Scheme("ACH", AchTransfer, _ach),
    Scheme("FPS", FpsTransfer, _fps),
    Scheme("EFT", EftTransfer, _eft),
    Scheme("BECS", BecsTransfer, _becs),
    Scheme("Zengin", ZenginTransfer, _zengin),
    Scheme("PIX", PixTransfer, _pix),
    Scheme("UPI", UpiTransfer, _upi),
):
    SCHEMES.add(_scheme)
