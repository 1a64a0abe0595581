"""Which partition a partition key belongs to: the service's own hash.

Bob Jenkins' lookup3 (`hashlittle2`, public domain, 2006) over the key's UTF-8 bytes, folded to a signed
16-bit number. The producer side computes the same, so that a key lands in one
partition whichever side places it.
"""

_MASK = 0xFFFFFFFF


def partition_of_key(key: str, partitions: int) -> int:
    """The index of the partition that holds `key` in a hub of so many partitions."""
    return abs(hash_of_key(key) % partitions)


def hash_of_key(key: str) -> int:
    """The service's 16-bit hash of a partition key, -32,768 to 32,767; 0 for an empty key."""
    if not key:
        return 0
    c, b = _lookup3(key.encode())
    folded = (c ^ b) & 0xFFFF
    return folded - 0x10000 if folded & 0x8000 else folded


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK


def _lookup3(data: bytes) -> tuple[int, int]:
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    at = 0
    while len(data) - at > 12:
        a, b, c = _mixed(*_added(a, b, c, data[at : at + 12]))
        at += 12
    tail = data[at:]
    if not tail:
        return c, b
    _, b, c = _final(*_added(a, b, c, tail))
    return c, b


def _added(a: int, b: int, c: int, block: bytes) -> tuple[int, int, int]:
    block = block.ljust(12, b"\0")
    return (
        (a + int.from_bytes(block[0:4], "little")) & _MASK,
        (b + int.from_bytes(block[4:8], "little")) & _MASK,
        (c + int.from_bytes(block[8:12], "little")) & _MASK,
    )


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    a, c = ((a - c) & _MASK) ^ _rotated(c, 4), (c + b) & _MASK
    b, a = ((b - a) & _MASK) ^ _rotated(a, 6), (a + c) & _MASK
    c, b = ((c - b) & _MASK) ^ _rotated(b, 8), (b + a) & _MASK
    a, c = ((a - c) & _MASK) ^ _rotated(c, 16), (c + b) & _MASK
    b, a = ((b - a) & _MASK) ^ _rotated(a, 19), (a + c) & _MASK
    c, b = ((c - b) & _MASK) ^ _rotated(b, 4), (b + a) & _MASK
    return a, b, c


def _final(a: int, b: int, c: int) -> tuple[int, int, int]:
    c = ((c ^ b) - _rotated(b, 14)) & _MASK
    a = ((a ^ c) - _rotated(c, 11)) & _MASK
    b = ((b ^ a) - _rotated(a, 25)) & _MASK
    c = ((c ^ b) - _rotated(b, 16)) & _MASK
    a = ((a ^ c) - _rotated(c, 4)) & _MASK
    b = ((b ^ a) - _rotated(a, 14)) & _MASK
    c = ((c ^ b) - _rotated(b, 24)) & _MASK
    return a, b, c
