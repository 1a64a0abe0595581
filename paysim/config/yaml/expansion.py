"""`${VAR}` and `${VAR:-default}` inside one scalar, and the environment they come from.

`$${` stands for a literal `${`. Any other `$` is itself. As in a shell, `:-` also replaces an empty value.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)(\})?")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


class ExpansionError(ValueError):
    """Raised where a reference is malformed or its variable is not set. The text never holds a value."""


def environment(folder: Path | None = None) -> dict[str, str]:
    """The process's environment over the `.env` of a folder (the current one); an empty variable counts as set.

    Raises ExpansionError where `.env` is there and cannot be read.
    """
    path = (folder or Path.cwd()) / ".env"
    try:
        # Without interpolation: a value is what stands there, as with `docker run --env-file`.
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig") if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ExpansionError(f"{path}: cannot be read: {reason}") from None
    return {name: value for name, value in values.items() if value is not None} | dict(os.environ)


def references(text: str) -> list[str]:
    """The references in a text, as written: `["${RATE:-100}"]`."""
    return [match.group() for match in _REFERENCE.finditer(text) if match.group() != "$${"]


def variables(text: str) -> list[str]:
    """The names that a text refers to."""
    found = (_INSIDE.fullmatch(match.group(1) or "") for match in _REFERENCE.finditer(text))
    return [inside.group(1) for inside in found if inside]


def expand(text: str, environ: Mapping[str, str]) -> str:
    """The text with every reference replaced. Raises ExpansionError."""

    def replace(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        inside = _INSIDE.fullmatch(match.group(1))
        if match.group(2) is None:
            raise ExpansionError("${ without its }; write $${ for a literal ${")
        if inside is None:
            raise ExpansionError(
                "${…} does not hold a name of letters, digits and _; allowed: ${VAR} or ${VAR:-default}, "
                "and $${ for a literal ${"
            )
        name, default = inside.groups()
        if default is None and name not in environ:
            raise ExpansionError(
                f"environment variable {name} is not set; set it, put it in .env, or give a default: ${{{name}:-…}}"
            )
        if default is None:
            return environ[name]
        if "${" in default:
            raise ExpansionError("one ${…} inside another is not supported; allowed: ${VAR} or ${VAR:-default}")
        return environ.get(name) or default

    return _REFERENCE.sub(replace, text)


def without_variables(text: str) -> str:
    """The text as it is where no variable is set: what of it stands in the file itself."""
    return _REFERENCE.sub(lambda match: (match.group(1) or "").partition(":-")[2], text)
