"""README and guide say what is so: YAML blocks load, commands are understood or run, messages are real."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from locust.argument_parser import get_parser

import paysim.loadtest  # noqa: F401  (its import adds --paysim-config to Locust's parser)
from paysim.cli import _parser
from paysim.config import capacity
from paysim.config.loader import load
from paysim.config.schema import Config
from tests.support.present import first_group
from tests.support.servers import free_port
from tests.support.summaries import A as SUMMARY

pytestmark = pytest.mark.usefixtures("unmeasured")

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "SIMULATOR-GUIDE.md"
PAGES = [ROOT / "README.md", GUIDE, *(ROOT / "docs" / name for name in ("DISTRIBUTED.md", "PIPELINE.md"))]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
PROGRAMS = ("locust", "make", "paysim", "pip", "docker", "docker-compose")
QUICK = ("check", "sample", "compare", "generate", "history", "profile", "verify")
IDS = "transaction_id\n80000000-0000-8000-8000-010000000000\n"
OUTCOMES = ("acked", "failed", "unknown", "resent")
VERIFIABLE = {
    "config": Config().model_dump(mode="json"),
    "transactions": {**SUMMARY["transactions"], "acked": 1, "violations": {}},
    "hub": {**SUMMARY["hub"], "positions": None},
    "producers": [
        {"producer": 0, "next_sequence": 1, "duplicates": dict.fromkeys(OUTCOMES, 0), "repeated": {}}
        | {outcome: [] for outcome in OUTCOMES[1:]},
    ],
}
"""What a summary has besides, for `paysim verify`: a run of one transaction, whose id is in IDS."""
MADE_ON_THE_WAY = {"my.yaml", "week.jsonl", "full.jsonl"}


def yaml_blocks():
    for page in PAGES:
        for number, block in enumerate(re.findall(r"^ *```yaml\n(.*?)^ *```", page.read_text(), re.M | re.S)):
            yield pytest.param(block, id=f"{page.stem}-{number}")


@pytest.mark.parametrize("block", list(yaml_blocks()))
def test_every_yaml_block_loads(block, tmp_path):
    path = tmp_path / "block.yaml"
    path.write_text(block if block.startswith("simulator") else re.sub("(?m)^   ?", "", block))
    load(path, environ={})


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads(path):
    load(path, environ={})


def commands():
    """Every command of the pages once, as (words, page)."""
    seen = set()
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        fenced = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
        lines = [line for block in fenced for line in block.splitlines()]
        lines += [line.strip() for line in re.findall(r"^(?: {4}|\t)\s*(\S.*)$", text, re.M)]
        for line in lines:
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                continue  # output, not a command
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if "|" in words:
                words = words[words.index("|") + 1 :]  # what another program's output goes to
            if words and Path(words[0]).name in PROGRAMS and tuple(words) not in seen:
                seen.add(tuple(words))
                yield pytest.param([Path(words[0]).name, *words[1:]], id=" ".join(words)[:70])


def test_there_are_commands_of_each_kind():
    assert {parameter.values[0][0] for parameter in commands()} >= {"locust", "make", "paysim", "pip", "docker"}


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_understood(command):
    program, *arguments = command
    if program == "locust":
        parsed = get_parser().parse_args(arguments)
        files = [*parsed.locustfile.split(","), parsed.paysim_config]
        assert all((ROOT / name).exists() for name in files if name not in (None, "-", *MADE_ON_THE_WAY))
    elif program == "paysim" and arguments[0] == "localhub":
        understood = subprocess.run(
            [sys.executable, "-m", "paysim", *arguments, "--help"], capture_output=True, text=True, timeout=60
        )
        assert understood.returncode == 0
        options = [argument for argument in arguments if argument.startswith("--")]
        assert all(option in understood.stdout for option in options)
    elif program == "paysim":
        _parser().parse_args(arguments)
    elif program == "make":
        targets = [argument for argument in arguments if "=" not in argument]
        makefile = (ROOT / "Makefile").read_text()
        assert all(re.search(rf"(?m)^{target}:", makefile) for target in targets)
    elif program == "pip":
        extras = re.findall(r"\[(\w+)\]", " ".join(arguments))
        assert all(f"{extra} = [" in (ROOT / "pyproject.toml").read_text() for extra in extras)
    else:
        services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        scaled = re.findall(r"--scale (\w+)=", " ".join(arguments))
        assert all(service in services for service in scaled)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where somebody stands who has followed the guide so far."""
    folder = tmp_path_factory.mktemp("guide")
    for name in ("config", "docs", "locustfiles"):
        (folder / name).symlink_to(ROOT / name)
    block = first_group(r"`my\.yaml`.*?```yaml\n(.*?)```", GUIDE.read_text(), re.S)
    (folder / "my.yaml").write_text(block)
    for place in ("baseline", "output/latest", "before/1", "after/1"):
        (folder / place).mkdir(parents=True)
        (folder / place / "summary.json").write_text(json.dumps(SUMMARY | VERIFIABLE))
    return folder


def test_commands_that_end_by_themselves_run_one_after_the_other(folder):
    ran = 0
    for parameter in commands():
        program, *arguments = parameter.values[0]
        if program != "paysim" or arguments[0] not in QUICK or "CONFIG" in arguments:
            continue
        if arguments[0] == "verify" and "--ids" not in arguments:
            continue  # needs the run's hub; tests/integration/test_verify_later.py
        short = [
            "500" if before == "--total" else word for before, word in zip(["", *arguments], arguments, strict=False)
        ]
        done = subprocess.run(
            [sys.executable, "-m", "paysim", *short], cwd=folder, input=IDS, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, (arguments, done.stderr)
        ran += 1
    assert ran > 8


def short_runs():
    """Load tests of one machine, two seconds each."""
    for parameter in commands():
        program, *arguments = parameter.values[0]
        options = " ".join(arguments)
        if program == "locust" and "--headless" in options and "--master" not in options and "--worker" not in options:
            short = re.sub(r" -([ur]) \d+", r" -\1 5", f"{options} ")
            short = re.sub(r" -t \w+", "", short.replace("--processes -1", "--processes 1")) + " -t 2s"
            yield pytest.param(short.split(), id=parameter.id)


@pytest.mark.long
@pytest.mark.parametrize("arguments", list(short_runs()))
def test_a_load_test_runs_in_its_short_form(arguments, folder):
    done = subprocess.run(
        [sys.executable, "-m", "locust", *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )
    # Two seconds are too few for a threshold: 1 is a run too.
    assert done.returncode in (0, 1), done.stderr
    assert "paysim run" in done.stdout, done.stderr


def said():
    """The text of every string in paysim, as it is put together."""
    parts = [path.read_text() for path in sorted((ROOT / "paysim").rglob("*.py"))]
    return re.sub(r"""["']\s*\n\s*f?r?["']""", "", "\n".join(parts))


def test_every_message_of_the_troubleshooting_is_one_that_paysim_says():
    source = said()
    section = GUIDE.read_text().split("### Messages")[1].split("### Performance")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.M)
    assert len(rows) > 35
    messages = [message for row in rows for message in re.findall(r"`(.*?)`", row)]
    pieces = [piece.strip() for message in messages for piece in message.split("…")]
    assert [piece for piece in pieces if piece and piece not in source] == []


def measured(size, page):
    """What a page says that a worker makes in batches of that size, rounded down to two digits."""
    rate = capacity.SHARED_RATE if size == "shared" else capacity.WORKER_RATES[size]
    said = (
        f"{rate:,}"
        if page.name == "README.md"
        else f"{rate // 10 ** (len(str(rate)) - 2) * 10 ** (len(str(rate)) - 2):,}"
    )
    return said in page.read_text()


def test_every_page_has_the_same_figures_of_what_a_worker_makes():
    readme, guide, distributed, *_ = PAGES
    row = first_group(r"^\| \*\*a Locust worker, all of it\*\* \|(.*)\|$", readme.read_text(), re.M)
    figures = [int(cell.strip().replace(",", "")) for cell in row.split("|")]
    assert figures == [capacity.SHARED_RATE, capacity.WORKER_RATES[100], capacity.WORKER_RATES[500]]
    assert all(measured(size, guide) for size in (*capacity.WORKER_RATES, "shared"))
    assert measured(100, distributed)
    for page in (guide, distributed):
        told = re.findall(r"([\d,]+) (?:full )?transactions a second in batches of (\d+)", page.read_text())
        assert told
        for rate, size in told:
            assert measured(int(size), page) and int(rate.replace(",", "")) <= capacity.WORKER_RATES[int(size)]


@pytest.mark.long
def test_the_chaos_of_the_guide_is_one_block_that_runs_as_it_is_pasted(folder):
    """Its pauses are shortened: what is tried is that it goes on by itself, reaches its hub, and ends."""
    block = first_group(r"### Chaos.*?```sh\n(.*?)```", GUIDE.read_text(), re.S)
    port = str(free_port())
    block = block.replace("15672", port).replace("-t 60s", "-t 14s").replace("-u 50 -r 50", "-u 10 -r 10")
    block = re.sub(r"(?m)^sleep \d+$", "sleep 4", block).replace("stall 5", "stall 1").replace("refuse 5", "refuse 1")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # Job control, as the shell has it into which somebody pastes.
    done = subprocess.run(
        ["bash", "-c", f"set -m\n{block}"], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert "paysim run" in done.stdout, done.stderr
    assert done.stderr.count("\nTraceback") == 0 and "usage:" not in done.stderr, done.stderr
    path = first_group(r"(?m)^  summary       (.*)$", done.stdout)
    summary = json.loads((folder / path).read_text())
    assert summary["transactions"]["acked"] > 1000
    assert summary["hub"]["attempts_failed"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port)), 5)


def test_links_between_pages_lead_somewhere():
    others = [ROOT / "docs" / "ARCHITECTURE.md", ROOT / "docs" / "EXTENDING.md", ROOT / "CONTRIBUTING.md"]
    for page in [*PAGES, *others]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", page.read_text()):
            there = (page.parent / target) if target else page
            assert there.exists(), f"{page.name}: {target}"
            if anchor:
                headings = re.findall(r"(?m)^#+ (.*)$", there.read_text())
                known = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor[1:] in known, f"{page.name}: {anchor}"


def test_the_example_workflow_runs_what_there_is():
    workflow = yaml.safe_load((ROOT / "docs" / "examples" / "github-actions.yml").read_text())
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    load_tests = [shlex.split(run) for run in runs if run.startswith("locust")]
    assert len(load_tests) == 2
    for words in load_tests:
        assert (ROOT / get_parser().parse_args(words[1:]).paysim_config).exists()


def test_the_troubleshooting_knows_every_reason_of_a_failed_send():
    section = GUIDE.read_text().split("### Messages")[1].split("### Performance")[0]
    reasons = set(re.findall(r'Failure\("([^"]+)"', (ROOT / "paysim/eventhub/failures.py").read_text()))
    assert len(reasons) > 12
    # By itself, or as the line in which `opening` explains it where a run cannot begin.
    explained = {"unauthorised", "hub not found", "TLS certificate not trusted", "TLS failed"}
    assert [reason for reason in sorted(reasons - explained) if f"`{reason}" not in section] == []
