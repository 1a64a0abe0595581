"""What is behind the hub in the live figures: part of the snapshot, and a history that goes on while it is waited."""

from paysim.loadtest.live.figures import Live
from paysim.loadtest.web import series
from tests.support.hops import figures, now
from tests.support.live_accounts import RUN, account
from tests.support.present import present


def a_live(*told) -> Live:
    """A second a look; after the last one it is waited for what is under way."""
    live, waiting = Live(), iter(told)
    live.accounts = lambda: {"": account(0, acked=10)}
    live.pipeline = lambda: next(waiting)
    live.begin(RUN)
    return live


def test_what_the_watcher_told_is_part_of_the_snapshot_and_of_a_history_of_its_own():
    live = a_live(None, figures(), figures(now=[now("acknowledged", 7.0)]))
    live.tick(0.0, 5, None)
    assert present(live.latest).pipeline is None
    live.tick(1.0, 5, None)
    live.look_behind(2.0)  # the run has ended, and the pipeline goes on
    assert present(present(live.latest).pipeline).now[0].per_s == 7.0
    assert [point.elapsed for point in live.hops] == [1.0, 2.0]
    assert [point.elapsed for point in live.history] == [0.0]


def test_the_page_gets_a_series_for_each_hop_stage_and_partition_and_the_rest_where_it_knows_a_part():
    live = a_live(figures(), figures())
    live.tick(0.0, 5, None)
    live.tick(1.0, 5, None)
    first, second = series.document(live, "hub", "running", {})["hops"]
    assert first["elapsed"] == 0.0
    assert (second["hop2_per_s"], second["hop2_p95"], second["hop3_p50"]) == (12.5, 250.0, None)
    assert (second["stored_arrived"], second["stored_under_way"], second["stored_missing"]) == (90, 8, 2)
    assert (second["lag/ingest/0"], second["lag/ingest/1"]) == (7, None)
    assert [point["elapsed"] for point in series.document(live, "hub", "running", {}, hops_after=0.0)["hops"]] == [1.0]


def test_a_new_run_begins_a_new_history():
    live = a_live(figures())
    live.tick(0.0, 5, None)
    before = series.name(live)
    live.begin(RUN)
    assert len(live.hops) == 0
    assert series.name(live) != before
