"""A hub of its own and a folder of its own for each test."""

from tests.support.load_test_fixtures import hub, start

__all__ = ["hub", "start"]
