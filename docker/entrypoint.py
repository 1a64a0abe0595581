"""What a paysim container runs: `master`, `worker`, `load` (one process), `localhub` or `pipeline` (the example) and
options, Locust's options alone, or any command.

It only prepares and then becomes the process (exec), so that a signal reaches Locust itself. The connection string
stays out of command lines, which every user of a machine can read: it is in the environment, or in the file that
EVENTHUB_CONNECTION_STRING_FILE names (the form of Docker's and Kubernetes' secrets). The local hub writes that file,
with a key that it generated; a worker waits for it.
"""

import os
import re
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from paysim.config.targets.connection_strings import ConnectionStringError, parse

LOCUSTFILE = "/app/locustfiles/payments.py"
VARIABLE = "EVENTHUB_CONNECTION_STRING"
FILE_VARIABLE = f"{VARIABLE}_FILE"
KEY_VARIABLE = "PAYSIM_LOCALHUB_KEY"
HUB_PORT = 5672
WAIT_SECONDS = 120.0


def main(arguments: list[str]) -> NoReturn:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # process 1 has no default action; exec undoes this
    role, rest = (arguments[0], arguments[1:]) if arguments else ("master", [])
    if role == "master":
        run("locust", "-f", LOCUSTFILE, "--master", *rest)
    elif role == "worker":
        await_target()
        own_temporary_folder()
        run("locust", "-f", "-", "--worker", *rest)  # the locustfile is the master's
    elif role == "load":
        await_target()
        run("locust", "-f", LOCUSTFILE, *rest)
    elif role == "pipeline":
        await_target()
        run("python", "-m", "examples.pipeline", *rest)
    elif role == "localhub":
        local_hub(rest)
    elif role.startswith("-"):
        if "--worker" in arguments:
            await_target()
            own_temporary_folder()
        run("locust", *arguments)
    run(*arguments)


def run(*command: str) -> NoReturn:
    try:
        os.execvp(command[0], command)  # noqa: S606 - a list, and no shell is what is wanted
    except OSError as error:
        fail(f"{command[0]}: {error.strerror}")


def fail(line: str) -> NoReturn:
    sys.stderr.write(f"{line}\n")
    sys.exit(2)


def await_target() -> None:
    """Take the connection string from its file where the environment has none; wait for a target that is starting.

    Only an emulator is waited for: a namespace of Azure does not start, and what is wrong with it paysim says.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    if not os.environ.get(VARIABLE) and (name := os.environ.get(FILE_VARIABLE)):
        while not (text := written(Path(name))):
            if time.monotonic() > deadline:
                fail(f"{VARIABLE} is empty, and nothing was written to {name} within {WAIT_SECONDS:g} s")
            time.sleep(0.2)
        os.environ[VARIABLE] = text
    try:
        target = parse(os.environ.get(VARIABLE, ""))
    except ConnectionStringError:
        return
    while target.emulator and not accepts(target.host, target.port or HUB_PORT):
        if time.monotonic() > deadline:
            fail(f"{target.host}:{target.port or HUB_PORT} did not accept a connection within {WAIT_SECONDS:g} s")
        time.sleep(0.5)


def own_temporary_folder() -> None:
    """Workers that share one write the master's locustfile over one another, and delete it."""
    try:
        os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="paysim-worker-")
    except OSError as error:
        fail(f"no temporary folder: {error.strerror}")


def written(path: Path) -> str:
    """What the file holds; the hub, and whoever mounts a secret, writes it at once."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def local_hub(options: list[str]) -> NoReturn:
    """Listen on this container's own address. The line with the key goes to the file, where one is named.

    A hub that starts again keeps the key of the file, so that workers need not.
    """
    if os.environ.get(VARIABLE):
        sys.stderr.write(f"{VARIABLE} names another target: no local hub is needed\n")
        sys.exit(0)
    if name := os.environ.get(FILE_VARIABLE):
        known = re.search(r"SharedAccessKey=([^;\n]+)", written(Path(name)))
        if known and not os.environ.get(KEY_VARIABLE):
            os.environ[KEY_VARIABLE] = known[1]
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            fail(f"{name}: {error.strerror}")
        os.dup2(file, sys.stdout.fileno())
    run("paysim", "localhub", "--host", socket.gethostname(), "--port", str(HUB_PORT), *options)


if __name__ == "__main__":
    main(sys.argv[1:])
