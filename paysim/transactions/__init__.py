"""What is sent. `generator` is the only door; `dataset` writes whole data sets.

Importing this package registers the payment methods, countries, scenarios and presets, which a configuration is loaded
against, and the checks of what they allow.
"""

from . import methods, scenarios
from .behaviour import possible
from .events import presets
from .world import countries

__all__ = ["countries", "methods", "possible", "presets", "scenarios"]
