"""Which part of the test's rate a worker has: as many parts as it has users."""

from collections.abc import Mapping


def shares(users: Mapping[str, int]) -> dict[str, float]:
    """Worker → share of the rate; shares sum to 1. While nobody has users, all have the same."""
    total = sum(users.values())
    if not total:
        return {worker: 1 / len(users) for worker in users}
    return {worker: count / total for worker, count in users.items()}
