"""The health check of a paysim container, by what runs in it. Standard library only: it runs every few seconds.

master    answers on the web port, or, headless, listens for workers
worker    has a connection to its master
localhub  accepts a connection
"""

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

WEB_PORT, MASTER_PORT, HUB_PORT = 8089, 5557, 5672
ESTABLISHED, LISTEN = "01", "0A"
SECONDS = 4


def main() -> int:
    commands = list(command_lines())
    # The word alone is the entrypoint's: a worker that still waits for its target.
    if any("--worker" in command or "worker" in command for command in commands):
        return healthy((ESTABLISHED, "remote", MASTER_PORT) in sockets())
    if any("--master" in command for command in commands):
        found = sockets()
        if (LISTEN, "local", WEB_PORT) in found:
            return healthy(web_answers())
        return healthy((LISTEN, "local", MASTER_PORT) in found)
    if any("localhub" in command for command in commands):
        return healthy(hub_accepts())
    return 0  # another command: that it runs is all there is to know


def healthy(well: bool) -> int:
    return 0 if well else 1


def command_lines() -> Iterator[list[str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it ended, or is another user's


def sockets() -> set[tuple[str, str, int]]:
    """(state, which end, port) of every TCP socket here."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, remote, state = line.split()[:4]
            found.add((state, "local", int(local.rsplit(":", 1)[1], 16)))
            found.add((state, "remote", int(remote.rsplit(":", 1)[1], 16)))
    return found


def web_answers() -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{WEB_PORT}/", timeout=SECONDS).close()
    except urllib.error.HTTPError:
        return True  # a refusal is an answer
    except OSError:
        return False
    return True


def hub_accepts() -> bool:
    try:
        socket.create_connection((socket.gethostname(), HUB_PORT), timeout=SECONDS).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
