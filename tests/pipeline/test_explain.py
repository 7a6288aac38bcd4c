"""Values taken at random are followed back to their cells, against the generator's truth."""

import csv
import random
from typing import Any

import openpyxl
import psycopg
import pytest
from journey_kit import FEEDS, MAIN, Home
from psycopg import sql

from connectors.read.batch import column_position
from pipeline.explain import explain
from repository.lineage import NotFound

COLUMNS = {
    "payment": {"amount": "amount", "paid_on": "paid_on", "supplier_name": "supplier"},
    "enrolment": {"school_urn": "school_urn", "entered_on": "entered_on"},
    "meal_entitlement": {"eligible_from": "eligible_from"},
}


def rows_of(home: Home, entity: str, feed: str) -> list[tuple[Any, int]]:
    """Identifier and row number of every row a feed brought."""
    query = sql.SQL(
        "SELECT e.{id}, e.row_number FROM {table} e JOIN watersmeet.feed f USING (feed_id)"
        " WHERE f.name = %s ORDER BY e.row_number"
    ).format(id=sql.Identifier(f"{entity}_id"), table=sql.Identifier("store", entity))
    with psycopg.connect(home.url.replace("+psycopg", "")) as conn:
        return conn.execute(query, (feed,)).fetchall()


@pytest.mark.parametrize("feed", FEEDS)
def test_every_value_is_led_back_to_the_true_cell(home: Home, feed: str) -> None:
    home.supply(feed)
    home.one(feed)
    entity = MAIN[feed.partition("/")[2]]
    truth = {(row["sheet"], row["row"]): row for row in home.region.truth(feed)}
    chosen = random.Random(7).sample(rows_of(home, entity, feed), 12)
    checked = 0
    for identifier, _ in chosen:
        for column, true_name in COLUMNS[entity].items():
            told = explain(entity, identifier, column)
            true = truth[(told["sheet"], told["source_row"])]
            assert told["value"] == true[true_name]
            assert told["proved"], told
            assert told["feed"] == feed and told["agreement"] and told["code_version"]
            checked += 1
    assert checked == 12 * len(COLUMNS[entity])


def test_the_text_as_it_stood_is_what_another_reader_finds_in_that_cell(home: Home) -> None:
    path = home.supply("northmoor/spend")
    home.one("northmoor/spend")
    with path.open(encoding="cp1252", newline="") as lines:
        records = list(csv.reader(lines))
    for identifier, _ in random.Random(7).sample(rows_of(home, "payment", "northmoor/spend"), 20):
        told = explain("payment", identifier, "amount")
        position = column_position(told["cell"].rstrip("0123456789"))
        assert records[told["source_row"] - 1][position] == told["as_written"]
        assert told["header"] == "Net Amount"


def test_a_workbook_cell_is_named_as_the_spreadsheet_shows_it(home: Home) -> None:
    path = home.supply("eastvale-nhs/spend")
    home.one("eastvale-nhs/spend")
    book = openpyxl.load_workbook(path, data_only=True)
    for identifier, _ in random.Random(7).sample(
        rows_of(home, "payment", "eastvale-nhs/spend"), 10
    ):
        told = explain("payment", identifier, "supplier_name")
        assert book[told["sheet"]][told["cell"]].value == told["as_written"]


def test_landed_bytes_that_were_changed_prove_nothing(home: Home) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    identifier, _ = rows_of(home, "payment", "northmoor/spend")[0]
    landed = next(path for path in home.landing.rglob("*.csv"))
    landed.chmod(0o600)
    landed.write_bytes(landed.read_bytes().replace(b"People", b"Peopel"))
    told = explain("payment", identifier, "amount")
    assert not told["proved"] and "does not have the bytes it is named for" in told["not_proved"]
    assert told["as_written"] is None, "text that is not what was landed is not shown as such"


def test_what_is_not_there_is_said_with_what_is(home: Home) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    identifier, _ = rows_of(home, "payment", "northmoor/spend")[0]
    with pytest.raises(NotFound, match=r"there are .*payment"):
        explain("payments", identifier, "amount")
    with pytest.raises(NotFound, match=r"it has .*amount"):
        explain("payment", identifier, "amuont")
    with pytest.raises(NotFound, match="no payment with the identifier"):
        explain("payment", "00000000-0000-0000-0000-000000000000", "amount")
