"""Transactions into an event hub, through the azure-eventhub SDK.

The synchronous client, in threads: it is pure Python over sockets, so under Locust, where gevent has patched
both, its threads are greenlets. The SDK's own aio client needs an asyncio loop, which cannot share a thread with
gevent's.

A batch goes as a `SendRequest` to a `ConnectionPool`, and from there to a `ConnectionWorker`, a thread with a
connection, which encodes it (`eventhub.batch_encoding`), sends it, and reports what became of it. Here: opening and
checking, runs, and the end of a run.
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
from paysim.eventhub.partition_keys import KeyPartitions
from paysim.publishers.base import OnOutcome, Part, PublisherFigures
from paysim.transactions.batch import Batch

from .connection_pool import ConnectionPool
from .connection_worker import ConnectionWorker
from .figures import Figures
from .send_request import SendRequest

FEWEST, MOST = 4, 32
"""Connections with `connections: auto`."""
OPEN_WITHIN = 18.0
IDENTIFY_PAUSE = 0.1
"""Seconds before the hub is asked once more which one it is, where it did not answer."""
END = "run ended before the acknowledgement"


class EventHubPublisher:
    """`connection_string`: used instead of the configured one, as the embedded hub's.

    Where the hub chooses the partition, there are as many connections as `connections` says; by key there is one for
    each partition, so that nothing overtakes. `schema_id` is called once, when the publisher is opened; it may raise
    TargetError, and its answer becomes part of the content type.

    Raises TargetError where the target is malformed or may not be loaded.
    """

    def __init__(
        self,
        config: EventHub,
        connection_string: str | None = None,
        content_type: str = "application/json",
        schema_id: Callable[[], str] | None = None,
    ) -> None:
        quieten()
        self._content_type = content_type
        self._schema_id = schema_id
        self._config = config
        self._address = HubAddress(config, connection_string)
        self._figures = Figures()
        self._pools: list[ConnectionPool] = []
        self._partitions: KeyPartitions | None = None
        self._encoder: Encoder | None = None
        self._open_requests: set[SendRequest] = set()
        self._all_done = threading.Condition()
        self._closed = threading.Event()
        self._identity: HubIdentity | None = None
        self._identified = threading.Event()

    @property
    def identity(self) -> HubIdentity | None:
        """Which hub it is. The hub was asked when it was opened; this waits for the answer."""
        self._identified.wait(OPEN_WITHIN)
        return self._identity

    @property
    def target(self) -> str:
        return self._address.target.name

    @property
    def figures(self) -> PublisherFigures:
        figures = self._figures.snapshot()
        connections = [worker.figures for worker in self._workers()]
        for each in connections:
            figures.states[each.state] = figures.states.get(each.state, 0) + 1
        busy = sum(pool.all_busy for pool in self._pools)
        figures.connections, figures.by_connection = len(connections), connections
        figures.all_busy_s = busy / max(1, len(self._pools))
        return figures

    def open(self) -> None:
        if self._schema_id is not None:
            self._content_type, self._schema_id = f"{self._content_type}+{self._schema_id()}", None
        deadline = time.monotonic() + OPEN_WITHIN
        first = open_first(self._address, self._config.send_timeout)
        threading.Thread(target=self._identify, name="publisher-identity", daemon=True).start()
        self._pools = self._make_pools(first)
        for pool in self._pools:
            pool.limit = first.limit
            pool.start()
        threading.Thread(target=self._watch, name="publisher-watch", daemon=True).start()
        # The first connection has shown that the hub is there. The others go on trying where they are not open in time.
        for worker in self._workers():
            worker.tried.wait(max(0.0, deadline - time.monotonic()))

    def _identify(self) -> None:
        deadline = time.monotonic() + OPEN_WITHIN
        while self._identity is None and time.monotonic() < deadline and not self._closed.wait(IDENTIFY_PAUSE):
            self._identity = identity(self._address, self._config.send_timeout)
        self._identified.set()

    def begin(self, run: Run, producer: int, producers: int) -> None:
        self._encoder = Encoder(run.id, self._content_type)
        self._figures.begin()
        for pool in self._pools:
            pool.begin()
        for worker in self._workers():
            worker.begin()

    def send(self, batch: Batch, on_outcome: OnOutcome) -> None:
        self.send_together([(batch, on_outcome)])

    def send_together(self, parts: list[Part]) -> None:
        lines: dict[int, list[Part]] = {}
        for batch, on_outcome in parts:
            if not len(batch):
                continue
            if self._partitions is None:
                lines.setdefault(0, []).append((batch, on_outcome))
            else:
                for partition, part in self._partitions.divide(batch):
                    lines.setdefault(partition, []).append((part, on_outcome))
        for line, mine in lines.items():
            self._post(self._pools[line], mine)

    def drain(self, timeout: float) -> None:
        with self._all_done:
            self._all_done.wait_for(lambda: not self._open_requests, timeout)
            left = list(self._open_requests)
            self._open_requests.clear()
        for pool in self._pools:
            pool.clear()
        for request in left:
            request.close(END)
        for worker in self._workers():
            if (sending := worker.request) is not None and sending.closed:
                worker.interrupt()

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        self.drain(0)
        workers = self._workers()
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + 1.5
        for worker in workers:
            if not worker.ended.wait(max(0.0, deadline - time.monotonic())):
                worker.interrupt()

    def _post(self, pool: ConnectionPool, parts: list[Part]) -> None:
        if self._encoder is None:
            raise RuntimeError("send before begin")
        request = SendRequest(parts, self._encoder, self._config.send_timeout)
        with self._all_done:
            self._open_requests.add(request)
        pool.submit(request)

    def _done(self, request: SendRequest) -> None:
        with self._all_done:
            self._open_requests.discard(request)
            if not self._open_requests:
                self._all_done.notify_all()

    def _make_pools(self, first: HubConnection) -> list[ConnectionPool]:
        if self._config.partition_by != "round_robin":
            ids = partition_ids(first, self._address)
            first.close()
            self._partitions = KeyPartitions(ids)
            return [ConnectionPool(self._worker_maker(partition), 1, 1, self._done) for partition in ids]
        wanted = self._config.connections
        workers, most = (FEWEST, MOST) if wanted == "auto" else (wanted, wanted)
        return [ConnectionPool(self._worker_maker(None, first), workers, most, self._done)]

    def _worker_maker(
        self, partition: str | None, first: HubConnection | None = None
    ) -> Callable[[ConnectionPool], ConnectionWorker]:
        """`first`: a connection that is open already, for the first worker made."""
        connections = [first] if first else []

        def make(pool: ConnectionPool) -> ConnectionWorker:
            connection = connections.pop() if connections else None
            return ConnectionWorker(pool, self._address, self._config, self._figures, partition, connection)

        return make

    def _workers(self) -> list[ConnectionWorker]:
        return [worker for pool in self._pools for worker in pool.workers]

    def _watch(self) -> None:
        """Ends what the SDK does not end in time, and adds workers where requests wait."""
        while not self._closed.wait(0.1):
            now = time.perf_counter()
            for pool in self._pools:
                pool.grow()
                for worker in list(pool.workers):
                    if not worker.watch(now):
                        request = worker.request
                        pool.replace(worker)
                        if request is not None:
                            request.close("timed out")
                            self._done(request)
