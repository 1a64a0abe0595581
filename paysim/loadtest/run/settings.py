"""The configuration in force: that of a file, with the values that the command line and the start form set.

`config_watcher` asks for a change when the file changes, `web.form` when the form is sent. `Settings.apply` carries it
out.
"""

import logging
import re
from collections.abc import Callable
from pathlib import Path

from paysim.config.loader import Loaded, load
from paysim.config.reload import Change, changes
from paysim.config.targets.destinations import DESTINATIONS
from paysim.config.yaml.key_paths import at

from . import overrides
from .overrides import Values

logger = logging.getLogger(__name__)

BY_FORM = "changed by the start form"
FIXED = ("output.destination", "verify", "metrics", "logging.format", "logging.file")
"""Options that cannot change while paysim runs, not even between two runs: where transactions go, and what is open. The
options of destinations cannot either."""
MOST_CHOICES = 100


class ReloadRefused(Exception):
    """A valid configuration that cannot be taken over now; the text names the keys."""


class Settings:
    """apply: is called with a new configuration, and lines that say what changed."""

    def __init__(self, path: Path | None, command_line: Values) -> None:
        """Raises ConfigError."""
        self.command_line = command_line
        self.form: Values = {}
        self.refused = ""
        """Why what the form sent last was not taken over; empty where it was."""
        self.apply: Callable[[Loaded, list[str]], None] = lambda loaded, lines: None
        self._file = load(path)
        self._folder = self._file.source.parent if self._file.source is not None else None
        self.loaded = overrides.apply(self._file, command_line)

    @property
    def source(self) -> Path | None:
        """The file in force, or None where everything is a default."""
        return self._file.source

    @property
    def choice(self) -> str:
        """The file in force as the form names it."""
        return str(self.source.relative_to(self._folder)) if self.source is not None and self._folder else ""

    @property
    def choices(self) -> list[str]:
        """The configurations of the folder of the first file, and of the folders in it: relative paths."""
        if self._folder is None:
            return []
        found = sorted(path for pattern in ("*.y*ml", "*/*.y*ml") for path in self._folder.glob(pattern))
        names = [str(path.relative_to(self._folder)) for path in found if self._offered(path)][:MOST_CHOICES]
        return names if self.choice in names else [self.choice, *names]

    def _offered(self, path: Path) -> bool:
        assert self._folder is not None
        hidden = any(part.startswith(".") for part in path.relative_to(self._folder).parts)
        return not hidden and path.resolve().is_relative_to(self._folder.resolve()) and _is_configuration(path)

    def without_form(self, name: str) -> int | float | None:
        """The value of an override where its field of the form is left empty."""
        (override,) = (override for override in overrides.OVERRIDES if override.name == name)
        found: int | float | None = self.command_line.get(name, at(self._file.config, override.keys))
        return found

    def reload(self) -> tuple[list[str], list[str]]:
        """Read the file again and take it over.

        Returns what changed, and which of its values have no effect because the command line or the form set others; a
        line each. Raises ConfigError where it is not valid, ReloadRefused where it changes what is fixed; then
        everything stays as it was.
        """
        file = load(self.source)
        lines = self._take(file, self.form, _live, "while paysim runs", "reloaded")
        before, self._file = self._file.config, file
        options = {name: value for name, value in self.command_line.items() if name not in self.form}
        kept = [
            *overrides.kept(before, file.config, self.form, "the start form"),
            *overrides.kept(before, file.config, options, "the command line"),
        ]
        return lines, kept

    def choose(self, name: str | None, form: Values, *, running: bool) -> list[str]:
        """The start form: a file by its name among `choices`, or None for the one in force, and what it sets.

        Raises ConfigError or ReloadRefused. Returns what changed.
        """
        file = self._file
        if name is not None and name != self.choice:
            if name not in self.choices or self._folder is None:
                raise ReloadRefused(f"there is no configuration {name[:80]!r} in the folder of the first one")
            file = load(self._folder / name)
        if running:
            lines = self._take(file, form, _live, "while a test runs", BY_FORM)
        else:
            lines = self._take(file, form, _free_between_runs, "while paysim runs", BY_FORM)
        self._file, self.form = file, form
        return lines

    def _take(self, file: Loaded, form: Values, may: Callable[[Change], bool], when: str, how: str) -> list[str]:
        fresh = overrides.apply(overrides.apply(file, self.command_line), form, "start form" if form else "")
        found = changes(self.loaded.config, fresh.config)
        refused = [change.key for change in found if not may(change)]
        if refused:
            raise ReloadRefused(f"{', '.join(refused)} cannot change {when}")
        lines = [str(change) for change in found]
        self.loaded = fresh
        if found:
            # It is logged first, because the change may be a log level that hides this line.
            logger.info("the configuration was %s: %s", how, "; ".join(lines))
            self.apply(fresh, lines)
        return lines


def _live(change: Change) -> bool:
    return change.live


def _free_between_runs(change: Change) -> bool:
    sections = (f"output.{each.section}" for each in DESTINATIONS.values() if each.section is not None)
    return not any(change.key == key or change.key.startswith(f"{key}.") for key in (*FIXED, *sections))


def _is_configuration(path: Path) -> bool:
    try:
        return re.search(r"^simulator\s*:", path.read_text("utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False
