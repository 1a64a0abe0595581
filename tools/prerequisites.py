"""What `make` needs before pip begins: Python 3.11 or later with venv, and what compiles Qpid Proton.

The local hub needs Proton, which has no wheel. What is missing is told in one line, with what to install for it on this
system. `--after LOG` tells the same of a pip that failed, whose output is in that file. It runs with whatever Python
there is, so nothing of paysim is in it, and its syntax is old.
"""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile

COMPILER, HEADERS, VENV = "a C compiler", "Python's headers", "Python's venv"
PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
# A program of the system → how it installs, and what it calls each of these.
SYSTEMS = {
    "apt-get": ("apt-get install", {COMPILER: "gcc libc6-dev", HEADERS: f"{PYTHON}-dev", VENV: f"{PYTHON}-venv"}),
    "dnf": ("dnf install", {COMPILER: "gcc glibc-devel", HEADERS: "python3-devel", VENV: "python3-libs"}),
    "apk": ("apk add", {COMPILER: "gcc musl-dev", HEADERS: "python3-dev", VENV: "python3"}),
    "brew": ("brew install", {COMPILER: "gcc", HEADERS: "python", VENV: "python"}),
}


def fault():
    """What keeps pip from succeeding here, in one line; None where nothing is known to."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is run by any Python
        return f"paysim needs Python 3.11 or later, and this is {PYTHON}: say PYTHON=python3.11 make …"
    needed = missing()
    if VENV in needed:
        return f"paysim needs {' and '.join(needed)}: {install(needed)}, then make again"
    if needed:
        return f"the local hub needs {' and '.join(needed)}, to compile Qpid Proton: {remedy(needed)}"
    return None


def fault_after(log):
    """What was wrong with a pip that failed, in one line."""
    with open(log, errors="replace") as file:
        lines = file.read().splitlines()
    if any("python-qpid-proton" in line and re.search("[Ff]ail|[Cc]ould not build", line) for line in lines):
        error = next(
            (line.strip() for line in lines if re.search(r"\berror: (?!subprocess)", line)), "no reason is told"
        )
        return f"Qpid Proton, of the local hub, did not compile ({error[:160]}; {log}): {remedy([COMPILER, HEADERS])}"
    errors = [line[7:] for line in lines if line.startswith("ERROR: ")]
    return f"pip failed: {errors[-1] if errors else 'it does not say why'} (all that it says is in {log})"


def missing():
    """What is not there, of the three."""
    found = [] if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip") else [VENV]
    if importlib.util.find_spec("proton"):
        return found
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if not compiles(compiler, "stdlib.h"):
        found.append(COMPILER)
        if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
            found.append(HEADERS)
    elif not compiles(compiler, "Python.h"):
        found.append(HEADERS)
    return found


def compiles(compiler, header):
    """Whether a program that includes this header does."""
    if shutil.which(compiler[0]) is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "trial.c")
        with open(source, "w") as file:
            file.write(f"#include <{header}>\nint main(void) {{ return 0; }}\n")
        command = [*compiler, "-I", sysconfig.get_path("include"), "-c", source, "-o", f"{source}.o"]
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def install(needed):
    """How to get these on this system."""
    for program, (command, packages) in SYSTEMS.items():
        if shutil.which(program):
            names = dict.fromkeys(" ".join(packages[each] for each in needed).split())
            sudo = "sudo " if program in ("apt-get", "dnf") and os.geteuid() != 0 else ""
            return f"{sudo}{command} {' '.join(names)}"
    return f"install {' and '.join(needed)}"


def remedy(needed):
    """How to get these, and what runs without them: all but the local hub installs from wheels."""
    return (
        f"{install(needed)}, then make again; an EVENTHUB_CONNECTION_STRING of yours runs without: "
        "python3 -m venv .venv && .venv/bin/pip install -e . && "
        "EVENTHUB_CONNECTION_STRING='Endpoint=…' .venv/bin/locust -f locustfiles/payments.py"
    )


if __name__ == "__main__":
    sys.exit(fault_after(sys.argv[2]) if sys.argv[1:2] == ["--after"] else fault())
