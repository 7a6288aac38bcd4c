"""A broken feed says where it is broken and how to mend it."""

from typing import Any

import pytest

from contracts.declarations import UnknownDeclaration

FEED = "feeds/northmoor/fines.yml"


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
