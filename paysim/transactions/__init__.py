"""What is sent. `generator` is the only door; `dataset` writes whole data sets.

Importing this package registers the payment methods, countries, scenarios and presets, which a configuration is loaded
against, the facts that it follows where it says `auto`, and the checks of what they allow.
"""

from . import methods, scenarios
from .behaviour import margin_checks, mix
from .events import presets
from .world import countries

__all__ = ["countries", "margin_checks", "methods", "mix", "presets", "scenarios"]
