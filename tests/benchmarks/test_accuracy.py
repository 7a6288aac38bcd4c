"""``make accuracy``: what it prints, and when it fails."""

import sys
from types import ModuleType

import pytest

from benchmarks.accuracy import __main__ as command
from benchmarks.accuracy.published import PUBLISHED
from benchmarks.accuracy.table import Table
from benchmarks.accuracy.values import table


def topic(monkeypatch: pytest.MonkeyPatch, *tables: Table) -> None:
    module = ModuleType("benchmarks.accuracy.made_up")
    module.tables = lambda: list(tables)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(command, "topics", lambda: ["made_up"])


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        ([Table("a", 2, 0, 1, 3, "")], 0),
        ([Table("a", 2, 1, 0, 3, "")], 1),
        ([Table("a", 2, 1, 0, 3, "", exact=False)], 0),
        ([Table("a", 0, 0, 0, 0, "not tried")], 1),
        ([], 1),
    ],
)
def test_it_fails_where_an_exact_rule_is_wrong_or_nothing_was_tried(
    monkeypatch: pytest.MonkeyPatch, tables: list[Table], code: int
) -> None:
    topic(monkeypatch, *tables)
    assert command.main([]) == code


def test_it_prints_the_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    topic(monkeypatch, Table("NHS numbers", 1002, 1, 3, 1006, "a source"))
    command.main([])
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.split() == ["NHS", "numbers", "1,006", "1,002", "3", "1", "WRONG", "a", "source"]


def test_an_unknown_topic_is_told() -> None:
    assert command.main(["nothing"]) == 2


def test_every_topic_is_found() -> None:
    assert {"spend", "values"} <= set(command.topics())
    assert not {"table", "published"} & set(command.topics())


def test_counts_must_add_up() -> None:
    with pytest.raises(ValueError, match="not 4 in all"):
        Table("a", 1, 1, 1, 4, "")


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one[0])
def test_published_examples_are_read_right(one: tuple) -> None:  # type: ignore[type-arg]
    title, kind, note, answers = one
    found = table(title, kind, answers, note)
    assert (found.right, found.wrong, found.refused) == (found.of, 0, 0)
