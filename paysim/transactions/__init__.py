"""What is sent. `generator` is the only door; `dataset` writes whole data sets.

Importing this package registers the payment methods, countries, scenarios and presets, which a configuration is loaded
against, the facts that it follows where it says `auto`, and the checks of what they allow.
"""

from . import methods, scenarios
from .behaviour.mix import auto_shares, margin_checks
from .events import presets
from .world import countries

__all__ = ["auto_shares", "countries", "margin_checks", "methods", "presets", "scenarios"]
