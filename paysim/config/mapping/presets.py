"""Presets as a configuration sees them: mappings that are ready, each for a contract that many pipelines have.

The entries are the files of `paysim.transactions.events.presets`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from paysim.contract.names import OneOf
from paysim.registry import Registry

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A mapping by name.

    about: what it is, one sentence. source: the document that its contract is published in. rules: what would stand
    below `mapping`; asked for when it is used, as a new payment method may add fields. methods: the payment methods
    that it is for, empty for all. content_type: of its events.
    """

    name: str
    about: str
    source: str
    rules: Callable[[], dict[str, Any]]
    methods: tuple[str, ...] = ()
    content_type: str = JSON


PRESETS: Registry[Preset] = Registry("preset")
PresetName = Annotated[str, OneOf(PRESETS)]
