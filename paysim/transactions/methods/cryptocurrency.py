"""Cryptocurrency: asset, its network, and addresses that have the right form and nobody's money.

Where the form of an address says that it is of a test network (Bitcoin, Litecoin), such an address is used whole;
where it does not (Ethereum and what lives on it), a well-formed one is made and masked.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from types import ModuleType
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.facts.methods import CRYPTO_SINCE
from paysim.transactions.events import columns
from paysim.transactions.world.persons import Persons

from .base import METHODS, Codes, Column, ColumnDraw, Holdings, Method, Record, Values, absent


class CryptoDetails(ContractModel):
    """cryptocurrency. Addresses are of a test network where the form says so, else masked."""

    asset: Literal["BTC", "ETH", "USDC", "USDT", "LTC"]
    network: Literal["bitcoin_testnet", "litecoin_testnet", "ethereum", "polygon"]
    address: Annotated[
        str, Field(pattern=r"^(tb1[a-z0-9]{39}|tltc1[a-z0-9]{39}|0x[0-9A-Fa-f]{4}\*{32}[0-9A-Fa-f]{4})$")
    ]
    transaction_hash: Annotated[str, Field(pattern="^(0x)?[0-9a-f]{64}$")] | Absent = ABSENT
    reason_code: Literal["confirmation_timeout", "underpaid", "fee_too_low"] | Absent = ABSENT


# Asset → network → share of the people who pay so.
ASSETS: dict[tuple[str, str], float] = {
    ("BTC", "bitcoin_testnet"): 0.40,
    ("ETH", "ethereum"): 0.22,
    ("USDC", "ethereum"): 0.12,
    ("USDC", "polygon"): 0.08,
    ("USDT", "ethereum"): 0.08,
    ("LTC", "litecoin_testnet"): 0.10,
}
_SEGWIT_PREFIX = {"bitcoin_testnet": "tb", "litecoin_testnet": "tltc"}
REASONS: Codes = {
    "confirmation_timeout": 0.45,
    "underpaid": 0.35,
    "fee_too_low": 0.20,
}
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                check ^= generator
    return check


def segwit_address(prefix: str, program: bytes) -> str:
    """A version 0 witness address of a 20-byte program, Bech32 with its checksum (BIP 141, BIP 173)."""
    bits = int.from_bytes(program, "big")
    data = [0] + [bits >> shift & 31 for shift in range(155, -5, -5)]
    expanded = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    check = _polymod([*expanded, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    data += [check >> shift & 31 for shift in range(25, -5, -5)]
    return f"{prefix}1{''.join(_BECH32[value] for value in data)}"


@cache
def _keccak() -> ModuleType:
    from Crypto.Hash import keccak  # reads C declarations as it is imported, a twentieth of a second

    return keccak


def ethereum_address(account: bytes) -> str:
    """The address of a 20-byte account, its checksum in the capitals (EIP-55)."""
    plain = account.hex()
    digest = _keccak().new(digest_bits=256, data=plain.encode()).hexdigest()
    return "0x" + "".join(c.upper() if int(d, 16) > 7 else c for c, d in zip(plain, digest, strict=False))


def address(network: str, draws: bytes) -> str:
    """An address of this network, masked where it could be someone's. draws: 20 bytes."""
    if prefix := _SEGWIT_PREFIX.get(network):
        made = segwit_address(prefix, draws)
        while re.search(r"\d{13}", made):  # as long as a card number: hardly ever, and then another one
            draws = sha256(draws).digest()[:20]
            made = segwit_address(prefix, draws)
        return made
    whole = ethereum_address(draws)
    return f"{whole[:6]}…{whole[-4:]}".replace("…", "*" * 32)


def _transaction_hashes(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    networks = [instrument.get("payment_details.network", "") for instrument in draw.instruments()]
    # A cancelled payment was never broadcast.
    return absent(columns.transaction_hashes(rng, draw.count, networks), draw.cancelled)


class Cryptocurrency(Method):
    name = "cryptocurrency"
    weight = 0.02
    details = (CryptoDetails,)
    popularity = 0.02
    amount_shift = 0.60
    unused_channels = frozenset({"pos"})
    settlement = "at_once"
    kept: ClassVar[Mapping[str, int]] = {"transaction_hash": 68}
    columns: ClassVar[Mapping[str, Column]] = {"transaction_hash": _transaction_hashes}

    def usable(self, product: str, country: str, year: int) -> bool:
        return year >= CRYPTO_SINCE.value

    def products(self, country: str) -> Mapping[str, float]:
        """An asset and its network."""
        return {f"{asset}/{network}": share for (asset, network), share in ASSETS.items()}

    def of_product(self, product: str) -> Record:
        asset, _, network = product.partition("/")
        return {"asset": asset, "network": network}

    def holdings(self, persons: Persons, year: int | None = None) -> Holdings:
        _keccak()  # before anything is sent, which would wait for it
        return super().holdings(persons, year)

    def instruments(self, persons: Persons) -> Mapping[str, Values]:
        """An address."""
        holdings = self.holdings(persons)
        programs = persons.octets(f"{self.name}/address", 20)
        networks = [product.partition("/")[2] for _, product in holdings.kinds]
        rows = zip(holdings.of.tolist(), programs, strict=True)
        return {"address": [b'"%b"' % address(networks[kind], one.tobytes()).encode() for kind, one in rows]}

    def reasons(self, variant: str) -> Codes:
        return REASONS


METHODS.add(Cryptocurrency())
