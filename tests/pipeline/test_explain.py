"""What is said where a value cannot be led back to its cell, and what is on record of a look.

That values are led back is tried at random in ``test_explain_at_random.py``.
"""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from pipeline.explain import Ask, explain, opened
from repository.lineage import NotFound
from repository.quarantine import Reader
from tests.journey_kit import Home


def rows_of(home: Home, entity: str, feed: str) -> list[tuple[Any, int]]:
    """Identifier and row number of every row a feed brought."""
    query = sql.SQL(
        "SELECT e.{id}, e.row_number FROM {table} e JOIN watersmeet.feed f USING (feed_id)"
        " WHERE f.name = %s ORDER BY e.row_number"
    ).format(id=sql.Identifier(f"{entity}_id"), table=sql.Identifier("store", entity))
    with psycopg.connect(home.url.replace("+psycopg", "")) as conn:
        return conn.execute(query, (feed,)).fetchall()


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


def test_what_no_cell_tells_is_said_to_be_made_here(home: Home) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    identifier, _ = rows_of(home, "payment", "northmoor/spend")[0]
    made = explain("payment", identifier, "supplier_id")
    assert not made["proved"] and "the repository made it" in made["not_proved"]
    lacking = explain("payment", identifier, "description")
    assert not lacking["proved"] and "does not bring this column" in lacking["not_proved"]
    constant = explain("payment", identifier, "body")
    assert constant["proved"] and constant["cell"] is None
    assert constant["rules"][0]["rule"] == "constant declared by the feed"


def test_a_look_is_on_record_before_it_is_taken(home: Home) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    identifier, _ = rows_of(home, "payment", "northmoor/spend")[0]
    told = opened(Ask("payment", identifier, "amount"), Reader("a steward", "an audit"))
    assert told["proved"] and told["feed"] == "northmoor/spend"
    for landed in home.landing.rglob("*.csv"):
        landed.unlink()
    gone = opened(Ask("payment", identifier, "amount"), Reader("a steward", "once more"))
    assert not gone["proved"], "there is nothing to see any more"
    assert home.rows("SELECT reader, why, rows FROM watersmeet.quarantine_read ORDER BY 1, 2") == [
        ("a steward", f"an audit (explain payment {identifier}, amount)", 1),
        ("a steward", f"once more (explain payment {identifier}, amount)", 1),
    ]
    with pytest.raises(NotFound):
        opened(Ask("payment", "no-identifier"), Reader("a steward", "an audit"))
