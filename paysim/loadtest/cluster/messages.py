"""What master and workers tell each other, on Locust's own connection. A message is a model; here is the only place
where one is written to the wire, and the only one where one is read.

worker → master   Join         asks to take part (sent until it is answered)
master → worker   Welcome      its producer number, the run's, and the configuration, secrets as ${VAR} references
worker → master   HubAsked     asks for the address of the embedded hub, where its configuration says `embedded`
master → worker   HubFound     that address, to a worker on the same machine only
worker → master   Ready        its connections are open, and which hub they lead to (sent until it is answered)
master → worker   Admitted     it takes part, or why not, in one line
worker → master   Refused      it cannot take part, and why, in one line
master → worker   RunBegins    a run begins (before Locust's own spawn message)
worker → master   Renew        asks that its share of the rate be renewed, with its clock and what it holds (`shares`)
master → worker   Pace         its share of the rate from now on, and for what time of its clock it asked
worker → master   LeaseAsked   its standing with the total, and what it wants of it
master → worker   Leased       what it is granted
master → worker   Reconfigure  a reload
master → worker   Finish       hand out nothing more, wait for open sends, and account for them
worker → master   Final        the account, and the statistics since the last report
master → worker   Prepare      the number of the next run, to make its population beforehand

Besides, each of Locust's own reports carries the worker's `Account`.

`PROTOCOL` is raised with every change of a message or of `Account`. A message of another protocol, or one that has not
its form, is refused in a sentence: to the worker that wants to join, in the log where it comes later.
"""

import logging
import socket
import uuid
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from locust.runners import MasterRunner, WorkerRunner
from pydantic import BaseModel, ConfigDict, ValidationError

from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.sending.account import Account

from .budget import Standing

logger = logging.getLogger(__name__)

PROTOCOL = 5
ACCOUNT = "paysim"
"""Where an account stands in a report of Locust's."""

Document = dict[str, Any]
"""A configuration as YAML has it, secrets as ${VAR} references."""


class UnreadableMessage(ValueError):
    """A message that is not one of this version's; the text is a sentence for people."""


def machine() -> str:
    """What two processes on one machine (and in one container) have in common."""
    return f"{socket.gethostname()}/{uuid.getnode():x}"


class Message(BaseModel):
    """wire: what Locust knows it by."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    wire: ClassVar[str]


class Join(Message):
    wire = "paysim-join"
    version: str
    """Of paysim."""
    machine: str


class Welcome(Message):
    wire = "paysim-welcome"
    refusal: str | None
    """Why it cannot take part."""
    producer: int = 0
    run: int = 0
    """The number of the run that is on, or of the next one."""
    run_time: float | None = None
    """Seconds after which it ends at the latest, as far as is known."""
    document: Document | None = None
    target: str | None = None
    """Where the master's configuration leads; None where that is the embedded hub, or no hub."""
    variables: str = ""
    """The variables that the connection string refers to."""


class HubAsked(Message):
    wire = "paysim-hub"
    machine: str


class HubFound(Message):
    wire = "paysim-hub"
    connection_string: str | None


class Ready(Message):
    wire = "paysim-ready"
    target: str
    hub: HubIdentity | None
    machine: str


class Admitted(Message):
    wire = "paysim-admitted"
    refusal: str | None


class Refused(Message):
    wire = "paysim-refused"
    reason: str
    exit_code: int
    machine: str


class RunBegins(Message):
    wire = "paysim-run"
    run: str
    producers: int
    pace: RateTarget | None
    phase: float
    """Where between two batches of its schedule this worker begins, 0 to 1."""
    leased: bool
    """Whether the run has a total."""
    records: bool
    """Whether each send is to be told of."""
    run_time: float | None = None
    """Seconds after which the run ends at the latest; None where nothing says so."""


class Renew(Message):
    wire = "paysim-renew"
    run: str
    at: float
    """By the worker's clock, in seconds."""
    holds: int
    """The number of its newest grant."""


class Pace(Message):
    wire = "paysim-pace"
    run: str
    number: int
    """Of this grant."""
    at: float
    """What the worker's clock showed when it asked, in seconds."""
    pace: RateTarget | None
    parts: dict[str, float]
    """User class with a rate of its own → its part of the pace, 0 to 1."""
    changes: bool
    """Whether it is to be confirmed."""


class LeaseAsked(Message):
    wire = "paysim-lease"
    run: str
    standing: Standing


class Leased(Message):
    wire = "paysim-leased"
    n: int
    """Transactions."""


class Reconfigure(Message):
    wire = "paysim-config"
    document: Document


class Finish(Message):
    wire = "paysim-finish"


class Final(Message):
    wire = "paysim-final"
    report: dict[str, Any]
    """As Locust's own reports are, with the account in it."""


class Prepare(Message):
    wire = "paysim-prepare"
    run: int


Read = TypeVar("Read", bound=BaseModel)
M = TypeVar("M", bound=Message)


def write(message: BaseModel) -> dict[str, Any]:
    """Plain values, as Locust packs them."""
    return {"protocol": PROTOCOL, **message.model_dump()}


def read(kind: type[Read], data: Any) -> Read:
    """What `write` has written. Raises UnreadableMessage."""
    if not isinstance(data, dict) or data.get("protocol") != PROTOCOL:
        told = data.get("protocol", "none") if isinstance(data, dict) else "none"
        raise UnreadableMessage(
            f"it speaks protocol {told} of paysim's messages, not {PROTOCOL}: install the same paysim"
        )
    try:
        return kind.model_validate({name: value for name, value in data.items() if name != "protocol"})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise UnreadableMessage(
            f"its message has not the form of {kind.__name__}: {where}: {fault['msg'].lower()}"
        ) from None


def read_account(report: dict[str, Any]) -> Account | None:
    """The account in a report of Locust's, None where there is none. Raises UnreadableMessage."""
    return read(Account, report[ACCOUNT]) if ACCOUNT in report else None


def send(runner: MasterRunner | WorkerRunner, message: Message, to: str | None = None) -> None:
    """to: the worker, by Locust's id of it; None: the master."""
    runner.send_message(message.wire, write(message), client_id=to)


def listen(
    runner: MasterRunner | WorkerRunner,
    kind: type[M],
    take: Callable[[str, M], None],
    refuse: Callable[[str, str], None] | None = None,
    *,
    concurrent: bool = False,
) -> None:
    """Call `take` with each message of a kind, and Locust's id of who sent it. concurrent: it may take its time.

    refuse: called with who sent it, and a sentence, where it cannot be read; by default the log tells it.
    """

    told: set[str] = set()

    def received(msg: Any, **_: Any) -> None:
        try:
            message = read(kind, msg.data)
        except UnreadableMessage as error:
            if refuse is not None:
                refuse(msg.node_id, str(error))
            elif msg.node_id not in told:  # once: some come twice a second
                told.add(msg.node_id)
                who = "the master" if isinstance(runner, WorkerRunner) else f"worker {msg.node_id}"
                logger.error("%s of %s is not taken: %s", kind.wire, who, error)
            return
        take(msg.node_id, message)

    runner.register_message(kind.wire, received, concurrent=concurrent)
