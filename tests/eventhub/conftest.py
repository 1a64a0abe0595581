"""What tests that reach a hub share."""

from tests.support.hub_fixtures import _unused_names, closing, desk, fresh, hub, name, run

__all__ = ["_unused_names", "closing", "desk", "fresh", "hub", "name", "run"]
