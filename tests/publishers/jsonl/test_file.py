import io
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path

import pytest

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.contract.labels import EpisodePart
from paysim.publishers import make_publisher
from paysim.publishers.base import Acknowledgement
from paysim.publishers.jsonl import json_lines, torn_lines
from paysim.publishers.jsonl.file import FilePublisher
from paysim.transactions.batch import Batch
from tests.support.publishing import Desk, make_batch
from tests.support.waiting import eventually


def publisher(path: Path, run: Run, *, producer: int = 0, producers: int = 1, **options: float) -> FilePublisher:
    made = FilePublisher(str(path), **options)
    made.open()
    made.begin(run, producer, producers)
    return made


def test_bodies_become_lines_in_order(tmp_path: Path, run: Run, desk: Desk) -> None:
    out = publisher(tmp_path / "a.jsonl", run)
    batches = [make_batch(3), make_batch(2, first=3)]
    for batch in batches:
        out.send(batch, desk.on_outcome)
    out.close()
    assert (tmp_path / "a.jsonl").read_bytes().splitlines() == batches[0].bodies + batches[1].bodies
    assert desk.acked == 5
    assert all(isinstance(o, Acknowledgement) and o.service > 0 for _, o in desk.outcomes)
    assert out.figures.sends == 2


def test_an_empty_batch_writes_nothing_and_has_no_outcome(tmp_path: Path, run: Run, desk: Desk) -> None:
    out = publisher(tmp_path / "a.jsonl", run)
    out.send(make_batch(0), desk.on_outcome)
    assert (tmp_path / "a.jsonl").read_bytes() == b"" and not desk.outcomes


def test_the_folder_is_made_and_the_path_holds_the_run_id(tmp_path: Path, run: Run, desk: Desk) -> None:
    out = publisher(tmp_path / "deep" / "{run_id}" / "t.jsonl", run)
    out.send(make_batch(1), desk.on_outcome)
    expected = tmp_path / "deep" / run.id / "t.jsonl"
    assert len(expected.read_bytes().splitlines()) == 1
    assert out.target == str(expected)


def test_it_appends(tmp_path: Path, run: Run, desk: Desk) -> None:
    for _ in range(2):
        out = publisher(tmp_path / "a.jsonl", run)
        out.send(make_batch(2), desk.on_outcome)
        out.close()
    assert len((tmp_path / "a.jsonl").read_bytes().splitlines()) == 4


def test_each_of_several_producers_writes_its_own_file(tmp_path: Path, run: Run, desk: Desk) -> None:
    publisher(tmp_path / "a.jsonl", run, producer=3, producers=4).send(make_batch(1), desk.on_outcome)
    assert [path.name for path in tmp_path.iterdir()] == ["a.3.jsonl"]


def test_a_new_run_writes_a_new_file(tmp_path: Path, desk: Desk) -> None:
    first, second = Run.at(1, 1), Run.at(2, 2)
    out = publisher(tmp_path / "{run_id}.jsonl", first)
    out.send(make_batch(1), desk.on_outcome)
    out.begin(second, 0, 1)
    out.send(make_batch(2), desk.on_outcome)
    assert len((tmp_path / f"{first.id}.jsonl").read_bytes().splitlines()) == 1
    assert len((tmp_path / f"{second.id}.jsonl").read_bytes().splitlines()) == 2
    assert out.figures.sends == 1


def test_a_line_that_a_crash_left_torn_is_cut_off(tmp_path: Path, run: Run, desk: Desk) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"whole":1}\n' + b'{"torn":' + b"x" * 200_000)
    out = publisher(path, run)
    out.send(make_batch(1), desk.on_outcome)
    assert path.read_bytes() == b'{"whole":1}\n' + make_batch(1).bodies[0] + b"\n"


def test_a_file_that_is_one_torn_line_becomes_empty(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"torn")
    publisher(path, run)
    assert path.read_bytes() == b""


def test_labels_name_transaction_violation_episode_and_line(tmp_path: Path, run: Run, desk: Desk) -> None:
    out = publisher(tmp_path / "a.jsonl", run)
    out.send(make_batch(4), desk.on_outcome)
    labelled = make_batch(3, first=4, labels={2: "structuring", 0: "duplicate"})
    labelled.episodes[2] = EpisodePart(bytes(16), "payer")
    labelled.fraud = [1]
    out.send(labelled, desk.on_outcome)
    out.close()
    labels = [json.loads(line) for line in (tmp_path / "a.jsonl.labels.jsonl").read_bytes().splitlines()]
    first, fraud, last = (str(uuid.UUID(bytes=labelled.ids[at])) for at in (0, 1, 2))
    of_several = {"episode": str(uuid.UUID(int=0)), "role": "payer"}
    assert labels == [
        {"transaction_id": first, "violation": "duplicate", "episode": first, "line": 5},
        {"transaction_id": fraud, "fraud": True, "line": 6},
        {"transaction_id": last, "violation": "structuring", **of_several, "line": 7},
    ]
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert lines[6] == labelled.bodies[2]


def test_label_lines_go_on_where_an_existing_file_ends(tmp_path: Path, run: Run, desk: Desk) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{}\n" * 5)
    out = publisher(tmp_path / "a.jsonl", run)
    out.send(make_batch(1, labels={0: "zero_amount"}), desk.on_outcome)
    assert json.loads((tmp_path / "a.jsonl.labels.jsonl").read_bytes())["line"] == 6


def test_without_labels_there_is_no_labels_file(tmp_path: Path, run: Run, desk: Desk) -> None:
    publisher(tmp_path / "a.jsonl", run).send(make_batch(2), desk.on_outcome)
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_rotation_starts_a_part_before_the_size_is_exceeded(tmp_path: Path, run: Run, desk: Desk) -> None:
    out = publisher(tmp_path / "a.jsonl", run, rotate_mb=0.01)
    for at in range(5):
        out.send(make_batch(4, size=1000, first=4 * at), desk.on_outcome)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes == {"a.jsonl": 8008, "a.part2.jsonl": 8008, "a.part3.jsonl": 4004}


def test_a_body_with_a_line_break_fails_and_writes_nothing(tmp_path: Path, run: Run, desk: Desk) -> None:
    out = publisher(tmp_path / "a.jsonl", run)
    out.send(Batch("credit_card", [b'{"a":\n1}'], [bytes(16)]), desk.on_outcome)
    assert desk.reasons == {"a body with a line break does not fit into JSON Lines": 1}
    assert not desk.errors[0].unknown
    assert (tmp_path / "a.jsonl").read_bytes() == b""
    assert sum(out.figures.attempts_failed.values()) == 1


def test_a_full_disk_fails_the_block_and_leaves_whole_lines(tmp_path: Path, run: Run, desk: Desk) -> None:
    # The limit of file size cuts a write short as a full disk does, and then refuses the rest.
    out = publisher(tmp_path / "a.jsonl", run)
    out.send(make_batch(3, size=1000), desk.on_outcome)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4500, hard))
    try:
        out.send(make_batch(3, size=1000, first=3), desk.on_outcome)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert desk.reasons == {"file: file too large": 1}
    assert not desk.errors[0].unknown
    assert (tmp_path / "a.jsonl").read_bytes().splitlines() == make_batch(3, size=1000).bodies
    out.send(make_batch(1, first=6), desk.on_outcome)
    assert len((tmp_path / "a.jsonl").read_bytes().splitlines()) == 4


def test_sending_outside_a_run_fails(tmp_path: Path, desk: Desk) -> None:
    out = FilePublisher(str(tmp_path / "a.jsonl"))
    out.send(make_batch(1), desk.on_outcome)
    assert desk.reasons == {"file: no run has begun": 1}


@pytest.mark.parametrize("path", ["/proc/nowhere/a.jsonl", "/dev/null/a.jsonl"])
def test_an_unwritable_path_is_one_line(path: str) -> None:
    with pytest.raises(TargetError, match=r"^cannot write .*a\.jsonl: [^\n]+$"):
        FilePublisher(path).open()


def test_a_path_that_is_a_folder_is_one_line(tmp_path: Path, run: Run) -> None:
    out = FilePublisher(str(tmp_path))
    out.open()
    with pytest.raises(TargetError, match="is a directory"):
        out.begin(run, 0, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(TargetError, match="no permission"):
        FilePublisher(str(tmp_path / "a.jsonl")).open()


def test_make_publisher_takes_the_file_section(tmp_path: Path) -> None:
    config = Config.model_validate(
        {"output": {"destination": "file", "file": {"path": str(tmp_path / "x.jsonl"), "rotate_mb": 1}}}
    )
    made = make_publisher(config)
    assert made.target == str(tmp_path / "x.jsonl")
    made.drain(1)
    made.close()


def test_a_kill_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    code = f"""
        from tests.support.publishing import make_batch
        from paysim.publishers.jsonl.file import FilePublisher
        from paysim.contract.identity import Run
        out = FilePublisher({str(path)!r})
        out.open(); out.begin(Run.new(), 0, 1)
        batch = make_batch(500, size=1137)
        while True:
            out.send(batch, lambda *_: None)
    """
    for _ in range(5):  # without the guard about every second kill tears a line
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
        try:
            assert eventually(lambda: path.exists() and path.stat().st_size > 3_000_000)
        finally:
            process.kill()
            process.wait()
        assert eventually(lambda: ends_whole(path), 5)
        lines = path.read_bytes().split(b"\n")
        assert lines.pop() == b""
        assert all(line.startswith(b'{"n":') and len(line) == 1137 for line in lines)
        path.unlink()


def ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def test_a_file_that_somebody_writes_is_not_cut(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    monkeypatch.setattr(json_lines.TornLineGuard, "watch", lambda self, path: None)
    publisher(path, run)
    with path.open("ab") as other:
        other.write(b"half a li")
    second = publisher(path, run)
    assert path.read_bytes() == b"half a li"
    second.close()


def test_the_guard_cuts_what_it_was_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torn, whole, gone = tmp_path / "torn", tmp_path / "whole", tmp_path / "gone"
    torn.write_bytes(b"a\nb")
    whole.write_bytes(b"a\nb\n")
    told = "".join(f"{path}\n" for path in (torn, gone, whole))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(told.encode())))
    torn_lines.watch()
    assert torn.read_bytes() == b"a\n" and whole.read_bytes() == b"a\nb\n" and not gone.exists()


def test_without_a_guard_process_files_are_written_all_the_same(
    tmp_path: Path, run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    out = publisher(tmp_path / "a.jsonl", run)
    out.send(make_batch(1), desk.on_outcome)
    out.close()
    assert desk.acked == 1
