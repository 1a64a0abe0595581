"""Exit codes stand in one place, and are those that the guide promises."""

import re
from pathlib import Path

from paysim.exit_codes import ExitCode

ROOT = Path(__file__).parents[1]
ONE_OF_ITS_OWN = re.compile(
    r"(?m)^\s*\w*(?:USAGE|UNREACHABLE|INTERRUPTED|BAD_CONFIGURATION|EXIT)\w*\b.* = \d"
    r"|sys\.exit\(\d|SystemExit\(\d"
)


def test_no_other_file_has_a_number_for_an_exit_code():
    found = [
        (str(path), match.group())
        for path in (ROOT / "paysim").rglob("*.py")
        for match in ONE_OF_ITS_OWN.finditer(path.read_text(encoding="utf-8"))
        if path.name != "exit_codes.py"
    ]
    assert found == []


def test_the_guide_has_each_code_of_a_run():
    guide = (ROOT / "docs/SIMULATOR-GUIDE.md").read_text(encoding="utf-8")
    section = guide.split("### Exit codes")[1].split("\n### ")[0]
    for code in (ExitCode.OK, ExitCode.MISSED, ExitCode.UNUSABLE, ExitCode.UNREACHABLE, ExitCode.INTERRUPTED):
        assert f"| {int(code)} |" in section, code
