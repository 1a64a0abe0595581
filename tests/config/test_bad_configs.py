"""Every bad configuration gives exactly the lines that its own header says.

A file in `tests/fixtures/bad_configs` begins with `# expected: LINE: KEY: MESSAGE`, one a fault, and with the
`# environment: NAME=VALUE` it is loaded with.
"""

from pathlib import Path

import pytest

from paysim.config.loader import ConfigError, load
from tests.support.bad_configs import FOLDER, environment, header

FILES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_many():
    assert len(FILES) >= 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_fault_is_one_line_with_file_line_key_and_what_is_allowed(path: Path):
    environ = environment(path)
    with pytest.raises(ConfigError) as caught:
        load(path, environ=environ).require_allowed(environ)
    assert str(caught.value).splitlines() == [f"{path}:{line}" for line in header(path, "expected")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_error_shows_a_key_or_the_jargon_of_a_library(path: Path):
    for line in header(path, "expected"):
        for word in ("bm90LWEta2V5", "pydantic", "Input should", "Traceback", "str_type", "dict"):
            assert word not in line


def test_a_file_that_is_not_there(tmp_path: Path):
    assert fault(tmp_path / "no.yaml") == f"{tmp_path}/no.yaml: no such file"


def test_a_folder(tmp_path: Path):
    assert fault(tmp_path) == f"{tmp_path}: is a directory; a YAML file is needed"


def test_a_path_through_a_file(tmp_path: Path):
    (tmp_path / "file").touch()
    assert fault(tmp_path / "file" / "x.yaml") == f"{tmp_path}/file/x.yaml: cannot be read: Not a directory"


def test_an_empty_file(tmp_path: Path):
    path = tmp_path / "empty.yaml"
    path.touch()
    assert fault(path) == f"{path}:1: the file is empty; it must hold a mapping `simulator:`"


def test_a_file_in_another_encoding(tmp_path: Path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("simulator: {}\n# Währung\n".encode("latin-1"))
    assert fault(path) == f"{path}:2: not UTF-8 text; save the file as UTF-8"


def test_a_control_character(tmp_path: Path):
    path = tmp_path / "control.yaml"
    path.write_bytes(b"simulator: {}\n#\n# \x01\n")
    expected = "not YAML: it holds a character that is not allowed, such as a control character"
    assert fault(path) == f"{path}:3: {expected}"


def test_a_text_that_never_ends(tmp_path: Path):
    path = tmp_path / "open.yaml"
    path.write_text('simulator:\n  report: {html: "x')
    assert fault(path).startswith(f"{path}:2: not YAML: ")


@pytest.mark.parametrize("depth", [31, 900, 200_000])
def test_nesting_without_end(tmp_path: Path, depth: int):
    path = tmp_path / "deep.yaml"
    path.write_text("simulator: " + "[" * depth + "]" * depth)
    assert fault(path).endswith("mappings and lists are nested too deeply; allowed: 30 levels")


def test_nesting_through_aliases(tmp_path: Path):
    path = tmp_path / "deep.yaml"
    path.write_text("x0: &x0 1\n" + "".join(f"x{n}: &x{n} [*x{n - 1} ]\n" for n in range(1, 100)))
    assert fault(path).endswith("mappings and lists are nested too deeply; allowed: 30 levels")


def test_aliases_that_multiply(tmp_path: Path):
    path = tmp_path / "laughs.yaml"
    lines = [f"x{level}: &x{level} [{', '.join([f'*x{level - 1} '] * 9)}]" for level in range(1, 9)]
    path.write_text("\n".join(["x0: &x0 [1]", *lines]))
    assert fault(path).endswith(": holds more than 50,000 values; do aliases repeat each other?")


def test_an_empty_key(tmp_path: Path):
    path = tmp_path / "key.yaml"
    path.write_text('simulator: {metrics: {"": 1}}')
    assert fault(path) == f'{path}:1: metrics."": unknown key; allowed: port'


def fault(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ={})
    return str(caught.value)
