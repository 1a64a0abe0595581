"""`make run` and `make test` stay on this machine, whatever the shell's environment leads to."""

import os
import shutil
import subprocess

import pytest

from tests.support.environment import ROOT

FOREIGN = "contoso-prod.servicebus.windows.net"
STRING = f"Endpoint=sb://{FOREIGN}/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=payments"

# Python loads this by itself at its start, in every process of the run.
RECORDER = """
import os, socket

def noted(name, wrapped):
    def wrapper(*args, **kwargs):
        with open(SEEN, "a") as file:
            file.write(f"{name} {args!r}\\n")
        return wrapped(*args, **kwargs)
    return wrapper

class Socket(socket.socket):
    connect = noted("connect", socket.socket.connect)
    connect_ex = noted("connect", socket.socket.connect_ex)

for name in ("getaddrinfo", "gethostbyname", "create_connection"):
    setattr(socket, name, noted(name, getattr(socket, name)))
import _socket
for name in ("getaddrinfo", "gethostbyname"):
    setattr(_socket, name, noted(name, getattr(_socket, name)))
socket.socket = Socket
"""

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.skipif(
        shutil.which("make") is None or not (ROOT / ".venv" / "run.stamp").exists(), reason="not set up by make"
    ),
]


def make(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    # A make that runs this test must not hand its own variables on.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    kept |= {"EVENTHUB_CONNECTION_STRING": STRING, **environ}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=120)


def test_make_run_resolves_and_reaches_nothing_but_this_machine(tmp_path):
    seen = tmp_path / "seen"
    (tmp_path / "sitecustomize.py").write_text(f"SEEN = {str(seen)!r}\n{RECORDER}")
    config = tmp_path / "config.yaml"
    config.write_text(f"simulator: {{report: {{summary: '{tmp_path}/{{run_id}}/summary.json'}}}}")
    done = make(
        "run", "RUN=-u 2 -r 2 -t 2s", PYTHONPATH=str(tmp_path), PAYSIM_CONFIG=str(config)
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LOCAL HUB, not Azure" in done.stdout
    told = seen.read_text()
    assert "127.0.0.1" in told, "the recorder records"
    assert "contoso" not in told
    assert FOREIGN not in done.stdout + done.stderr


def test_no_recipe_of_make_sees_the_connection_string():
    shown = make("--eval", "shown: ; @printenv EVENTHUB_CONNECTION_STRING", "shown")
    assert shown.stdout.strip() == ""
    assert make("--eval", "shown: ; @printenv HOME", "shown").stdout.strip(), "printenv prints what there is"
