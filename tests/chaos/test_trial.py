"""The whole of it, short: what `make chaos` does at length."""

import re
import subprocess
import sys

import pytest

WITH_KILLS = 253  # a plan that kills two workers and the hub and adds partitions within its first 80 seconds


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "sends",
    [
        pytest.param((), id="alone"),
        pytest.param(("--partition-by", "customer_id"), id="by_key"),
        pytest.param(("--partition-by", "customer_id", "--batch-size", "2", "--linger-ms", "20"), id="shared"),
    ],
)
def test_a_run_in_trouble_proves_its_delivery(sends):
    options = ("--seed", str(WITH_KILLS), "--total", "150000", "--rate", "1500", *sends)
    done = subprocess.run([sys.executable, "-m", "tests.chaos", *options], capture_output=True, text=True, timeout=500)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    plan = re.search(
        r"(\d+) workers and (\d+) times the hub killed, (\d+) times partitions added, (\d+) times others", done.stdout
    )
    assert plan is not None and all(
        int(times) >= least for times, least in zip(plan.groups(), (2, 1, 1, 1), strict=True)
    )
