"""The bad configurations, each with the errors that its own header expects."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "bad_configs"


def header(path: Path, name: str) -> list[str]:
    lines = path.read_text().splitlines()
    return [line.removeprefix(f"# {name}: ") for line in lines if line.startswith(f"# {name}: ")]


def environment(path: Path) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in header(path, "environment"))
