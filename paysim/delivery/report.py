"""What verifying found, in words. Pure: figures in, lines out."""

from collections.abc import Mapping, Sequence

from paysim.contract.identity import Run, low_bits
from paysim.summary.delivery import ContractCheck, DeliveryRecord

FOUND = {
    "lost": "LOST",
    "duplicated": "DUPLICATED",
    "unexpected": "UNEXPECTED",
    "out_of_order": "OUT OF ORDER",
    "after_last_report": "ARRIVED AFTER THE LAST REPORT of their producer",
    "unknown_arrived": "unknown ones arrived",
    "explained_duplicates": "copies of those that were sent again",
    "expired": "events that aged out before they were read",
    "unreadable": "events of others that cannot be read",
}
MOST_RANGES = 20


def lines(delivery: DeliveryRecord, acked: int) -> list[str]:
    """One line or two: how many of the acknowledged are there, what else was found, how late they came."""
    if delivery.error:
        return [delivery.error]
    there = f"all {acked:,}" if not delivery.lost else f"{acked - delivery.lost:,} of {acked:,}"
    found = [f"{count:,} {words}" for name, words in FOUND.items() if (count := getattr(delivery, name))]
    told = [f"{there} acknowledged transactions; {', '.join(found or ['none lost, none twice'])}"]
    if (delay := delivery.delay_ms) is not None:
        times = ", ".join(f"{name} {_milliseconds(value)}" for name, value in delay)
        told.append(f"from made to stored: {times}{_contract(delivery.contract)}")
    return told


def details(ranges: Mapping[str, Sequence[Sequence[int]]], run: Run) -> list[str]:
    """Which transactions were found wrong: a line for each range of ids, without the first half, which is a time."""
    told = []
    for kind, found in ranges.items():
        for producer, first, last in found[:MOST_RANGES]:
            ids = f"…{tail(run, producer, first)}"
            if last > first:
                ids += f" to …{tail(run, producer, last)} ({last - first + 1:,})"
            told.append(f"{kind.replace('_', ' ')}: {ids}")
        if len(found) > MOST_RANGES:
            told.append(f"{kind.replace('_', ' ')}: and more; the first {len(found)} ranges are in the summary")
    return told


def tail(run: Run, producer: int, sequence: int) -> str:
    """What an id ends in, from its producer on: `-8000-bd96-8f0000000011`."""
    low = low_bits(run.number, sequence).hex()
    return f"-8{producer:03x}-{low[:4]}-{low[4:]}"


def _contract(contract: ContractCheck | None) -> str:
    if contract is None or not contract.bad + contract.good:
        return ""
    off = f"{contract.bad:,} off the contract, {contract.good:,} on it against their label"
    return f"; of {contract.checked:,} bodies {off}"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms"
