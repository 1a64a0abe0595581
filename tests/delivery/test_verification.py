"""Verifying against a hub that does not stay as it was: what it was is never mixed up with what it is."""

import shutil
import time

import pytest

from tests.support import others
from tests.support.present import present
from tests.support.runs import RestartedHub, Sending, finish, verifying
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


@pytest.fixture
def hub(tmp_path):
    hub = RestartedHub(tmp_path / "data")
    yield hub
    hub.stop()


def test_a_hub_restarted_with_its_data_is_the_same(hub):
    with verifying(hub) as (run, verification):
        sending = Sending(hub, run)
        sending.send()
        hub.restart()
        sending.send()
        found = finish(verification, sending)
    assert (found.arrived, found.lost, found.error) == (800, 0, None)


@pytest.mark.parametrize("along", [False, True], ids=["after the run", "while it is on"])
def test_of_a_hub_restarted_without_its_data_nothing_counts_as_arrived_and_nothing_as_lost(hub, along):
    with verifying(hub) as (run, verification):
        sending = Sending(hub, run)
        sending.send()
        if along:
            verification.read_along()
            wait_until(lambda: sum(verification._positions.values()) >= 400)
        hub.restart(keep=False)
        sending.send()
        found = finish(verification, sending)
    assert (found.arrived, found.lost, found.unexpected, found.expired) == (0, None, 0, 0)
    error = present(found.error)
    assert error.startswith("not verifiable: this is another hub, payments of 2")
    assert "; the run went to payments of 2" in error
    assert found.ranges == {}


def test_a_hub_that_is_made_anew_while_it_is_read_is_another(hub):
    with verifying(hub) as (run, verification):
        sending = Sending(hub, run)
        sending.send()
        found = finish(verification, sending, before=lambda: hub.restart(keep=False))
    assert present(found.error).startswith("not verifiable: this is another hub")
    assert (found.arrived, found.lost) == (0, None)


def test_a_hub_that_ends_before_a_noted_position_is_another_whatever_it_says_of_itself(hub):
    with verifying(hub) as (run, verification):
        sending = Sending(hub, run)
        sending.send()

        def lose() -> None:
            hub.stop()
            for partition in range(4):
                shutil.rmtree(hub.folder / "payments" / str(partition))
            hub.start()

        found = finish(verification, sending, before=lose)
    error = present(found.error)
    assert "ends at 0, and has been at" in error and "this is another hub" in error
    assert (found.arrived, found.lost) == (0, None)


def test_nothing_is_called_lost_where_the_hub_cannot_be_asked_once_more(hub, monkeypatch):
    with verifying(hub, timeout=2) as (run, verification):
        sending = Sending(hub, run)
        sending.send()
        producers = sending.producers
        producers[0].next_sequence += 5  # as if five more had been acknowledged
        end = verification.look()
        reads = verification._findings

        def gone(*arguments):
            if hub.process.process.poll() is None:
                hub.process.process.kill()
                hub.process.process.communicate()
            return reads(*arguments)

        monkeypatch.setattr(verification, "_findings", gone)  # once all is read
        found = verification.finish(producers, end, lambda *_: None)
    assert found.lost is None
    assert present(found.error).startswith("not verifiable: cannot read")


def test_what_is_not_there_is_lost_where_the_hub_is_still_the_same(hub):
    with verifying(hub, timeout=1) as (run, verification):
        sending = Sending(hub, run)
        sending.send()
        producers = sending.producers
        producers[0].next_sequence += 5
        found = verification.finish(producers, verification.look(), lambda *_: None)
    assert (found.lost, found.error, found.ranges["lost"]) == (5, None, [(0, 400, 404)])


@pytest.mark.parametrize("along", [False, True], ids=["after the run", "while it is on"])
def test_partitions_that_are_added_while_a_run_is_on_are_read(hub, along):
    with verifying(hub) as (run, verification):
        sending = Sending(hub, run)
        sending.send()
        if along:
            verification.read_along()
        hub.restart("--partitions", "7")
        sending.send()
        end = verification.look()
        assert all(end.ends[name] > 0 for name in ("4", "5", "6"))
        found = verification.finish(sending.producers, end, lambda *_: None)
    assert (found.arrived, found.lost, found.error) == (800, 0, None)


@pytest.fixture
def small(tmp_path):
    hub = RestartedHub(tmp_path / "small", "--retention-mb", "1")
    yield hub
    hub.stop()


def others_fill(hub: RestartedHub, megabytes: float) -> None:
    for partition in "0123":
        others.send(hub.process.port, hub.process.key, partition, [others.data(bytes(60_000))] * int(4 * megabytes))


def test_what_aged_out_before_the_run_sent_anything_voids_nothing_where_all_arrived(small):
    with verifying(small) as (run, verification):
        others_fill(small, 2)
        sending = Sending(small, run)
        sending.send(200)
        found = finish(verification, sending)
    assert (found.arrived, found.lost, found.error) == (200, 0, None)
    assert found.expired > 0


def test_what_aged_out_and_is_missing_is_not_called_lost(small):
    with verifying(small) as (run, verification):
        sending = Sending(small, run)
        sending.send(200)
        others_fill(small, 3)
        found = finish(verification, sending)
    assert found.lost is None
    assert f"not verifiable: {found.expired:,} events aged out before they were read" == found.error


def test_what_ages_out_behind_the_end_of_a_run_explains_no_loss(small):
    with verifying(small, timeout=4) as (run, verification):
        sending = Sending(small, run)
        sending.send(200)
        producers = sending.producers
        producers[0].next_sequence += 5
        end = verification.look()
        verification.read_along()
        wait_until(lambda: verification._positions == end.ends)
        others_fill(small, 3)
        time.sleep(0.5)  # in which a reader would go beyond the end
        found = verification.finish(producers, end, lambda *_: None)
    assert (found.lost, found.error) == (5, None)


def test_a_copy_that_is_lost_and_one_that_is_doubled_do_not_cancel_out(hub):
    with verifying(hub, timeout=1) as (run, verification):
        sending = Sending(hub, run, violations={"duplicate": 0.9})
        sending.send(400)
        producers = sending.producers
        (first, last, times), *rest = producers[0].repeated["acked"]
        assert times == 1 or first == last
        moved = [(first, first, times + 1), *([(first + 1, last, times)] if last > first else []), *rest]
        *_, (begin, end, copies) = moved
        moved[-1:] = [(begin, end - 1, copies)] * (end > begin) + [(end, end, copies - 1)] * (copies > 1)
        producers[0].repeated["acked"] = moved  # the hub doubled the last one, and lost one of the first
        found = verification.finish(producers, verification.look(), lambda *_: None)
    assert found.lost == 1
    assert found.duplicated + found.unexpected == 1
