"""A copy of paysim with one change in it, and its commands run there as processes of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support.environment import unmeasured_environ
from tests.support.present import present
from tests.support.running import WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
HEADLESS = ("--headless", "-u", "5", "-r", "5", "-t", "2s")
CHANGES = Path(__file__).parent / "changes"


class House:
    """paysim in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "paysim", folder / "paysim")  # with what Python has compiled of it
        for name in ("config", "docs", "locustfiles"):
            shutil.copytree(ROOT / name, folder / name)

    def add(self, change: str, place: str) -> None:
        """Put a file of `changes` into this folder of paysim."""
        shutil.copy(CHANGES / f"{change}.py", self.folder / "paysim" / place / f"{change}.py")

    def append(self, change: str, file: str) -> None:
        """Put what a file of `changes` does, without its imports, at the end of a file of paysim."""
        lines = (CHANGES / f"{change}.py").read_text(encoding="utf-8").splitlines()
        row = [line for line in lines[1:] if not line.startswith(("from ", "import "))]
        with (self.folder / "paysim" / file).open("a", encoding="utf-8") as target:
            target.write("\n".join(["", *row, ""]))

    def append_row(self, change: str, file: str) -> None:
        """Put the body of the class of a file of `changes` at the end of a file of paysim, in the last class there."""
        _, _, body = (CHANGES / f"{change}.py").read_text(encoding="utf-8").partition("\nclass ")
        with (self.folder / "paysim" / file).open("a", encoding="utf-8") as target:
            target.write(body.partition("\n")[2])

    def run(self, *arguments: str, expected: int = 0) -> str:
        """Standard output of `python -m …`."""
        environ = {**unmeasured_environ(), "PYTHONPATH": str(self.folder), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == expected, done.stderr
        return done.stdout if expected == 0 else done.stderr

    def config(self, **sections: Any) -> str:
        """A configuration file with these sections; its name. Few people: each command makes them anew."""
        few = {"population": {"customers": 5000, "merchants": 500}}
        sections["transaction"] = few | sections.get("transaction", {})
        (self.folder / "change.yaml").write_text(yaml.safe_dump({"simulator": sections}), encoding="utf-8")
        return "change.yaml"

    def sample(self, *arguments: str) -> list[dict[str, Any]]:
        """The events of `paysim sample`."""
        return [json.loads(line) for line in self.run("paysim", "sample", *arguments).splitlines()]

    def data_set(self, total: int, config: str) -> list[dict[str, Any]]:
        """The events of `paysim generate` with a seed."""
        self.run(
            "paysim", "generate", "--total", str(total), "--seed", "7", "--output", "set.jsonl", "--config", config
        )
        return [json.loads(line) for line in (self.folder / "set.jsonl").read_text(encoding="utf-8").splitlines()]

    def labels(self) -> list[dict[str, Any]]:
        """Those of the data set."""
        lines = (self.folder / "set.jsonl.labels.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def schema(self) -> dict[str, Any]:
        """The JSON Schema as it is written now."""
        self.run("paysim.transactions.schema")
        found: dict[str, Any] = json.loads((self.folder / "docs/transaction.schema.json").read_text(encoding="utf-8"))
        return found

    def tables(self) -> str:
        """The guide's tables as they would be written now."""
        self.run("paysim.config.documents")
        return (self.folder / "docs/SIMULATOR-GUIDE.md").read_text(encoding="utf-8")

    def scenarios(self) -> str:
        """docs/SCENARIOS.md as `tables` has written it."""
        return (self.folder / "docs/SCENARIOS.md").read_text(encoding="utf-8")

    @contextmanager
    def local_hub(self) -> Iterator[tuple[str, str]]:
        """Connection string and port of a local hub while the context lasts."""
        environ = {**unmeasured_environ(), "PYTHONPATH": str(self.folder)}
        command = [sys.executable, "-m", "paysim", "localhub", "--exit-on-stdin-close"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        with subprocess.Popen(command, cwd=self.folder, env=environ, **pipes) as hub:
            connection_string = present(hub.stdout).readline().strip()
            yield connection_string, connection_string.partition(";")[0].rpartition(":")[2]
            present(hub.stdin).close()
            assert hub.wait(60) == 0

    def load_test(self, config: str, expected: int = 0, **environ: str) -> tuple[str, dict[str, Any]]:
        """What Locust says in two seconds of a run, and its summary."""
        said = subprocess.run(
            [sys.executable, "-m", "locust", "-f", "locustfiles/payments.py", "--paysim-config", config, *HEADLESS],
            cwd=self.folder,
            env={**unmeasured_environ(), "PYTHONPATH": str(self.folder), **environ},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert said.returncode == expected, said.stderr
        return said.stdout + said.stderr, self.summary()

    def summary(self) -> dict[str, Any]:
        """That of the run that was the last."""
        path = self.folder / "output" / os.readlink(self.folder / "output/latest") / "summary.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def summary_schema(self) -> str:
        """The JSON Schema of a summary as it would be written now."""
        self.run("paysim.summary.schema")
        return (self.folder / "docs/summary.schema.json").read_text(encoding="utf-8")

    @contextmanager
    def web_test(self, config: str) -> Iterator[WebUI]:
        """A load test with a web UI, and a run that is on for as long as the context lasts."""
        port = free_port()
        options = ("--autostart", "-u", "5", "-r", "5", "--web-host", "127.0.0.1", "--web-port", str(port))
        command = [sys.executable, "-m", "locust", "-f", "locustfiles/payments.py", "--paysim-config", config, *options]
        environ = {**unmeasured_environ(), "PYTHONPATH": str(self.folder)}
        log, web = self.folder / "locust.log", WebUI(port)
        with log.open("wb") as said:
            run = subprocess.Popen(command, cwd=self.folder, env=environ, stdout=said, stderr=said)
        try:
            wait_until(lambda: web.up() or run.poll() is not None)
            yield web
        finally:
            run.terminate()
            ended = run.wait(60)
        assert ended == 0, log.read_text(encoding="utf-8")
