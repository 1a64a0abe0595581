"""What a failed step shows: the first cause in the chain, and what to do, with a number."""

import pytest

from paysim.loadtest.judge.culprits import CULPRITS, culprit_of
from paysim.loadtest.judge.limit_figures import StepCounts, StepFigures
from paysim.loadtest.sending.latency import Latencies, counts_of


def step(
    rate=4000.0, acked=30_000, size=1000, sends=300, throttled=0, busy_s=0.0, cpu_s=1.0, waited_s=0.0, lag_s=0.0,
    partitions=None, service_ms=10.0, quiet_ms=10.0, senders=1, connections=4, backlog=None,
):  # fmt: skip
    latencies = Latencies()
    latencies.record("service", service_ms / 1000, acked)
    last = StepCounts(
        at=10.0,
        senders=senders,
        acked=acked,
        wire_bytes=acked * size,
        sends=sends,
        throttled=throttled,
        busy_s=busy_s,
        cpu_s=cpu_s,
        waited_s=waited_s,
        lag_s=lag_s,
        partitions=partitions or {},
        backlog=backlog or {},
        buckets={("service", ""): counts_of(latencies.encode()["service"])},
    )
    return StepFigures(rate, 64, connections, StepCounts(at=0.0), (), last, quiet_ms)


@pytest.mark.parametrize(
    ("shown", "name", "words", "advice"),
    [
        ({"throttled": 5}, "throughput units", "5 sends throttled", "3 were taken up by events"),
        ({"throttled": 5, "size": 2000}, "throughput units", "5 sends", "6 were taken up by bytes; 4,000/s needs 8"),
        ({"throttled": 5, "partitions": {"0": 10_000, "1": 500, "2": 500}}, "one partition", "partition 0 got 1,000/s",
         "partition key"),
        ({"throttled": 5, "partitions": {"0": 10_000, "1": 10_000, "2": 9_000}}, "throughput units", "5 sends", "3 "),
        ({"throttled": 5, "partitions": {"0": 4_000, "1": 500, "2": 500}}, "throughput units", "5 sends", "raise"),
        ({"busy_s": 9.0}, "connections", "all 4 connections busy 90 % of the time, a send takes 10.0 ms",
         "raise output.event_hub.connections to 8"),
        ({"busy_s": 18.0, "senders": 2, "connections": 8}, "connections", "all 8 connections", "connections to 8"),
        ({"busy_s": 9.0, "service_ms": 40.0}, "hub", "half of all sends took 40", "look at the hub"),
        ({"busy_s": 9.0, "cpu_s": 9.0}, "generator", "worked 90 % of its time", "use 2 workers or more"),
        ({"busy_s": 9.0, "cpu_s": 4.0, "waited_s": 5.8}, "generator", "worked 95 % of its time", "2 workers"),
        ({"backlog": {"validated": 900, "stored": 20_000}, "cpu_s": 9.0}, "pipeline stage",
         "stored did not keep up: 20,000 transactions more were on their way after 10 s", "it took 50 % of what came"),
        ({"backlog": {"validated": 7_900, "stored": 8_100}}, "pipeline stage", "validated did not keep up: 7,900",
         "make what is before validated faster"),
        ({"backlog": {"stored": 8_100, "lag of ingest": 8_000}}, "pipeline stage", "stored did not keep up", "stored"),
        ({"backlog": {"stored": 7_900}, "cpu_s": 9.0}, "generator", "worked 90 %", "2 workers"),
        ({"backlog": {"lag of ingest": 39_000}, "busy_s": 9.0}, "connections", "all 4", "connections"),
        ({"lag_s": 9.0}, "generator", "held up 90 % of the time", "2 workers"),
        ({"lag_s": 9.0, "waited_s": 8.5, "busy_s": 9.0}, "connections", "all 4 connections busy", "connections"),
        ({}, "generator", "did not keep its schedule", "2 workers"),
    ],
)  # fmt: skip
def test_the_first_cause_in_the_chain_is_named_with_what_to_do(shown, name, words, advice):
    figures = step(**shown)
    culprit, found = culprit_of(figures)
    assert culprit.name == name
    assert words in found
    assert advice in culprit.advice(figures)


def test_causes_stand_in_the_order_in_which_one_causes_the_next():
    assert list(CULPRITS) == [
        "one partition", "throughput units", "pipeline stage", "generator", "hub", "connections",
    ]  # fmt: skip
