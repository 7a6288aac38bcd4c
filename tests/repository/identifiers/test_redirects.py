"""Identifiers that are no longer given lead to those that are, and rows with them."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import xxhash

from repository.database import connect
from repository.identifiers.decisions import Decision, NotRedirected
from repository.identifiers.redirects import NoSuchIdentifier, around, merged, resolve

FIRST = [
    ("P1", "2026-01-05", 100, "x", "Acme Ltd"),
    ("P2", "2026-01-06", 200, "x", "Acme Limited"),
    ("P3", "2026-01-06", 300, "x", "Brook"),
]


def organisation(name: str) -> UUID:
    return UUID(bytes=xxhash.xxh3_128(f"organisation\x1f\x1f{name.casefold()}".encode()).digest())


def payment(number: str, feed: str = "northmoor_council/spend") -> UUID:
    return UUID(bytes=xxhash.xxh3_128(f"payment\x1f{feed}\x1f{number}".encode()).digest())


ACME, LIMITED, BROOK = (organisation(name) for name in ("Acme Ltd", "Acme Limited", "Brook"))


@pytest.fixture
def decide(declarations_kit: Any) -> Callable[..., Decision]:
    entities = declarations_kit[0]().entities

    def make(conn: psycopg.Connection, entity: str = "organisation", **more: Any) -> Decision:
        return Decision(conn, entity, entities, "one company", "Ada", **more)

    return make


def suppliers(conn: psycopg.Connection, source: str = "store.payment") -> dict[str, UUID]:
    return dict(conn.execute(f"SELECT reference, supplier_id FROM {source}".encode()).fetchall())  # noqa: S608


def organisations(conn: psycopg.Connection, source: str = "store.organisation") -> set[UUID]:
    rows = conn.execute(f"SELECT organisation_id FROM {source}".encode()).fetchall()  # noqa: S608
    return {row[0] for row in rows}


def test_a_merge_moves_rows_and_links_and_keeps_what_was_known(
    supplier: Any, decide: Callable[..., Decision]
) -> None:
    northmoor = supplier()
    northmoor.load(FIRST, as_at=date(2026, 1, 2))
    with connect(northmoor.url) as conn:
        before = conn.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
        conn.commit()
        [done] = decide(conn).merge([LIMITED], ACME)
        conn.commit()
        assert (done.moved.links, done.moved.kept_later) == (
            {"payment.supplier_id": 1},
            ["northmoor_council/spend"],
        )
        now = {"P1": ACME, "P2": ACME, "P3": BROOK}
        assert suppliers(conn) == now
        assert organisations(conn) == {ACME, BROOK}
        # As is known now it was always so; as was known before, it was not.
        assert suppliers(conn, "history.payment_as_at('2026-01-02')") == now
        assert organisations(conn, "history.organisation_as_at('2026-01-02')") == {ACME, BROOK}
        then = {**now, "P2": LIMITED}
        known = f"'{before}'::timestamptz"
        assert suppliers(conn, f"history.payment_as_known({known})") == then
        assert organisations(conn, f"history.organisation_as_known({known})") == {
            ACME, LIMITED, BROOK,
        }  # fmt: skip
        assert suppliers(conn, f"history.payment_as_at('2026-05-01', {known})") == then
        [again] = conn.execute(
            "SELECT count(*) FROM history.payment_as_at('2026-01-02', clock_timestamp())"
        ).fetchall()
        assert again == (3,)
        found = resolve(conn, "organisation", LIMITED)
        assert (found.id, [one.kind for one in found.chain]) == (ACME, ["merged"])
        assert resolve(conn, "organisation", ACME).chain == ()
        assert merged(conn) == {"organisation": {LIMITED.bytes: ACME.bytes}}


def test_rows_of_a_feed_that_has_but_one_move_whole(
    supplier: Any, decide: Callable[..., Decision]
) -> None:
    northmoor = supplier()
    northmoor.load(FIRST[:1], as_at=date(2026, 1, 2))
    northmoor.load([("P1", "2026-01-05", 150, "x", "Acme Ltd")], as_at=date(2026, 2, 2))
    works = supplier(feed="works/spend")
    works.load(FIRST[1:], as_at=date(2026, 1, 3))
    with connect(northmoor.url) as conn:
        [done] = decide(conn).merge([ACME], LIMITED)
        conn.commit()
        # The payment's former version speaks of it too.
        assert (done.moved.rows, done.moved.former) == (1, 1)
        amounts = conn.execute(
            "SELECT amount::int, supplier_id FROM history.payment_as_at('2026-01-15')"
            " WHERE reference = 'P1'"
        ).fetchall()
        assert amounts == [(1, LIMITED)]
        feeds = conn.execute(
            "SELECT count(DISTINCT feed_id), count(*) FROM store.organisation"
            " WHERE organisation_id = %s",
            (LIMITED,),
        ).fetchone()
        assert feeds == (2, 2)
        [(ending,)] = conn.execute(
            "SELECT DISTINCT ending FROM history.organisation WHERE organisation_id = %s", (ACME,)
        ).fetchall()
        assert ending == "corrected"


def test_what_is_taken_back_is_as_it_was(supplier: Any, decide: Callable[..., Decision]) -> None:
    def state(conn: psycopg.Connection) -> Any:
        return [
            conn.execute(
                f"SELECT to_jsonb(e) - 'known_from' FROM {source} e ORDER BY e::text".encode()  # noqa: S608
            ).fetchall()
            for source in (
                "(SELECT payment_id, supplier_id, amount, record_hash, delivery_id"
                " FROM store.payment)",
                "(SELECT organisation_id, feed_id, name, delivery_id FROM store.organisation)",
                "history.payment_as_at('2026-01-15')",
                "history.organisation_as_at('2026-01-15')",
                "history.payment_as_at('2026-03-01')",
            )
        ]

    northmoor = supplier()
    northmoor.load(FIRST, as_at=date(2026, 1, 2))
    northmoor.load([*FIRST[:1], ("P2", "2026-01-06", 250, "x", "Acme Limited")],
                   as_at=date(2026, 2, 2))  # fmt: skip
    supplier(feed="works/spend").load(FIRST[1:], as_at=date(2026, 1, 3))
    with connect(northmoor.url) as conn:
        before = state(conn)
        decide(conn).merge([LIMITED, BROOK], ACME)
        conn.commit()
        assert state(conn) != before
        for one in (BROOK, LIMITED):
            decide(conn).undo(one)
            conn.commit()
        assert state(conn) == before
        assert resolve(conn, "organisation", LIMITED).chain == ()
        withdrawn = around(conn, "organisation", ACME)
        assert [one.withdrawn_by for one in withdrawn] == ["Ada: one company"] * 2
        with pytest.raises(NotRedirected, match="nothing to undo"):
            decide(conn).undo(LIMITED)


def test_chains_are_followed_and_circles_refused(
    supplier: Any, decide: Callable[..., Decision]
) -> None:
    northmoor = supplier()
    northmoor.load(FIRST)
    with connect(northmoor.url) as conn:
        decide(conn).merge([LIMITED], ACME)
        decide(conn).merge([ACME], BROOK)
        found = resolve(conn, "organisation", str(LIMITED))
        assert (found.id, [one.to_id for one in found.chain]) == (BROOK, [ACME, BROOK])
        ways = merged(conn)["organisation"]
        assert ways == {LIMITED.bytes: BROOK.bytes, ACME.bytes: BROOK.bytes}
        assert set(suppliers(conn).values()) == {BROOK}
        with pytest.raises(NotRedirected, match=f"{LIMITED} leads to {BROOK} already"):
            decide(conn).merge([BROOK], LIMITED)
        with pytest.raises(NotRedirected, match="into itself"):
            decide(conn).merge([BROOK], BROOK)
        with pytest.raises(NotRedirected, match=f"{ACME} was itself merged into {BROOK} later"):
            decide(conn).undo(LIMITED)
        for unknown in (uuid4(), "not an identifier"):
            with pytest.raises(NoSuchIdentifier):
                resolve(conn, "organisation", unknown)
                decide(conn).merge([unknown], BROOK)  # type: ignore[list-item]
        with pytest.raises(NoSuchIdentifier, match="there is no entity firm"):
            decide(conn, "firm").merge([ACME], BROOK)


def test_records_of_one_feed_are_not_merged(supplier: Any, decide: Callable[..., Decision]) -> None:
    northmoor = supplier()
    northmoor.load(FIRST)
    with connect(northmoor.url) as conn:
        decision = decide(conn, "payment", main_of={"northmoor_council/spend"})
        with pytest.raises(NotRedirected, match="each delivery would bring one key twice"):
            decision.merge([payment("P1")], payment("P2"))
        assert len(suppliers(conn)) == 3


def test_a_split_is_told_when_no_row_has_the_identifier(
    supplier: Any, decide: Callable[..., Decision]
) -> None:
    northmoor = supplier()
    northmoor.load(FIRST)
    still = pytest.raises(NotRedirected, match="rows still have the identifier")
    with connect(northmoor.url) as conn, still:
        decide(conn).split(BROOK, [ACME, LIMITED])
    northmoor.load(FIRST[:2])
    with connect(northmoor.url) as conn:
        with pytest.raises(NotRedirected, match="two identifiers or more"):
            decide(conn).split(BROOK, [ACME])
        with pytest.raises(NotRedirected, match="leads back"):
            decide(conn).split(BROOK, [ACME, BROOK])
        conn.rollback()
        decide(conn).split(BROOK, [ACME, LIMITED])
        found = resolve(conn, "organisation", BROOK)
        assert (found.id, found.parts) == (BROOK, (ACME, LIMITED))
        decide(conn).merge([LIMITED], ACME)
        assert resolve(conn, "organisation", BROOK).parts == (ACME,)
        # It does not count in loads: nobody can say which part a record is of.
        assert BROOK.bytes not in merged(conn)["organisation"]
        decide(conn).undo(BROOK)
        assert resolve(conn, "organisation", BROOK).chain == ()
