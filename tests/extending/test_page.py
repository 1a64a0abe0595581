"""docs/EXTENDING.md shows what the tests do."""

from . import page


def test_the_page_is_made_from_the_changes():
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "python -m tests.extending.page"


def test_every_change_is_on_the_page_and_every_test_of_one_is_there():
    shown = {each.change for each in page.TEN if each.change}
    assert shown == {path.stem for path in page.CHANGES.glob("*.py")} - {"__init__"}
    assert all((page.CHANGES.parent / each.test).exists() for each in page.TEN if each.test)
    assert len(page.TEN) == 10
