"""Columns drawn for each payment by itself, as JSON values in bytes: amounts, codes, references, hashes.

Bulk tricks that matter at 5 µs a transaction: orjson writes a numpy array of numbers in 30 ns each, and fixed-
width text is one table look-up for a whole column.
"""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import orjson

# As tables for bytes.translate, which is faster than numpy's indexing: number → character.
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".ljust(256)
_HEX = b"0123456789abcdef".ljust(256)
# Below this many at once Python's own slicing is faster than numpy's start-up.
_FEW = 6
_QUOTE = ord('"')
_POWERS = 10.0 ** np.arange(10)  # for decimals: a look-up takes a tenth of what a power takes


def texts_of(rows: np.ndarray) -> list[bytes]:
    """(n, width) characters → n texts of that width; the last character is never NUL."""
    rows = np.ascontiguousarray(rows)
    return rows.view(f"S{rows.shape[1]}").ravel().tolist()


def _triples(alphabet: bytes) -> np.ndarray:
    """(n³, 3): every text of three characters, so that one number picks three."""
    characters = np.frombuffer(alphabet, np.uint8)
    grid = np.meshgrid(characters, characters, characters, indexing="ij")
    return np.ascontiguousarray(np.stack(grid, axis=-1).reshape(-1, 3))


_ALPHANUMERIC = _triples(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_DIGITS = _triples(b"0123456789")


def _six(rng: np.random.Generator, count: int, triples: np.ndarray) -> bytes:
    """n texts of six characters, one behind the other, each of the alphabet's as likely as any other."""
    which = rng.random(2 * count) * len(triples)
    if count < _FEW:
        return b"".join([triples[int(at)].tobytes() for at in which.tolist()])
    found: bytes = triples.take(which.astype(np.intp), axis=0).tobytes()
    return found


def _quoted(text: bytes, width: int, before: bytes = b"") -> list[bytes]:
    """n texts of that width, one behind the other → each in quotes, with `before` in front."""
    count = len(text) // width
    if count < _FEW:
        return [b'"%b%b"' % (before, text[at : at + width]) for at in range(0, len(text), width)]
    start = 1 + len(before)
    rows = np.empty((count, start + width + 1), np.uint8)
    rows[:, :start] = np.frombuffer(b'"' + before, np.uint8)
    rows[:, start:-1] = np.frombuffer(text, np.uint8).reshape(count, width)
    rows[:, -1] = _QUOTE
    return texts_of(rows)


def tokens(prefix: bytes, digits: np.ndarray) -> list[bytes]:
    """Base 32 text in quotes, one a row of numbers from 0 to 31. Every tenth character is a letter, so that no run of
    digits is as long as a card number."""
    digits = digits.copy()
    digits[:, 9::10] %= 26
    return _quoted(digits.tobytes().translate(_BASE32), digits.shape[1], prefix)


def authorization_codes(rng: np.random.Generator, count: int) -> list[bytes]:
    """ISO 8583 field 38: six letters and digits."""
    return _quoted(_six(rng, count, _ALPHANUMERIC), 6)


def retrieval_references(rng: np.random.Generator, count: int, moments: np.ndarray | int) -> list[bytes]:
    """ISO 8583 field 37: twelve digits, the first six the hour: last digit of the year, day of the year, hour (UTC).

    moments: Unix milliseconds, one for all or one each.
    """
    six = _six(rng, count, _DIGITS)
    if isinstance(moments, int) and count < _FEW:
        hour = _hour(moments // 3_600_000)
        return [b'"%b%b"' % (hour, six[at : at + 6]) for at in range(0, 6 * count, 6)]
    digits = np.empty((count, 12), np.uint8)
    if isinstance(moments, int):
        digits[:, :6] = np.frombuffer(_hour(moments // 3_600_000), np.uint8)
    else:
        hours, which = np.unique(moments // 3_600_000, return_inverse=True)
        digits[:, :6] = np.frombuffer(b"".join(map(_hour, hours.tolist())), np.uint8).reshape(-1, 6)[which]
    digits[:, 6:] = np.frombuffer(six, np.uint8).reshape(count, 6)
    return _quoted(digits.tobytes(), 12)


@lru_cache(maxsize=10_000)
def _hour(hours: int) -> bytes:
    moment = datetime.fromtimestamp(hours * 3600, UTC)
    return f"{moment.year % 10}{moment:%j%H}".encode()


def references(
    rng: np.random.Generator, count: int, moments: np.ndarray | int, schemes: list[str], banks: list[str]
) -> list[bytes]:
    """What a scheme of bank transfers calls a payment from end to end.

    Pix: the EndToEndId of its manual, `E`, the payer's bank (ISPB, one of `banks`), yyyymmddHHMM (UTC) and eleven
    letters and digits. UPI: twelve digits, the first four the day (last digit of the year, day of the year). Others: an
    ISO 20022 EndToEndId, `E2E` and twenty base 32 characters, every fifth a letter.

    moments: Unix milliseconds, one for all or one each.
    """
    draws = rng.integers(0, 32, (count, 20), dtype=np.uint8)
    own = [at for at, scheme in enumerate(schemes) if scheme in ("PIX", "UPI")]
    numbers = draws[own].tolist()
    draws[:, ::5] %= 26
    texts = _quoted(draws.tobytes().translate(_BASE32), 20, b"E2E")
    for at, row in zip(own, numbers, strict=True):
        moment = (moments if isinstance(moments, int) else int(moments[at])) // 60_000
        if schemes[at] == "PIX":
            bank = banks[(row[0] * 32 + row[1]) * len(banks) // 1024]
            tail = bytes(row[9:20]).translate(_BASE32).decode()
            texts[at] = f'"E{bank}{_minute(moment)}{tail}"'.encode()
        else:
            day, number = _hour(moment // 60)[:4].decode(), 0
            for digit in row[:6]:
                number = number * 32 + digit
            texts[at] = f'"{day}{number % 100_000_000:08d}"'.encode()
    return texts


@lru_cache(maxsize=10_000)
def _minute(minutes: int) -> str:
    return f"{datetime.fromtimestamp(minutes * 60, UTC):%Y%m%d%H%M}"


def transaction_hashes(rng: np.random.Generator, count: int, networks: list[str]) -> list[bytes]:
    """256 bits in hexadecimal, with 0x on Ethereum and its kin. Every 13th character is a letter: in random ones
    a run of digits as long as a card number is not rare."""
    draws = rng.integers(0, 16, (count, 64), dtype=np.uint8)
    draws[:, 12::13] = 10 + draws[:, 12::13] % 6
    plain = _quoted(draws.tobytes().translate(_HEX), 64)
    return [
        text if network.endswith("_testnet") else b'"0x' + text[1:]
        for text, network in zip(plain, networks, strict=True)
    ]


def amounts(
    minor_units: np.ndarray, decimals: np.ndarray, form: str, before: bytes = b"", after: bytes = b""
) -> list[bytes]:
    """Amounts as JSON: form `number` and `string` in major units, `minor_units` as whole numbers.

    before, after: text around each.
    """
    if form == "minor_units":
        return _numbers(minor_units.astype(np.int64), before, after)
    if form == "string":
        pairs = zip((minor_units / 10.0**decimals).tolist(), decimals.tolist(), strict=True)
        return [b'%b"%b"%b' % (before, f"{amount:.{places}f}".encode(), after) for amount, places in pairs]
    texts = _numbers(minor_units / _POWERS.take(decimals), before, after)
    for at in np.flatnonzero(decimals == 0).tolist():
        texts[at] = texts[at].removesuffix(b".0" + after).removesuffix(after) + after  # 1500 yen, not 1500.0
    return texts


def _numbers(values: np.ndarray, before: bytes, after: bytes) -> list[bytes]:
    # All at once and then taken apart, so that each text is made once.
    numbers = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    return (before + numbers.replace(b",", after + b"\n" + before) + after).split(b"\n")
