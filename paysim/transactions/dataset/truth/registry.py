"""What a property is, and the list of all: a decorated function in `properties/` is an entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paysim.facts.figure import Fact, Figure, Range, Shares
from paysim.registry import Registry, import_folder

from .statistics import Measured

if TYPE_CHECKING:
    from .data import Data

Measure = Callable[["Data"], Measured | None]
INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Band:
    """What is allowed, both ends included."""

    low: float = 0.0
    high: float = INFINITE


NEVER, ALWAYS = Band(0.0, 0.0), Band(1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Property:
    """One behaviour that a data set has or lacks.

    name: of a row in JSON. unit: how its figure is written: share, ratio, number, days, or a currency. minimum: below
    so many it is not measured. pinned: keys of a configuration (below `transaction`) that decide the figure; where one
    is set, the row is `configured`. says: the fact in words, where it is no single number."""

    name: str
    title: str
    theme: str
    fact: Fact
    band: Band
    unit: str
    minimum: int
    pinned: tuple[str, ...]
    says: str
    measure: Measure


PROPERTIES: Registry[Property] = Registry("property")


def register(
    name: str,
    title: str,
    fact: Fact,
    band: Band,
    *,
    unit: str = "share",
    minimum: int = 100,
    pinned: tuple[str, ...] = (),
    says: str = "",
) -> Callable[[Measure], Measure]:
    """Make the decorated function the measure of a property. Its theme is the file that it stands in."""

    def add(measure: Measure) -> Measure:
        theme = measure.__module__.rpartition(".")[2].replace("_", "-")
        PROPERTIES.add(Property(name, title, theme, fact, band, unit, minimum, pinned, says, measure))
        return measure

    return add


def entries() -> Registry[Property]:
    """All properties by name, those of a theme together."""
    from . import properties

    import_folder(properties.__name__)
    return PROPERTIES


def near(fact: Figure, tolerance: float = 0.20) -> Band:
    """A fifth around the figure, unless another tolerance is said."""
    return Band(fact.value * (1 - tolerance), fact.value * (1 + tolerance))


def at_most(fact: Figure) -> Band:
    return Band(0.0, fact.value)


def at_least(fact: Figure, high: float = 1.0) -> Band:
    return Band(fact.value, high)


def within(fact: Range) -> Band:
    return Band(fact.low, fact.high)


def near_share(shares: Shares, part: str) -> Figure:
    """One part of shares as a figure with their year and source."""
    return Figure(
        shares[part], f"{shares.unit}: {part}", year=shares.year, source=shares.source, estimate=shares.estimate
    )
