"""The Dockerfile and docker-compose.yml, really built and run: `make docker-test`. docs/DISTRIBUTED.md has its figures.

Nothing is published but the web UI, on a free port of 127.0.0.1, and nothing is left behind.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.environment import ROOT
from tests.support.present import present
from tests.support.running import WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

RATE, SECONDS = 2000, 30
CONFIG = f"""
simulator:
  output: {{batch_size: 20}}
  transaction:
    volume: {{rate: {RATE}}}
"""

COUNT = """
from pathlib import Path
from azure.eventhub import EventHubConsumerClient as Client
client = Client.from_connection_string(Path("/run/paysim/connection_string").read_text().strip(), "$Default")
ends = [client.get_partition_properties(partition) for partition in client.get_partition_ids()]
print(sum(end["last_enqueued_sequence_number"] - end["beginning_sequence_number"] + 1 for end in ends))
client.close()
"""


def compose_command() -> list[str] | None:
    """`docker-compose` 1.29 or the plugin, whichever is there."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    return ["docker", "compose"] if plugin and plugin.returncode == 0 else None


COMMAND = compose_command()


@pytest.fixture(autouse=True)
def wanted(request):
    if "docker" not in request.config.option.markexpr:
        pytest.skip("builds an image and runs it for minutes: make docker-test")
    if COMMAND is None:
        pytest.skip("no docker-compose here")


@pytest.fixture(scope="module")
def image(request):
    if "docker" not in request.config.option.markexpr:
        pytest.skip("builds an image and runs it for minutes: make docker-test")
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("no Docker daemon runs here")
    started = time.monotonic()
    build = subprocess.run(
        ["docker", "build", "--network", "host", "-t", "paysim", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert build.returncode == 0, build.stdout[-4000:] + build.stderr[-4000:]
    size = int(subprocess.check_output(["docker", "image", "inspect", "-f", "{{.Size}}", "paysim"]))
    figure(f"image            built or found unchanged in {time.monotonic() - started:.0f} s, {size / 1e6:.0f} MB")
    return "paysim"


def figure(line: str) -> None:
    sys.stderr.write(f"\n  {line}")


class Compose:
    """The project's Compose file under a name of its own, with results and configuration in a test's folder."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.web = WebUI(self.port)
        (folder / "config").mkdir()
        (folder / "output").mkdir()
        (folder / "config" / "simulator_config.yaml").write_text(CONFIG)
        output = [f"{folder}/output:/app/output"]
        services = {
            "prepare": {"volumes": output},
            "master": {"volumes": [*output, f"{folder}/config:/app/config:ro"]},
            "worker": {"volumes": output},
        }
        override = folder / "override.yml"
        override.write_text(json.dumps({"services": services}))
        self.command = [*present(COMMAND), "-p", f"paysim{uuid.uuid4().hex[:8]}"]
        self.command += ["-f", str(ROOT / "docker-compose.yml"), "-f", str(override)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVENTHUB_", "PAYSIM_"))}
        # A .env file of the project must not decide where a test sends to: the environment wins over it.
        self.environ = {**kept, "UI_PORT": str(self.port), "EVENTHUB_CONNECTION_STRING": "", **environ}

    def __call__(self, *arguments: str, timeout: float = 180, check: bool = True) -> str:
        done = subprocess.run(
            [*self.command, *arguments], cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=timeout
        )
        text = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{' '.join(arguments)}: {text}\n{self.logs()}"
        return text

    def logs(self) -> str:
        command = [*self.command, "logs", "--no-color", "--tail", "60"]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True).stdout

    def containers(self, service: str) -> list[dict[str, Any]]:
        names = subprocess.check_output([*self.command, "ps", "-q", service], cwd=ROOT, env=self.environ, text=True)
        return json.loads(subprocess.check_output(["docker", "inspect", *names.split()])) if names.split() else []

    def up(self, workers: int | None = None) -> None:
        scale = ["--scale", f"worker={workers}"] if workers else []
        self("up", "-d", "--no-build", *scale)
        wait_until(self.web.up, 60, self.logs)
        wait_until(lambda: len(self.web.stats()["workers"]) == (workers or 2), 60, self.logs)

    def master_bytes(self) -> int:
        """What its network card has received and sent."""
        lines = self("exec", "-T", "master", "cat", "/proc/net/dev").splitlines()
        fields = next(line for line in lines if "eth0:" in line).split(":")[1].split()
        return int(fields[0]) + int(fields[8])

    def arrived(self) -> int:
        """How many events the local hub holds, asked with the SDK from inside: it is published nowhere."""
        return int(self("exec", "-T", "localhub", "python", "-c", COUNT).split()[-1])

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.folder / "output" / "latest" / "summary.json").read_bytes())

    def summaries(self) -> int:
        return len(list((self.folder / "output").glob("*Z-*/summary.json")))


@pytest.fixture
def compose(tmp_path, image):
    compose = Compose(tmp_path)
    yield compose
    compose("down", "-v", "--timeout", "15", check=False)


def assert_whole(summary: dict[str, Any], workers: int) -> None:
    """Nothing failed, nothing is unknown, and every worker took part."""
    counts = summary["transactions"]
    assert (counts["failed"], counts["unknown"]) == (0, 0)
    assert counts["acked"] == counts["generated"] > 0
    assert summary["workers"] == workers
    assert all(producer["next_sequence"] > 0 for producer in summary["producers"])
    assert len(summary["producers"]) == workers
    assert summary["exit_code"] == 0


def test_three_workers_hold_a_rate_that_the_web_ui_starts_and_stops(compose):
    started = time.monotonic()
    compose.up(workers=3)
    figure(f"up               3 workers ready after {time.monotonic() - started:.1f} s")
    compose.web.swarm(60, 60)
    wait_until(lambda: compose.web.stats()["user_count"] == 60, 60, compose.logs)
    before = compose.master_bytes()
    time.sleep(SECONDS)
    figure(f"master           {(compose.master_bytes() - before) / SECONDS / 1e3:.0f} kB/s in and out, for 3 workers")
    compose.web.stop()
    wait_until(lambda: compose.summaries() == 1, 30, compose.logs)
    summary = compose.summary
    assert_whole(summary, workers=3)
    assert compose.arrived() == summary["transactions"]["acked"]
    assert summary["target"] == "localhub/payments (emulator, not Azure)"
    rate, latency = summary["rate"], summary["latency_ms"]
    assert rate["achieved_per_s"] == pytest.approx(RATE, rel=0.02)
    figure(f"3 workers        {rate['achieved_per_s']:,.0f}/s of {RATE:,}/s asked, {rate['mb_per_s']:.2f} MB/s")
    for kind in ("service", "from_schedule"):
        p50, p95, p99 = (latency[kind][p] for p in ("p50", "p95", "p99"))
        figure(f"{kind:<16} p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")


def test_stopping_the_containers_under_load_leaves_a_whole_summary_within_ten_seconds(compose):
    compose.up()
    compose.web.swarm(60, 60)
    wait_until(lambda: compose.web.stats()["total_rps"] > 0, 60, compose.logs)
    time.sleep(5)
    started = time.monotonic()
    compose("stop", "master", "worker")
    seconds = time.monotonic() - started
    assert_whole(compose.summary, workers=2)
    assert [container["State"]["ExitCode"] for container in compose.containers("master")] == [0]
    assert [container["State"]["ExitCode"] for container in compose.containers("worker")] == [0, 0]
    assert seconds < 10
    figure(f"stop under load  {seconds:.1f} s, nothing failed or unknown")


def test_stopping_everything_stops_the_hub_last(compose):
    compose.up()
    compose.web.swarm(60, 60)
    wait_until(lambda: compose.web.stats()["total_rps"] > 0, 60, compose.logs)
    compose("stop")
    assert_whole(compose.summary, workers=2)


def test_a_headless_run_ends_by_itself_with_its_exit_code(compose):
    compose("up", "-d", "--no-build", "--scale", "worker=4", "worker")
    headless = ("--headless", "--only-summary", "-u", "40", "-r", "40", "-t", "8s", "--expect-workers", "4")
    text = compose("run", "--rm", "-T", "--use-aliases", "master", *headless)
    assert "paysim run" in text
    assert_whole(compose.summary, workers=4)


def test_results_belong_to_whom_the_environment_names(tmp_path, image):
    compose = Compose(tmp_path, PAYSIM_UID="12345", PAYSIM_GID="12345")
    try:
        compose("up", "-d", "--no-build", "worker")
        headless = ("--headless", "--only-summary", "-u", "10", "-r", "10", "-t", "3s", "--expect-workers", "2")
        compose("run", "--rm", "-T", "--use-aliases", "master", *headless, timeout=60)
        assert_whole(compose.summary, workers=2)
        owner = (tmp_path / "output" / "latest" / "summary.json").stat()
        assert (owner.st_uid, owner.st_gid) == (12345, 12345)
    finally:
        compose("down", "-v", "--timeout", "15", check=False)


def test_what_is_open_and_what_can_be_seen_from_outside(compose):
    compose.up()
    wait_until(
        lambda: all(
            container["State"]["Health"]["Status"] == "healthy"
            for service in ("master", "worker", "localhub")
            for container in compose.containers(service)
        ),
        90,
        compose.logs,
    )
    key = compose("exec", "-T", "localhub", "cat", "/run/paysim/connection_string").split("SharedAccessKey=")[1]
    key = key.split(";")[0]
    assert len(key) == 44
    for service in ("master", "worker", "localhub"):
        for container in compose.containers(service):
            name = container["Id"]
            bound = [binding for ports in container["NetworkSettings"]["Ports"].values() for binding in ports or ()]
            expected = [{"HostIp": "127.0.0.1", "HostPort": str(compose.port)}] if service == "master" else []
            assert bound == expected
            mounts = {mount["Destination"] for mount in container["Mounts"]}
            assert ("/app/config" in mounts) == (service == "master")
            assert ("/run/paysim" in mounts) == (service != "master")
            assert key not in json.dumps(container), "docker inspect shows it"
            assert key not in subprocess.check_output(["docker", "top", name], text=True), "a process title shows it"
            assert container["Config"]["User"] == "1000:1000"
    assert key not in compose.logs()


def test_a_hub_that_comes_back_has_its_key_and_workers_go_on_without_a_restart(compose):
    compose.up()
    before = compose("exec", "-T", "localhub", "cat", "/run/paysim/connection_string")
    compose("restart", "localhub")
    wait_until(
        lambda: compose("exec", "-T", "localhub", "cat", "/run/paysim/connection_string", check=False) == before, 30
    )
    compose.web.swarm(20, 20)
    wait_until(lambda: compose.web.stats()["total_rps"] > 0, 60, compose.logs)
    time.sleep(3)
    compose.web.stop()
    wait_until(lambda: compose.summaries() == 1, 30, compose.logs)
    assert_whole(compose.summary, workers=2)


def test_the_image_runs_as_nobody_special_and_holds_no_secret_result_or_compiler(image):
    command = "id -u; find / -xdev '(' -name .env -o -path '*/bin/gcc*' ')' 2>/dev/null; ls -A /app /app/output"
    lines = subprocess.check_output(["docker", "run", "--rm", image, "sh", "-c", command], text=True).split()
    assert lines == ["1000", "/app:", "examples", "locustfiles", "output", "/app/output:"]


def test_the_profiles_are_complete_and_off_unless_asked_for():
    def services(profile: str, *arguments: str) -> set[str]:
        clean = {name: value for name, value in os.environ.items() if name != "COMPOSE_PROFILES"}
        command = [*present(COMMAND), *arguments, "config"]
        found = yaml.safe_load(subprocess.check_output(command, cwd=ROOT, env=clean, text=True))["services"]
        # Compose 1 prints those of all profiles, whichever it was asked for.
        return {name for name, service in found.items() if profile in service.get("profiles", [profile])}

    own = {"prepare", "master", "worker", "localhub"}
    assert services("none") == own
    assert services("emulator", "--env-file", "docker/emulator.env") == {*own, "emulator", "azurite"}
    assert services("emulator", "--profile", "emulator") == {*own, "emulator", "azurite"}
    assert services("pipeline", "--profile", "pipeline") == {*own, "outputs", "ledger", "azurite", "pipeline", "demo"}
    assert "COMPOSE_PROFILES=emulator" in (ROOT / "docker" / "emulator.env").read_text().splitlines()
    entities = json.loads((ROOT / "docker" / "emulator.json").read_bytes())["UserConfig"]["NamespaceConfig"][0]
    assert entities["Name"] == "emulatorNs1", "the only namespace that the emulator knows"
    assert [entity["Name"] for entity in entities["Entities"]] == ["payments"]
    assert "EntityPath=payments" in (ROOT / "docker" / "emulator.env").read_text()
