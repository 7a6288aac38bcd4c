"""Several feeds speak of one thing: each attribute is settled by itself, and nothing is hidden."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.declarations import Declarations
from contracts.entity import Entity, column
from contracts.kinds import OrganisationName, Text, WholeNumber
from contracts.precedence import Authority, Precedence
from repository.database import connect, parsed
from repository.migrate import migrate
from repository.sources.conflicts import counts, listed
from repository.sources.settled import CannotSettle, ensure_settled
from repository.state import read_private

FEEDS = ("aire/spend", "beck/spend", "cove/spend")
SAID = tuple[str, str, str | None, int | None]
"""Feed, as-at date, trade, staff."""


class Firm(Entity, name="firm", identity=("name_match",), shared=True):
    """Firms."""

    name: OrganisationName = column("Name")
    trade: Text = column("Trade", nullable=True)
    staff: WholeNumber = column("Staff", nullable=True)


TRADE = (Authority(authority=("cove/spend", "beck/spend")), "as_at", "kitemark")
PRECEDENCE = Precedence(
    entity="firm",
    attributes={"trade": TRADE, "staff": ("kitemark", "as_at")},
)


@pytest.fixture
def declarations(declarations_kit: Any) -> Declarations:
    declared, feed, agreement = declarations_kit
    purpose = agreement["purposes"][0]
    wide = {
        **agreement,
        "id": "wide",
        "purposes": [
            {**purpose, "entities": {"firm": ["name", "trade", "staff", "firm_id"]}},
            {**purpose, "name": "whole", "entities": {"firm": ["name", "trade", "firm_id"]}},
        ],
    }
    narrow = {**wide, "id": "narrow", "purposes": [wide["purposes"][1]]}
    names = dict.fromkeys(FEEDS[:2], "wide") | {FEEDS[2]: "narrow"}
    made = declared([feed(name, agreed) for name, agreed in names.items()], [wide, narrow])
    return replace(made, entities={"firm": Firm}, precedence={"firm": PRECEDENCE})


@pytest.fixture
def database(database_url: str, tmp_path: Path, declarations: Declarations) -> str:
    migrate(database_url, declarations, tmp_path / "analysts.json")
    with connect(database_url) as conn:
        for feed, number in numbers(conn).items():
            conn.execute(
                f"CREATE TABLE store.firm_feed_{number} PARTITION OF store.firm"
                f" FOR VALUES IN ({number})".encode()
            )
            conn.execute(
                "INSERT INTO watersmeet.agreement VALUES ('any', 'any', now(), now(), '{}')"
                " ON CONFLICT DO NOTHING"
            )
            conn.execute(
                "INSERT INTO watersmeet.delivery (feed_id, name, series, sha256, landed_at,"
                " sequence, state, replaces, contract, contract_version, steps_version, agreement,"
                " code_version, attributes, started_at, loaded_at, seconds, as_at) VALUES"
                " (%s, 'a', 'a', '', now(), 1, 'loaded', 'everything', 'spend', '1', '1', 'any',"
                "  '1', '{}', now(), now(), 1, '2026-01-01')",
                (number,),
            )
            level = {"aire/spend": 2, "beck/spend": 1}.get(feed)
            if level is not None:
                conn.execute(
                    "INSERT INTO watersmeet.kitemark (feed_id, delivery_id, level, name,"
                    " dimensions, short_of, ladder_version) SELECT feed_id, delivery_id, %s,"
                    " 'sound', '{}', '[]', '1' FROM watersmeet.delivery WHERE feed_id = %s",
                    (level, number),
                )
    return database_url


def numbers(conn: psycopg.Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT name, feed_id FROM watersmeet.feed").fetchall())


def say(conn: psycopg.Connection, firm: int, said: Sequence[SAID]) -> None:
    """Have feeds speak of a firm."""
    for feed, as_at, trade, staff in said:
        conn.execute(
            "INSERT INTO store.firm (record_hash, known_from, delivery_id, row_number, upheld_by,"
            " as_at, feed_id, firm_id, name, name_match, trade, staff) SELECT 1, now(),"
            " delivery_id, 1, 1, %s, feed_id, md5(%s)::uuid, 'Firm', 'firm', %s, %s"
            " FROM watersmeet.delivery JOIN watersmeet.feed f USING (feed_id) WHERE f.name = %s",
            (as_at, str(firm), trade, staff, feed),
        )


def settled(conn: psycopg.Connection, firm: int = 1) -> Any:
    return conn.execute(
        "SELECT trade, trade_source, trade_as_at::text, staff, staff_source, sources, conflicts"
        " FROM settled.firm WHERE firm_id = md5(%s)::uuid",
        (str(firm),),
    ).fetchone()


def conflicts(conn: psycopg.Connection, attribute: str, firm: int = 1) -> Any:
    return conn.execute(
        "SELECT feed, value, kitemark, chosen, reason FROM settled.firm_conflict"
        " WHERE attribute = %s AND firm_id = md5(%s)::uuid ORDER BY NOT chosen, feed",
        (attribute, str(firm)),
    ).fetchall()


def test_each_attribute_is_chosen_by_itself(database: str) -> None:
    with connect(database) as conn:
        said: list[SAID] = [
            ("aire/spend", "2026-03-01", "baker", 5),
            ("beck/spend", "2026-04-01", "miller", 6),
            ("cove/spend", "2026-01-01", None, 7),
        ]
        say(conn, 1, said)
        # The authority of trade has none, so that the next one counts; of staff the kitemark does.
        assert settled(conn) == (
            "miller", "beck/spend", "2026-04-01", 5, "aire/spend", 3, ["trade", "staff"],
        )  # fmt: skip
        assert conflicts(conn, "trade") == [
            ("beck/spend", "miller", 1, True, "authoritative source"),
            ("aire/spend", "baker", 2, False, "authoritative source"),
        ]
        assert conflicts(conn, "staff") == [
            ("aire/spend", "5", 2, True, "higher kitemark"),
            ("beck/spend", "6", 1, False, "higher kitemark"),
            ("cove/spend", "7", None, False, "higher kitemark"),
        ]
        assert conflicts(conn, "name") == []
        [(count,)] = conn.execute("SELECT count(*) FROM store.firm").fetchall()
        assert count == 3


def test_dates_kitemarks_and_names_decide_in_turn(database: str) -> None:
    usual = replace_rules(database, None)
    with connect(database) as conn:
        ensure_settled(conn, usual)
        say(conn, 1, [("aire/spend", "2026-03-01", "a", 1), ("beck/spend", "2026-04-01", "b", 1)])
        say(conn, 2, [("aire/spend", "2026-03-01", "a", 1), ("beck/spend", "2026-03-01", "b", 1)])
        assert [row[-1] for row in conflicts(conn, "trade", 1)] == ["more recent as-at"] * 2
        assert settled(conn, 1)[:2] == ("b", "beck/spend")
        assert [row[-1] for row in conflicts(conn, "trade", 2)] == ["higher kitemark"] * 2
        assert settled(conn, 2)[:2] == ("a", "aire/spend")
        conn.execute("DELETE FROM watersmeet.kitemark")
        assert conflicts(conn, "trade", 2) == [
            ("aire/spend", "a", None, True, "feed name"),
            ("beck/spend", "b", None, False, "feed name"),
        ]
        # The same rows settle alike, and what agrees is no conflict.
        assert settled(conn, 1)[-1] == settled(conn, 2)[-1] == ["trade"]
        say(conn, 3, [("cove/spend", "2026-03-01", None, None)])
        assert settled(conn, 3) == (None, None, None, None, None, 1, [])


def replace_rules(url: str, precedence: Precedence | None) -> Any:
    """Declarations of which only the entities and their precedence count."""

    class Declared:
        entities = {"firm": Firm}

    declared = Declared()
    declared.precedence = {"firm": precedence} if precedence else {}  # type: ignore[attr-defined]
    return declared


def chosen(said: Sequence[SAID], place: int, rules: Sequence[Any]) -> Any:
    """The value that counts, worked out the plain way."""
    levels = {"aire/spend": 2, "beck/spend": 1}

    def order(one: SAID) -> list[Any]:
        found: list[Any] = []
        for rule in rules:
            if isinstance(rule, Authority):
                known = one[0] in rule.authority
                found.append(rule.authority.index(one[0]) if known else len(rule.authority))
            elif rule == "as_at":
                found.append(-date.fromisoformat(one[1]).toordinal())
            else:
                found.append(-levels.get(one[0], -1))
        return [*found, one[0]]

    speaking = sorted((one for one in said if one[place] is not None), key=order)
    return speaking[0][place] if speaking else None


RULES = st.lists(
    st.sampled_from(["as_at", "kitemark", "authority"]), min_size=1, max_size=3, unique=True
).flatmap(
    lambda words: st.permutations(FEEDS).map(
        lambda feeds: tuple(
            Authority(authority=tuple(feeds[:2])) if word == "authority" else word for word in words
        )
    )
)
SPOKEN = st.lists(
    st.tuples(
        st.sampled_from(FEEDS),
        st.sampled_from(["2026-01-01", "2026-02-01"]),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, 1, 2]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one[0],
)


def test_whatever_is_said_the_first_by_the_rules_counts(database: str) -> None:
    with connect(database) as conn:

        @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(SPOKEN, RULES, RULES)
        def check(said: list[SAID], trade: Any, staff: Any) -> None:
            with conn.transaction(force_rollback=True):
                rules = Precedence(entity="firm", attributes={"trade": trade, "staff": staff})
                ensure_settled(conn, replace_rules(database, rules))
                say(conn, 1, said)
                found = settled(conn)
                assert found[0] == chosen(said, 2, trade)
                assert found[3] == chosen(said, 3, staff)
                differ = [
                    name
                    for name, place in (("trade", 2), ("staff", 3))
                    if len({one[place] for one in said} - {None}) > 1
                ]
                assert found[5:] == (len(said), differ)
                for name, place in (("trade", 2), ("staff", 3)):
                    rows = conflicts(conn, name)
                    values = [str(one[place]) for one in said if one[place] is not None]
                    assert sorted(row[1] for row in rows) == (
                        sorted(values) if name in differ else []
                    )
                    assert [row[1] for row in rows if row[3]] == (
                        [str(found[0 if place == 2 else 3])] if name in differ else []
                    )

        check()


@contextmanager
def reader(url: str, secrets: Path, purpose: str) -> Iterator[psycopg.Connection]:
    role = f"{purpose}_analyst"
    there = parsed(url).set(username=role, password=read_private(secrets)[role])
    with connect(there.render_as_string(hide_password=False), autocommit=True) as conn:
        yield conn


def test_readers_settle_among_what_they_may_see(database: str, tmp_path: Path) -> None:
    said: list[SAID] = [
        ("aire/spend", "2026-03-01", "baker", 5),
        ("beck/spend", "2026-04-01", "miller", 6),
        ("cove/spend", "2026-01-01", "smith", 7),
    ]
    with connect(database) as conn:
        say(conn, 1, said)
        say(conn, 2, said[2:])
        assert settled(conn)[:2] == ("smith", "cove/spend")
    query = "SELECT trade, trade_source, sources, conflicts FROM firm_settled"
    with reader(database, tmp_path / "analysts.json", "audit") as conn:
        assert conn.execute(query.encode()).fetchall() == [
            ("miller", "beck/spend", 2, ["trade", "staff"])
        ]
        told = conn.execute("SELECT DISTINCT feed FROM firm_conflict ORDER BY feed").fetchall()
        assert told == [("aire/spend",), ("beck/spend",)]
    with reader(database, tmp_path / "analysts.json", "whole") as conn:
        assert ("smith", "cove/spend", 3, ["trade"]) in conn.execute(query.encode()).fetchall()
        with pytest.raises(psycopg.errors.UndefinedColumn):
            conn.execute("SELECT staff FROM firm_settled")
        described = conn.execute(
            "SELECT count(*), count(col_description(attrelid, attnum)) FROM pg_attribute"
            " WHERE attrelid IN ('firm_settled'::regclass, 'firm_conflict'::regclass)"
            " AND attnum > 0"
        ).fetchone()
        assert described is not None and described[0] == described[1] > 10


def test_conflicts_are_counted_and_listed(database: str) -> None:
    with connect(database) as conn:
        for firm in range(3):
            say(conn, firm, [("aire/spend", "2026-03-01", "a", 1)])
            say(conn, firm, [("beck/spend", "2026-03-01", "b" if firm else "a", 1)])
        assert counts(conn, ["firm"]) == [
            {"entity": "firm", "attribute": "trade", "feed": "aire/spend", "values": 2,
             "chosen": 0, "lost": 2},
            {"entity": "firm", "attribute": "trade", "feed": "beck/spend", "values": 2,
             "chosen": 2, "lost": 0},
        ]  # fmt: skip
        told = listed(conn, "firm", [], most=2)
        assert [(one["feed"], one["value"], one["chosen"]) for one in told] == [
            ("beck/spend", "b", True), ("aire/spend", "a", False),
        ]  # fmt: skip
        assert {one["value"] for one in listed(conn, "firm", ["trade"])} == {None}
        assert listed(conn, "firm", [], attribute="staff") == []


def test_made_anew_only_when_something_changed(database: str, declarations: Declarations) -> None:
    with connect(database) as conn:
        assert ensure_settled(conn, declarations) is False
        other = replace(declarations, precedence={})
        assert ensure_settled(conn, other) is True
        assert ensure_settled(conn, other) is False


def test_names_that_clash_are_told() -> None:
    class Clashing(Entity, name="clashing", identity=("name",), shared=True):
        """Clashes."""

        name: Text = column("Name")
        name_source: Text = column("Where the name is from")

    from repository.sources.settled import Settling, attributes_of
    from repository.sources.settled import settled_query as query

    settling = Settling(
        "clashing", attributes_of(Clashing), Precedence(entity="clashing"), psycopg.sql.SQL("")
    )
    with pytest.raises(CannotSettle, match="name_source would stand twice"):
        query(settling)
