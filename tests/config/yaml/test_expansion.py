from pathlib import Path

import pytest

from paysim.config.yaml.expansion import ExpansionError, environment, expand, references, without_variables


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("${A}", "one"),
        ("x${A}y${B:-two}z", "xoneytwoz"),
        ("${EMPTY}", ""),
        ("${EMPTY:-default}", "default"),
        ("${MISSING:-}", ""),
        ("${MISSING:-a:-b $x}", "a:-b $x"),
        ("$${A} and $A and $", "${A} and $A and $"),
        ("$Default", "$Default"),
        ("${REFERENCE}", "${A}"),
    ],
)
def test_references_are_replaced_once_as_in_a_shell(text: str, expanded: str):
    assert expand(text, {"A": "one", "EMPTY": "", "REFERENCE": "${A}"}) == expanded


@pytest.mark.parametrize("text", ["${MISSING}", "${}", "${A-b}", "${1A}", "${A", "${A:-${B}}"])
def test_a_reference_that_cannot_be_replaced_is_an_error(text: str):
    with pytest.raises(ExpansionError):
        expand(text, {"A": "secret", "B": "secret"})


def test_references_are_found_as_written():
    assert references("${A:-b} $${C} ${D}") == ["${A:-b}", "${D}"]


def test_what_stands_in_the_file_itself_are_texts_and_defaults():
    assert without_variables("Key=${A};Other=${B:-b}") == "Key=;Other=b"


def test_the_real_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".env").write_text("A=file\nB=file\nexport C='in ${A}'\nEMPTY\n")
    monkeypatch.setenv("A", "")
    monkeypatch.delenv("B", raising=False)
    found = environment(tmp_path)
    assert (found["A"], found["B"], found["C"]) == ("", "file", "in ${A}")
    assert "EMPTY" not in found


def test_an_unreadable_file_is_named(tmp_path: Path):
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    with pytest.raises(ExpansionError, match=r"\.env: cannot be read: not UTF-8"):
        environment(tmp_path)
