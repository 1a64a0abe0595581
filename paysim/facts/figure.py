"""What a row is: a value with its unit, the year that it is of, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A publication. through: who quotes it, where the original was not at hand. unread: neither was at hand when the
    rows were typed, they are common knowledge of the trade: check these first."""

    publisher: str
    document: str
    url: str = ""
    through: str = ""
    unread: bool = False

    def __str__(self) -> str:
        quoted = f", by {self.through}" if self.through else ""
        return f"{self.publisher}: {self.document}{quoted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all rows have. year: of the figure, not of the publication. estimate: empty where the source prints the
    figure, else how it was derived from what the source prints."""

    year: int
    source: Source
    estimate: str = ""


@dataclass(frozen=True, slots=True)
class Figure(Fact):
    """One number."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Range(Fact):
    """Two numbers between which the truth lies, both included."""

    low: float
    high: float
    unit: str

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Shares(Fact):
    """Parts of one whole: they sum to one. `unit` says of what."""

    of: Mapping[str, float]
    unit: str

    def __getitem__(self, name: str) -> float:
        return self.of[name]


@dataclass(frozen=True, slots=True)
class Members(Fact):
    """What has something in common. `unit` says what."""

    of: tuple[str, ...]
    unit: str

    def __contains__(self, name: object) -> bool:
        return name in self.of


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The years in which something could be used, both included. last: None where it still can."""

    first: int
    last: int | None = None

    def __contains__(self, year: int) -> bool:
        return self.first <= year and (self.last is None or year <= self.last)
