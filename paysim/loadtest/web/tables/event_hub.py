"""The table *Event Hub*: partitions, processes that send, and their connections."""

from collections.abc import Mapping
from typing import ClassVar

from paysim.loadtest.live.snapshot import ConnectionNow, Flow, HubFigures, SenderFigures, Snapshot
from paysim.summary.counters import HubCounters

from .base import TABLES, Row, Table, percent, rate


class EventHubTable(Table):
    """How sends spread, and what each process and connection counted."""

    key, title, rank = "event-hub", "Event Hub", 2
    columns: ClassVar[Mapping[str, str]] = {
        "name": "Partition, or process that sends (producer)",
        "events": "Events",
        "per_s": "Events/s, last 3 s",
        "mb_per_s": "MB/s",
        "share": "Share %",
        **{name: row.heading for name, row in HubCounters.rows().items() if row.heading is not None},
        "connections": "Connections",
        "state": "State now",
    }

    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        """One row a partition (where its figures are known), a sending process and a connection; the sum of processes.

        A partition's MB/s are taken from the mean size of a transaction: the hub does not tell them. most: connections
        that have a row. Locust's page sorts rows by their name as text, so numbers in it are padded with spaces.
        """
        digits = max((len(name) for name in now.partitions), default=0)
        size = now.total.bytes / now.total.acked / 1e6 if now.total.acked else 0.0
        everything = sum(partition.events for partition in now.partitions.values())
        rows: list[Row] = [
            {
                **dict.fromkeys(self.columns, ""),
                "name": f"partition {name:>{digits}}",
                "events": partition.events,
                "per_s": rate(partition.per_s),
                "mb_per_s": round(partition.per_s * size, 3),
                "share": percent(partition.events, everything),
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
            rows.append(
                {
                    **dict.fromkeys(self.columns, ""),
                    "name": f"… {more:,} connections more: on the page of charts, and in the CSV",
                }
            )
        return [*rows, _sender("Total", now.total, now.total, now.hub, _states(now.hub.states))]


def _connection(name: str, number: int, connection: ConnectionNow, sender: SenderFigures, total: Flow) -> Row:
    digits = len(str(len(sender.connections) - 1))
    return {
        "name": f"{name} {number:>{digits}}",
        "events": connection.events,
        **_counted(connection),
        "per_s": rate(connection.per_s),
        "mb_per_s": round(connection.mb_per_s, 3),
        "share": percent(connection.events, total.acked),
        "connections": "",
        "state": "silent" if sender.silent else connection.state,
    }


def _sender(name: str, flow: Flow, total: Flow, hub: HubFigures, state: str) -> Row:
    return {
        "name": name,
        "events": flow.acked,
        "per_s": rate(flow.per_s),
        "mb_per_s": round(flow.mb_per_s, 3),
        "share": percent(flow.acked, total.acked),
        **_counted(hub),
        "connections": hub.connections,
        "state": state,
    }


def _counted(counters: HubCounters) -> Row:
    """The counters that have a column."""
    return {name: getattr(counters, name) for name, row in HubCounters.rows().items() if row.heading is not None}


def _states(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


TABLES.add(EventHubTable())
