"""What depends on a file, a feed, a column or a code, held against counts made by hand."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from pipeline.impact import Impact, NotKnown, Part, impact
from repository.database import connect
from repository.impact import rows
from tests.journey_kit import Home, Region, installation

SPEND, CENSUS, MEALS = "northmoor/spend", "northmoor/school_census", "northmoor/meal_eligibility"


@pytest.fixture(scope="module")
def loaded(
    server: Any,
    superuser: Any,
    declared_database: tuple[str, Path],
    small_region: Region,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Home]:
    """An installation with some feeds, of one of them both deliveries, and a release made."""
    root = tmp_path_factory.mktemp("impact")
    with installation(root, small_region, declared_database, server, superuser) as home:
        for feed, deliveries in ((SPEND, (1, 2)), (CENSUS, (1,)), (MEALS, (1,)),
                                 ("works/spend", (1,))):  # fmt: skip
            for delivery in deliveries:
                home.supply(feed, delivery)
                home.one(feed)
        with connect(home.url) as conn:
            conn.execute(
                "INSERT INTO watersmeet.release (name, version, entity, columns, rows, content,"
                " layout, description, deliveries, files, disclosure, made_by) SELECT"
                " 'spend_over_threshold', '1.0.0', 'payment', '{amount,body}', 5, '', '[]', '',"
                " array_agg(delivery_id), '[]', '{}', 'a steward' FROM watersmeet.delivery d"
                " JOIN watersmeet.feed f USING (feed_id) WHERE f.name = 'northmoor/spend'"
            )
            conn.execute(
                'INSERT INTO watersmeet.export (purpose, "table", entity, columns, filtered_by,'
                " rows, file, format, sha256, exported_by) VALUES ('transparency', 'payment',"
                " 'payment', '{amount}', '{}', 5, 'for-audit.csv', 'csv', '', 'an analyst')"
            )
        yield home


def names(found: Impact, kind: str) -> list[str]:
    return [part.name for part in found.every(kind)]


def the(found: Impact, kind: str, name: str) -> Part:
    [one] = [part for part in found.every(kind) if part.name == name]
    return one


def test_a_file_leads_to_its_rows_views_and_exports(loaded: Home) -> None:
    found = impact("payments-2026-q1.csv", 2)
    assert found.kind == "file" and len(found.tops) == 2, "of each delivery of that name"
    for top in found.tops:
        [delivery] = top.parts
        number = int(delivery.name)
        tables = {part.name: part for part in delivery.parts if part.kind == "table"}
        payments = tables["store.payment"]
        now, formerly = (
            loaded.one_value(
                f"SELECT count(*) FROM {schema}.payment WHERE delivery_id = %s",  # noqa: S608
                number,
            )
            for schema in ("store", "history")
        )
        assert (payments.count, payments.facts["formerly"] or 0) == (now, formerly)
        first = payments.facts["first"]
        assert len(first) == 2 and loaded.rows(
            "SELECT 1 FROM store.payment WHERE payment_id = %s UNION ALL"
            " SELECT 1 FROM history.payment WHERE payment_id = %s", first[0], first[0]
        )  # fmt: skip
        kinds = {part.kind: part.name for part in payments.parts}
        assert kinds["view"] == "transparency.payment"
        assert kinds["open table"] == "spend_over_threshold"
        assert kinds["release"] == "spend_over_threshold 1.0.0"
        assert kinds["export that may hold it"] == "for-audit.csv"
        held = loaded.one_value(
            "SELECT count(*) FROM watersmeet.quarantine WHERE delivery_id = %s", number
        )
        quarantined = [part for part in delivery.parts if part.kind == "quarantined rows"]
        assert sum(part.count or 0 for part in quarantined) == held > 0
        mentioned = {name for name, part in tables.items() if "mentioned" in part.facts}
        assert mentioned == set(tables) - {"store.payment"}


def test_a_file_is_known_by_hash_key_and_path(loaded: Home) -> None:
    path = loaded.file(SPEND, 2)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    key = loaded.one_value(
        "SELECT landed_key FROM watersmeet.delivery_file WHERE encode(sha256, 'hex') = %s", sha256
    )
    for what in (sha256, sha256[:12], key, str(loaded.landing / key)):
        [top] = impact(what).tops
        assert top.facts["sha256"] == sha256, what
    assert sha256 in {top.facts["sha256"] for top in impact(str(path)).tops}


def test_a_page_of_an_api_answers_for_its_own_rows_only(loaded: Home) -> None:
    pages = loaded.rows(
        "SELECT f.name FROM watersmeet.delivery_file f JOIN watersmeet.delivery d"
        " USING (delivery_id) JOIN watersmeet.feed x USING (feed_id) WHERE x.name = 'works/spend'"
    )
    assert len(pages) > 1
    counted = 0
    for (name,) in pages:
        [top] = [t for t in impact(name).tops if "works/spend" in t.facts["landed as"]]
        counted += sum(p.count or 0 for p in top.parts[0].parts if p.name == "store.payment")
    assert counted == loaded.one_value(
        "SELECT count(*) FROM store.payment JOIN watersmeet.feed f USING (feed_id)"
        " WHERE f.name = 'works/spend'"
    )


def test_a_feed_leads_to_tables_agreement_and_those_who_look_at_it(loaded: Home) -> None:
    found = impact(CENSUS)
    assert names(found, "dataset") == ["school_census"]
    assert names(found, "purpose") == ["free_school_meals"]
    assert names(found, "consistency of") == [f"{MEALS}: person in school_census"]
    [dag] = found.every("DAG")
    assert dag.name == "northmoor__school_census" and "store/person" in dag.facts["assets"]
    for entity in ("enrolment", "person"):
        assert the(found, "table", f"store.{entity}").count == loaded.one_value(
            f"SELECT count(*) FROM store.{entity} JOIN watersmeet.feed f USING (feed_id)"  # noqa: S608
            " WHERE f.name = %s",
            CENSUS,
        )
    assert names(found, "view") == [
        "free_school_meals.enrolment", "free_school_meals.person"
    ]  # fmt: skip
    assert not found.every("open table"), "what is personal is not published"
    works = impact("works/spend")
    assert names(works, "precedence") == ["organisation.name"]
    assert names(works, "open table") == ["spend_over_threshold"]
    assert not works.every("release"), "none with rows of it"


def test_an_entity_column_leads_forwards_and_backwards(loaded: Home) -> None:
    found = impact("payment.amount")
    headers = names(found, "header of")
    assert f'{SPEND}: "Net Amount"' in headers and 'works/spend: "amount"' in headers
    assert names(found, "contract column") == ["spend.amount"]
    assert names(found, "identifier") == ["payment.payment_id"]
    assert names(found, "view") == ["transparency.payment"]
    assert names(found, "release") == ["spend_over_threshold 1.0.0"]
    assert names(found, "export that may hold it") == ["for-audit.csv"]
    assert the(found, "values of", SPEND).count == loaded.one_value(
        "SELECT count(amount) FROM store.payment JOIN watersmeet.feed f USING (feed_id)"
        " WHERE f.name = %s", SPEND
    )  # fmt: skip
    name = impact("organisation.name")
    assert names(name, "companion") == ["organisation.name_match"]
    assert "payment.supplier_id" in names(name, "identifier")
    surname = impact("person.surname_match")
    assert names(surname, "consistency of") == ["meal_eligibility: person in school_census"]
    assert not impact("payment.description").every("view"), "no agreement grants it"


def test_a_header_is_as_good_as_its_column(loaded: Home) -> None:
    by_header = impact('northmoor/spend:"Net Amount"')
    by_column = impact("northmoor/spend.amount")
    assert by_header.every("view")[0].facts["feeds"] == [SPEND]
    assert names(by_header, "column") == names(by_column, "column") == ["payment.amount"]
    assert by_header.tops[0].facts["header"] == "Net Amount"
    assert names(impact("spend.amount"), "header of") != names(by_column, "header of")
    with pytest.raises(NotKnown, match="Card Y/N' is not wanted"):
        impact("northmoor/spend:Card Y/N")


def test_a_code_leads_to_the_rows_that_hold_it(loaded: Home) -> None:
    found = impact("sex:F")
    column = the(found, "column", "person.sex")
    assert column.count == loaded.one_value("SELECT count(*) FROM store.person WHERE sex = 'F'")
    assert names(found, "rows of") == [CENSUS]
    assert "sex-1-2: 2" in names(found, "writing")
    assert any(one.startswith("sex-hesa--sex") for one in names(found, "crosswalk"))
    assert impact("sex-1-2:2").tops[0].name == "sex:F", "by a supplier's writing"
    spent = impact("expense-type:catering")
    assert the(spent, "column", "payment.expense_type").count == loaded.one_value(
        "SELECT count(*) FROM store.payment"
        " WHERE expense_type IN ('catering', 'Catering and provisions')"
    )
    council = impact("organisations:northmoor")
    assert {SPEND, CENSUS, MEALS} <= set(names(council, "feed"))


def test_corrections_and_open_codes_are_among_what_depends(loaded: Home) -> None:
    assert impact(CENSUS).every("unknown codes"), "the example plants codes no register knows"
    assert impact("school_census.sex").every("unknown codes")
    assert not impact("school_census.upn").every("unknown codes")
    assert impact("sex:F").every("on the worklist")


@pytest.mark.parametrize(
    ("what", "near"),
    [
        ("payment.amonut", "payment.amount"),
        ("northmoor/spent", "northmoor/spend"),
        ("payments-2026-q2.csv", "payments-2026-q1.csv"),
        ("sex:Femail", "Female"),
        ("northmoor/spend:Net Amont", "Net Amount"),
    ],
)
def test_what_is_not_known_is_said_with_what_is_near(loaded: Home, what: str, near: str) -> None:
    with pytest.raises(NotKnown, match=f"near it: .*{near}"):
        impact(what)


def test_where_nothing_is_near_it_is_said_what_there_is(loaded: Home) -> None:
    for what, said in (("sex:Q", "it has M, F, U"), ("#", r"Name a feed .*\(payment\.amount\)")):
        with pytest.raises(NotKnown, match=said):
            impact(what)


def test_a_count_reads_one_feeds_part_of_a_table_and_no_other(loaded: Home) -> None:
    with connect(loaded.url) as conn:
        query = sql.SQL(rows.COUNT).format(
            table=sql.Identifier("store", "person"), where=sql.SQL(rows.OF_FEED)
        )
        plan = conn.execute(
            sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) ") + query, {"feed": CENSUS}
        ).fetchone()
        [(parts,)] = conn.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'store.person'::regclass"
        ).fetchall()
    never = json.dumps(plan).count('"Actual Loops": 0') + json.dumps(plan).count("Subplans Removed")
    assert parts > 1 and never > 0, "the others are left out"


def test_without_a_database_what_is_declared_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATERSMEET_DATABASE_URL", raising=False)
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path))
    found = impact("payment.amount")
    assert found.not_shown.startswith("only what is declared is shown: there is no database yet")
    assert names(found, "view") == ["transparency.payment"]
    assert not found.every("values of")
    with pytest.raises(NotKnown, match="files cannot be looked up"):
        impact("payments-2026-q1.csv")


def test_as_json_it_is_the_same_tree(loaded: Home) -> None:
    told = json.loads(json.dumps(impact(SPEND).to_json(), default=str))
    assert (told["kind"], told["not_shown"]) == ("feed", None)
    [top] = told["depends"]
    tables = {part["name"]: part for part in top["parts"] if part["kind"] == "table"}
    assert tables["store.payment"]["count"] > 0
    assert any(part["kind"] == "view" for part in tables["store.payment"]["parts"])
