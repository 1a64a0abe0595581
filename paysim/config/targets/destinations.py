"""Destinations as a configuration sees them: names, where each leads, and what a run may do with it.

The entries, which also make the publisher, are the files of `paysim.publishers.destinations`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from paysim.contract.names import OneOf
from paysim.registry import Registry

from . import allowed_targets
from .target import Target

if TYPE_CHECKING:
    from paysim.config.sections.output import Output


class Destination(ABC):
    """Where transactions may go.

    name: in `output.destination`. request_type: what Locust's statistics call a request there. section: the section of
    `output` with its options, if it has any. rank: where it stands in lists.
    several: whether several processes may send there at once, as those of a distributed run do.
    on_stdout: whether transactions go to standard output, where nothing else may be written then.
    is_hub: whether it is an event hub, which a run can read back, and which has throughput units.
    """

    name: ClassVar[str]
    request_type: ClassVar[str]
    section: ClassVar[str | None] = None
    rank: ClassVar[int] = 100
    several: ClassVar[bool] = True
    on_stdout: ClassVar[bool] = False
    is_hub: ClassVar[bool] = False

    @abstractmethod
    def target(self, output: "Output", environ: Mapping[str, str] | None = None) -> Target | None:
        """The host that it leads to, and what is loaded there; None where nothing leaves this machine.

        Whatever is named here passes the gate: a host that is neither this machine nor allowed is not loaded.
        environ: the process's environment, the default, for its proxies.
        """

    @abstractmethod
    def place(self, output: "Output") -> str:
        """Where it leads, in words for people, without a secret."""

    def refusals(self, output: "Output", environ: Mapping[str, str] | None = None) -> Iterator[str]:
        """Why it may not be loaded, a text each; nothing where it may."""
        if (target := self.target(output, environ)) is not None:
            yield from allowed_targets.refusals(target, output.event_hub.allowed_targets, environ)

    def line(self, output: "Output") -> str:
        """The line `target` of `paysim check`."""
        target = self.target(output)
        if target is None:
            return self.place(output)
        verdict = "must not be loaded" if any(self.refusals(output)) else "may be loaded"
        through = f", through the proxy {target.proxy}" if target.proxy else ""
        return f"{self.place(output)} ({verdict}){through}"


DESTINATIONS: Registry[Destination] = Registry("destination", order=lambda one: (one.rank, one.name))
DestinationName = Annotated[str, OneOf(DESTINATIONS)]


def of(output: "Output") -> Destination:
    """The destination of a configuration. Raises UnknownEntry where its folder was not imported."""
    return DESTINATIONS[output.destination]


def for_several() -> str:
    """The destinations that several processes may send to at once, in words."""
    return " or ".join(name for name, each in DESTINATIONS.items() if each.several)
