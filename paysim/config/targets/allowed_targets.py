"""What may be loaded: this machine and Microsoft's emulator always, anything else only where it is allowed.

The list is in the YAML as literal text, or the one target is named in the process's own environment: neither a
default, a `.env` that lies about nor a variable of a shared pipeline opens it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from .target import Target
from .target_patterns import matches, pattern_fault

ALLOW_TARGET = "PAYSIM_ALLOW_TARGET"


def refusals(target: Target, allowed: Iterable[str], environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Why the target may not be loaded: nothing where it may.

    allowed: the patterns of `allowed_targets`; malformed ones allow nothing.
    environ: the process's environment (the default), never one that holds `.env`.
    """
    if target.local:
        return
    environ = os.environ if environ is None else environ
    patterns = [pattern for pattern in allowed if pattern_fault(pattern) is None]
    for key in target.keys:
        namespace, _, hub = key.partition("/")
        by_name = environ.get(ALLOW_TARGET, "").partition("/")
        named = by_name[0].lower() == namespace.lower() and by_name[2] == hub
        if not named and not any(matches(pattern, key) for pattern in patterns):
            by = f", and is reached through the proxy {target.proxy}" if target.proxied else ""
            yield f"target {key} is not in output.event_hub.allowed_targets{by}; add it, or set {ALLOW_TARGET}={key}"
