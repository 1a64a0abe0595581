"""Transactions that go out again: copies that wait until they are due, and what goes out in whose place."""
