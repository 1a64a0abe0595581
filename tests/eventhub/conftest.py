"""The hub that tests of publishers have too."""

from tests.publishers.conftest import _unused_names, closing, desk, fresh, hub, name, run

__all__ = ["_unused_names", "closing", "desk", "fresh", "hub", "name", "run"]
