"""The publisher as Locust runs it: everything patched by gevent, threads being greenlets; each in a process."""

import subprocess
import sys
import textwrap

import pytest

from tests.support.hub_process import HubProcess

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.busy("how long the loop is held up is measured"),
]

START = """
    from gevent import monkey
    monkey.patch_all()
    import gevent, sys, threading, time
    from paysim.config.schema import Config
    from paysim.eventhub import opening
    from paysim.publishers import make_publisher
    from paysim.config.errors import TargetError
    from paysim.contract.identity import Run
    from tests.support.publishing import Desk, make_batch
    from tests.support.servers import Gate, listening, silent

    def opened(text, **event_hub):
        event_hub |= {"connection_string": text, "eventhub_name": "payments"}
        publisher = make_publisher(Config.model_validate({"output": {"event_hub": event_hub}}))
        publisher.open()
        publisher.begin(Run.at(1, 1), 0, 1)
        return publisher

    desk = Desk()
    text = sys.argv[1]
    port = int(sys.argv[2])
"""


def under_gevent(code: str, hub: HubProcess) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(START) + textwrap.dedent(code),
            hub.connection_string,
            str(hub.port),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_many_greenlets_send_concurrently_and_killing_them_interrupts_no_send(hub: HubProcess) -> None:
    said = under_gevent(
        """
        publisher = opened(text)
        def user(number):
            for at in range(10):
                done = gevent.event.Event()
                def on_outcome(batch, outcome):
                    desk.on_outcome(batch, outcome)
                    done.set()
                publisher.send(make_batch(10, first=(number * 10 + at) * 10), on_outcome)
                done.wait()
        import gevent.event
        users = [gevent.spawn(user, number) for number in range(50)]
        gevent.joinall(users, timeout=30)
        publisher.drain(5)
        print(desk.acked, len(desk.acked_ids), publisher.figures.connections >= 4)

        def impatient(number):
            publisher.send(make_batch(100, first=10000 + number * 100), desk.on_outcome)
            gevent.sleep(60)
        users = [gevent.spawn(impatient, number) for number in range(100)]
        gevent.sleep(0)
        gevent.killall(users)
        publisher.drain(20)
        print(desk.acked, len(desk.acked_ids), dict(desk.reasons), publisher.figures.reconnects)
        publisher.close()
        """,
        hub,
    )
    assert said.split() == ["5000", "5000", "True", "15000", "15000", "{}", "0"]


def test_a_lost_connection_is_replaced(hub: HubProcess) -> None:
    said = under_gevent(
        """
        gate = Gate(port)
        publisher = opened(text.replace(f":{port}", f":{gate.port}"), connections=3)
        for at in range(30):
            publisher.send(make_batch(5, first=5 * at), desk.on_outcome)
            if at == 15:
                gevent.sleep(0.1)
                gate.cut()
        publisher.drain(20)
        print(desk.acked, dict(desk.reasons), publisher.figures.reconnects > 0)
        publisher.close()
        """,
        hub,
    )
    assert said.split() == ["150", "{}", "True"]


def test_a_silent_hub_does_not_stop_the_greenlets(hub: HubProcess) -> None:
    said = under_gevent(
        """
        opening.CONNECT_WITHIN = 1.5
        ticks = []
        def tick():
            while True:
                ticks.append(time.monotonic())
                gevent.sleep(0.01)
        ticker = gevent.spawn(tick)
        with listening(silent) as silent_port:
            try:
                opened(text.replace(f":{port}", f":{silent_port}"))
            except TargetError as error:
                print(str(error).endswith("does not answer within 2 s"))
        gaps = [after - before for before, after in zip(ticks, ticks[1:])]
        print(len(ticks) > 20, max(gaps) < 1)
        ticker.kill()
        """,
        hub,
    )
    assert said.split() == ["True", "True", "True"]


def test_waiting_for_a_slow_hub_is_bounded_by_drain() -> None:
    process = HubProcess()
    try:
        said = under_gevent(
            f"""
            import subprocess
            publisher = opened(text, connections=1)
            subprocess.run([sys.executable, "-m", "paysim.localhub", "fault", "--port", "{process.port}",
                            "stall", "4"], check=True)
            publisher.send(make_batch(3), desk.on_outcome)
            started = time.monotonic()
            publisher.drain(1)
            print(time.monotonic() - started < 5, [error.unknown for error in desk.errors])
            started = time.monotonic()
            publisher.close()
            print(time.monotonic() - started < 5)
            """,
            process,
        )
    finally:
        process.stop()
    assert said.split() == ["True", "[True]", "True"]
