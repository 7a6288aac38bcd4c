"""Code lists, what belongs to them, and the columns that follow them, as declared."""

from pathlib import Path
from typing import Any


def with_list(folder: Any) -> Path:
    """A small list of codes that the dataset's note follows."""
    codes = folder.root / "registers" / "codes" / "kind"
    codes.mkdir(parents=True)
    (codes / "kind.csv").write_text(
        "code,name,start,end,aliases,source,licence\nP,Parking,,,,x,y\n"
    )
    folder.change(
        "datasets/fines.py",
        'headers=["note"], to="fine.note", optional=True)',
        'headers=["note"], to="fine.note", optional=True, '
        'options={"scheme": "kind", "as_at": "paid_on"})',
    )
    return Path(codes)


def test_what_belongs_to_a_register_is_told_in_its_own_file(folder: Any) -> None:
    codes = with_list(folder)
    assert folder.load().broken == ()
    (codes / "kind.more.csv").write_text(
        "code,name,start,end,aliases,source,licence\nS,Speeding,,,Parking,x,y\n"
    )
    (codes / "kind.aliases.csv").write_text(
        "code,alias,start,end,feed,accepted_by,accepted_on,reason\nZ,z,,,,A,2026-01-01,why\n"
    )
    (codes / "lost.aliases.csv").write_text("")
    walks = folder.root / "registers" / "crosswalks"
    walks.mkdir()
    (walks / "kind--sort.csv").write_text("")
    told = {(one.path.name, one.line): one.message for one in folder.load().broken}
    assert told[("kind.more.csv", 2)].startswith("'Parking' stands for 'P' and for 'S'")
    assert told[("kind.aliases.csv", 2)] == "code 'Z' is not in kind.csv"
    assert told[("kind--sort.csv", 1)].startswith("there is no code list")
    (codes / "kind.more.csv").unlink()
    (codes / "kind.aliases.csv").unlink()
    told = {(one.path.name, one.line): one.message for one in folder.load().broken}
    assert told[("lost.aliases.csv", 1)] == "it belongs to lost.csv, which is not there"
    assert told[("kind--sort.csv", 1)] == "there is no code list 'sort'"


def test_as_at_names_a_date_column_of_the_dataset(folder: Any) -> None:
    with_list(folder)
    folder.change("datasets/fines.py", '"as_at": "paid_on"', '"as_at": "amount"')
    [wrong] = [one for one in folder.load().broken if one.path.name == "fines.py"]
    assert wrong.message == (
        "note: as_at 'amount' is no date column of the dataset; it has paid_on"
    )
    folder.change("datasets/fines.py", '"scheme": "kind", ', "")
    [wrong] = [one for one in folder.load().broken if one.path.name == "fines.py"]
    assert "there is no scheme" in wrong.message
