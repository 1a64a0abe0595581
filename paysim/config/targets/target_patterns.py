"""Patterns of `allowed_targets`: `namespace/hub` with wildcards, their form, and what they match."""

import re

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
