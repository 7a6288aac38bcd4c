"""Rows are shown only where everything speaks for it: what is not allowed is refused."""

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.agreement import Agreement
from contracts.kinds import PersonalText
from contracts.open_table import OpenTable
from pipeline.catalogue.preview import Preview, preview
from pipeline.catalogue.site import gather
from pipeline.dictionary import dictionary
from repository.database import connect
from repository.migrate import migrate
from tests.repository import conftest as KIT

TODAY = date(2026, 6, 1)
ROWS = [(f"{number}", "2026-05-01", 100 * number, "food", "Acme") for number in range(1, 16)]
FEED = "northmoor_council/spend"


def agreement(**changed: Any) -> dict[str, Any]:
    made = {**KIT.AGREEMENT, **{k: v for k, v in changed.items() if k != "open"}}
    if "open" in changed:
        made["purposes"] = [{**made["purposes"][0], "open": changed["open"]}]
    return made


@pytest.fixture
def shown(database_url: str, tmp_path: Path) -> Callable[..., Preview]:
    """The preview of payments under an agreement."""
    migrate(database_url, KIT.declared(), tmp_path / "analysts.json")
    KIT.Supplier(database_url).load(ROWS)

    def ask(entity: str = "payment", tables: tuple[OpenTable, ...] = (), **changed: Any) -> Preview:
        declared = dataclasses.replace(
            KIT.declared(agreements=[agreement(**changed)]),
            open_tables={one.name: one for one in tables},
        )
        with connect(database_url) as conn:
            [table] = dictionary(conn, declared, [entity])
            return preview(conn, declared, table, {FEED: 1}, TODAY)

    return ask


def test_at_most_ten_rows_of_the_columns_that_may_be_published(
    shown: Callable[..., Preview],
) -> None:
    found = shown(open=True)
    assert found.columns == ("reference", "paid_on", "amount") and len(found.rows) == 10
    assert found.feeds == (FEED,) and found.rows == shown(open=True).rows
    assert "category" not in found.columns, "no purpose names it"


def test_without_an_agreement_that_lets_it_be_published_there_is_none(
    shown: Callable[..., Preview],
) -> None:
    for found in (
        shown(),
        shown(open=False),
        shown(open=True, end=date(2026, 5, 31), review=date(2026, 5, 1)),
        shown(open=True, start=date(2026, 6, 2)),
    ):
        assert found.rows == () and "No agreement in force" in found.why_not


def test_one_personal_column_closes_the_whole_table(
    shown: Callable[..., Preview], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = dict(KIT.Payment._facts)
    facts["category"] = dataclasses.replace(
        facts["category"], kind=PersonalText, personal="personal"
    )
    monkeypatch.setattr(KIT.Payment, "_facts", facts)
    found = shown(open=True)
    assert found.rows == () and "no row of it is shown" in found.why_not


def test_what_an_open_table_redacts_is_redacted_here_too(shown: Callable[..., Preview]) -> None:
    rules = [
        {"column": "reference", "when": ["1", "2"], "reason": "left out"},
        {"column": "reference", "when": ["3"], "hide": ["amount"], "reason": "no sum"},
    ]
    table = OpenTable.model_validate(
        {
            "name": "payments", "title": "Payments", "description": "All", "entity": "payment",
            "columns": ["reference", "amount"], "publisher": "Northmoor",
            "contact": {"name": "Desk", "email": "desk@northmoor.example"},
            "disclosure": {"redact": rules},
        }
    )  # fmt: skip
    found = shown(open=True, tables=(table,))
    amounts = {row[0]: row[2] for row in found.rows}
    assert not {"1", "2"} & set(amounts)
    assert all((value is None) == (name == "3") for name, value in amounts.items())


def test_codes_are_counted_from_profiles_and_small_ones_hidden(
    database_url: str, tmp_path: Path
) -> None:
    from psycopg.types.json import Jsonb

    from pipeline.catalogue.pages.tables import table_pages

    declared = KIT.declared(agreements=[agreement(open=True)])
    declared = dataclasses.replace(declared, root=Path(__file__).parents[3] / "contracts")
    migrate(database_url, declared, tmp_path / "analysts.json")
    made = KIT.Supplier(database_url).load(ROWS)
    with connect(database_url) as conn:
        conn.execute(
            "INSERT INTO watersmeet.profile VALUES (%s, 'category', %s)",
            (made.delivery_id, Jsonb({"rows": 15, "present": 15, "held": {"rows": 0, "present": 0},
                                      "codes": {"food": 12, "rent": 7, "rare": 2}})),
        )  # fmt: skip
        site = gather(conn, declared, TODAY)
    assert isinstance(declared.agreements["spend-sharing"], Agreement)
    page = next(one for one in table_pages(site) if one.address == "tables/payment.html")
    [codes] = page.shown["codes"]
    assert [(one["code"], one["rows"]) for one in codes["codes"]] == [("food", 12)]
    assert codes["hidden"] == 2, "rare, and rent, from which rare would follow"
    [month] = page.shown["months"]
    assert month["counts"] == [(date(2026, 5, 1), 15)] and page.shown["rows"] == 15
