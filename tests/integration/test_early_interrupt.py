"""Ctrl-C before there is anything to end: an exit code, and no traceback."""

import subprocess
import sys

import pytest

from tests.support.environment import locust_environ
from tests.support.running import LOCUSTFILE

pytestmark = pytest.mark.usefixtures("unmeasured")

# Sends itself the signal at that moment of its start, as a terminal would.
WHILE_IMPORTING = """
import os, signal, sys

class AtImport:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, AtImport())
from paysim.loadtest import PaymentUser
"""
AFTERWARDS = """
import os, signal
from paysim.loadtest import PaymentUser
os.kill(os.getpid(), signal.SIGINT)
"""
AT_PARSING = """
import os, signal
from locust import events
from paysim.loadtest import PaymentUser

@events.init_command_line_parser.add_listener
def interrupt(parser):
    os.kill(os.getpid(), signal.SIGINT)
"""


EACH = {
    "its own modules": WHILE_IMPORTING.format(name="paysim.loadtest.plugin"),
    "numpy": WHILE_IMPORTING.format(name="numpy"),
    "the SDK": WHILE_IMPORTING.format(name="azure.eventhub"),
    "after the import": AFTERWARDS,
    "while options are made": AT_PARSING,
}
# Locust imports a locustfile before it looks at what this process is to be.
CASES = [((), moment) for moment in EACH] + [((f"--{role}",), "after the import") for role in ("master", "worker")]


@pytest.mark.parametrize(("options", "moment"), CASES)
def test_ctrl_c_while_it_starts_has_no_traceback(tmp_path, options, moment):
    locustfile = EACH[moment]
    (tmp_path / "file.py").write_text(locustfile)
    command = [sys.executable, "-m", "locust", "-f", "file.py", "--headless", "-u", "1", "-t", "5s", *options]
    done = subprocess.run(command, cwd=tmp_path, env=locust_environ(), capture_output=True, text=True, timeout=90)
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == 130, done.stderr


def test_whoever_else_imports_paysim_keeps_its_ctrl_c():
    code = "import signal, paysim.loadtest; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_standard_locustfile_imports_paysim_before_all_else():
    lines = [line for line in LOCUSTFILE.read_text().splitlines() if line.startswith(("import", "from"))]
    assert lines[0] == "from paysim import loadtest"
