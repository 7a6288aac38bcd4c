"""Open tables: what may be published, and where a declaration that must not be says so."""

from typing import Any

import pytest

from contracts.declarations import load
from contracts.modules import OWN
from contracts.open_table.checks import publishable, published_feeds

AGREEMENT = "agreements/fines.yml"
TABLE = "open/fines.yml"
SOUND = """title: Fines paid
description: What was paid.
entity: fine
columns: [paid_on, amount]
publisher: Northmoor Council
contact: {name: Courts, email: courts@northmoor.example}
"""
OPENS = """  - name: openness
    description: Publish what is paid.
    recipients: [the public]
    open: true
    entities:
      fine: [paid_on, amount, note]
columns:
"""
GROUPS = """group_by: [note, {column: paid_on, by: month}]
measures:
  - {name: fines}
  - {name: pounds, sum: amount}
"""


@pytest.fixture
def opened(folder: Any) -> Any:
    """The sound folder, with an agreement that lets three attributes be published."""
    folder.change(AGREEMENT, "columns:\n", OPENS)
    folder.write(TABLE, SOUND)
    return folder


def test_a_sound_table_loads_with_its_feeds(opened: Any) -> None:
    declared = opened.load()
    assert declared.broken == ()
    table = declared.open_tables["fines"]
    assert table.published == table.read == ("paid_on", "amount") and not table.aggregated
    assert table.licence.id == "OGL-UK-3.0" and table.disclosure.smallest == 5
    assert list(published_feeds(table, declared)) == ["northmoor/fines"]
    assert opened.load(only="northmoor/fines").open_tables == {}


def test_an_aggregated_table_names_its_columns(opened: Any) -> None:
    opened.change(TABLE, "columns: [paid_on, amount]\n", GROUPS)
    table = opened.load().open_tables["fines"]
    assert table.aggregated
    assert table.published == ("note", "paid_on_month", "fines", "pounds")
    assert table.read == ("note", "paid_on", "amount")


# What is changed in the sound folder, and the whole message that must come of it.
BREAKS = {
    "no such entity": (
        "entity: fine", "entity: fee",
        "line 3, column 9: entity 'fee' is not in entities/; add it or name another",
    ),
    "no such column": (
        "[paid_on, amount]", "[paid_on, amuont]",
        "line 4, column 20: fine has no column 'amuont'; it has paid_on, paid_on_precision, "
        "amount, surname, surname_match, surname_known_as, surname_titles, note, fine_id",
    ),
    "personal": (
        "[paid_on, amount]", "[paid_on, surname]",
        "line 4, column 20: fine.surname is personal data and is never published; remove it",
    ),
    "companion of a personal column": (
        "[paid_on, amount]", "[paid_on, surname_match]",
        "line 4, column 20: fine.surname_match is personal data and is never published; remove it",
    ),
    "identifier made from what is personal": (
        "[paid_on, amount]", "[paid_on, fine_id]",
        "line 4, column 20: fine.fine_id is personal data and is never published; remove it",
    ),
    "not opened by the agreement": (
        "[paid_on, amount]", "[paid_on, paid_on_precision]",
        "line 4, column 20: agreement fines does not let fine.paid_on_precision be published; name "
        "it under a purpose with `open: true`, or remove it here",
    ),
    "no such feed": (
        "entity: fine", "entity: fine\nfeeds: [northmoor/fees]",
        "line 4, column 9: feed northmoor/fees is not declared; add it or correct the name",
    ),
    "redaction by a column that is not there": (
        "entity: fine", "entity: fine\ndisclosure: {redact: [{column: who, when: x, reason: y}]}",
        "line 4, column 32: fine has no column 'who'",
    ),
    "redaction that hides what is not shown": (
        "entity: fine",
        "entity: fine\ndisclosure: {redact: [{column: note, when: x, hide: [note], reason: y}]}",
        "line 4, column 54: 'note' is not among the columns",
    ),
    "a pattern that is found in everything": (
        "entity: fine",
        "entity: fine\ndisclosure: {redact: [{column: note, when: 'x*', reason: y}]}",
        "line 4, column 44: `when`: the pattern is found in every value; say which are meant",
    ),
    "a pattern PostgreSQL reads otherwise": (
        "entity: fine",
        "entity: fine\ndisclosure: {redact: [{column: note, when: '\\bx', reason: y}]}",
        "line 4, column 44: `when`: only \\d, \\s, \\w and escaped signs may follow a backslash, "
        "and only (?: may follow a bracket: PostgreSQL reads the rest otherwise",
    ),
    "both shapes": (
        "entity: fine", f"entity: fine\n{GROUPS}",
        "line 1, column 1: give columns, or group_by and measures; one of the two",
    ),
    "a sum of words": (
        "columns: [paid_on, amount]", "group_by: [note]\nmeasures: [{name: a, sum: note}]",
        "line 5, column 27: note is no number that could be summed",
    ),
    "a month of no date": (
        "columns: [paid_on, amount]",
        "group_by: [{column: note, by: month}]\nmeasures: [{name: a}]",
        "line 4, column 31: note is no date and has no month",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BREAKS.values(), ids=BREAKS)
def test_what_must_not_be_published_is_a_broken_declaration(
    opened: Any, old: str, new: str, message: str
) -> None:
    opened.change(TABLE, old, new)
    assert opened.broken() == [f"{TABLE}, {message}"]
    declared = opened.load()
    assert declared.open_tables == {}
    assert list(declared.feeds) == ["northmoor/fines"], "feeds go on"


def test_without_a_purpose_that_opens_it_nothing_is_published(folder: Any) -> None:
    folder.write(TABLE, SOUND)
    assert folder.broken() == [
        f"{TABLE}, line 1, column 1: no feed's agreement lets fine be published; the purpose that "
        "allows it says `open: true`"
    ]
    folder.write(TABLE, SOUND + "feeds: [northmoor/fines]\n")
    assert folder.broken() == [
        f"{TABLE}, line 7, column 9: agreement fines of feed northmoor/fines does not let fine be "
        "published: no purpose of it that names it says `open: true`"
    ]


def test_a_purpose_that_opens_personal_data_breaks_the_agreement(opened: Any) -> None:
    opened.change(AGREEMENT, "fine: [paid_on, amount, note]", "fine: [paid_on, surname]")
    assert any(
        "fine.surname is personal data; a purpose with `open: true` publishes to everybody" in one
        for one in opened.broken()
    )
    assert opened.load().open_tables == {}


def test_an_identifier_is_hidden_with_what_it_is_made_from(opened: Any) -> None:
    """Of an entity nobody is named in: its identifier may be published, unless a column is hidden
    from which it could be found out."""
    entity = "entities/fine.py"
    opened.change(entity, '    surname: Surname = column("Who", nullable=True)\n', "")
    opened.change("datasets/fines.py", 'to="fine.surname", ', "")
    opened.change(AGREEMENT, "fine: [paid_on, amount, surname, note]", "fine: [paid_on, note]")
    opened.change(AGREEMENT, "[paid_on, amount, note]", "[fine_id, paid_on, amount, note]")
    opened.change(AGREEMENT, "fines: [paid_on, amount, surname, note]", "fines: [paid_on, amount]")
    opened.change(TABLE, "[paid_on, amount]", "[fine_id, amount, note]")
    assert opened.broken() == []
    opened.write(
        TABLE,
        (opened.root / TABLE).read_text()
        + "disclosure: {redact: [{column: note, when: x, hide: [note], reason: y}]}\n",
    )
    assert "fine_id would give away what is hidden; hide it as well" in opened.broken()[0]


def test_the_shipped_table_shows_what_its_agreement_opens() -> None:
    declared = load(OWN)
    table = declared.open_tables["spend_over_threshold"]
    feeds = published_feeds(table, declared)
    assert {"northmoor/spend", "works/spend", "eastvale-nhs/spend"} <= set(feeds)
    for agreement in feeds.values():
        assert set(table.columns) <= (publishable(agreement, "payment") or frozenset())
