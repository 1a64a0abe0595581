"""The private parts of azure-eventhub that this folder uses, and what is lost without each.

All is sent and read without any of them, as the SDK documents it: whoever uses a part falls back by itself. What that
costs is said here, in one warning for each part that is gone, so that a newer SDK changes nothing in silence.
"""

import importlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Private:
    """One part. path: from its module, `azure.eventhub` before it, or from a live object on; names that dots part."""

    module: str
    path: str
    used: str
    without: str

    @property
    def title(self) -> str:
        return f"{self.module}.{self.path}"

    def is_there(self) -> bool:
        try:
            module = importlib.import_module(f"azure.eventhub{self.module}")
        except ImportError:
            return False
        return has(module, self.path)


def has(owner: Any, path: str) -> bool:
    """Whether an attribute of an attribute … is there."""
    try:
        reduce(getattr, path.split("."), owner)
    except AttributeError:
        return False
    return True


SLOWER_SEND = "each send costs more CPU"
SLOWER_READ = "reading back takes about four times as long"
SLOWER_LOOK = "each look at how far a hub is takes some tenths of a second longer"
KIND = "this kind of failure is told under another name, and may be tried again"
CONDITIONS = "whether a kept connection is still good shows in the next send only"

PARTS = (
    Private(
        "", "EventHubProducerClient._create_producer", "connection: one try a send", "what is sent may arrive twice"
    ),
    Private("", "EventHubConsumerClient._create_consumer", "attaching: the link of a receiver", SLOWER_READ),
    Private("._pyamqp._encode", "encode_frame", "transfer: frames made at once", SLOWER_SEND),
    Private("._pyamqp._encode", "encode_payload", "batch_encoding: its bytes against add's", SLOWER_SEND),
    Private("._pyamqp._transport", "SSLTransport", "transfer: what frames are written to", SLOWER_SEND),
    Private("._pyamqp.message", "BatchMessage", "transfer: its frames against the SDK's", SLOWER_SEND),
    Private("._pyamqp.performatives", "TransferFrame", "transfer: the head of a frame", SLOWER_SEND),
    Private("._pyamqp.sender", "PendingDelivery", "transfer: its frames against the SDK's", SLOWER_SEND),
    Private("._pyamqp.sender", "SenderLink._outgoing_transfer", "transfer: its frames against the SDK's", SLOWER_SEND),
    Private("._pyamqp.session", "Session._outgoing_transfer", "transfer: its frames against the SDK's", SLOWER_SEND),
    Private("._pyamqp.constants", "SessionState.MAPPED", "transfer: whether a session may send", SLOWER_SEND),
    Private("._pyamqp.constants", "SessionTransferState.OKAY", "transfer: how a transfer ended", SLOWER_SEND),
    Private("._pyamqp.constants", "ConnectionState.OPENED", "connection: whether it is alive", CONDITIONS),
    Private("._pyamqp.constants", "LinkState.ATTACHED", "connection: whether its link is", CONDITIONS),
    Private("._pyamqp._decode", "decode_frame", "raw_receiver: frames without events", SLOWER_READ),
    Private("._pyamqp._decode", "decode_empty_frame", "raw_receiver: heartbeats", SLOWER_READ),
    Private("._pyamqp._decode", "decode_payload", "raw_receiver: the first events of a connection", SLOWER_READ),
    Private(
        "._buffered_producer._partition_resolver",
        "PartitionResolver.get_partition_id_by_partition_key",
        "partition_keys: the service's hash",
        "what has the same key stays together, but not in the partition where other producers put it",
    ),
    Private("._pyamqp.error", "TokenAuthFailure", "failures: by its name and status", KIND),
    Private("._pyamqp.error", "TokenExpired", "failures: by its name", KIND),
    Private("._pyamqp.error", "MessageException", "failures: by its name, a clear no of the hub's", KIND),
    Private(
        "._pyamqp._transport", "to_host_port", "sdk_mends: IPv6 addresses",
        "an event hub may not be reached by its IPv6 address",
    ),
    Private(
        "._pyamqp.cbs", "CBSAuthenticator._on_execute_operation_complete", "sdk_mends: why a token is refused",
        "a refused token may be told as a failed authentication, and tried again",
    ),
)  # fmt: skip

OF_PRODUCER = tuple(
    Private("producer", path, used, without)
    for path, used, without in (
        ("_open_with_retry", "connection: to attach before the first send", "what is sent may arrive twice"),
        ("_max_message_size_on_link", "connection: the largest batch", "batches are of the SDK's default size at most"),
        ("_handler._link.delivery_count", "connection: whether a batch has left", "more failures are called unknown"),
        ("_handler._link._error", "connection: with what a link was ended", KIND),
        ("_handler._link.get_state", "connection: whether a link is attached", CONDITIONS),
        ("_handler._link._session", "transfer: the counters of a session", SLOWER_SEND),
        ("_handler._link._outgoing_transfer", "transfer: to send frames at once", SLOWER_SEND),
        ("_handler._connection.state", "connection: whether it is alive", CONDITIONS),
        ("_handler._connection.listen", "connection: what the hub has said meanwhile", CONDITIONS),
        ("_handler._connection._remote_max_frame_size", "transfer: the largest frame", SLOWER_SEND),
        ("_handler._connection._process_outgoing_frame", "transfer: to write frames", SLOWER_SEND),
        ("_handler._connection._transport.send_frame", "transfer: to write frames", SLOWER_SEND),
        ("_handler._connection._transport.sock", "connection: to end a send that hangs", "a send that hangs stays"),
    )
)
"""Of a producer that is open: what only a live object has."""

OF_CONSUMER = tuple(
    Private("consumer", path, used, SLOWER_READ)
    for path, used in (
        ("_open", "attaching: whether a link is there"),
        ("_keep_alive", "attaching: no thread of the SDK's reads besides"),
        ("_handler._link.current_link_credit", "raw_receiver: what the hub may still send"),
        ("_handler._link.delivery_count", "raw_receiver: what it has sent"),
        ("_handler._link.flow", "raw_receiver: to let it send more"),
        ("_handler._link.get_state", "raw_receiver: with what a link was ended"),
        ("_handler._session.next_incoming_id", "raw_receiver: the counters of a session"),
        ("_handler._session.remote_outgoing_window", "raw_receiver: the counters of a session"),
        ("_handler._session.incoming_window", "raw_receiver: the counters of a session"),
        ("_handler._session.target_incoming_window", "raw_receiver: the counters of a session"),
        ("_handler._session._outgoing_flow", "raw_receiver: to open the window of a session"),
        ("_handler._connection._get_remote_timeout", "raw_receiver: heartbeats"),
        ("_handler._connection._last_frame_received_time", "raw_receiver: heartbeats"),
        ("_handler._connection._process_incoming_frame", "raw_receiver: frames without events"),
        ("_handler._connection._error", "raw_receiver: why a connection was ended"),
        ("_handler._connection._can_read", "raw_receiver: whether a connection is there"),
        ("_handler._connection._transport.sock", "raw_receiver: its bytes"),
    )
)
"""Of a consumer that is open."""

OF_BATCH = tuple(
    Private("batch", name, used, SLOWER_SEND)
    for name, used in (
        ("_message", "batch_encoding: where encoded events go"),
        ("_message._code", "transfer: the format of a batch"),
        ("_size", "batch_encoding: how large they are"),
        ("_count", "batch_encoding: how many they are"),
    )
)
"""Of an `EventDataBatch`."""

OF_CLIENT = (
    Private("client", "_amqp_transport.create_mgmt_client", "looking: one connection for all questions", SLOWER_LOOK),
)
"""Of a client, before it is used."""


@cache
def tell_missing() -> None:
    """Look for the parts of `PARTS`, once, and warn of each that is gone."""
    for part in PARTS:
        if not part.is_there():
            _tell(part)


def tell_missing_of(owner: Any, parts: Sequence[Private]) -> None:
    """The same for a live object: `OF_PRODUCER`, `OF_CONSUMER`, `OF_BATCH` or `OF_CLIENT`."""
    for part in parts:
        if not has(owner, part.path):
            _tell(part)


@cache
def _tell(part: Private) -> None:
    log.warning("azure-eventhub has no %s any more (%s): %s", part.title, part.used, part.without)
