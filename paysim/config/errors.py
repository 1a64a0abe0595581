"""What a user reads when a configuration is wrong: every fault at once, one line each."""

from dataclasses import dataclass

from .targets.connection_strings import masked

Keys = tuple[str | int, ...]
"""Where in the document, below `simulator`: names of mappings, positions in lists."""


def dotted(keys: Keys) -> str:
    """`("load", "stages", 0, "users")` as people write it: `load.stages[0].users`."""
    text = ""
    for key in keys:
        name = key if key != "" else '""'
        text += f"[{name}]" if isinstance(name, int) else f".{name}" if text else name
    return text


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One thing that is wrong, and what is allowed. `line` counts from 1; None where there is no line."""

    source: str
    line: int | None
    keys: Keys
    message: str

    def __str__(self) -> str:
        where = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{where}: {dotted(self.keys)}: {self.message}" if self.keys else f"{where}: {self.message}"


class ConfigError(Exception):
    """Raised where a configuration cannot be used. Its text is one line a fault; exit code 2."""

    def __init__(self, faults: list[ConfigFault]) -> None:
        # By line, so that a user goes through the file once; equal ones stay in the order they were found.
        self.faults = sorted(faults, key=lambda fault: fault.line or 0)
        super().__init__(masked("\n".join(map(str, self.faults))))


class TargetError(Exception):
    """Where transactions go cannot be used; the text is one line for the user, without a secret. Exit code 3."""

    def __init__(self, text: str) -> None:
        super().__init__(masked(text))
