"""How the test stands, for pages: Locust's word, but that a test which is being prepared has begun.

Locust stays "ready" (or "stopped") until everything that listens to the start of a test has returned: connections are
looked at, workers are waited for. Its page takes that word for "nothing was started", and goes back to the form for
good.
"""

from locust.runners import STATE_INIT, STATE_MISSING, STATE_SPAWNING, STATE_STOPPED
from locust.web import WebUI

from paysim.loadtest.locust_compat import has_live_shape, is_starting


def state(web_ui: WebUI) -> str:
    """`ready`, `spawning`, `running`, `stopping`, `stopped` …"""
    runner = web_ui.environment.runner
    if runner is None:
        return str(STATE_MISSING)
    # A test with stages is ended by the greenlet that began it, which then is alive and has stopped.
    unmoved = runner.state in (STATE_INIT, STATE_STOPPED) and is_starting(web_ui, runner)
    if unmoved or (runner.state == STATE_INIT and has_live_shape(runner)):
        return str(STATE_SPAWNING)
    return str(runner.state)
