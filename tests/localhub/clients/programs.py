"""Running the programs of this folder."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def said(command: list[Any], folder: Path, environment: dict[str, str] | None = None) -> Any:
    """The JSON that a command prints; what goes wrong is shown."""
    env = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
