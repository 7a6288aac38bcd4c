"""The kitemark of a feed as its deliveries pass: counted from their record, and only from it."""

import json
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from contracts.ladder import DIMENSIONS
from pipeline.ingest import announce
from pipeline.kitemark import LadderBroken, kitemarks, read
from pipeline.kitemark_levels import Shown
from repository.database import connect
from tests.journey_kit import Home

SPEND = "northmoor/spend"
CENSUS = "northmoor/school_census"


def marked(home: Home, feed: str) -> dict[str, Any]:
    [one] = kitemarks(feed)
    return one


def dimensions(home: Home, feed: str) -> dict[str, Shown]:
    return dict(read(marked(home, feed)["dimensions"]))


def again(home: Home, feed: str) -> None:
    """Announce the last delivery of a feed once more, as a retried task would."""
    [(name, sha256)] = home.rows(
        "SELECT d.name, encode(d.sha256, 'hex') FROM watersmeet.delivery d"
        " JOIN watersmeet.feed f USING (feed_id) WHERE f.name = %s"
        " ORDER BY d.delivery_id DESC LIMIT 1",
        feed,
    )
    announce(feed, {"name": name, "sha256": sha256})


def profile(home: Home, delivery_id: int, rows: int, **present: int) -> None:
    """Put a profile in the place of a delivery's own."""
    with connect(home.url) as conn:
        conn.execute("DELETE FROM watersmeet.profile WHERE delivery_id = %s", (delivery_id,))
        for column, count in {"": rows, **present}.items():
            conn.execute(
                "INSERT INTO watersmeet.profile VALUES (%s, %s, %s)",
                (delivery_id, column, Jsonb({"rows": rows, "present": count})),
            )
        conn.commit()


def delivered(home: Home, feed: str, delivery: int = 1) -> Any:
    home.supply(feed, delivery)
    outcome = home.one(feed).outcome
    assert outcome is not None and outcome.state == "loaded"
    return outcome


def test_a_feed_without_deliveries_has_none(home: Home) -> None:
    one = marked(home, SPEND)
    assert one["name"] is None and one["dimensions"] == {} and one["trend"] is None


def test_every_delivery_is_marked_once_however_often_it_is_announced(home: Home) -> None:
    delivered(home, SPEND)
    again(home, SPEND)
    again(home, SPEND)
    assert home.one_value("SELECT count(*) FROM watersmeet.kitemark") == 1
    assert set(dimensions(home, SPEND)) == set(DIMENSIONS)


def test_without_a_profile_no_column_check_counts_as_run(home: Home) -> None:
    outcome = delivered(home, CENSUS)
    with connect(home.url) as conn:
        conn.execute("DELETE FROM watersmeet.profile")
        conn.commit()
    again(home, CENSUS)
    one = marked(home, CENSUS)
    shown = read(one["dimensions"])
    assert one["name"] == "unproven"
    assert shown["completeness"].could > 5 and shown["completeness"].checks == 0
    assert shown["validity"].examined == 0 and "no check ran" in shown["validity"].share
    assert shown["uniqueness"].checks == 1, "the key is looked at in every load"
    assert shown["uniqueness"].examined == outcome.landed - outcome.excluded


def test_checks_on_nothing_do_not_raise_the_level(home: Home) -> None:
    outcome = delivered(home, SPEND)
    profile(home, outcome.delivery_id, 0, paid_on=0, amount=0)
    again(home, SPEND)
    shown = dimensions(home, SPEND)
    assert shown["completeness"].checks == 0 and shown["validity"].checks == 0
    assert marked(home, SPEND)["name"] == "unproven"


def test_rows_that_were_found_wrong_are_counted_once_in_each_dimension(home: Home) -> None:
    outcome = delivered(home, CENSUS)
    rows = outcome.landed - outcome.excluded
    profile(home, outcome.delivery_id, rows, surname=rows, birth_date=rows, sex=rows)
    again(home, CENSUS)
    shown = dimensions(home, CENSUS)
    expected = dict(
        home.rows(
            "SELECT CASE code WHEN 'duplicate-key' THEN 'uniqueness' WHEN 'value-missing' THEN"
            " 'completeness' WHEN 'code-unknown' THEN 'consistency' END AS dimension,"
            " count(DISTINCT row_number) FROM watersmeet.issue GROUP BY 1"
        )
    )
    for name in ("uniqueness", "completeness", "consistency"):
        assert shown[name].failed == expected.get(name, 0), name
        assert shown[name].examined == rows
    assert sum(one.failed for one in shown.values()) > 0, "the example has bad rows"


def test_issues_of_rows_that_are_not_worked_again_still_count(home: Home) -> None:
    first = delivered(home, CENSUS)
    row = home.one_value("SELECT min(row_number) FROM store.enrolment")
    with connect(home.url) as conn:
        conn.execute(
            "INSERT INTO watersmeet.issue VALUES (%s, %s, 1, 1, 'entered_on', 8, 'A1',"
            " 'date-implausible')",
            (first.delivery_id, row),
        )
        conn.commit()
    content = home.file(CENSUS).read_bytes()
    home.put(f"{home.file(CENSUS).relative_to(home.supplied).parent}/again.dat", content + b"\n")
    outcome = home.run(CENSUS)[-1].outcome
    assert outcome is not None and outcome.unchanged > 0 and outcome.new == 0
    failing = dimensions(home, CENSUS)["accuracy"].failing
    assert ("date-implausible", "entered_on", 1) in [(f.code, f.column, f.rows) for f in failing]


def test_a_value_missing_for_a_reason_speaks_against_nobody(home: Home) -> None:
    outcome = delivered(home, CENSUS)
    before = dimensions(home, CENSUS)["completeness"]
    for code, more in (("missing-refused", 0), ("date-placeholder", 1)):
        with connect(home.url) as conn:
            conn.execute(
                "INSERT INTO watersmeet.issue VALUES (%s, 100000, 1, 1, 'entered_on', 8, 'A1', %s)",
                (outcome.delivery_id, code),
            )
            conn.commit()
        again(home, CENSUS)
        assert dimensions(home, CENSUS)["completeness"].failed == before.failed + more, code


def test_late_deliveries_speak_against_a_feed(home: Home) -> None:
    delivered(home, SPEND)
    assert dimensions(home, SPEND)["timeliness"].checks == 0, "a first one cannot be late"
    delivered(home, SPEND, 2)
    shown = dimensions(home, SPEND)["timeliness"]
    assert (shown.checks, shown.examined, shown.failed) == (1, 1, 0)
    with connect(home.url) as conn:
        conn.execute(
            "UPDATE watersmeet.delivery SET landed_at = landed_at - interval '40 days'"
            " WHERE delivery_id = (SELECT min(delivery_id) FROM watersmeet.delivery)"
        )
        conn.commit()
    again(home, SPEND)
    shown = dimensions(home, SPEND)["timeliness"]
    assert (shown.failed, shown.unit) == (1, "deliveries")
    assert shown.failing[0].code == "delivery-late"


def test_findings_and_corrections_speak_against_a_feed(home: Home) -> None:
    outcome = delivered(home, SPEND)
    with connect(home.url) as conn:
        conn.execute(
            "INSERT INTO watersmeet.finding (delivery_id, code, message) VALUES (%s, %s, 'x'),"
            " (%s, 'no-longer-known', 'x')",
            (outcome.delivery_id, "too-few-rows", outcome.delivery_id),
        )
        conn.execute(
            'INSERT INTO watersmeet.correction (feed_id, "column", was, becomes, reason, author,'
            " expires_on) SELECT feed_id, 'amount', '', '', 'r', 'a', now() FROM watersmeet.feed"
            " WHERE name = %s",
            (SPEND,),
        )
        conn.execute(
            "INSERT INTO watersmeet.correction_use SELECT correction_id, %s, 3, 'applied'"
            " FROM watersmeet.correction",
            (outcome.delivery_id,),
        )
        conn.commit()
    before = dimensions(home, SPEND)
    again(home, SPEND)
    after = dimensions(home, SPEND)
    assert after["completeness"].findings == before["completeness"].findings + 1
    assert after["accuracy"].failed == before["accuracy"].failed + 3
    assert after["accuracy"].corrected == 3


def test_a_refused_delivery_ends_the_row(home: Home) -> None:
    rows = delivered(home, SPEND)
    delivered(home, SPEND, 2)
    one = marked(home, SPEND)
    counted = home.one_value("SELECT max(delivery_id) FROM watersmeet.delivery")
    for number in (rows.delivery_id, counted):
        profile(home, number, 500, paid_on=500, amount=500)
    with connect(home.url) as conn:
        conn.execute("DELETE FROM watersmeet.issue")
        conn.execute("UPDATE watersmeet.kitemark SET dimensions = %s", (_perfect(one),))
        conn.commit()
    again(home, SPEND)
    assert marked(home, SPEND)["name"] == "sound", marked(home, SPEND)["short_of"]
    with connect(home.url) as conn:
        conn.execute(
            "INSERT INTO watersmeet.refusal (feed_id, sha256, steps_version, name, code, message,"
            " refused_at) SELECT feed_id, '\\xff', '1', 'x', 'column-missing', 'x', loaded_at -"
            " interval '1 microsecond' FROM watersmeet.delivery WHERE delivery_id = %s",
            (counted,),
        )
        conn.commit()
    again(home, SPEND)
    one = marked(home, SPEND)
    assert one["name"] == "usable"
    [short] = one["short_of"]
    assert (short["demand"], short["found"], short["wanted"]) == ("deliveries_in_a_row", 1, 2)
    assert one["trend"] is not None and len(one["levels"]) == 2


def _perfect(one: dict[str, Any]) -> Jsonb:
    shown = json.loads(json.dumps(one["dimensions"]))
    for of in shown.values():
        of |= {"checks": max(1, of["could"]), "examined": 500, "failed": 0, "findings": 0}
    return Jsonb(shown)


def test_a_broken_ladder_is_told_and_marks_nothing(home: Home) -> None:
    folder = home.contracts()
    (folder / "kitemark.yml").write_text("version: 1.0.0\ntrend_over: 5\nlevels: []\n")
    delivered(home, SPEND)
    assert home.one_value("SELECT count(*) FROM watersmeet.kitemark") == 0
    with pytest.raises(LadderBroken, match=r"kitemark.yml, line 3, column 9"):
        kitemarks()


def test_analysts_see_the_kitemarks_of_the_feeds_they_read(home: Home) -> None:
    for feed in (SPEND, CENSUS):
        delivered(home, feed)
    delivered(home, SPEND, 2)
    seen = {}
    for purpose in ("transparency", "free_school_meals"):
        with home.analyst(purpose) as conn:
            seen[purpose] = conn.execute(
                "SELECT feed, level, name, delivered_at FROM kitemark ORDER BY feed"
            ).fetchall()
            with pytest.raises(Exception, match="permission denied"):
                conn.execute("SELECT * FROM watersmeet.kitemark")
    assert [row[0] for row in seen["transparency"]] == [SPEND]
    assert [row[0] for row in seen["free_school_meals"]] == [CENSUS]
    assert seen["transparency"][0][2] == marked(home, SPEND)["name"]
    assert seen["transparency"][0][3] == marked(home, SPEND)["landed_at"]
