"""No contract changes behind the backs of those who rely on it.

When this fails, `watersmeet contract diff` says what changed and which version declares it; see
docs/contracts.md.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts.declarations import UnknownDeclaration, contracts_root, load
from contracts.diff.published import (
    NotDeclared,
    compared_with_published,
    path_of,
    publish,
    published_names,
    undeclared,
)

DECLARED = load(contracts_root())
DATASET = "datasets/fines.py"
FINES, FINE = ("datasets", "fines"), ("entities", "fine")


def test_every_change_since_publishing_is_declared_by_its_version() -> None:
    compared = compared_with_published(DECLARED)
    assert len(compared) >= 8, "no contracts were compared"
    wrong = [undeclared(one) for one in compared if not one.declared]
    assert wrong == []


def test_every_contract_is_published_and_nothing_else() -> None:
    there = {("datasets", name) for name in DECLARED.datasets}
    there |= {("entities", name) for name in DECLARED.entities}
    assert set(published_names(DECLARED.root)) == there


def test_publishing_writes_what_is_not_there_and_then_nothing(folder: Any) -> None:
    declared = folder.load()
    assert set(publish(declared)) == {FINES, FINE}
    text = path_of(FINES, folder.root).read_text(encoding="utf-8")
    assert "id: watersmeet:dataset:fines" in text
    assert publish(folder.load()) == {}
    assert all(one.declared for one in compared_with_published(folder.load()))


def test_a_breaking_change_is_not_published_until_the_version_says_so(folder: Any) -> None:
    publish(folder.load())
    before = path_of(FINES, folder.root).read_text(encoding="utf-8")
    folder.change(DATASET, 'headers=["day"]', 'headers=["date"]')
    with pytest.raises(NotDeclared, match=r'write version="2.0.0" or higher in datasets/fines.py'):
        publish(folder.load())
    assert path_of(FINES, folder.root).read_text(encoding="utf-8") == before
    folder.change(DATASET, 'main="fine"', 'main="fine", version="1.1.0"')
    assert not compared_with_published(folder.load(), [FINES])[0].declared
    folder.change(DATASET, 'version="1.1.0"', 'version="2.0.0"')
    (comparison,) = compared_with_published(folder.load(), [FINES])
    assert comparison.declared and comparison.level == "major"
    assert set(publish(folder.load())) == {FINES}
    assert compared_with_published(folder.load(), [FINES])[0].changes == ()


def test_nothing_is_published_where_one_is_not_declared(folder: Any) -> None:
    publish(folder.load())
    folder.change(DATASET, '"Sum"', '"Sum of it"')
    folder.change("entities/fine.py", 'name="fine"', 'name="fine", version="1.1.0"')
    with pytest.raises(NotDeclared, match=r'patch changes .* write version="1.0.1"'):
        publish(folder.load())
    assert "version: 1.0.0" in path_of(FINE, folder.root).read_text(encoding="utf-8")


def test_a_version_is_never_lowered(folder: Any) -> None:
    folder.change(DATASET, 'main="fine"', 'main="fine", version="1.1.0"')
    publish(folder.load())
    folder.change(DATASET, 'version="1.1.0"', 'version="1.0.0"')
    assert not compared_with_published(folder.load(), [FINES])[0].declared


def test_a_contract_never_published_or_gone_is_not_declared(folder: Any) -> None:
    publish(folder.load(), [FINE])
    told = {one.name: one for one in compared_with_published(folder.load())}
    assert told["fine"].declared and not told["fines"].declared
    assert "was never published" in undeclared(told["fines"])
    publish(folder.load())
    (folder.root / DATASET).unlink()
    (folder.root / "feeds/northmoor/fines.yml").unlink()
    told = {one.name: one for one in compared_with_published(folder.load())}
    assert told["fines"].level == "major" and not told["fines"].declared
    assert "fines is gone" in undeclared(told["fines"])


def test_a_broken_contract_is_not_taken_for_one_that_is_gone(folder: Any) -> None:
    publish(folder.load())
    folder.change(DATASET, "fine.paid_on", "fine.payed_on")
    with pytest.raises(UnknownDeclaration, match="has no attribute 'payed_on'"):
        compared_with_published(folder.load())


def test_published_files_are_not_taken_for_declarations(folder: Any, tmp_path: Path) -> None:
    publish(folder.load())
    assert folder.load().broken == ()
    copy = tmp_path / "copy"
    shutil.copytree(folder.root, copy)
    assert set(published_names(copy)) == {FINES, FINE}
