"""Declarations: what is sound loads, what is broken says where and how to mend it."""

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
DATASET = "datasets/fines.py"


def test_a_sound_folder_loads_whole(folder: Any) -> None:
    declared = folder.load()
    assert declared.broken == ()
    assert list(declared.feeds) == ["northmoor/fines"]
    feed = declared.feed("northmoor/fines")
    assert (feed.organisation, feed.dataset) == ("northmoor", "fines")
    assert feed.columns["amount"].header == "Fine £"
    assert declared.agreement_of(feed).start.isoformat() == "2026-01-01"
    assert dataset_facts(declared.dataset("fines")).main == "fine"


# What is changed in the sound folder, and the whole message that must come of it.
BREAKS = {
    "tab": (
        FEED,
        "place:\n  kind",
        "place:\n\tkind",
        f"{FEED}, line 6, column 1: not valid YAML: while scanning for the next token found "
        "character that cannot start any token; indent with spaces, and put quotes round a value "
        "that begins with a tab or one of @ ` % & * !",
    ),
    "colon": (
        FEED,
        "owner: Courts",
        "owner: Courts: all",
        f"{FEED}, line 2, column 14: not valid YAML: mapping values are not allowed in this "
        "context; put quotes round a value that holds a colon and a space",
    ),
    "unknown word": (
        FEED,
        "owner: Courts",
        "owner: Courts\nschedul: weekly",
        f"{FEED}, line 3, column 1: `schedul` is not known here; did you mean `schedule`?",
    ),
    "missing word": (
        FEED,
        "  connection: somewhere\n",
        "",
        f"{FEED}, line 5, column 1: `connection` is missing; add it",
    ),
    "unknown word below": (
        FEED,
        "    header: Fine £",
        "    heder: Fine £",
        f"{FEED}, line 12, column 5: `heder` is not known here; did you mean `header`?",
    ),
    "twice": (
        FEED,
        "owner: Courts",
        "owner: Courts\ntitle: Again",
        f"{FEED}, line 3, column 1: `title` is given twice; keep one",
    ),
    "no text": (
        FEED,
        "header: Fine £",
        "header: 2026",
        f"{FEED}, line 12, column 13: `header` must be text; put it in quotes",
    ),
    "unknown kind of place": (
        FEED,
        "kind: folder",
        "kind: fax",
        f"{FEED}, line 6, column 9: `kind` must be one of 'folder', 'smb', 'sftp', 's3', "
        "'mail', 'http', 'api', 'odata', 'database'",
    ),
    "no kind of place": (
        FEED,
        "  kind: folder\n",
        "",
        f"{FEED}, line 5, column 1: `kind` is missing under `place`; add it",
    ),
    "another organisation than the path": (
        FEED,
        "title: Fines\n",
        "title: Fines\norganisation: eastvale\n",
        f"{FEED}, line 2, column 15: `organisation` is 'eastvale' here, but the file's place says "
        "'northmoor'; remove the line or move the file",
    ),
    "unknown column": (
        FEED,
        "  amount:\n",
        "  amont:\n",
        f"{FEED}, line 11, column 3: fines has no column 'amont'; it has paid_on, amount, surname, "
        "note",
    ),
    "unknown agreement": (
        FEED,
        "agreement: fines",
        "agreement: fine",
        f"{FEED}, line 4, column 12: there is no agreement 'fine' in agreements/; add it or "
        "correct the name",
    ),
    "no schedule": (
        FEED,
        "title: Fines\n",
        "title: Fines\nschedule: weekly\n",
        f"{FEED}, line 2, column 11: 'weekly' is no schedule; write five cron fields such as "
        "'0 6 * * 1' or one of @daily, @hourly, @monthly, @quarterly, @weekly, @yearly",
    ),
    "no time zone": (
        FEED,
        "title: Fines\n",
        "title: Fines\ntimezone: Europe/Lundon\n",
        f"{FEED}, line 2, column 11: there is no time zone 'Europe/Lundon'",
    ),
    "no encoding": (
        FEED,
        "format: delimited",
        "format: delimited\n  encoding: cp1525",
        f"{FEED}, line 10, column 13: there is no encoding 'cp1525'",
    ),
    "path out of the place": (
        FEED,
        "  connection: somewhere",
        "  connection: somewhere\n  path: ../other",
        f"{FEED}, line 8, column 9: the path goes below the connection's folder; make it "
        "relative, without `..`",
    ),
    "scheme of a sum": (
        FEED,
        "    header: Fine £",
        "    scheme: sex",
        f"{FEED}, line 12, column 13: amount: there is no code scheme 'sex' in registers/codes/",
    ),
    "date format of a sum": (
        FEED,
        "    header: Fine £",
        '    date_format: "%d"',
        f"{FEED}, line 12, column 18: amount: a money has no date format",
    ),
    "date format without a year": (
        FEED,
        "  amount:\n    header: Fine £",
        '  paid_on:\n    date_format: "%d/%m"',
        f"{FEED}, line 12, column 18: paid_on: '%d/%m' does not give year and month (strptime)",
    ),
    "header and constant": (
        FEED,
        "    header: Fine £",
        '    header: Fine £\n    constant: "5"',
        f"{FEED}, line 13, column 15: amount: give a header or a constant, not both",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_feed_says_where_and_how_to_mend_it(folder: Any, name: str) -> None:
    file, old, new, message = BREAKS[name]
    folder.change(file, old, new)
    declared = folder.load()
    assert [str(one) for one in declared.broken] == [message]
    assert set(declared.broken_feeds()) == {"northmoor/fines"}
    assert declared.feeds == {}
    with pytest.raises(UnknownDeclaration, match="cannot run"):
        declared.feed("northmoor/fines")


def test_everything_wrong_with_a_file_is_said_at_once(folder: Any) -> None:
    folder.change(FEED, "owner: Courts", "ownr: Courts")
    folder.change(FEED, "format: delimited", "format: delimited\n  header_row: 0")
    lines = [one.line for one in folder.load().broken]
    assert lines == [1, 2, 10]  # owner missing, ownr unknown, header_row below 1


@pytest.mark.parametrize(
    ("content", "line", "column", "said"),
    [
        (b"", 1, 1, "empty"),
        (b"- a\n- b\n", 1, 1, "word: value"),
        (b"title: Fines\nowner: Caf\xe9\n", 2, 11, "not UTF-8"),
        (b"title: Fines\nowner: a\x00b\n", 2, 9, "control character"),
        (b"title: [a, b\nowner: c\n", 2, 6, "not valid YAML"),
    ],
)
def test_unreadable_bytes(folder: Any, content: bytes, line: int, column: int, said: str) -> None:
    (folder.root / FEED).write_bytes(content)
    (one,) = folder.load().broken
    assert (one.line, one.column, one.feed_id) == (line, column, "northmoor/fines")
    assert said in one.message


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


def test_unknown_organisation(folder: Any) -> None:
    folder.write("feeds/eastvale/fines.yml", (folder.root / FEED).read_text())
    (one,) = folder.load().broken
    assert one.feed_id == "eastvale/fines"
    assert "'eastvale' is not in registers/organisations.csv" in one.message


def test_unknown_dataset(folder: Any) -> None:
    (folder.root / FEED).rename(folder.root / "feeds/northmoor/fine.yml")
    assert folder.broken() == [
        "feeds/northmoor/fine.yml, line 1, column 1: there is no dataset 'fine' in datasets/; add "
        "it or correct the name"
    ]


def test_a_feed_out_of_place(folder: Any) -> None:
    (folder.root / FEED).rename(folder.root / "feeds/fines.yml")
    (one,) = folder.load().broken
    assert one.feed_id is None
    assert "feeds/<organisation>/<dataset>.yml" in one.message


def test_a_wrong_ending_is_not_overlooked(folder: Any) -> None:
    (folder.root / FEED).rename(folder.root / "feeds/northmoor/fines.yaml")
    assert folder.broken() == [
        "feeds/northmoor/fines.yaml, line 1, column 1: declarations end in .yml; rename the file"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("paid_on, amount, surname, note]\nmethod", "paid_on, surname]\nmethod",
         "line 4, column 12: fines cannot do without amount, and agreement fines does not let it"),
        ("  fines: [", "  spend: [", "line 4, column 12: agreement 'fines' is itself broken"),
        ("start: 2026-01-01", "start: 2026-02-30", "agreement 'fines' is itself broken"),
        ("start: 2026-01-01", "start: 2028-01-01", "agreement 'fines' is itself broken"),
    ],
)  # fmt: skip
def test_a_feed_needs_an_agreement_that_covers_it(
    folder: Any, old: str, new: str, said: str
) -> None:
    folder.change(AGREEMENT, old, new)
    declared = folder.load()
    assert declared.feeds == {}
    assert said in str(declared.broken_feeds()["northmoor/fines"][0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "start: 2026-01-01",
            "start: 2026-02-30",
            "line 14, column 8: `start`: Input should be a valid date",
        ),
        (
            "start: 2026-01-01",
            "start: 2028-01-01",
            "line 1, column 1: start, review and end must follow one another",
        ),
        (
            "fine: [paid_on, amount, surname, note]",
            "fine: [paid_on, amount, note]",
            "line 11, column 28: surname is personal data and no purpose reads it",
        ),
        (
            "fine: [paid_on, amount, surname, note]",
            "fine: [paid_on, amount, surname, colour]",
            "line 9, column 40: fine has no attribute 'colour'",
        ),
        (
            "fine: [paid_on, amount, surname, note]",
            "fee: [paid_on]",
            "line 9, column 7: there is no entity 'fee' in entities/",
        ),
        (
            "  fines: [paid_on, amount, surname, note]",
            "  fines: [paid_on, amount, colour]",
            "line 11, column 28: fines has no column 'colour'",
        ),
        (
            "gateway: UK GDPR Art. 6(1)(e) public task",
            "gateway: Open Government Licence",
            "line 11, column 28: surname is personal data; no open licence covers that",
        ),
        (
            "gateway: UK GDPR Art. 6(1)(e) public task",
            "gateway: goodwill",
            "line 2, column 10: `gateway`: Input should be 'DEA 2017 s35 public service delivery'",
        ),
    ],
)
def test_a_broken_agreement_says_where(folder: Any, old: str, new: str, message: str) -> None:
    folder.change(AGREEMENT, old, new)
    told = [str(one) for one in folder.load().broken if one.path.name == "fines.yml"]
    assert any(message in one for one in told if one.startswith(AGREEMENT)), told


def test_special_category_data_need_a_condition(folder: Any) -> None:
    for name, target in (
        (DATASET, 'column("Note", headers'),
        ("entities/fine.py", 'column("Note"'),
    ):
        folder.change(name, target, target.replace("(", '(personal="special", meaning=', 1))
    message = "note is special-category data; give special_category_condition"
    assert any(message in one for one in folder.broken())
    folder.change(
        AGREEMENT, "method:", "special_category_condition: Art. 9(2)(g) public interest\nmethod:"
    )
    assert folder.broken() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('to="fine.amount"', 'to="fine.amout"', 13, "fine has no attribute 'amout'"),
        ('to="fine.amount"', 'to="fee.amount"', 13, "names no entity in entities/"),
        ('to="fine.amount"', 'to="fine.note"', 13, "a money cannot be kept as fine.note, a text"),
        ('to="fine.surname"', 'to="fine.note"', 14, "the column is personal data and fine.note is"),
        ("note: Text", "note: Code", 15, "a code needs its code list"),
        ('main="fine"', 'main="fee"', 6, "main entity 'fee' is not in entities/"),
        ("Date, Money", "Code, Date, Money", 0, ""),
    ],
)
def test_a_dataset_that_leads_nowhere_is_broken(
    folder: Any, old: str, new: str, line: int, said: str
) -> None:
    if new == "note: Code":
        folder.change(DATASET, "Date, Money", "Code, Date, Money")
    folder.change(DATASET, old, new)
    declared = folder.load()
    if not said:
        assert declared.broken == ()
        return
    assert "fines" not in declared.datasets
    (one,) = [one for one in declared.broken if one.path.as_posix() == DATASET]
    assert (one.line, said in one.message) == (line, True), str(one)
    assert "is itself broken" in declared.broken_feeds()["northmoor/fines"][0].message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = (\n", 1, "not valid Python"),
        ("x = 1\ny = 1 / 0\n", 2, "ZeroDivisionError"),
        ("x = 1\n", 1, 'no dataset named "fines" here (found: none)'),
        (
            "from contracts.dataset import Dataset\n\n\nclass Fines(Dataset):\n    pass\n",
            4,
            "give its name and its main entity",
        ),
    ],
)
def test_a_module_that_fails_says_where(folder: Any, text: str, line: int, said: str) -> None:
    folder.write(DATASET, text)
    (one,) = [one for one in folder.load().broken if one.path.as_posix() == DATASET]
    assert (one.line, said in one.message) == (line, True), str(one)


def test_annotations_that_are_text_are_not_taken_for_no_columns(folder: Any) -> None:
    text = (folder.root / DATASET).read_text()
    folder.write(DATASET, f"from __future__ import annotations\n{text}")
    assert any("from __future__ import annotations" in one for one in folder.broken())


def test_an_identity_nothing_fills_is_refused(folder: Any) -> None:
    folder.change("entities/fine.py", 'name="fine"', 'name="fine", identity=["reference"]')
    folder.change(
        "entities/fine.py",
        '    note: Text = column("Note", nullable=True)',
        '    note: Text = column("Note", nullable=True)\n    reference: Text = column("Number")',
    )
    (one,) = [one for one in folder.load().broken if one.path.as_posix() == DATASET]
    assert "no column goes to fine.reference" in one.message


def test_a_changed_module_is_read_anew(folder: Any) -> None:
    first = folder.load().dataset("fines")
    assert folder.load().dataset("fines") is first
    folder.change(DATASET, 'main="fine"', 'main="fine", version="2.0.0"')
    assert dataset_facts(folder.load().dataset("fines")).version == "2.0.0"


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
