"""What an open project promises beside its code: workflows, metadata, the public API, and pages that name files."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.support.environment import ROOT, unmeasured_environ
from tools import release_notes

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGES = [
    ROOT / name for name in ("CONTRIBUTING.md", "THIRD_PARTY.md", "SECURITY.md", "CHANGELOG.md", "docs/EXTENDING.md")
]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_hash_and_say_their_version(path):
    uses = re.findall(r"uses: *(.*)", path.read_text())
    assert uses
    assert all(re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v[\d.]+", each) for each in uses)


def test_each_python_that_the_metadata_name_is_tested():
    named = [match[1] for each in PROJECT["classifiers"] if (match := re.search(r":: (3\.\d+)$", each))]
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_sdk_and_locust_are_pinned_to_a_minor_version():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = dict(line.split(">=") for line in lines if line.startswith(("locust>", "azure-eventhub>")))
    for least, below in (pin.split(",<") for pin in pins.values()):
        major, minor = (int(part) for part in least.split(".")[:2])
        assert below == f"{major}.{minor + 1}"
    assert len(pins) == 2


def test_a_weekly_job_tries_the_newest_of_both():
    workflow = yaml.safe_load((ROOT / ".github/workflows/weekly.yml").read_text())
    job = workflow["jobs"]["newest"]
    assert job["strategy"]["matrix"]["package"] == ["azure-eventhub", "locust"]
    assert workflow[True]["schedule"]  # YAML 1.1 reads the key `on` as true


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_name_files_that_are_there(path):
    text = path.read_text()
    named = re.findall(r"`((?:paysim|tests|docs|config|tools)/[\w./-]+)`", text)
    named += [link.partition("#")[0] for link in re.findall(r"\]\((?!http)([^)]+)\)", text)]
    assert [name for name in named if not (path.parent / name).exists() and not (ROOT / name).exists()] == []


class TestReleaseNotes:
    LOG = (
        "# Log\n\n## [Unreleased]\n\n- next\n\n## [0.2.0] - 2026-12-01\n\n- new\n\n## [0.1.0] - 2026-11-26\n\n- first\n"
    )

    def test_are_the_part_of_the_version(self):
        assert release_notes.notes("v0.2.0", self.LOG, "0.2.0") == "- new"

    def test_a_tag_that_is_not_the_version_is_refused(self):
        with pytest.raises(ValueError, match=r"the tag is v0\.2\.1, and pyproject\.toml says 0\.2\.0"):
            release_notes.notes("v0.2.1", self.LOG, "0.2.0")

    def test_a_version_without_a_part_is_refused(self):
        with pytest.raises(ValueError, match=r"nothing about 0\.3\.0"):
            release_notes.notes("v0.3.0", self.LOG, "0.3.0")

    def test_the_workflow_can_ask_for_the_version_as_it_is(self, capsys):
        assert release_notes.main([f"v{PROJECT['version']}"]) == 0
        assert capsys.readouterr().out.strip()
        assert release_notes.main(["v99"]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_wheel_has_type_information_and_the_licenses_of_what_is_in_it(tmp_path: Path):
    code = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    source = tmp_path / "source"
    shutil.copytree(ROOT / "paysim", source / "paysim", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "THIRD_PARTY.md"):
        shutil.copy(ROOT / name, source)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert {"paysim/py.typed", "paysim/loadtest/web/static/uPlot.LICENSE"} <= names
    assert {Path(name).name for name in names if "/licenses/" in name} == {"LICENSE", "THIRD_PARTY.md"}
    assert "License-Expression: MIT" in metadata
    assert not any("tests" in Path(name).parts for name in names)


def test_paysim_alone_imports_no_locust_and_names_what_is_public():
    code = (
        "import sys, paysim\n"
        "assert {'PaymentUser', '__version__'} <= set(dir(paysim)) and not hasattr(paysim, 'Payments')\n"
        "assert not {'locust', 'gevent'} & set(sys.modules)\n"
        "from paysim import PaymentUser\n"
        "from paysim.loadtest import PaymentUser as same\n"
        "assert PaymentUser is same\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=unmeasured_environ(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_test_takes_from_a_conftest_or_from_another_test():
    taken = re.compile(r"^\s*from (?:tests\.(?:\w+\.)*|\.+(?:\w+\.)*)(?:conftest|test_\w+) import", re.M)
    found = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py") if taken.search(path.read_text())]
    assert found == [], "what several tests use is in tests/support"


def test_the_way_of_a_transaction_names_files_that_are_there():
    section = (ROOT / "docs/ARCHITECTURE.md").read_text().split("## The way of a transaction")[1].split("\n## ")[0]
    rows = re.findall(r"^\| \d+\. .*\| (.*) \|$", section, re.M)
    assert 10 <= len(rows) <= 15
    named = [name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row)]
    assert [name for name in named if not (ROOT / "paysim" / name).exists()] == []


MODULES = [path for path in (ROOT / "paysim").rglob("*.py") if not path.stem.startswith("__")]
SAME_IDEA = {
    "EventLoopLag": "how long a process was held up, and what the summary has of it",
    "Private": "a private part of somebody else's that is used: of the SDK, and of Locust and gevent",
    "Threshold": "a limit that a run is held to, and what the summary says of it",
    "Transaction": "a transaction, and the section of the configuration that says how transactions are",
}
"""Names that two classes have, because they are the same idea in two rooms."""


def test_no_two_classes_share_a_name_unless_they_are_the_same_idea():
    found = [name for path in MODULES for name in re.findall(r"^class ([A-Z]\w*)", path.read_text(), re.M)]
    twice = {name for name in found if found.count(name) > 1}
    assert twice - set(SAME_IDEA) == set(), "give one of the two another name, or say above what the one idea is"
    assert set(SAME_IDEA) - twice == set(), "these names are not shared any more"


MOST_MODULES = 16
"""Modules of a folder. `facts` has one more for each topic of which there are figures."""


def test_a_folder_holds_about_fifteen_modules():
    sizes = Counter(str(path.parent.relative_to(ROOT)) for path in MODULES)
    large = {folder: size for folder, size in sizes.items() if size > MOST_MODULES}
    assert set(large) <= {"paysim/facts"}, "move what belongs together into a folder of its own"


def test_architecture_names_files_that_are_there_and_no_other_could_be_meant():
    text = (ROOT / "docs/ARCHITECTURE.md").read_text()
    paths = [
        f"/{path.relative_to(ROOT)}" for folder in ("paysim", "locustfiles") for path in (ROOT / folder).rglob("*.py")
    ]
    named = set(re.findall(r"`([\w/]+\.py)`", text))
    assert {name: n for name in named if (n := sum(path.endswith(f"/{name}") for path in paths)) != 1} == {}
