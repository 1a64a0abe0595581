"""Child processes: their environment, which has what a program needs on this machine and no key of a hub; and their
end.

Children are told what they need through a pipe. A child that signs in with an identity may need any variable of the
environment; then only those that hold a key or a signature are left out. Proxies are passed on, with their passwords.
"""

import contextlib
import os
import subprocess
from typing import Any

from .targets import connection_strings

_NEEDED = (
    "PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV", "SYSTEMROOT",
    "PAYSIM_ALLOW_TARGET",  # a child passes the same gate
)  # fmt: skip
_FAMILIES = ("LC_", "LD_", "DYLD_", "PYTHON", "SSL_CERT_", "COVERAGE", "OPENBLAS_", "OMP_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def environment(*also: str, identity: bool = False) -> dict[str, str]:
    """For `subprocess.Popen`. also: variables that this child is to have. identity: it signs in with one."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in also or (identity and not connection_strings.holds_key(value)) or _is_needed(name, value)
    }


def end(process: "subprocess.Popen[Any]", within: float) -> None:
    """Close its standard input, which ends each of our children, and wait; kill it after `within` seconds."""
    if process.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_needed(name: str, value: str) -> bool:
    known = name in _NEEDED or name.startswith(_FAMILIES) or name.lower() in _PROXIES
    return known and not connection_strings.holds_key(value)
