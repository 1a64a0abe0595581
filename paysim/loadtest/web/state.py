"""How the test stands, for pages: Locust's word, but that a test which is being prepared has begun.

Locust stays "ready" (or "stopped") until everything that listens to the start of a test has returned: connections are
looked at, workers are waited for. Its page takes that word for "nothing was started", and goes back to the form for
good.
"""

from gevent import Greenlet
from locust.runners import STATE_INIT, STATE_MISSING, STATE_SPAWNING, STATE_STOPPED
from locust.web import WebUI


def state(web_ui: WebUI) -> str:
    """`ready`, `spawning`, `running`, `stopping`, `stopped` …"""
    runner = web_ui.environment.runner
    if runner is None:
        return str(STATE_MISSING)
    # A test with stages is ended by the greenlet that began it, which then is alive and has stopped.
    starting = _alive(web_ui._swarm_greenlet) or _alive(getattr(runner, "spawning_greenlet", None))
    with_stages = _alive(runner.shape_greenlet)
    if (starting and runner.state in (STATE_INIT, STATE_STOPPED)) or (with_stages and runner.state == STATE_INIT):
        return str(STATE_SPAWNING)
    return str(runner.state)


def _alive(greenlet: Greenlet | None) -> bool:
    return greenlet is not None and not greenlet.ready()
