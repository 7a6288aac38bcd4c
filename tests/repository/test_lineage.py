"""From a value back to its cell."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from repository import status
from repository.database import connect
from repository.explain_function import OURS, ensure_explain
from repository.feeds import record_arrival, record_check
from repository.lineage import NotFound, explain
from repository.load.extras import letters_of
from repository.load.opening import LOADING
from repository.progress import Progress

ROWS = [
    ("P1", "2026-01-05", 1050, "it", "Acme Ltd"),
    ("P2", "2026-01-06", -300, "bad", "Brook & Sons"),
    ("P3", "2026-01-06", 7, "it", "Acme Ltd"),
]


def id_of(conn: Any, entity: str, where: str) -> UUID:
    row = conn.execute(f"SELECT {entity}_id FROM store.{entity} WHERE {where}").fetchone()  # noqa: S608
    found: UUID = row[0]
    return found


def test_a_value_leads_to_its_cell(supplier: Callable[..., Any]) -> None:
    one = supplier()
    outcome = one.load(ROWS)
    with connect(one.url, autocommit=True) as conn:
        record_check(conn, one.feed, 1)
        told = explain(conn, "payment", id_of(conn, "payment", "reference = 'P3'"), "amount")
        assert str(told["value"]) == "0.07"
        assert (told["file"], told["sheet"], told["cell"], told["header"]) == (
            "spend.csv",
            None,
            "C4",
            "AMOUNT",
        )
        assert told["contract_column"] == "amount" and told["mapping"]["how"] == "exact"
        assert told["sha256"] == told["delivery"]["sha256"]
        assert told["landed_key"].startswith("northmoor_council/spend/")
        assert told["delivery"]["id"] == outcome.delivery_id
        assert told["delivery"]["contract_version"] == "1.2.0"
        assert told["delivery"]["agreement"] == "spend-sharing"
        assert told["delivery"]["run_id"] == "manual__1"
        assert told["current"] and told["last_checked"] is not None
        precision = explain(
            conn, "payment", id_of(conn, "payment", "reference = 'P1'"), "paid_on_precision"
        )
        assert (precision["cell"], precision["contract_column"]) == ("B2", "paid_on")
        name = explain(conn, "organisation", id_of(conn, "organisation", "true"), "name")
        assert (name["cell"], name["header"], name["role"]) == ("E2", "SUPPLIER", "supplier")


def test_what_ended_is_explained_too(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    with connect(one.url) as conn:
        gone = id_of(conn, "payment", "reference = 'P3'")
    one.load(ROWS[:1])
    with connect(one.url) as conn:
        told = explain(conn, "payment", gone, "amount")
        assert (told["current"], told["ending"], told["cell"]) == (False, "gone", "C4")
        assert told["current_until"] > told["known_from"]
        assert told["ended_by"] > told["delivery"]["id"]


def test_what_is_not_there_is_said(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    with connect(one.url) as conn:
        some = id_of(conn, "payment", "reference = 'P1'")
        with pytest.raises(NotFound, match="there are note, organisation, payment"):
            explain(conn, "person", some)
        with pytest.raises(NotFound, match="it has amount, category"):
            explain(conn, "payment", some, "colour")
        with pytest.raises(NotFound, match="there is and was no payment"):
            explain(conn, "payment", UUID(int=1), "amount")
        with pytest.raises(NotFound, match="form of a UUID"):
            explain(conn, "payment", "1", "amount")


def test_the_version_of_a_date_and_of_a_moment(supplier: Callable[..., Any]) -> None:
    one = supplier()
    changed = ("P1", "2026-01-05", 2000, "it", "Acme Ltd")
    one.load(ROWS, as_at=date(2026, 1, 31))
    one.load([changed, *ROWS[1:]], as_at=date(2026, 2, 28))
    with connect(one.url) as conn:
        id_ = id_of(conn, "payment", "reference = 'P1'")
        told = explain(conn, "payment", id_, "amount")
        first = told["known_from"] - timedelta(microseconds=1)

        def value(**when: Any) -> tuple[str, bool]:
            found = explain(conn, "payment", id_, "amount", **when)
            return str(found["value"]), found["current"]

        assert value() == value(as_at=date(2026, 3, 1)) == ("20.00", True)
        assert value(as_at=date(2026, 2, 1)) == ("10.50", False)
        assert value(as_known=first) == ("10.50", False)
        assert value(as_at=date(2026, 3, 1), as_known=first) == ("10.50", False)
        before = explain(conn, "payment", id_, "amount", as_at=date(2026, 2, 1))
        assert (before["valid_from"], before["valid_to"]) == (date(2026, 1, 31), date(2026, 2, 27))
        # What nobody knew yet to end is told as it was told then.
        then = explain(conn, "payment", id_, "amount", as_at=date(2026, 3, 1), as_known=first)
        assert (then["valid_to"], then["as_at"]) == (None, date(2026, 1, 31))
        with pytest.raises(NotFound, match=r"there was no payment .* on 2026-01-30; .* as at 2026"):
            value(as_at=date(2026, 1, 30))


def test_several_feeds_are_told_apart(supplier: Callable[..., Any]) -> None:
    one, other = supplier(), supplier(feed="eastvale_council/spend")
    one.load(ROWS, as_at=date(2026, 2, 28))
    other.load([("E1", "2026-01-01", 1, "it", "ACME LTD")], as_at=date(2026, 1, 31))
    with connect(one.url) as conn:
        acme = id_of(conn, "organisation", "name = 'Acme Ltd'")
        told = explain(conn, "organisation", acme, "name")
        assert (told["feed"], told["value"]) == (one.feed, "Acme Ltd"), "the latest speaks"
        [also] = told["also_from"]
        assert (also["feed"], also["as_at"]) == (other.feed, "2026-01-31")
        theirs = explain(conn, "organisation", acme, "name", feed=other.feed)
        assert (theirs["value"], theirs["cell"]) == ("ACME LTD", "E2")
        with pytest.raises(NotFound, match="there is no feed nobody/spend"):
            explain(conn, "organisation", acme, "name", feed="nobody/spend")


def test_an_identifier_that_leads_elsewhere_is_followed(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    old, older = UUID(int=7), UUID(int=8)
    with connect(one.url) as conn:
        id_ = id_of(conn, "payment", "reference = 'P1'")
        for start, end in ((older, old), (old, id_)):
            conn.execute(
                "INSERT INTO watersmeet.redirect (entity, from_id, to_id, kind, reason, author)"
                " VALUES ('payment', %s, %s, 'merged', 'the same', 'a steward')",
                (start, end),
            )
        told = explain(conn, "payment", older, "amount")
        assert (told["id"], told["asked_id"]) == (str(id_), str(older))
        assert [(r["from"], r["to"]) for r in told["redirects"]] == [
            (str(older), str(old)), (str(old), str(id_))
        ]  # fmt: skip
        assert explain(conn, "payment", id_, "amount")["redirects"] == []
        conn.execute(
            "UPDATE watersmeet.redirect SET withdrawn_at = now(), withdrawn_by = 'a steward'"
        )
        with pytest.raises(NotFound, match="there is and was no payment"):
            explain(conn, "payment", older, "amount")


def test_it_is_told_when_it_was_last_confirmed(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    last = one.load(ROWS[:1])
    with connect(one.url) as conn:
        stands = explain(conn, "payment", id_of(conn, "payment", "reference = 'P1'"))
        [landed] = conn.execute(
            "SELECT landed_at FROM watersmeet.delivery WHERE delivery_id = %s", (last.delivery_id,)
        ).fetchone()
        assert stands["last_confirmed"] == landed > stands["delivery"]["landed_at"]
        gone = conn.execute("SELECT payment_id FROM history.payment").fetchone()
        ended = explain(conn, "payment", gone[0])
        assert ended["last_confirmed"] == ended["delivery"]["landed_at"]


def test_rulings_are_told_without_their_texts(supplier: Callable[..., Any]) -> None:
    one = supplier()
    outcome = one.load(ROWS)
    with connect(one.url) as conn:
        conn.execute(
            'INSERT INTO watersmeet.correction (feed_id, "column", was, becomes, reason, author,'
            " expires_on) SELECT feed_id, 'amount', 'x', 'y', 'typed wrongly', 'a steward',"
            " '2030-01-01' FROM watersmeet.feed"
        )
        conn.execute(
            "INSERT INTO watersmeet.corrected_row SELECT %s, row_number, 1, feed_id, record_hash"
            " FROM store.payment WHERE reference = 'P1'",
            (outcome.delivery_id,),
        )
        conn.execute(
            'INSERT INTO watersmeet.waiver (feed_id, record_hash, code, "column", reason, author)'
            " SELECT feed_id, record_hash, 'date-in-future', 'paid_on', 'it is so', 'another'"
            " FROM store.payment WHERE reference = 'P1'"
        )
        id_ = id_of(conn, "payment", "reference = 'P1'")
        told = explain(conn, "payment", id_, "amount")
        [correction] = told["corrections"]
        assert (correction["author"], correction["reason"]) == ("a steward", "typed wrongly")
        assert not {"was", "becomes"} & set(correction)
        [waiver] = told["waivers"]
        assert (waiver["code"], waiver["author"]) == ("date-in-future", "another")
        assert explain(conn, "payment", id_, "paid_on")["corrections"] == []
        assert explain(conn, "payment", id_)["corrections"] == [correction]


def test_the_function_is_the_owners_and_made_once(supplier: Callable[..., Any]) -> None:
    one = supplier()
    with connect(one.url) as conn:
        assert not ensure_explain(conn), "it stands already"
        [open_to_all] = conn.execute(
            "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'watersmeet' AND p.proname = ANY (%s)"
            " AND has_function_privilege('public', p.oid, 'EXECUTE')",
            (list(OURS),),
        ).fetchone()
        assert open_to_all == 0
        conn.execute("DROP FUNCTION watersmeet.waivers_of")
        conn.execute("COMMENT ON FUNCTION watersmeet.explain IS 'older'")
        assert ensure_explain(conn), "it is brought to what the files say"
        with pytest.raises(NotFound):
            explain(conn, "payment", UUID(int=0))


def test_letters_are_those_of_the_readers(supplier: Callable[..., Any]) -> None:
    positions = [0, 25, 26, 51, 701, 702, 16383, 18278]
    with connect(supplier().url) as conn:
        [letters] = conn.execute(
            "SELECT array_agg(watersmeet.cell_letters(p) ORDER BY n)"
            " FROM unnest(%s::int[]) WITH ORDINALITY u(p, n)",
            (positions,),
        ).fetchone()
    assert letters == [letters_of(position) for position in positions]


def test_places_that_are_no_cells(supplier: Callable[..., Any]) -> None:
    fields = {"fields": [[1, "UPN"], [14, "PUPIL-NAME"]]}
    pages = {"pages": [["p1.json", 100], ["p2.json", 100], ["p3.json", 250]], "keys": ["id", "sum"]}
    with connect(supplier().url) as conn:

        def place(facts: dict[str, Any], row: int, position: int | None) -> tuple[str, str]:
            found: tuple[str, str] = conn.execute(
                "SELECT (watersmeet.place_of(%s, 'f', %s, %s)).*", (Jsonb(facts), row, position)
            ).fetchone()
            return found

        assert place(fields, 9, 1) == ("f", "line 9, position 14 (PUPIL-NAME)")
        assert place(pages, 100, 0) == ("p1.json", "record 100, id")
        assert place(pages, 101, 1) == ("p3.json", "record 1, sum")
        assert place({}, 3, 1) == ("f", "B3") and place({}, 3, None) == ("f", None)


def test_status_of_feeds_deliveries_and_issues(supplier: Callable[..., Any]) -> None:
    one = supplier()
    outcome = one.load(ROWS)
    with Progress(one.url, one.feed, "next.csv") as progress:
        progress.at("load", 5)
    with connect(one.url, autocommit=True) as conn:
        (feed,) = status.feeds(conn)
        assert feed["progress"] == "stopped", "nobody holds the feed's lock"
        conn.execute("SELECT pg_advisory_lock(%s, feed_id) FROM watersmeet.feed", (LOADING,))
        (feed,) = status.feeds(conn)
        assert (feed["feed"], feed["delivery"], feed["new"], feed["quarantined"]) == (
            one.feed,
            "spend.csv",
            2,
            1,
        )
        assert (feed["step"], feed["rows"], feed["progress"]) == ("load", 5, "working")
        assert [d["delivery_id"] for d in status.deliveries(conn, one.feed)] == [
            outcome.delivery_id
        ]
        assert status.deliveries(conn, "other/feed") == []
        (issue,) = status.issues(conn, outcome.delivery_id)
        assert (issue["code"], issue["column"], issue["count"], issue["cells"]) == (
            "code-unknown",
            "category",
            1,
            ["D3"],
        )


def test_arrivals_keep_their_place_when_tried_again(supplier: Callable[..., Any]) -> None:
    one = supplier()
    with connect(one.url, autocommit=True) as conn:
        first = record_arrival(conn, one.feed, "a.csv", "aa")
        assert record_arrival(conn, one.feed, "a.csv", "aa") == first
        second = record_arrival(conn, one.feed, "a.csv", "bb")
        back = record_arrival(conn, one.feed, "a.csv", "aa")
        assert first.sequence < second.sequence < back.sequence
        assert first.landed_at < second.landed_at < back.landed_at
