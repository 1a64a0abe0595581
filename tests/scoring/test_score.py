"""What counts as found, and what is not judged."""

import io
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from paysim.scoring import decisions, labelled, score_views
from paysim.scoring.labelled import UnusableLabels
from paysim.scoring.score import Good, NothingOfTheRun, Score, Unjudged, score
from tests.support.scoring import MADE, RUN, id_of, labels

NO_SECONDS = 1_767_225_600


def scored(folder: Path, entries: Sequence[tuple[str, str, str | None]], decided: str) -> Score:
    found = labelled.read(labels(folder / "labels.jsonl", entries))
    return score(found, decisions.read(io.BufferedReader(io.BytesIO(decided.encode())), "decisions"))


def singles(count: int, name: str = "zero_amount", first: int = 0) -> list[tuple[str, str, str | None]]:
    return [(id_of(at), name, None) for at in range(first, first + count)]


def lines(*decided: tuple[int, str]) -> str:
    return "".join(f"{id_of(at)},{word}\n" for at, word in decided)


def test_rejected_and_flagged_are_found_and_what_has_no_decision_is_not(tmp_path: Path) -> None:
    found = scored(
        tmp_path, singles(5), lines((0, "rejected"), (1, "flagged"), (2, "accepted"), (8, "accepted"), (9, "rejected"))
    )
    each = found.scenarios["zero_amount"]
    assert (each.labelled, each.rejected, each.flagged, each.accepted, each.undecided) == (5, 1, 1, 1, 2)
    assert each.recall == 0.4 and found.total == each
    assert found.good == Good(accepted=1, rejected=1, flagged=0)
    assert found.precision == pytest.approx(2 / 3)
    assert (each.episodes, each.episodes_found, each.detection) == (5, 2, None)


def test_recall_is_by_scenario(tmp_path: Path) -> None:
    entries = singles(4) + singles(2, "invalid_email", first=10)
    found = scored(tmp_path, entries, lines((0, "rejected"), (10, "rejected"), (11, "flagged")))
    assert {name: each.recall for name, each in found.scenarios.items()} == {"zero_amount": 0.25, "invalid_email": 1.0}
    assert found.total.recall == 0.5


def test_an_episode_is_found_with_one_of_its_transactions_and_timed_from_its_first(tmp_path: Path) -> None:
    entries = []
    for story in range(3):
        first = id_of(10 * story, made=MADE + 1000 * story)
        entries += [
            (id_of(10 * story + at, made=MADE + 1000 * story + 5_000 * at), "structuring", first) for at in range(6)
        ]
    decided = "".join(
        [
            f"{id_of(3)},flagged,{NO_SECONDS + 40}\n{id_of(2)},rejected,{NO_SECONDS + 30}\n",
            f"{id_of(15)},flagged,{NO_SECONDS + 301}\n{id_of(10)},accepted,{NO_SECONDS + 2}\n",
        ]
    )
    found = scored(tmp_path, entries, decided)
    each = found.scenarios["structuring"]
    assert (each.labelled, each.found, each.episodes, each.episodes_found) == (18, 3, 3, 2)
    assert each.detection is not None
    assert (each.detection.median, each.detection.p95, each.detection.most) == (30.0, 300.0, 300.0)
    assert found.early == 0


def test_the_same_name_of_an_episode_in_two_scenarios_is_two_episodes(tmp_path: Path) -> None:
    entries: list[tuple[str, str, str | None]] = [(id_of(1), "a", id_of(9)), (id_of(2), "b", id_of(9))]
    found = scored(tmp_path, [*entries, (id_of(3), "b", id_of(9))], "")
    assert (found.total.episodes, found.scenarios["a"].episodes, found.scenarios["b"].episodes) == (2, 1, 1)


def test_other_runs_and_ids_of_others_are_counted_and_not_judged(tmp_path: Path) -> None:
    decided = lines((0, "rejected")) + "".join(
        f"{own},rejected\n"
        for own in (
            id_of(0, run=RUN + 0x20000),
            id_of(1, run=RUN + 0x20000),
            "9b2f6a52-35c4-4b0e-8a2c-3f5d9f1f7a11",  # a random one, version 4
            "4711",
            "",
        )
    )
    found = scored(tmp_path, singles(1), decided)
    assert found.unjudged == Unjudged(unknown=3, other_runs=2)
    assert (found.precision, found.total.recall, found.decisions) == (1.0, 1.0, 6)


def test_decisions_that_are_all_on_something_else_are_refused(tmp_path: Path) -> None:
    other = id_of(0, run=RUN + 0x20000)
    with pytest.raises(NothingOfTheRun, match=r"none of the 2 decisions is on a transaction of run …-20000a"):
        scored(tmp_path, singles(1), f"{other},rejected\n1,accepted\n")


def test_no_decision_at_all_finds_nothing(tmp_path: Path) -> None:
    found = scored(tmp_path, singles(3), "")
    assert (found.total.recall, found.total.undecided, found.precision) == (0.0, 3, None)


def test_labels_of_several_runs_and_producers_are_told_apart(tmp_path: Path) -> None:
    other = RUN + 0x20000
    entries: list[tuple[str, str, str | None]] = [
        (id_of(1), "a", None),
        (id_of(1, run=other), "a", None),
        (id_of(1, producer=3), "a", None),
    ]
    found = scored(tmp_path, entries, f"{id_of(1, run=other)},rejected\n{id_of(1, producer=2)},rejected\n")
    assert found.runs == ["20000a", "22000a"]
    assert (found.total.labelled, found.total.found, found.good.rejected) == (3, 1, 1)


class TestSeveralDecisions:
    def test_the_last_line_counts_where_there_are_no_times(self, tmp_path: Path) -> None:
        found = scored(
            tmp_path,
            singles(3),
            lines((0, "accepted"), (1, "flagged"), (0, "rejected"), (1, "accepted"), (2, "flagged"), (2, "rejected")),
        )
        each = found.total
        assert (each.rejected, each.flagged, each.accepted) == (2, 0, 1)
        assert (found.repeated, found.changed) == (3, 2)

    def test_the_latest_counts_where_there_are_and_the_first_no_is_the_time_of_detection(self, tmp_path: Path) -> None:
        decided = [(9, "accepted", 0), (9, "rejected", 60), (9, "flagged", 20), (8, "accepted", 90), (8, "rejected", 1)]
        lines = [f"{id_of(at)},{word},{NO_SECONDS + seconds}\n" for at, word, seconds in decided]
        for seed in range(5):
            random.Random(seed).shuffle(lines)
            each = scored(tmp_path, singles(2, first=8), "".join(lines)).total
            assert (each.rejected, each.flagged, each.accepted) == (1, 0, 1)
            assert each.detection is not None and each.detection.most == 20.0

    def test_the_same_again_changes_nothing(self, tmp_path: Path) -> None:
        decided = lines((0, "rejected"), (5, "accepted"), (6, "rejected"))
        once, thrice = (scored(tmp_path, singles(2), decided * times) for times in (1, 3))
        assert (once.total, once.good, once.precision) == (thrice.total, thrice.good, thrice.precision)
        assert (thrice.repeated, thrice.changed) == (6, 0)


class TestCopies:
    """A copy that `duplicate` sent has the id of a good transaction."""

    @pytest.mark.parametrize(
        ("decided", "rejected", "accepted", "recall"),
        [
            ([], 0, 0, None),
            (["accepted"], 0, 0, None),  # the original's: nothing is known of the copy
            (["accepted", "rejected"], 1, 0, 1.0),
            (["rejected", "accepted"], 1, 0, 1.0),
            (["accepted", "accepted"], 0, 1, 0.0),
            (["accepted"] * 4, 0, 2, 0.0),
            (["accepted", "accepted", "rejected"], 1, 1, 0.5),
        ],
    )
    def test_decisions_are_counted(
        self, tmp_path: Path, decided: list[str], rejected: int, accepted: int, recall: float | None
    ) -> None:
        each = scored(tmp_path, singles(1, "duplicate") * 2, lines(*((0, word) for word in decided)))
        assert (each.total.labelled, each.total.rejected, each.total.accepted) == (2, rejected, accepted)
        assert (each.total.recall, each.changed) == (recall, 0)

    def test_those_that_cannot_be_judged_do_not_lower_the_recall_of_all(self, tmp_path: Path) -> None:
        found = scored(tmp_path, singles(50, "duplicate", first=100) + singles(2), lines((0, "rejected")))
        assert (found.total.labelled, found.total.recall) == (52, 0.5)


class TestLabels:
    def test_files_of_before_have_no_episodes(self, tmp_path: Path) -> None:
        path = tmp_path / "labels.jsonl"
        path.write_text(f'{{"transaction_id":"{id_of(1)}","violation":"zero_amount"}}\n')
        found = labelled.read(path)
        assert (found.scenarios, found.copies.tolist(), found.made.tolist()) == (("zero_amount",), [1], [MADE])

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("{", "2: is no label: transaction_id and violation"),
            ('{"transaction_id": 7, "violation": "a"}', "2: is no label: transaction_id and violation"),
            (f'{{"transaction_id": "{id_of(1)}"}}', "2: is no label: transaction_id and violation"),
            ('{"transaction_id": "4711", "violation": "a"}', "2: '4711' is no id that paysim made"),
            (
                '{"transaction_id": "9b2f6a52-35c4-4b0e-8a2c-3f5d9f1f7a11", "violation": "a"}',
                "2: '9b2f6a52-35c4-4b0e-8a2c-3f5d9f1f7a11' is no id that paysim made",
            ),
            (f'{{"transaction_id": "{id_of(1)}", "violation": "a", "episode": "x"}}', "2: 'x' is no id that paysim"),
        ],
    )
    def test_what_is_no_label_is_named_with_its_line(self, tmp_path: Path, line: str, expected: str) -> None:
        path = labels(tmp_path / "labels.jsonl", singles(1))
        path.write_text(f"{path.read_text()}{line}\n")
        with pytest.raises(UnusableLabels) as error:
            labelled.read(path)
        assert str(error.value).startswith(f"{path}:{expected}")

    def test_a_file_without_labels_or_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("")
        with pytest.raises(UnusableLabels, match="empty: holds no label"):
            labelled.read(tmp_path / "empty")
        with pytest.raises(UnusableLabels, match="none: cannot be read: no such file"):
            labelled.read(tmp_path / "none")


@pytest.mark.parametrize(
    ("share", "expected"),
    [(1.0, "100.0 %"), (0.9996, "99.96 %"), (0.0, "0.0 %"), (0.0004, "0.04 %"), (0.5, "50.0 %"), (None, "–")],
)
def test_a_share_that_is_nearly_all_is_not_shown_as_all(share: float | None, expected: str) -> None:
    assert score_views.percent(share) == expected
