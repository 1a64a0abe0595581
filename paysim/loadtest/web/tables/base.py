"""A table of the web UI: a tab beside Locust's own, and a CSV file. What it shows is a snapshot of the run. Pure."""

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from paysim.config.schema import Config
from paysim.loadtest.live.snapshot import Snapshot
from paysim.registry import Registry

Row = dict[str, Any]
"""Column → what stands there."""


class Table(ABC):
    """A table. key: of its tab and its file. title: of the tab. rank: where it stands among the tabs.

    columns: key of a row → what people read at the top of it. The first is `name`.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    rank: ClassVar[int] = 100
    columns: ClassVar[Mapping[str, str]]

    @abstractmethod
    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        """The run as it stands. configured: payment method → share.

        most: rows of what there may be very many of, as connections; None: all.
        """

    def applies(self, config: Config) -> bool:
        """Whether a run with this configuration has it."""
        return True

    @property
    def file(self) -> str:
        """The name of its CSV file."""
        return f"{self.key}.csv"

    def csv(self, rows: list[Row]) -> str:
        """With a line of headings, as RFC 4180 has it."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns.values())
        writer.writerows(
            [" ".join(str(row["name"]).split()), *(row[key] for key in list(self.columns)[1:])] for row in rows
        )
        return text.getvalue()


TABLES: Registry[Table] = Registry(
    "table of the web UI", name_of=lambda table: table.key, order=lambda table: (table.rank, table.key)
)


def tables(config: Config) -> list[Table]:
    """Those that a run with this configuration has, in their order."""
    return [table for table in TABLES.values() if table.applies(config)]


def rate(per_s: float) -> float:
    """One decimal; of a slow one three significant digits, so that it is not shown as none."""
    return round(per_s, 1) if per_s >= 10 else float(f"{per_s:.3g}")


def percent(part: float, whole: float) -> float:
    """Of the whole, with one decimal."""
    return round(100 * part / whole, 1) if whole else 0.0
