"""What a container runs, without Docker: the entrypoint with a `locust` and a `paysim` that say how they are called."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[1] / "docker" / "entrypoint.py"
LOCAL = "Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=k;SharedAccessKey=abc=;UseDevelopmentEmulator=true"


@pytest.fixture
def start(tmp_path):
    for name in ("locust", "paysim"):
        stand_in = tmp_path / name
        stand_in.write_text(
            f'#!/bin/sh\necho "{name} $*"\n'
            'echo "key=$PAYSIM_LOCALHUB_KEY folder=$TMPDIR string=$EVENTHUB_CONNECTION_STRING" >&2\n'
        )
        stand_in.chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("EVENTHUB_", "PAYSIM_"))}
    running = []

    def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [sys.executable, str(ENTRYPOINT), *arguments],
                env={**environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", **variables},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    def run(*arguments: str, **variables: str) -> tuple[int, str, str]:
        process = start(*arguments, **variables)
        out, err = process.communicate(timeout=30)
        return process.returncode, out.strip(), err.strip()

    return run


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_master_is_locust_with_the_standard_locustfile(run):
    assert run("master", "--headless")[1] == "locust -f /app/locustfiles/payments.py --master --headless"


def test_without_a_word_it_is_a_master(run):
    assert run()[1] == "locust -f /app/locustfiles/payments.py --master"


def test_a_worker_takes_the_locustfile_of_its_master(run):
    assert run("worker", "--master-host", "master")[1] == "locust -f - --worker --master-host master"


def test_a_load_and_the_example_of_a_pipeline_wait_for_the_hub_that_they_need(run, tmp_path, port):
    file = tmp_path / "connection_string"
    file.write_text(LOCAL.format(port=port))
    (tmp_path / "python").write_text('#!/bin/sh\necho "python $*"\n')
    (tmp_path / "python").chmod(0o755)
    environ = {"EVENTHUB_CONNECTION_STRING_FILE": str(file)}
    code, out, said = run("load", "--autostart", **environ)
    assert (code, out) == (0, "locust -f /app/locustfiles/payments.py --autostart")
    assert LOCAL.format(port=port) in said
    assert run("pipeline", "--group", "ingest", **environ)[1] == "python -m examples.pipeline --group ingest"


@pytest.mark.parametrize("arguments", [("worker",), ("--worker", "--locustfile", "-")])
def test_each_worker_has_a_temporary_folder_of_its_own_for_the_locustfile(run, arguments, tmp_path):
    folders = {run(*arguments, TMPDIR=str(tmp_path))[2].split()[1] for _ in range(2)}
    assert len(folders) == 2
    assert all(folder.startswith(f"folder={tmp_path}/paysim-worker-") for folder in folders)


def test_options_alone_are_locusts_as_a_kubernetes_operator_gives_them(run):
    arguments = ("--locustfile", "payments.py", "--worker", "--master-host=m")
    assert run(*arguments)[1] == "locust --locustfile payments.py --worker --master-host=m"


def test_anything_else_is_a_command(run):
    assert run("paysim", "check")[1] == "paysim check"
    assert run("no-such-command")[::2] == (2, "no-such-command: No such file or directory")


def test_a_worker_waits_for_the_connection_string_and_for_the_hub(start, tmp_path, port):
    file = tmp_path / "connection_string"
    text = LOCAL.format(port=port)

    def write() -> None:
        file.touch()  # the hub has started and does not listen yet
        time.sleep(0.5)
        file.write_text(text + "\n")

    threading.Timer(0.5, write).start()
    out, err = start("worker", EVENTHUB_CONNECTION_STRING_FILE=str(file)).communicate(timeout=30)
    assert out == "locust -f - --worker\n", "the key belongs in no command line"
    assert f"string={text}\n" in err


def test_a_workers_own_connection_string_wins_over_the_file(run, tmp_path, port):
    file = tmp_path / "connection_string"
    file.write_text("Endpoint=sb://elsewhere\n")
    text = LOCAL.format(port=port)
    assert run("worker", EVENTHUB_CONNECTION_STRING=text, EVENTHUB_CONNECTION_STRING_FILE=str(file))[2].endswith(text)


def test_a_namespace_in_azure_is_not_waited_for(run):
    text = "Endpoint=sb://no-such.servicebus.windows.net;SharedAccessKeyName=k;SharedAccessKey=abc=;EntityPath=p"
    assert run("worker", EVENTHUB_CONNECTION_STRING=text)[0] == 0


def test_a_worker_that_waits_ends_on_sigterm(start, tmp_path):
    process = start("worker", EVENTHUB_CONNECTION_STRING_FILE=str(tmp_path / "never"))
    time.sleep(1)  # it waits, and says nothing
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


def test_the_hub_listens_on_the_containers_own_address_and_hides_its_line_in_the_file(run, tmp_path):
    file = tmp_path / "connection_string"
    code, out, _ = run("localhub", "--hub", "payments", EVENTHUB_CONNECTION_STRING_FILE=str(file))
    assert (code, out) == (0, "")
    assert file.read_text() == f"paysim localhub --host {socket.gethostname()} --port 5672 --hub payments\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_hub_that_starts_again_keeps_its_key(run, tmp_path):
    file = tmp_path / "connection_string"
    file.write_text("Endpoint=sb://localhub:5672;SharedAccessKeyName=k;SharedAccessKey=abc+/=;EntityPath=payments\n")
    assert run("localhub", EVENTHUB_CONNECTION_STRING_FILE=str(file))[2].startswith("key=abc+/= ")


def test_no_hub_where_another_target_is_named(run):
    text = "Endpoint=sb://no-such.servicebus.windows.net;SharedAccessKeyName=k;SharedAccessKey=abc="
    code, out, err = run("localhub", EVENTHUB_CONNECTION_STRING=text)
    assert (code, out) == (0, "")
    assert err == "EVENTHUB_CONNECTION_STRING names another target: no local hub is needed"
