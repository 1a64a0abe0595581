"""The true world."""

from tests.support.true_world_fixtures import judged, world

__all__ = ["judged", "world"]
