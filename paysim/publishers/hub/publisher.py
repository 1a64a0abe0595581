"""Transactions into an event hub, through the azure-eventhub SDK.

The synchronous client, in threads: it is pure Python over sockets, so under Locust, where gevent has patched
both, its threads are greenlets. The SDK's own aio client needs an asyncio loop, which cannot share a thread with
gevent's.

A block goes to a `Dispatcher`, from there as a `Parcel` to a `Lane`, a thread with a connection, which encodes it
(`batch_encoding`), sends it, and settles it. Here: opening and checking, runs, and the end of a run.
"""

import threading
import time
from collections.abc import Callable

from paysim.config.schema import EventHub
from paysim.contract.identity import Run
from paysim.eventhub.address import HubAddress, quieten
from paysim.eventhub.batch_encoding import Encoder
from paysim.eventhub.connection import HubConnection
from paysim.eventhub.hub_identity import HubIdentity
from paysim.eventhub.opening import identity, open_first, partition_ids
from paysim.eventhub.partition_keys import Partitions
from paysim.publishers.base import Part, PublisherFigures, Settle
from paysim.transactions.batch import Batch

from .connection_pool import ConnectionPool
from .connection_worker import ConnectionWorker
from .figures import Figures
from .send_request import SendRequest

FEWEST, MOST = 4, 32
"""Connections with `connections: auto`."""
OPEN_WITHIN = 18.0
IDENTIFY_PAUSE = 0.1
"""Before the hub is asked which one it is, once more where it does not answer."""
END = "run ended before the acknowledgement"


class EventHubPublisher:
    """`connection_string`: used instead of the configured one, as the embedded hub's.

    Where the hub places, there are as many connections as `connections` says; by key there is one for each
    partition, so that nothing overtakes.

    Raises TargetError where the target is malformed or may not be loaded.
    """

    def __init__(
        self, config: EventHub, connection_string: str | None = None, content_type: str = "application/json"
    ) -> None:
        quieten()
        self._content_type = content_type
        self._config = config
        self._address = HubAddress(config, connection_string)
        self._figures = Figures()
        self._dispatchers: list[ConnectionPool] = []
        self._partitions: Partitions | None = None
        self._encoder: Encoder | None = None
        self._open_parcels: set[SendRequest] = set()
        self._all_settled = threading.Condition()
        self._closed = threading.Event()
        self._identity: HubIdentity | None = None
        self._identified = threading.Event()

    @property
    def identity(self) -> HubIdentity | None:
        """Asked once, when it is opened; waits for the answer."""
        self._identified.wait(OPEN_WITHIN)
        return self._identity

    @property
    def target(self) -> str:
        return self._address.target.name

    @property
    def figures(self) -> PublisherFigures:
        figures = self._figures.snapshot()
        connections = [lane.figures for lane in self._lanes()]
        for each in connections:
            figures.states[each.state] = figures.states.get(each.state, 0) + 1
        busy = sum(dispatcher.all_busy for dispatcher in self._dispatchers)
        figures.connections, figures.by_connection = len(connections), connections
        figures.all_busy_s = busy / max(1, len(self._dispatchers))
        return figures

    def open(self) -> None:
        deadline = time.monotonic() + OPEN_WITHIN
        first = open_first(self._address, self._config.send_timeout)
        threading.Thread(target=self._identify, name="publisher-identity", daemon=True).start()
        self._dispatchers = self._make_dispatchers(first)
        for dispatcher in self._dispatchers:
            dispatcher.limit = first.limit
            dispatcher.start()
        threading.Thread(target=self._watch, name="publisher-watch", daemon=True).start()
        # Those that do not come up in time go on trying; the first one shows that the hub is there.
        for lane in self._lanes():
            lane.tried.wait(max(0.0, deadline - time.monotonic()))

    def _identify(self) -> None:
        deadline = time.monotonic() + OPEN_WITHIN
        while self._identity is None and time.monotonic() < deadline and not self._closed.wait(IDENTIFY_PAUSE):
            self._identity = identity(self._address, self._config.send_timeout)
        self._identified.set()

    def begin(self, run: Run, producer: int, producers: int) -> None:
        self._encoder = Encoder(run.id, self._content_type)
        self._figures.begin()
        for dispatcher in self._dispatchers:
            dispatcher.begin()
        for lane in self._lanes():
            lane.begin()

    def send(self, block: Batch, settle: Settle) -> None:
        self.send_together([(block, settle)])

    def send_together(self, parts: list[Part]) -> None:
        lines: dict[int, list[Part]] = {}
        for block, settle in parts:
            if not len(block):
                continue
            if self._partitions is None:
                lines.setdefault(0, []).append((block, settle))
            else:
                for partition, part in self._partitions.divide(block):
                    lines.setdefault(partition, []).append((part, settle))
        for line, mine in lines.items():
            self._post(self._dispatchers[line], mine)

    def drain(self, timeout: float) -> None:
        with self._all_settled:
            self._all_settled.wait_for(lambda: not self._open_parcels, timeout)
            left = list(self._open_parcels)
            self._open_parcels.clear()
        for dispatcher in self._dispatchers:
            dispatcher.clear()
        for parcel in left:
            parcel.close(END)
        for lane in self._lanes():
            if (sending := lane.parcel) is not None and sending.closed:
                lane.interrupt()

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        self.drain(0)
        lanes = self._lanes()
        for lane in lanes:
            lane.stop()
        deadline = time.monotonic() + 1.5
        for lane in lanes:
            if not lane.ended.wait(max(0.0, deadline - time.monotonic())):
                lane.interrupt()

    def _post(self, dispatcher: ConnectionPool, parts: list[Part]) -> None:
        if self._encoder is None:
            raise RuntimeError("send before begin")
        parcel = SendRequest(parts, self._encoder, self._config.send_timeout)
        with self._all_settled:
            self._open_parcels.add(parcel)
        dispatcher.submit(parcel)

    def _done(self, parcel: SendRequest) -> None:
        with self._all_settled:
            self._open_parcels.discard(parcel)
            if not self._open_parcels:
                self._all_settled.notify_all()

    def _make_dispatchers(self, first: HubConnection) -> list[ConnectionPool]:
        if self._config.partition_by != "round_robin":
            ids = partition_ids(first, self._address)
            first.close()
            self._partitions = Partitions(ids)
            return [ConnectionPool(self._lane_maker(partition), 1, 1, self._done) for partition in ids]
        wanted = self._config.connections
        lanes, most = (FEWEST, MOST) if wanted == "auto" else (wanted, wanted)
        return [ConnectionPool(self._lane_maker(None, first), lanes, most, self._done)]

    def _lane_maker(
        self, partition: str | None, first: HubConnection | None = None
    ) -> Callable[[ConnectionPool], ConnectionWorker]:
        """`first`: a connection that is open already, for the first lane made."""
        connections = [first] if first else []

        def make(dispatcher: ConnectionPool) -> ConnectionWorker:
            connection = connections.pop() if connections else None
            return ConnectionWorker(dispatcher, self._address, self._config, self._figures, partition, connection)

        return make

    def _lanes(self) -> list[ConnectionWorker]:
        return [lane for dispatcher in self._dispatchers for lane in dispatcher.lanes]

    def _watch(self) -> None:
        """Ends what the SDK does not end in time, and adds lanes where parcels wait."""
        while not self._closed.wait(0.1):
            now = time.perf_counter()
            for dispatcher in self._dispatchers:
                dispatcher.grow()
                for lane in list(dispatcher.lanes):
                    if not lane.watch(now):
                        parcel = lane.parcel
                        dispatcher.replace(lane)
                        if parcel is not None:
                            parcel.close("timed out")
                            self._done(parcel)
