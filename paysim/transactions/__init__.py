"""What is sent. `generator` is the only door; `dataset` writes whole data sets.

Importing this package registers the payment methods, countries, scenarios and presets, which a configuration is loaded
against.
"""

from . import methods, scenarios
from .events import presets
from .world import countries

__all__ = ["countries", "methods", "presets", "scenarios"]
