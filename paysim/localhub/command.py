"""The `paysim localhub` command: run a hub until told to end, or tell a running one what to do wrong.

Standard output holds the connection string and nothing else, so that it can be taken by a pipe; on a terminal it
says how to use it and how to end the hub. All else goes to standard error. Exit code 2 and one line for whatever was
asked for wrongly.
"""

import argparse
import asyncio
import contextlib
import ipaddress
import logging
import os
import re
import resource
import shlex
import signal
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

from paysim.exit_codes import ExitCode
from paysim.localhub import temporary
from paysim.localhub.access.sas import generated_key
from paysim.localhub.connection import Service
from paysim.localhub.control import ControlError, ControlServer, ask
from paysim.localhub.faults import FAULTS, FaultsInForce
from paysim.localhub.links.egress import Places
from paysim.localhub.links.ingress import Intake
from paysim.localhub.links.throttling import Throttle
from paysim.localhub.storage.namespace import DataFolderError, Namespace
from paysim.localhub.transport.selector import PreciseSelector
from paysim.localhub.transport.server import Server
from paysim.localhub.transport.tls import server_context

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$")
_LOG = logging.getLogger(__name__)
CONNECTION_VARIABLE = "EVENTHUB_CONNECTION_STRING"  # where the rest of paysim looks for it
KEY_VARIABLE = "PAYSIM_LOCALHUB_KEY"
_FAULT_EXAMPLES = """examples:
  paysim localhub fault stall 5                                     freeze for five seconds
  paysim localhub fault drop-after 3                                three sends are stored and not acknowledged
  paysim localhub fault reject 10 --condition amqp:internal-error   ten sends are refused
  paysim localhub fault ack-delay 0                                 no delay any more"""


def main(argv: list[str] | None = None) -> int:
    """Run the command. Returns the exit code; argparse exits by itself on a malformed command line."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        if argv[:1] == ["fault"]:
            return _fault(_fault_parser().parse_args(argv[1:]))
        return _run(_parser().parse_args(argv))
    except (ControlError, DataFolderError, UsageError) as error:
        sys.stderr.write(f"paysim localhub: {error}\n")
        return ExitCode.UNUSABLE


class UsageError(Exception):
    """What was asked for cannot be done: the message says why in one line."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paysim localhub",
        description="An Event Hubs namespace on this machine. Prints its connection string when it listens.",
        epilog="`paysim localhub fault -h` tells a running one what to do wrong.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_number(0, 65_535), default=0, help="port to listen on (default: a free one)")
    parser.add_argument(
        "--hub",
        type=_name,
        action="append",
        help="name of an event hub (default: payments); may be given several times",
    )
    parser.add_argument(
        "--partitions", type=_number(1, 1024), default=4, help="partitions of each hub (default: %(default)s)"
    )
    parser.add_argument(
        "--consumer-group",
        type=_group,
        action="append",
        default=[],
        help="a consumer group besides $Default; may be given several times",
    )
    parser.add_argument(
        "--key-name",
        type=_name,
        default="RootManageSharedAccessKey",
        help="name of the shared access policy (default: %(default)s)",
    )
    parser.add_argument(
        "--key",
        type=_key,
        default=os.environ.get(KEY_VARIABLE) or None,
        help=f"shared access key (default: ${KEY_VARIABLE}, which other users cannot see, else generated)",
    )
    parser.add_argument("--data", type=Path, help="folder to keep events in (default: a temporary one)")
    parser.add_argument(
        "--retention-mb",
        type=_number(1, 1 << 30),
        default=4096,
        help="MiB of events that are kept (default: %(default)s)",
    )
    parser.add_argument(
        "--throughput-units",
        type=_number(1, 1000),
        help="throttle as a namespace with so many units (default: no throttling)",
    )
    parser.add_argument(
        "--tls",
        type=Path,
        metavar="CA_FILE",
        help="speak TLS with a certificate made now, and write its authority to this file",
    )
    parser.add_argument("--exit-on-stdin-close", action="store_true", help="end when standard input is closed")
    return parser


def _fault_parser() -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {name + ' ' + fault.unit:<24}{fault.meaning}" for name, fault in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="paysim localhub fault",
        description="Tell a running local hub what to do wrong.",
        epilog=f"faults and values:\n{kinds}\n\n{_FAULT_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_number(1, 65_535), help="the hub's port (default: the only hub that runs)")
    conditions = {name: fault.condition for name, fault in FAULTS.items() if fault.condition}
    defaults = ", ".join(f"{name}: {condition}" for name, condition in conditions.items())
    parser.add_argument("--condition", help=f"AMQP condition of {' and '.join(conditions)} (default: {defaults})")
    parser.add_argument("fault", choices=list(FAULTS), metavar="FAULT", help="one of those below")
    parser.add_argument("value", type=float, metavar="VALUE", help="how long, or how many; 0 ends the fault")
    return parser


def _fault(options: argparse.Namespace) -> int:
    ask(options.port, {"fault": options.fault, "value": options.value, "condition": options.condition})
    return ExitCode.OK


@contextlib.contextmanager
def _namespace(options: argparse.Namespace, hubs: list[str]) -> Iterator[Namespace]:
    """The hubs and their events, in the folder that was asked for or in one that goes at the end."""

    def opened(folder: Path) -> Namespace:
        arguments = (folder, hubs, options.partitions, options.consumer_group, options.retention_mb)
        return Namespace(*arguments, is_kept=options.data is not None)

    if options.data is not None:
        folder, namespace = None, opened(options.data)
    else:
        try:
            with temporary.starting():
                folder = temporary.fresh()
                namespace = opened(folder)
        except OSError as error:
            raise UsageError(f"no temporary folder can be used: {error.strerror or error}") from None
    try:
        yield namespace
    finally:
        namespace.close()
        if folder is not None:
            temporary.remove(folder)


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="localhub: %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection is a file, a segment too
    hubs = list(dict.fromkeys(options.hub or ["payments"]))
    key = options.key or generated_key()
    with _namespace(options, hubs) as namespace, asyncio.Runner(loop_factory=_loop) as runner:
        faults, throttle = FaultsInForce(), Throttle(options.throughput_units, time.monotonic())
        intake = Intake(namespace, faults, throttle, time.monotonic)
        service = Service(intake, Places(), options.key_name, key, f"localhub-{os.getpid()}")
        runner.run(_serve(options, hubs, service))
    return ExitCode.OK


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(PreciseSelector())


async def _serve(options: argparse.Namespace, hubs: list[str], service: Service) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    server = Server(service, _tls(options))
    try:
        port = await server.listen(options.host, options.port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise UsageError(f"cannot listen on {options.host}:{options.port}: {reason}") from None
    control = ControlServer(port, lambda request: _control(server, request))
    await control.start()
    try:
        text = _connection_string(options, port, hubs, service.key)
        sys.stdout.write(_instructions(text, options, hubs) if sys.stdout.isatty() else f"{text}\n")
        sys.stdout.flush()
        _warn_beyond_loopback(server.addresses)
        if options.exit_on_stdin_close:
            Thread(target=_await_stdin_close, args=(loop, ended), daemon=True).start()
        await ended.wait()
    finally:
        control.close()
        await server.close()


def _tls(options: argparse.Namespace) -> ssl.SSLContext | None:
    if options.tls is None:
        return None
    try:
        return server_context(options.host, options.tls)
    except OSError as error:
        raise UsageError(f"cannot write {options.tls}: {error.strerror}") from None
    except ImportError:
        raise UsageError("--tls needs the package cryptography") from None


def _control(server: Server, request: dict[str, Any]) -> dict[str, Any]:
    condition = request.get("condition")
    server.set_fault(str(request["fault"]), float(request["value"]), None if condition is None else str(condition))
    return {}


def _await_stdin_close(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """A thread's work, because standard input may be a file, which an event loop cannot wait for."""
    with contextlib.suppress(OSError, RuntimeError):  # no standard input at all; the loop has ended before
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(ended.set)


def _connection_string(options: argparse.Namespace, port: int, hubs: list[str], key: str) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    parts = [f"Endpoint=sb://{host}:{port}", f"SharedAccessKeyName={options.key_name}", f"SharedAccessKey={key}"]
    if options.tls is None:
        parts.append("UseDevelopmentEmulator=true")  # without it the SDK speaks TLS
    if len(hubs) == 1:
        parts.append(f"EntityPath={hubs[0]}")
    return ";".join(parts)


def _instructions(text: str, options: argparse.Namespace, hubs: list[str]) -> str:
    """What a person at a terminal needs to know."""
    lines = [f"The local hub listens. Send to it from another terminal{'' if options.data else ' while it runs'}:", ""]
    lines.append(f"  export {CONNECTION_VARIABLE}={shlex.quote(text)}")
    if len(hubs) > 1:
        lines.append(f"  # and name one of its event hubs: {', '.join(hubs)}")
    if options.tls is not None:
        lines.append(f"  # its certificate is vouched for by {options.tls}")
    kept = f"; its events stay in {options.data}" if options.data else "; its events go with it"
    return "\n".join([*lines, "", f"Ctrl-C ends it{kept}.", ""])


def _warn_beyond_loopback(addresses: list[str]) -> None:
    if open_to := [address for address in addresses if not ipaddress.ip_address(address).is_loopback]:
        _LOG.warning(
            "it listens on %s, so other machines can reach it: whoever has the key may send and read",
            ", ".join(open_to),
        )


def _number(least: int, most: int) -> Any:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
        return int(text)

    return parse


def _name(text: str) -> str:
    if not _NAME.match(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name: letters, digits, '.', '_' and '-'")
    return text


def _key(text: str) -> str:
    if not re.fullmatch(r"[!-:<-~]{1,256}", text):
        raise argparse.ArgumentTypeError("a key is 1 to 256 visible ASCII characters without ';'")
    return text


def _group(text: str) -> str:
    return text if text == "$Default" else _name(text)
