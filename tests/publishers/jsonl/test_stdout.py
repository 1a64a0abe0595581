import json
import subprocess
import sys
import textwrap
from pathlib import Path

CODE = """
    import sys, os
    from tests.support.publishing import Desk, make_batch
    from paysim.config.schema import Config
    from paysim.publishers import make_publisher
    from paysim.contract.identity import Run
    desk = Desk()
    out = make_publisher(Config.model_validate({"output": {"destination": "stdout"}}))
    out.open()
    out.begin(Run.at(1, 1), 0, 1)
"""


def start(code: str, cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CODE) + textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )


def test_nothing_but_the_lines_is_on_standard_output(tmp_path: Path) -> None:
    process = start(
        """
        print("a stray print")
        os.system("echo a stray child")
        out.send(make_batch(3), desk.on_outcome)
        out.send(make_batch(0), desk.on_outcome)
        out.drain(1)
        out.close()
        print("after it was closed")
        print(desk.acked, out.target, out.figures.sends, file=sys.stderr)
        """,
        tmp_path,
    )
    said, complained = process.communicate(timeout=30)
    lines = said.splitlines()
    assert [json.loads(line)["n"] for line in lines[:3]] == [0, 1, 2]
    assert lines[3:] == [b"after it was closed"]
    assert b"a stray print" in complained and b"a stray child" in complained
    assert complained.splitlines()[-1] == b"3 standard output 1"


def test_labels_go_beside_it(tmp_path: Path) -> None:
    process = start(
        """
        out.send(make_batch(2), desk.on_outcome)
        out.send(make_batch(2, labels={1: "zero_amount"}), desk.on_outcome)
        out.begin(Run.at(2, 2), 0, 1)
        out.send(make_batch(1, labels={0: "duplicate"}), desk.on_outcome)
        out.close()
        """,
        tmp_path,
    )
    process.communicate(timeout=30)
    files = sorted((tmp_path / "output").glob("*/stdout.labels.jsonl"))
    labels = [json.loads(path.read_bytes()) for path in files]
    assert [(label["violation"], label["line"]) for label in labels] == [("zero_amount", 4), ("duplicate", 1)]


def test_a_reader_that_goes_away_is_a_clear_end(tmp_path: Path) -> None:
    process = start(
        """
        sys.stdin.read()
        for _ in range(3):
            out.send(make_batch(2), desk.on_outcome)
        out.close()
        for error in desk.errors:
            print(error.reason, error.unknown, file=sys.stderr)
        print(out.figures.attempts_failed, file=sys.stderr)
        """,
        tmp_path,
    )
    assert process.stdout is not None and process.stdin is not None and process.stderr is not None
    process.stdout.close()
    process.stdin.close()
    complained = process.stderr.read().decode()
    assert process.wait(30) == 0
    assert complained.splitlines() == [
        "standard output was closed True",
        "standard output was closed False",
        "standard output was closed False",
        "{'standard output was closed': 3}",
    ]


def test_a_full_device_fails_the_block(tmp_path: Path) -> None:
    code = textwrap.dedent(CODE) + textwrap.dedent(
        """
        out.send(make_batch(2), desk.on_outcome)
        out.close()
        print(desk.reasons, file=sys.stderr)
        """
    )
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, timeout=30)
    assert b"standard output: no space left on device" in done.stderr


def test_a_closed_standard_output_is_one_line(tmp_path: Path) -> None:
    code = """
        import os, sys
        os.close(1)
        from paysim.publishers.jsonl.stdout import StdoutPublisher
        try:
            StdoutPublisher().open()
        except Exception as error:
            print(type(error).__name__, error, file=sys.stderr)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.PIPE, timeout=30)
    assert done.stderr.decode().strip() == "TargetError cannot write to standard output: it is closed"


def test_sending_before_it_is_open_fails() -> None:
    from paysim.publishers.jsonl.stdout import StdoutPublisher
    from tests.support.publishing import Desk, make_batch

    desk = Desk()
    StdoutPublisher().send(make_batch(1), desk.on_outcome)
    assert desk.reasons == {"standard output was closed": 1}
