"""What may be loaded: this machine and Microsoft's emulator always, anything else only where it is allowed.

The list is in the YAML as literal text, or the one target is named in the process's own environment: neither a
default, a `.env` that lies about nor a variable of a shared pipeline opens it.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping

from .target import Target

ALLOW_TARGET = "PAYSIM_ALLOW_TARGET"
_FORM = re.compile(r"[^\s/\[\]]+/[^\s/\[\]]+")


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with one entry of `allowed_targets`, if anything."""
    if "${" in pattern:
        return "takes no ${…}: what may be loaded stands here literally; allowed: namespace/hub, with * and ?"
    if pattern.startswith(("*", "?")):
        return "begins with a wildcard, which could match production; allowed: namespace/hub that begins literally"
    if not _FORM.fullmatch(pattern):
        return "is not of the form namespace/hub, for example evhns-loadtest-*/payments"
    return None


def matches(pattern: str, key: str) -> bool:
    """Whether a pattern allows a key (`namespace/hub`), the namespace in any case.

    `*` is any text and `?` any character of its half; in the namespace neither matches a dot, so that
    `evhns-loadtest-*` allows no `evhns-loadtest-x.contoso.com`.
    """
    namespace, _, hub = pattern.partition("/")
    key_namespace, _, key_hub = key.partition("/")
    return bool(
        re.fullmatch(_expression(namespace.lower(), "[^./]"), key_namespace.lower())
        and re.fullmatch(_expression(hub, "[^/]"), key_hub)
    )


def _expression(pattern: str, wild: str) -> str:
    return "".join({"*": f"{wild}*", "?": wild}.get(character, re.escape(character)) for character in pattern)


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
