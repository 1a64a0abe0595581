"""The rows of the tabs *Payments* and *Event Hub*, and of their CSV files. Pure: a snapshot in, rows out."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paysim.loadtest.live.snapshot import Connection, Flow, HubFigures, Sender, Snapshot
from paysim.summary.counters import HubCounters

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: key of a row → what people read at the top of it."""

    key: str
    title: str
    columns: dict[str, str]


PAYMENTS = Table(
    "payments",
    "Payments",
    {
        "name": "Payment method",
        "acked": "Acked",
        "failed": "Failed",
        "unknown": "Unknown",
        "per_s": "Transactions/s",
        "mb_per_s": "MB/s",
        "share": "Share %",
        "configured": "Configured %",
    },
)
EVENT_HUB = Table(
    "event-hub",
    "Event Hub",
    {
        "name": "Partition, process or connection",
        "events": "Events",
        "per_s": "Events/s",
        "mb_per_s": "MB/s",
        "share": "Share %",
        **{name: row.heading for name, row in HubCounters.rows().items() if row.heading is not None},
        "connections": "Connections",
        "state": "State",
    },
)


def payments(now: Snapshot | None, configured: Mapping[str, float]) -> list[Row]:
    """One row a payment method that is configured or was sent, and their sum."""
    if now is None:
        return []
    names = [*configured, *(method for method in now.methods if method not in configured)]
    rows = [_payment(name, now.methods.get(name, Flow()), now.total, configured.get(name, 0.0)) for name in names]
    return [*rows, _payment("Total", now.total, now.total, 1.0)]


def _payment(name: str, flow: Flow, total: Flow, configured: float) -> Row:
    return {
        "name": name,
        "acked": flow.acked,
        "failed": flow.failed,
        "unknown": flow.unknown,
        "per_s": _rate(flow.per_s),
        "mb_per_s": round(flow.mb_per_s, 3),
        "share": _percent(flow.settled, total.settled),
        "configured": round(100 * configured, 1),
    }


def event_hub(now: Snapshot | None, most: int | None = None) -> list[Row]:
    """One row a partition (where its figures are known), a sending process and a connection, and the sum of processes.

    A partition's MB/s are taken from the mean size of a transaction: the hub does not tell them. `most`: connections
    that have a row. Locust's page sorts rows by their name as text, so numbers in it are padded with spaces.
    """
    if now is None:
        return []
    digits = max((len(name) for name in now.partitions), default=0)
    size = now.total.bytes / now.total.acked / 1e6 if now.total.acked else 0.0
    everything = sum(partition.events for partition in now.partitions.values())
    rows: list[Row] = [
        {
            **dict.fromkeys(EVENT_HUB.columns, ""),
            "name": f"partition {name:>{digits}}",
            "events": partition.events,
            "per_s": _rate(partition.per_s),
            "mb_per_s": round(partition.per_s * size, 3),
            "share": _percent(partition.events, everything),
        }
        for name, partition in sorted(now.partitions.items(), key=lambda item: (len(item[0]), item[0]))
    ]
    digits = max((len(str(sender.producer)) for sender in now.senders), default=0)
    left = sum(len(sender.connections) for sender in now.senders) if most is None else most
    for sender in now.senders:
        name = f"producer {sender.producer:>{digits}}"
        state = "silent" if sender.silent else _states(sender.hub.states)
        full_name = f"{name} ({sender.name})" if sender.name else name
        rows.append(_sender(full_name, sender.flow, now.total, sender.hub, state))
        shown = sender.connections[:left]
        rows += [_connection(f"{name} connection", n, each, sender, now.total) for n, each in enumerate(shown)]
        left -= len(shown)
    if most is not None and (more := sum(len(sender.connections) for sender in now.senders) - most) > 0:
        rows.append({**dict.fromkeys(EVENT_HUB.columns, ""), "name": f"… {more:,} connections more, see the CSV"})
    return [*rows, _sender("Total", now.total, now.total, now.hub, _states(now.hub.states))]


def _connection(name: str, number: int, connection: Connection, sender: Sender, total: Flow) -> Row:
    digits = len(str(len(sender.connections) - 1))
    return {
        "name": f"{name} {number:>{digits}}",
        "events": connection.events,
        **_counted(connection),
        "per_s": _rate(connection.per_s),
        "mb_per_s": round(connection.mb_per_s, 3),
        "share": _percent(connection.events, total.acked),
        "connections": "",
        "state": "silent" if sender.silent else connection.state,
    }


def _sender(name: str, flow: Flow, total: Flow, hub: HubFigures, state: str) -> Row:
    return {
        "name": name,
        "events": flow.acked,
        "per_s": _rate(flow.per_s),
        "mb_per_s": round(flow.mb_per_s, 3),
        "share": _percent(flow.acked, total.acked),
        **_counted(hub),
        "connections": hub.connections,
        "state": state,
    }


def _counted(counters: HubCounters) -> Row:
    """The counters that have a column."""
    return {name: getattr(counters, name) for name, row in HubCounters.rows().items() if row.heading is not None}


def _states(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _rate(per_s: float) -> float:
    """One decimal; of a slow one three significant digits, so that it is not shown as none."""
    return round(per_s, 1) if per_s >= 10 else float(f"{per_s:.3g}")


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def to_csv(table: Table, rows: list[Row]) -> str:
    """With a line of headings, as RFC 4180 has it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns.values())
    writer.writerows(
        [" ".join(str(row["name"]).split()), *(row[key] for key in list(table.columns)[1:])] for row in rows
    )
    return text.getvalue()
