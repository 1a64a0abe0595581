"""The `paysim` command as its users meet it: help, version, exit codes, pipes."""

import argparse
import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import paysim as paysim_package
from paysim import __version__
from paysim.cli import main
from paysim.cli.command import COMMANDS, Command, load_commands
from paysim.config.loader import load
from paysim.transactions.behaviour.mix.margins import mix_lines
from tests.support.bad_configs import FOLDER, environment, header

pytestmark = pytest.mark.usefixtures("unmeasured_processes")

CONNECTION = (
    "Endpoint=sb://contoso-prod.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=bm90LWEta2V5"
    ";EntityPath=payments"
)

FILES = Path(paysim_package.__file__).parent / "cli" / "commands"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder without a configuration, an environment without one."""
    monkeypatch.chdir(tmp_path)
    for name in ("EVENTHUB_CONNECTION_STRING", "PAYSIM_CONFIG", "PAYSIM_ALLOW_TARGET"):
        monkeypatch.delenv(name, raising=False)


def paysim(*args: object, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "paysim", *map(str, args)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]} | environ,
        timeout=60,
    )


class TestUsage:
    def test_help_names_every_command(self, capsys: pytest.CaptureFixture[str]):
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        text = capsys.readouterr().out
        for command in ("check", "sample", "localhub", "locust -f locustfiles/payments.py"):
            assert command in text

    def test_every_file_of_the_folder_is_a_command_and_there_is_no_list_of_them(self):
        load_commands()
        assert set(COMMANDS) == {path.stem for path in FILES.glob("*.py")} - {"__init__"}

    def test_help_waits_for_nothing_that_only_a_command_needs(self, tmp_path: Path):
        code = (
            "import sys\n"
            "from paysim.cli import main\n"
            "try:\n"
            "    main(['--help'])\n"
            "except SystemExit:\n"
            "    print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
        loaded = ast.literal_eval(done.stderr)
        assert "paysim" in loaded
        heavy = {
            "pydantic",
            "numpy",
            "yaml",
            "orjson",
            "rich",
            "faker",
            "locust",
            "gevent",
            "azure",
            "proton",
            "asyncio",
        }
        assert heavy.isdisjoint(loaded)

    def test_version(self, capsys: pytest.CaptureFixture[str]):
        with pytest.raises(SystemExit) as ended:
            main(["--version"])
        assert ended.value.code == 0
        assert capsys.readouterr().out == f"paysim {__version__}\n"

    @pytest.mark.parametrize("argv", [[], ["chek"], ["check", "a", "b"], ["check", "a", "--config", "b"]])
    def test_bad_usage_ends_with_2(self, argv: list[str]):
        with pytest.raises(SystemExit) as ended:
            main(argv)
        assert ended.value.code == 2

    def test_the_arguments_default_to_the_process_own(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sys, "argv", ["paysim", "check"])
        assert main() == 0


class TestCheck:
    def test_it_prints_a_configuration_that_loads_to_the_same(self, capsys: pytest.CaptureFixture[str], tmp_path: Path):
        path = tmp_path / "config.yaml"
        path.write_text(
            "simulator:\n  seed: 7\n  transaction:\n    volume: {rate: 1e3, total: 5000}\n"
            "    timestamps: {mode: replay, start: 2026-01-01T00:00:00Z, end: 2026-02-01T00:00:00+01:00}\n"
        )
        assert main(["check", "--full", str(path)]) == 0
        printed = tmp_path / "printed.yaml"
        printed.write_text(capsys.readouterr().out)
        assert load(printed, environ={}).config == load(path, environ={}).config

    def test_it_is_short_and_says_valid_first(self, capsys: pytest.CaptureFixture[str], tmp_path: Path):
        path = tmp_path / "config.yaml"
        path.write_text("simulator: {transaction: {volume: {rate: 2000}}}")
        assert main(["check", str(path)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"{path}: valid",
            "  target    LOCAL HUB, not Azure (may be loaded)",
            "  needs     at 2,000 transactions/s: about 2.20 MB/s, 3 throughput units, 1 Locust worker "
            "(one makes about 190,000/s in batches of 100)",
            *(f"  auto      {line}" for line in mix_lines(load(path, environ={}).config)),
            "  more      --full prints all of it, with its defaults",
        ]

    def test_it_does_not_say_valid_alone_where_it_may_not_be_run(self):
        done = paysim("check", EVENTHUB_CONNECTION_STRING=CONNECTION)
        assert done.returncode == 2
        assert done.stdout.startswith("defaults, no file: valid, but it must not be run\n")
        assert "  target    contoso-prod/payments (must not be loaded)\n" in done.stdout

    def test_in_full_it_says_target_and_needs_in_comments(self, capsys: pytest.CaptureFixture[str], tmp_path: Path):
        path = tmp_path / "config.yaml"
        path.write_text("simulator: {transaction: {volume: {rate: 2000}}}")
        assert main(["check", "--full", "--config", str(path)]) == 0
        lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("# auto: ")]
        assert lines[-3:] == [
            f"# source: {path}",
            "# target: LOCAL HUB, not Azure (may be loaded)",
            "# needs: at 2,000 transactions/s: about 2.20 MB/s, 3 throughput units, 1 Locust worker "
            "(one makes about 190,000/s in batches of 100)",
        ]

    @pytest.mark.parametrize(
        ("destination", "target"), [("file", "output/{run_id}/transactions.jsonl"), ("stdout", "standard output")]
    )
    def test_other_destinations_are_named(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, destination: str, target: str
    ):
        path = tmp_path / "config.yaml"
        path.write_text(f"simulator: {{output: {{destination: {destination}}}}}")
        assert main(["check", str(path)]) == 0
        assert f"  target    {target}\n" in capsys.readouterr().out

    def test_without_a_file_it_shows_the_defaults(self, capsys: pytest.CaptureFixture[str]):
        assert main(["check"]) == 0
        assert capsys.readouterr().out.startswith("defaults, no file: valid\n")

    def test_warnings_go_to_standard_error(self, capsys: pytest.CaptureFixture[str], tmp_path: Path):
        path = tmp_path / "config.yaml"
        path.write_text("simulator: {transaction: {volume: {rate: 5, rate_per_user: 5}}}")
        assert main(["check", str(path)]) == 0
        assert capsys.readouterr().err == (
            "warning: transaction.volume.rate_per_user: has no effect, because rate is set; rate wins\n"
        )

    def test_secrets_are_masked_and_a_target_that_is_not_allowed_ends_with_2(self):
        done = paysim("check", "--full", EVENTHUB_CONNECTION_STRING=CONNECTION)
        assert done.returncode == 2
        assert "bm90LWEta2V5" not in done.stdout + done.stderr
        shown = yaml.safe_load(done.stdout)["simulator"]["output"]["event_hub"]["connection_string"]
        assert shown == CONNECTION.replace("bm90LWEta2V5", "***")
        assert "# target: contoso-prod/payments (must not be loaded)\n" in done.stdout
        assert done.stderr == (
            "defaults: output.event_hub.connection_string: target contoso-prod/payments is not in "
            "output.event_hub.allowed_targets; add it, or set PAYSIM_ALLOW_TARGET=contoso-prod/payments\n"
        )

    def test_a_target_that_is_allowed_ends_with_0(self):
        done = paysim("check", EVENTHUB_CONNECTION_STRING=CONNECTION, PAYSIM_ALLOW_TARGET="contoso-prod/payments")
        assert (done.returncode, done.stderr) == (0, "")
        assert "  target    contoso-prod/payments (may be loaded)\n" in done.stdout

    @pytest.mark.parametrize("name", ["many_at_once", "not_yaml", "missing_variable", "target_not_allowed"])
    def test_a_bad_configuration_ends_with_2_and_its_lines_alone(self, name: str):
        path = FOLDER / f"{name}.yaml"
        done = paysim("check", path, **environment(path))
        assert done.returncode == 2
        assert done.stderr.splitlines() == [f"{path}:{line}" for line in header(path, "expected")]


class TestEndings:
    def test_a_reader_that_has_enough_ends_it_quietly(self):
        command = f"{sys.executable} -m paysim check | true; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        assert int(done.stdout) in (0, 128 + signal.SIGPIPE)

    def test_a_closed_pipe_is_no_traceback(self, capfd: pytest.CaptureFixture[str]):
        def closed(args: argparse.Namespace) -> int:
            raise BrokenPipeError

        load_commands()
        saved = os.dup(1)
        try:
            with COMMANDS.added(Command(name="closed", help="", run=closed)):
                assert main(["closed"]) == 128 + signal.SIGPIPE
        finally:
            os.dup2(saved, 1)
            os.close(saved)

    def test_control_c_is_no_traceback(self, capsys: pytest.CaptureFixture[str]):
        def interrupted(args: argparse.Namespace) -> int:
            raise KeyboardInterrupt

        load_commands()
        with COMMANDS.added(Command(name="interrupted", help="", run=interrupted)):
            assert main(["interrupted"]) == 128 + signal.SIGINT
        assert capsys.readouterr().err == ""

    def test_control_c_while_it_starts_is_no_traceback(self, tmp_path: Path):
        code = (
            "import os, signal, sys\n"
            "class AtImport:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name == 'pydantic':\n"
            "            sys.meta_path.remove(self)\n"
            "            os.kill(os.getpid(), signal.SIGINT)\n"
            "sys.meta_path.insert(0, AtImport())\n"
            "from paysim.cli import main\n"
            "sys.exit(main(['check']))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
        assert (done.returncode, done.stderr, done.stdout) == (128 + signal.SIGINT, "", "")


class TestLocalHub:
    def test_its_arguments_are_its_own(self, monkeypatch: pytest.MonkeyPatch):
        command = pytest.importorskip("paysim.localhub.command")
        seen: list[str] = []

        def hub(argv: list[str]) -> int:
            seen.extend(argv)
            return 5

        monkeypatch.setattr(command, "main", hub)
        assert main(["localhub", "--help", "--port", "0"]) == 5
        assert seen == ["--help", "--port", "0"]

    def test_without_proton_it_is_one_line(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        for name in [name for name in sys.modules if name.startswith(("paysim.localhub.", "proton", "cproton"))]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "proton", None)
        monkeypatch.setitem(sys.modules, "cproton", None)
        assert main(["localhub"]) == 2
        assert capsys.readouterr().err == ("the local hub needs Qpid Proton: pip install 'paysim[localhub]'\n")

    def test_another_missing_module_is_not_taken_for_proton(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "paysim.localhub.command", None)
        with pytest.raises(ModuleNotFoundError):
            main(["localhub"])
