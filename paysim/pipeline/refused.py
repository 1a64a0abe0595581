"""Why a run is not watched behind the hub."""


class StageRefused(Exception):
    """A stage, or the lag of a consumer group, cannot be watched; one line for the user."""
