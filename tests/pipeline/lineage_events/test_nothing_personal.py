"""Planted canaries: no value, no header nobody declared, no file's name, no secret leaves."""

import json
import logging
from typing import Any

import pytest

from pipeline.ingest import run_feed
from pipeline.lineage_events.naming import Naming
from pipeline.lineage_events.send import send
from pipeline.lineage_events.standing import events, pending
from tests.journey_kit import Home
from tests.lineage_kit import Collector

CENSUS = "eastvale/school_census"
HEADER = (
    "Pupil UPN;Family name;Given names;Gender;Date of birth;NCY;School URN;Date of entry;"
    "Home postcode;Home authority;Ethnicity;Contact telephone;Canaryunknown (Jane Canary)\n"
)
ROWS = (
    "L835607623766;Canarysurname;Canaryforename;Female;03.02.2017;Year 4;990418;06.09.2023;"
    "NM2 2TN;Northmoor;Canaryethnicity;07700900999;9434765919\n",
    "E835994044255;Canaryother;Canarythird;CANARYSEX;28.04.2017;CANARYYEAR;990456;31.02.2015;"
    "CANARY POSTCODE;Canarydale;Canaryethnicity;07700900998;9434765919\n",
    "CANARYUPN;Canarylast;Canaryfourth;Female;28.04.2099;Year 4;990456;09.09.2023;NM2 2TN;"
    "Northmoor;;;9434765919\n",
)
SECRETS = ("canary-api-key", "canary-url-token", "canary-url-password", "canary-login")
VALUES = (
    "L835607623766", "E835994044255", "03.02.2017", "2017-02-03", "28.04.2017", "2017-04-28",
    "28.04.2099", "2099-04-28",
    "NM2 2TN", "NM22TN", "07700900999", "+447700900999", "9434765919", "31.02.2015",
)  # fmt: skip


def clean(what: str) -> None:
    """No canary in it, in whatever case, written out or escaped."""
    for text in (what, what.encode().decode("unicode_escape", "replace")):
        assert "canary" not in text.casefold()
        for value in VALUES:
            assert value not in text


def test_nothing_planted_leaves_in_events_logs_or_errors(
    home: Home,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    address = collector.url.replace("://", "://canary-login:canary-url-password@")
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", f"{address}/in?token=canary-url-token")
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_API_KEY", "canary-api-key")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.WARNING)
        # Loaded with bad rows; refused for a column; refused by its dates; and a file by no name.
        home.put(
            "eastvale/exports/pupils/Jane Canary 9434765919.csv", "\ufeff" + HEADER + "".join(ROWS)
        )
        without = HEADER.replace("Family name", "Canaryname")
        home.put("eastvale/exports/pupils/Canary two.csv", "\ufeff" + without + ROWS[0])
        home.put("eastvale/exports/pupils/Canary three.csv", "\ufeff" + "Canary;Jane\n1;2\n")
        run_feed(CENSUS)
        collector.answers = [500, 400]
        send()
        collector.usual = 503
        send(now=True)
        collector.usual = 201
        send(now=True, refused=True)
    kinds = collector.types
    assert {"START", "COMPLETE", "FAIL"} <= set(kinds)
    [complete] = [one for one in events(CENSUS) if one["eventType"] == "COMPLETE"]
    asserted = complete["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert any(not one["success"] for one in asserted), "bad values were met, and told without them"
    for event in (*collector.events, *events(CENSUS)):
        clean(json.dumps(event, ensure_ascii=False))
    clean(json.dumps(pending(), default=str))
    with_events = [str(row) for row in home.rows("SELECT * FROM watersmeet.lineage_event")]
    clean("\n".join(with_events))
    ours = [one for one in caplog.records if one.name.startswith(("pipeline.lineage", "http"))]
    whole = "\n".join(f"{one.getMessage()} {one.exc_text}" for one in ours)
    told = capfd.readouterr()
    for secret in SECRETS:
        assert secret not in whole + told.out + told.err
    clean(whole)


def test_the_errors_of_a_receiver_that_is_not_there_tell_no_secret(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", "http://me:canary@127.0.0.1:9/in?token=canary")
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    with caplog.at_level(logging.INFO):
        came_of_it = send()
    assert came_of_it.failed == 1 and came_of_it.receiver == "http://127.0.0.1:9"
    told: Any = [came_of_it.told(), pending(), caplog.text]
    assert "canary" not in json.dumps(told, default=str)


def test_credentials_in_the_address_of_the_landing_store_are_not_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an address is not ours to accept or refuse here; it must only never be repeated."""
    of = Naming.of

    def with_secret(conn: Any, landing: str) -> Naming:
        return of(conn, "s3://AKIACANARY:canary-secret@bucket/kept?sig=canary")

    monkeypatch.setattr(Naming, "of", with_secret)
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    [_, complete] = events("northmoor/spend")
    assert complete["inputs"][0]["namespace"] == "s3://bucket"
    assert "canary" not in json.dumps(complete).casefold()
