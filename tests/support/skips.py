"""The last line of a run of the tests."""

import re


def skipped_line(reasons: list[str]) -> str:
    """reasons: one a test that was skipped; those that something to install would mend say `apt-get install …`."""
    named = [
        match.group(1).split() for reason in reasons if (match := re.search(r"apt-get install ([\w .+-]+)", reason))
    ]
    packages = " ".join(sorted({package for names in named for package in names}))
    tests = f"{len(reasons)} test{'' if len(reasons) == 1 else 's'} skipped"
    if not named:
        return tests + (", none of them for want of a program" if reasons else "")
    return f"{tests}: `apt-get install {packages}` lets {len(named)} of them run"
