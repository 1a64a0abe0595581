"""What `paysim bench` writes, for people and for machines."""

from paysim.bench import report
from paysim.bench.cases import CASES, SIZES, USERS, CaseResult
from paysim.bench.rounds import Found


def found(rounds: int = 3) -> Found:
    """Every case sends ten times the one before it; each round is a tenth faster."""
    made = Found(master_shares=[0.01, 0.02, 0.04])
    for size in SIZES:
        for place, case in enumerate(CASES):
            count = [int(1000 * 10**place * (1 + at / 10)) for at in range(rounds)]
            made.measured[case, size] = [CaseResult(n, n * 1100, 1.0, 0.5, 100.0 + place) for n in count]
    return made


def test_the_json_has_the_keys_that_machines_look_for():
    result = report.data(found())
    assert set(result["transactions_per_s"]) == {
        "generation", "sdk_batch", "sdk_single", "sdk_buffered", "publisher", "worker"
    }  # fmt: skip
    for figures in result["transactions_per_s"].values():
        assert set(figures) == {"1", "100", "500"}
    assert result["transactions_per_s"]["sdk_batch"]["100"] == {"median": 11_000, "min": 10_000, "max": 12_000}
    assert result["ratios"] == {
        "worker_vs_sdk_batch": {"1": 10_000, "100": 10_000, "500": 10_000},
        "worker_vs_sdk_single": {"1": 1000, "100": 1000, "500": 1000},
    }
    assert result["machine"]["python"]
    assert result["mb_per_s"]["sdk_batch"]["1"]["median"] == 12.1
    assert result["cpu_s_per_million"]["generation"]["1"]["max"] == 500
    assert result["peak_memory_mb"]["worker"] == 105.0
    assert result["master_share_of_a_core"] == 0.02


def test_a_ratio_is_of_one_round_not_of_two_medians():
    """A machine that is slow for a while is slow for both."""
    made = found()
    for case, per_s in (("worker", (100, 10, 90)), ("sdk_batch", (20, 2, 19))):
        made.measured[case, 100] = [CaseResult(n, n, 1.0, 1.0, 1.0) for n in per_s]
    assert report.data(made)["ratios"]["worker_vs_sdk_batch"]["100"] == 5.0


def test_the_table_names_every_case_and_what_was_measured_where():
    text = report.table(report.data(found()))
    for case in CASES:
        assert text.count(f"  {case}") >= len(SIZES)
    assert f"{USERS[1]:,} users, linger_ms 5" in text
    assert "the worker is 10000.0 × sdk_batch" in text
    assert "medians of 3 rounds" in text
    assert "core" in text
    assert max(map(len, text.splitlines())) <= 160
