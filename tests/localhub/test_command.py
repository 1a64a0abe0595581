"""The command: one line when it listens, one line when it cannot, and a clean end."""

import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from azure.eventhub import EventData, parse_connection_string

from paysim.localhub import control
from paysim.localhub.amqp import frames
from paysim.localhub.command import KEY_VARIABLE, main
from tests.support.amqp_client import AmqpClient, data_section
from tests.support.hub_process import HubProcess, connected, limited_environment, refused, running, stored


def test_the_connection_string_is_what_the_sdk_accepts(hub: HubProcess) -> None:
    parsed = parse_connection_string(hub.connection_string)
    assert parsed.fully_qualified_namespace == f"127.0.0.1:{hub.port}"
    assert parsed.shared_access_key_name == "RootManageSharedAccessKey"
    assert parsed.eventhub_name is None  # it has several


def test_one_hub_is_named_in_the_connection_string_and_every_option_counts(tmp_path: Path) -> None:
    options = ["--hub", "orders", "--partitions", "2", "--consumer-group", "audit", "--key-name", "Mine"]
    with running(*options, env=limited_environment(**{KEY_VARIABLE: "c2VjcmV0"})) as hub:
        assert hub.connection_string.endswith(";EntityPath=orders")
        assert "SharedAccessKeyName=Mine;SharedAccessKey=c2VjcmV0;" in hub.connection_string
        with hub.producer() as producer:
            assert producer.get_partition_ids() == ["0", "1"]
            producer.send_event(EventData("x"), partition_id="1")
        assert len(hub.read("1", 1, group="audit")) == 1


def test_events_outlive_the_process_in_a_data_folder(tmp_path: Path) -> None:
    for body in (b"first", b"second"):
        with running("--data", str(tmp_path), "--partitions", "1") as hub:
            client, handle = connected(hub, "payments")
            client.transfer(handle, data_section(body))
            client.expect(frames.DISPOSITION)
            client.close()
            bodies = stored(hub, "payments")
    assert bodies == [b"first", b"second"]


def test_a_temporary_data_folder_is_removed_at_the_end(tmp_path: Path) -> None:
    with running(env=limited_environment(TMPDIR=str(tmp_path))) as hub:
        assert list(tmp_path.glob("paysim-localhub-data-*/payments/0/*.events"))
        hub.stop()
    assert not list(tmp_path.glob("paysim-localhub-data-*"))
    assert not list(tmp_path.glob("*/*.sock"))


def test_the_folder_of_a_killed_hub_goes_with_the_next_start(tmp_path: Path) -> None:
    environment = limited_environment(TMPDIR=str(tmp_path))
    with running(env=environment) as alive:
        killed = HubProcess(env=environment)
        killed.process.kill()
        killed.process.communicate()
        (tmp_path / "paysim-localhub-data-mine.txt").write_text("no folder")
        assert len(list(tmp_path.glob("paysim-localhub-data-*/"))) == 2
        with running(env=environment):
            assert len(list(tmp_path.glob("paysim-localhub-data-*/"))) == 2  # of the two that run
        client, handle = connected(alive, "payments")
        client.transfer(handle, data_section(b"x"))
        assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
        client.close()


def _on_a_terminal(*options: str) -> str:
    """What a hub says on a terminal until Ctrl-C ends it."""
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "paysim.localhub", *options], stdout=slave, stdin=slave)
    os.close(slave)
    said = b""
    while b"Ctrl-C" not in said:
        said += os.read(master, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    os.close(master)
    return said.decode().replace("\r\n", "\n")


def test_on_a_terminal_it_says_how_to_use_it_and_how_to_end_it(tmp_path: Path) -> None:
    said = _on_a_terminal()
    (export,) = [line.strip() for line in said.splitlines() if "export" in line]
    done = subprocess.run(["sh", "-c", f'{export}; printf %s "$EVENTHUB_CONNECTION_STRING"'], capture_output=True)
    assert parse_connection_string(done.stdout.decode()).eventhub_name == "payments"
    assert "its events go with it" in said


def test_on_a_terminal_it_names_its_hubs_where_they_are_several(tmp_path: Path) -> None:
    said = _on_a_terminal("--hub", "orders", "--hub", "refunds", "--data", str(tmp_path), "--key", "it's")
    assert "orders, refunds" in said
    assert f"stay in {tmp_path}" in said
    assert "export EVENTHUB_CONNECTION_STRING='" in said


def test_in_a_pipe_it_says_the_connection_string_and_nothing_else(hub: HubProcess) -> None:
    assert hub.connection_string.startswith("Endpoint=sb://")
    hub = HubProcess()
    rest, said = hub.process.communicate(timeout=20)
    assert (rest, said) == ("", "")


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("::", True)]
)
def test_a_bind_beyond_loopback_is_warned_about(host: str, warned: bool) -> None:
    said = HubProcess("--host", host).stop()
    assert ("other machines can reach it" in said) == warned
    assert said.count("\n") == warned


def test_the_ipv6_loopback_address_works() -> None:
    with running("--host", "::1") as hub:
        assert hub.connection_string.startswith(f"Endpoint=sb://[::1]:{hub.port};")
        client = AmqpClient(hub.port, host="::1")
        client.open()
        assert client.authorize("payments", hub.key) == 202
        client.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with running() as hub:
        idle = socket.create_connection(("127.0.0.1", hub.port))
        hub.process.send_signal(number)
        assert hub.process.wait(10) == 0
        idle.close()


def test_it_ends_with_its_parents_pipe_and_says_nothing() -> None:
    hub = HubProcess()
    assert hub.stop() == ""
    assert hub.process.returncode == 0


def test_a_port_in_use_is_one_line(hub: HubProcess) -> None:
    said = refused("--port", str(hub.port))
    assert said == f"paysim localhub: cannot listen on 127.0.0.1:{hub.port}: Address already in use\n"


def test_a_data_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    said = refused("--data", str(file))
    assert said.startswith(f"paysim localhub: the data folder {file} cannot be used: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "70000"],
        ["--port", "http"],
        ["--partitions", "0"],
        ["--hub", "a/b"],
        ["--hub", ".."],
        ["--consumer-group", "a b"],
        ["--key", "a;b"],
        ["--retention-mb", "0"],
        ["--frobnicate"],
        ["fault"],
        ["fault", "melt", "1"],
        ["fault", "stall", "long"],
        ["fault", "--port", "1", "stall", "1"],
        ["fault", "--condition", "amqp:not-found", "--port", "1", "stall", "1"],
        ["--host", "256.0.0.1"],
    ],
)
def test_bad_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(arguments)
    except SystemExit as left:  # argparse
        code = int(left.code or 0)
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err


def test_a_fault_without_a_port_finds_the_only_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = limited_environment(TMPDIR=str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["fault", "stall", "0"]) == 2
    assert capsys.readouterr().err == "paysim localhub: no local hub runs\n"
    with running(env=environment) as first:
        assert main(["fault", "stall", "0"]) == 0
        with running(env=environment) as second:
            assert main(["fault", "stall", "0"]) == 2
            said = capsys.readouterr().err
            assert "several local hubs run" in said
            assert str(first.port) in said
            assert str(second.port) in said


def test_the_control_folder_must_be_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    control.folder().chmod(0o755)
    with pytest.raises(control.ControlError, match="private"):
        control.folder()


def test_the_control_channel_answers_nonsense_with_an_error(hub: HubProcess) -> None:
    for request in ({}, {"fault": "stall"}, {"fault": "stall", "value": "x"}, {"fault": ["a"], "value": 1}):
        with pytest.raises(control.ControlError):
            control.ask(hub.port, request)


def test_the_key_is_in_no_process_title(hub: HubProcess) -> None:
    title = Path(f"/proc/{hub.process.pid}/cmdline").read_bytes()
    assert hub.key.encode() not in title


def test_it_ends_at_once_where_standard_input_has_ended_before() -> None:
    command = [sys.executable, "-m", "paysim.localhub", "--exit-on-stdin-close"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Endpoint=")


def test_a_control_channel_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    said = refused(env=limited_environment(TMPDIR=str(deep)))
    assert said.startswith("paysim localhub: cannot open the control channel")
    assert said.count("\n") == 1
