"""What is measured, and what one measurement is. Plain data."""

from dataclasses import dataclass

SIZES = (1, 100, 500)
"""Transactions of a batch."""

CASES = {
    "generation": "transactions made, nothing sent",
    "sdk_batch": "the SDK as documented: create_batch, add, send_batch; prepared bodies",
    "sdk_single": "the SDK, send_event one by one; prepared bodies",
    "sdk_buffered": "the SDK's buffered producer; prepared bodies",
    "publisher": "paysim's publisher, prepared transactions",
    "worker": "a Locust worker under its master: generation, statistics, ledger",
}
"""In the order in which they are measured and shown."""

USERS = {1: 2000, 100: 12, 500: 8}
"""Locust users of the worker by batch size. With batches of 1 they share sends, as a crowd of terminals does."""
LINGER_MS = 5
"""`linger_ms` of the worker with batches of 1."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One measurement of one case. seconds: wall clock; cpu_s: of the case's process, not of the hub's."""

    transactions: int
    bytes: int
    seconds: float
    cpu_s: float
    peak_mb: float

    @property
    def per_s(self) -> float:
        return self.transactions / self.seconds

    @property
    def mb_per_s(self) -> float:
        return self.bytes / 1e6 / self.seconds

    @property
    def cpu_s_per_million(self) -> float:
        return self.cpu_s / max(self.transactions, 1) * 1e6
