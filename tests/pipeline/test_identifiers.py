"""Decisions about identifiers hold for what comes next, and for whoever noted the old one."""

import json
from typing import Any
from uuid import UUID

import pytest

from cli.main import main
from pipeline.explain import explain
from pipeline.identifiers import merge, show, undo
from pipeline.replay import replay
from repository.database import connect
from repository.identifiers.decisions import NotRedirected
from repository.identifiers.redirects import resolve

FEED, OTHER = "northmoor/spend", "eastvale-nhs/spend"
SUPPLIERS = """
SELECT supplier_id FROM store.payment WHERE supplier_id IS NOT NULL
GROUP BY supplier_id ORDER BY count(*) DESC, supplier_id LIMIT 2
"""


def two_suppliers(home: Any) -> tuple[UUID, UUID]:
    [(one,), (other,)] = home.rows(SUPPLIERS)
    return one, other


def count_of(home: Any, id: UUID) -> tuple[int, int]:
    return (
        home.one_value("SELECT count(*) FROM store.payment WHERE supplier_id = %s", id),
        home.one_value("SELECT count(*) FROM store.organisation WHERE organisation_id = %s", id),
    )


def test_a_merge_holds_for_what_is_delivered_next(
    home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    home.supply(FEED, 1)
    home.one(FEED)
    stays, goes = two_suppliers(home)
    rows = count_of(home, stays)[0] + count_of(home, goes)[0]
    [done] = merge("organisation", [str(goes)], str(stays), reason="one company", author="Ada")
    assert done["kept_later"] == [FEED]
    assert count_of(home, goes) == (0, 0) and count_of(home, stays) == (rows, 1)

    # Another body's first delivery speaks of the one that goes.
    home.supply(OTHER, 1)
    home.one(OTHER)
    assert count_of(home, goes) == (0, 0)
    more, feeds = count_of(home, stays)
    assert more > rows and feeds == 2

    # Whoever noted the old one finds the new: the owner, an analyst, the command line.
    told = explain("organisation", str(goes), "name")
    assert [one["kind"] for one in told["redirects"]] == ["merged"]
    assert told["id"] == str(stays)
    with home.analyst("transparency") as conn:
        seen = conn.execute("SELECT * FROM identifier_redirect").fetchall()
        assert [one[:4] for one in seen] == [("organisation", goes, stays, "merged")]
    with home.analyst("free_school_meals") as conn:
        assert conn.execute("SELECT * FROM identifier_redirect").fetchall() == []
    main_ends(["identifiers", "show", "organisation", str(goes), "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert shown["leads_to"] == [str(stays)] and shown["feeds"] == {str(stays): [OTHER, FEED]}
    main_ends(["identifiers", "show", "organisation", str(goes)])
    assert f"leads to {stays}: {OTHER}, {FEED}" in capsys.readouterr().out

    # A feed's own records are each their own.
    [(one,), (other,)] = home.rows(
        "SELECT payment_id FROM store.payment JOIN watersmeet.feed USING (feed_id)"
        " WHERE name = %s LIMIT 2",
        FEED,
    )
    with pytest.raises(NotRedirected, match="supplies both"):
        merge("payment", [str(one)], str(other), reason="one", author="Ada")
    with pytest.raises(NotRedirected, match="the reason is empty"):
        merge("payment", [str(one)], str(other), reason=" ", author="Ada")
    with pytest.raises(SystemExit) as ended:
        main(["identifiers", "merge", "payment", str(one), "--into", str(other), "--reason", "x"])
    assert ended.value.code == 2


def test_what_came_since_is_put_right_when_it_is_supplied_again(home: Any) -> None:
    home.supply(FEED, 1)
    home.one(FEED)
    stays, goes = two_suppliers(home)
    separate = count_of(home, goes)
    merge("organisation", [str(goes)], str(stays), reason="one company", author="Ada")
    [done] = undo("organisation", str(goes), reason="two after all", author="Ada")
    assert (done["links"], count_of(home, goes)) == ({"payment.supplier_id": separate[0]}, separate)
    assert show("organisation", str(goes))["leads_to"] == [str(goes)]

    merge("organisation", [str(goes)], str(stays), reason="one company", author="Ada")
    home.supply(FEED, 2)
    home.one(FEED)
    undo("organisation", str(goes), reason="two after all", author="Ada")
    # The same file once more, with a row more: what came while they were one is read again.
    path = home.file(FEED, 2)
    content = path.read_bytes()
    last = content.rstrip(b"\r\n").splitlines(keepends=True)[-1]
    home.put(str(path.relative_to(home.supplied)), content + b"\n" + last.rstrip() + b"\n", age=60)
    home.one(FEED)
    expected = home.one_value(
        "SELECT count(*) FROM store.payment p JOIN store.organisation o"
        " ON o.organisation_id = p.supplier_id AND o.feed_id = p.feed_id WHERE supplier_id = %s",
        goes,
    )
    assert count_of(home, goes) == (expected, 1) and expected > 0


def test_a_replay_leaves_redirects_from_the_identifiers_it_takes(home: Any) -> None:
    census = "northmoor/school_census"
    contracts = home.contracts()
    home.supply(census, 1)
    home.one(census)
    before = dict(home.rows("SELECT enrolment_id, pupil_reference FROM store.enrolment"))
    path = contracts / "entities" / "enrolment.py"
    old = 'identity=["pupil_reference", "school_urn"]'
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, 'identity=["pupil_reference"]'), encoding="utf-8")
    number = home.one_value("SELECT delivery_id FROM watersmeet.delivery")
    [run] = replay(census, number)
    assert run.outcome is not None and run.outcome.state == "loaded"

    after = {
        v: k for k, v in home.rows("SELECT enrolment_id, pupil_reference FROM store.enrolment")
    }
    led = dict(
        home.rows(
            "SELECT from_id, to_id FROM watersmeet.redirect WHERE entity = 'enrolment'"
            " AND kind = 'rekeyed' AND author = 'steps' AND delivery_id = %s",
            run.outcome.delivery_id,
        )
    )
    # But for a pupil on two rolls, of whom one record now repeats the other's key.
    assert len(led) > 0.9 * len(before)
    assert all(after[before[one]] == other for one, other in led.items())
    with connect(home.url) as conn:
        one = next(iter(led))
        assert resolve(conn, "enrolment", one).id == led[one]

    # Put back, the old identifiers are given again and lead nowhere.
    path.write_text(text, encoding="utf-8")
    [run] = replay(census, number)
    with connect(home.url) as conn:
        assert resolve(conn, "enrolment", one).id == one
        assert resolve(conn, "enrolment", led[one]).id == one


def main_ends(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
