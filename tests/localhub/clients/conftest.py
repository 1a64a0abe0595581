"""Other people's clients, installed into temporary folders from their registries, and the hubs they meet."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.localhub.clients.programs import HERE, said
from tests.support.hub_process import HubProcess, running

UAMQP = ("azure-eventhub==5.10.1", "six")  # which it needs, and does not say


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and the packages that they need."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("javascript")
    for path in (*HERE.glob("*.js"), *HERE.glob("package*.json")):
        shutil.copy(path, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=170)
    if done.returncode:
        pytest.skip(f"npm cannot install the clients: {done.stderr.strip().splitlines()[-1:]}")
    return folder


@pytest.fixture(scope="session")
def uamqp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the SDK's version of before it spoke AMQP by itself."""
    folder = tmp_path_factory.mktemp("uamqp")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=100)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *UAMQP]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170)
    if done.returncode:
        pytest.skip("azure-eventhub 5.10 with uamqp has no wheels for this machine, or cannot be had")
    return python


@pytest.fixture
def own_hub() -> Iterator[HubProcess]:
    """A hub for one test."""
    with running("--consumer-group", "audit") as hub:
        yield hub


@pytest.fixture
def node(javascript: Path) -> Callable[..., Any]:
    """Run a script with arguments; returns the JSON that it prints."""

    def run(script: str, *arguments: str, **environment: str) -> Any:
        return said(["node", script, *arguments], javascript, environment)

    return run
