"""What the form says of a change, and of one that is refused: Locust's dialog of a running test shows neither."""

import pytest

from tests.support.waiting import wait_until
from tests.support.web import data, serve, swarm

pytestmark = pytest.mark.usefixtures("unmeasured")

NEXT_RUN = "counts from the next run on"


def running(web) -> bool:
    now = data(web)["now"]
    return now is not None and now["running"] and now["total"]["acked"] > 0


def test_a_refused_edit_is_logged_and_told_until_one_is_taken(start):
    load_test, web = serve(start)
    wait_until(web.up)
    assert data(web)["refused"] == ""
    assert swarm(web)["success"]
    wait_until(lambda: running(web))

    message = swarm(web, paysim_rate="abc")["message"]
    assert "must be a number" in message
    assert data(web)["refused"] == message
    assert f"what the form sent was refused, and nothing changed: {message}" in load_test.log.read_text()
    assert data(web)["now"]["target_per_s"] == 400

    assert swarm(web, paysim_rate="300")["success"]
    assert data(web)["refused"] == ""
    wait_until(lambda: data(web)["now"]["target_per_s"] == 300)


def test_a_total_of_the_run_that_the_form_starts_is_not_the_next_runs(start):
    load_test, web = serve(start)
    wait_until(web.up)
    assert swarm(web, paysim_total="100000")["success"]
    wait_until(lambda: running(web))
    assert data(web)["now"]["planned"] == 100_000
    assert NEXT_RUN not in load_test.log.read_text()

    # Of one that is on it is: it has no total to take away.
    assert swarm(web, paysim_total="")["success"]
    load_test.wait_for_log(NEXT_RUN)
    assert load_test.log.read_text().count(NEXT_RUN) == 1
    assert data(web)["now"]["planned"] == 100_000
