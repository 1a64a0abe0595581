"""How fast the local hub takes events in and gives them out, apart from what a client costs.

    python -m tests.performance.localhub_ingress [--seconds 5] [--body 1100] [--connections 8]

A bare client sends prepared transfer frames, one batch in flight on each connection, as many SDK producers do;
then it reads everything of one partition back. Figures are per second of wall clock, and per second of the
hub's own processor time, which holds on a machine that is busy with other things.
"""

import argparse
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paysim.localhub.amqp import frames
from tests.support.amqp_client import BATCH_FORMAT, AmqpClient, batch, data_section, transfer_frames

HUB = "payments"


@contextmanager
def _hub(*options: str) -> Iterator[tuple[int, str, int]]:
    command = [sys.executable, "-m", "paysim.localhub", "--exit-on-stdin-close", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    text = process.stdout.readline()
    try:
        parts = dict(part.split("=", 1) for part in text.strip().split(";"))
        yield int(parts["Endpoint"].rsplit(":", 1)[1]), parts["SharedAccessKey"], process.pid
    finally:
        process.stdin.close()
        process.wait(20)


def _cpu(pid: int) -> float:
    """Processor seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Sender:
    """One connection with one batch in flight."""

    def __init__(self, port: int, key: str, message: bytes, message_format: int) -> None:
        self.client = AmqpClient(port)
        self.client.open()
        assert self.client.authorize(HUB, key) == 202
        self.handle = self.client.attach(HUB)
        self.client.expect(frames.ATTACH)
        self.client.expect(frames.FLOW)
        self._message, self._format, self._delivery = message, message_format, 0
        whole = b"".join(transfer_frames(self.handle, 0x7F7F7F7F, message, message_format))
        self._bytes = bytearray(whole)
        mark = (0x7F7F7F7F).to_bytes(4, "big")
        self._places = [at for at in range(len(whole)) if whole.startswith(mark, at)]

    def send(self) -> None:
        self._delivery += 1
        for at in self._places:
            self._bytes[at : at + 4] = self._delivery.to_bytes(4, "big")
        self.client.send(self._bytes)

    def acknowledged(self) -> None:
        outcome = self.client.expect(frames.DISPOSITION)[4]
        assert outcome.descriptor == 0x24, outcome


def ingress(events: int, body: int, connections: int, seconds: float, data: str | None) -> str:
    message = batch([b"x" * body] * events) if events > 1 else data_section(b"x" * body)
    with _hub(*(("--data", data) if data else ()), "--retention-mb", "1024") as (port, key, pid):
        senders = [_Sender(port, key, message, BATCH_FORMAT if events > 1 else 0) for _ in range(connections)]
        by_file = {sender.client.socket.fileno(): sender for sender in senders}
        poll = select.poll()
        for number in by_file:
            poll.register(number, select.POLLIN)
        batches, began, cpu = 0, time.perf_counter(), _cpu(pid)
        for sender in senders:
            sender.send()
        while time.perf_counter() - began < seconds:
            for number, _ in poll.poll():
                by_file[number].acknowledged()
                by_file[number].send()
                batches += 1
        took, cpu = time.perf_counter() - began, _cpu(pid) - cpu
        for sender in senders:
            sender.client.close()
    megabytes = batches * len(message) / 1e6
    return _line(f"in, {events} a send", batches * events, megabytes, took, cpu)


def egress(body: int, total: int) -> str:
    with _hub("--partitions", "1") as (port, key, pid):
        sender = _Sender(port, key, batch([b"x" * body] * 500), BATCH_FORMAT)
        for _ in range(total // 500):
            sender.send()
            sender.acknowledged()
        sender.client.close()
        reader = AmqpClient(port)
        reader.open()
        assert reader.authorize(HUB, key) == 202
        handle = reader.attach(f"{HUB}/ConsumerGroups/$Default/Partitions/0", receiver=True)
        reader.expect(frames.ATTACH)
        began, cpu = time.perf_counter(), _cpu(pid)
        reader.credit(handle, total)
        wanted, got = total * (body + 80), 0  # annotations are more than 80 bytes
        while got < wanted:
            got += len(reader.socket.recv(1 << 20))
        took, cpu = time.perf_counter() - began, _cpu(pid) - cpu
        reader.close()
    return _line("out, one receiver", total, total * body / 1e6, took, cpu)


def _line(what: str, events: int, megabytes: float, took: float, cpu: float) -> str:
    return (
        f"{what:<20} {events / took:>10,.0f} events/s {megabytes / took:>7,.0f} MB/s"
        f"   per hub CPU second: {events / max(cpu, 0.01):>10,.0f} events {megabytes / max(cpu, 0.01):>7,.0f} MB"
        f"   hub busy {100 * cpu / took:.0f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--body", type=int, default=1100)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--data", help="data folder of the hub (default: temporary)")
    parser.add_argument("--only", choices=["in", "out"])
    options = parser.parse_args()
    if options.only != "out":
        for events in (100, 500, 1):
            print(ingress(events, options.body, options.connections, options.seconds, options.data), flush=True)
    if options.only != "in":
        print(egress(options.body, 100_000), flush=True)


if __name__ == "__main__":
    main()
