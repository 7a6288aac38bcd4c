"""Declarations: what is sound loads, whatever is broken beside it, and is found by its name."""

from pathlib import Path
from typing import Any

import pytest

from contracts.dataset import dataset_facts
from contracts.declarations import (
    DeclarationsMissing,
    UnknownDeclaration,
    contracts_root,
    feed_of_file,
    load,
)

FEED = "feeds/northmoor/fines.yml"
AGREEMENT = "agreements/fines.yml"


def test_a_sound_folder_loads_whole(folder: Any) -> None:
    declared = folder.load()
    assert declared.broken == ()
    assert list(declared.feeds) == ["northmoor/fines"]
    feed = declared.feed("northmoor/fines")
    assert (feed.organisation, feed.dataset) == ("northmoor", "fines")
    assert feed.columns["amount"].header == "Fine £"
    assert declared.agreement_of(feed).start.isoformat() == "2026-01-01"
    assert dataset_facts(declared.dataset("fines")).main == "fine"


def test_one_broken_file_takes_no_other_away(folder: Any) -> None:
    sound = (folder.root / FEED).read_text()
    for number in range(5):
        folder.write(f"feeds/northmoor{number}/fines.yml", sound)
        folder.change(
            "registers/organisations.csv",
            "northmoor,Northmoor Council",
            f"northmoor{number},Number {number},,,,invented,CC0-1.0\nnorthmoor,Northmoor Council",
        )
    folder.write("feeds/northmoor3/fines.yml", "title: [")
    folder.write("datasets/other.py", "import nothing_of_this_name\n")
    folder.write("agreements/other.yml", "title: {")
    folder.write("registers/codes/colour/colour.csv", "code,name\n")
    declared = folder.load()
    assert set(declared.feeds) == {
        "northmoor/fines",
        *(f"northmoor{n}/fines" for n in (0, 1, 2, 4)),
    }
    assert {one.path.as_posix() for one in declared.broken} == {
        "feeds/northmoor3/fines.yml",
        "datasets/other.py",
        "agreements/other.yml",
        "registers/codes/colour/colour.csv",
    }


def test_an_adopter_may_take_over_one_of_our_datasets(folder: Any) -> None:
    folder.write("datasets/spend.py", "from contracts.datasets.spend import Spend\n")
    for name in ("payment", "organisation"):
        class_name = name.capitalize()
        folder.write(f"entities/{name}.py", f"from contracts.entities.{name} import {class_name}\n")
    declared = folder.load()
    assert declared.broken == ()
    assert declared.dataset("spend") is load().dataset("spend")


def test_only_one_feed_is_read(folder: Any) -> None:
    folder.write("feeds/northmoor/other.yml", "title: [")
    folder.write("agreements/other.yml", "title: [")
    declared = folder.load(only="northmoor/fines")
    assert declared.broken == ()
    assert list(declared.feeds) == ["northmoor/fines"]
    assert list(declared.agreements) == ["fines"]
    assert folder.load(only="northmoor/nothing").feeds == {}


def test_names_nothing_is_declared_under(folder: Any) -> None:
    declared = folder.load()
    with pytest.raises(UnknownDeclaration, match=r"no feed northmoor/fine; did you mean northmoor"):
        declared.feed("northmoor/fine")
    with pytest.raises(UnknownDeclaration, match=r"no dataset fine; did you mean fines\?"):
        declared.dataset("fine")


def test_the_feed_of_a_file(folder: Any) -> None:
    assert feed_of_file(folder.root, folder.root / FEED) == "northmoor/fines"
    assert folder.load().feed_of_file(folder.root / AGREEMENT) is None
    assert folder.load().file_of_feed("northmoor/fines") == folder.root / FEED


def test_three_hundred_feeds_load_with_their_count_right(folder: Any) -> None:
    text = (folder.root / FEED).read_text()
    names = [f"org{number}" for number in range(300)]
    lines = "".join(f"{name},{name},,,,invented,CC0-1.0\n" for name in names)
    folder.change("registers/organisations.csv", "northmoor,", f"{lines}northmoor,")
    for name in names:
        folder.write(f"feeds/{name}/fines.yml", text)
    declared = folder.load()
    assert (len(declared.feeds), declared.broken) == (301, ())


def test_the_environment_names_the_folder(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(folder.root))
    assert list(load().feeds) == ["northmoor/fines"]
    monkeypatch.delenv("WATERSMEET_CONTRACTS")
    assert contracts_root() == Path(__file__).resolve().parents[2] / "contracts"


def test_a_missing_folder_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(DeclarationsMissing, match="set WATERSMEET_CONTRACTS"):
        load(tmp_path / "nothing")
