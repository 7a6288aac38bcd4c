"""Bad input of every kind: said in words, nothing lost, nothing told that is nobody's business."""

import logging
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import pipeline.ingest as ingest
from connectors.errors import Unreachable
from connectors.fetch import patience
from connectors.fetch.http import retrying
from pipeline.example.api_server import ApiServer
from pipeline.quarantine import Reader, row
from repository import arrivals
from repository.database import connect, parsed
from repository.landing import LandingProblem
from repository.problems import DatabaseDown, DatabaseProblem
from tests.journey_kit import SECRET, Home

CENSUS = "eastvale/school_census"
SPEND = "northmoor/spend"
HEADER = (
    "Pupil UPN;Family name;Given names;Gender;Date of birth;NCY;School URN;Date of entry;"
    "Home postcode;Home authority;Ethnicity;Contact telephone\n"
)
CANARIES = (
    "Canarysurname",
    "Canaryforename",
    "CANARYUPN",
    "31.02.2015",
    "CANARY POSTCODE",
    "07700900999",
    "Canarydale",
    "CANARYSEX",
)


class Said:
    """Everything that was logged, printed or raised."""

    def __init__(self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.caplog, self.capfd = caplog, capfd
        self.raised: list[str] = []

    def note(self, error: BaseException) -> None:
        self.raised.append("".join(traceback.format_exception(error)))
        context: BaseException | None = error
        while context is not None:  # what chained errors hold, shown or not
            self.raised.append(f"{context!r} {context.args!r}")
            context = context.__cause__ or context.__context__

    def whole(self) -> str:
        records = [f"{r.getMessage()} {r.exc_text} {r.__dict__}" for r in self.caplog.records]
        told = self.capfd.readouterr()
        return "\n".join([*records, *self.raised, told.out, told.err])


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Said]:
    with caplog.at_level(logging.DEBUG):
        yield Said(caplog, capfd)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again at once."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)


def test_a_missing_folder(home: Home) -> None:
    with pytest.raises(Unreachable, match="does not exist") as raised:
        ingest.run_feed(SPEND)
    assert "northmoor_exports" in raised.value.message
    assert str(home.supplied / "northmoor/exports/spend") in raised.value.message
    assert raised.value.passing


def test_a_missing_connection(home: Home) -> None:
    Path(home.environment["WATERSMEET_CONNECTIONS"]).unlink()
    with pytest.raises(Unreachable, match="AIRFLOW_CONN_NORTHMOOR_EXPORTS"):
        ingest.run_feed(SPEND)


def test_a_file_that_vanishes_before_it_is_fetched(home: Home, quick: None) -> None:
    path = home.supply(SPEND)
    [arrival] = ingest.discover(SPEND)
    path.unlink()
    with pytest.raises(Unreachable, match="can no longer be read") as raised:
        ingest.land(SPEND, arrival)
    assert raised.value.passing and path.name in raised.value.message
    assert not list(home.landing.rglob("*.csv"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read(home: Home) -> None:
    path = home.supply(SPEND)
    path.chmod(0)
    with pytest.raises(Unreachable, match="Permission denied"):
        ingest.run_feed(SPEND)


def test_a_file_whose_device_fails(
    home: Home, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read, also where root may read everything."""
    path = home.supply(SPEND)
    opened = os.open

    def fails(what: Any, *arguments: Any, **more: Any) -> int:
        if not isinstance(what, int) and Path(os.fsdecode(what)) == path.resolve():
            raise OSError(5, "Input/output error", str(what))
        return opened(what, *arguments, **more)

    monkeypatch.setattr(os, "open", fails)
    with pytest.raises(Unreachable, match="Input/output error") as raised:
        ingest.run_feed(SPEND)
    assert raised.value.passing and path.name in raised.value.message


@pytest.mark.parametrize("wrong", ["secret", "token"])
def test_the_api_refuses_the_login(
    home: Home, said: Said, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    home.supply("works/spend")
    mine = f"canary-wrong-{wrong}"
    with home.api() as server:
        if wrong == "secret":
            home.connect_api(server.server_address[1], mine)
        else:
            monkeypatch.setattr(type(server), "new_token", lambda self: mine)
        with pytest.raises(Unreachable) as raised:
            ingest.run_feed("works/spend")
    said.note(raised.value)
    assert raised.value.code == ("login-refused" if wrong == "secret" else "http-forbids")
    assert "works_api" in raised.value.message and not raised.value.passing
    for secret in (mine, SECRET):
        assert secret not in said.whole()
        assert secret not in str(home.everything())


def test_the_secret_and_the_token_are_told_nobody_when_all_goes_well(
    home: Home, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str] = []
    made = ApiServer.new_token

    def note(self: ApiServer) -> str:
        tokens.append(made(self))
        return tokens[-1]

    monkeypatch.setattr(ApiServer, "new_token", note)
    home.supply("works/spend")
    home.one("works/spend")
    assert tokens
    whole, held = said.whole(), str(home.everything())
    landed = b"".join(path.read_bytes() for path in home.landing.rglob("*.json"))
    for secret in (SECRET, *tokens):
        assert secret not in whole and secret not in held and secret.encode() not in landed


def test_an_api_that_is_down(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "ATTEMPTS", 2)
    with home.api() as server:
        port = server.server_address[1]
    home.connect_api(port)
    with pytest.raises(Unreachable, match="could not be reached") as raised:
        ingest.run_feed("works/spend")
    assert raised.value.passing and "works_api" in raised.value.message


def test_a_database_that_is_down(home: Home, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    home.supply(SPEND)
    [arrival] = ingest.discover(SPEND)
    url = parsed(home.url)
    password = str(url.password)
    monkeypatch.setenv(
        "WATERSMEET_DATABASE_URL", url.set(port=9).render_as_string(hide_password=False)
    )
    for verb in (lambda: ingest.discover(SPEND), lambda: ingest.land(SPEND, arrival)):
        with pytest.raises(DatabaseDown) as raised:
            verb()
        said.note(raised.value)
        told = str(raised.value)
        assert "127.0.0.1" in told and "port 9" in told
        assert "WATERSMEET_DATABASE_URL" in told
    assert password not in said.whole()
    monkeypatch.setenv(
        "WATERSMEET_DATABASE_URL",
        url.set(password="canary-password").render_as_string(hide_password=False),
    )
    with pytest.raises(DatabaseDown, match="refuses the login") as raised:
        ingest.discover(SPEND)
    said.note(raised.value)
    assert "canary-password" not in said.whole()


def test_a_renamed_header_is_refused_once(home: Home) -> None:
    path = home.supply(SPEND)
    good = home.one(SPEND)
    before = home.content(SPEND)
    text = path.read_bytes().replace(b"Net Amount", b"Sum Paid Out", 1)
    home.put("northmoor/exports/spend/" + path.name, text, age=300)
    run = home.one(SPEND)
    assert run.outcome is None and run.refused is not None
    assert "Net Amount" in run.refused and path.name in run.refused
    assert "Sum Paid Out" in run.refused, "the difference can be read off"
    kept = home.rows(
        "SELECT r.code, r.message, r.name, encode(r.sha256, 'hex') FROM watersmeet.refusal r"
    )
    assert [row[1:] for row in kept] == [(run.refused, path.name, run.delivery.sha256)]
    # The last good version stays, and the bytes are kept although they were refused.
    assert home.content(SPEND) == before and good.outcome is not None
    assert len(list(home.landing.rglob("*.csv"))) == 2
    assert ingest.discover(SPEND) == [] and ingest.run_feed(SPEND) == []
    # Declared otherwise, the same bytes are offered again, and load.
    feed = home.contracts() / "feeds" / "northmoor" / "spend.yml"
    feed.write_text(feed.read_text().replace("header: Net Amount", "header: Sum Paid Out"))
    assert len(ingest.discover(SPEND)) == 1
    again = home.one(SPEND)
    assert again.outcome is not None and again.outcome.state == "loaded"
    assert (again.outcome.unchanged, again.outcome.new) == (good.outcome.new, 0)


def test_the_api_is_not_asked_to_answer_for_the_same_refusal_twice(home: Home) -> None:
    path = home.supply("works/spend")
    path.write_text(path.read_text().replace('"amount":', '"total":'))
    with home.api():
        assert ingest.anything_new("works/spend")
        [run] = ingest.run_feed("works/spend")
        assert run.refused is not None and "amount" in run.refused
        assert not ingest.anything_new("works/spend")


def test_a_file_being_written_waits(home: Home) -> None:
    path = home.supply(SPEND)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert ingest.run_feed(SPEND) == []
    path.write_bytes(whole)
    assert ingest.run_feed(SPEND) == []
    home.put("northmoor/exports/spend/" + path.name, whole, age=300)
    run = home.one(SPEND)
    assert run.outcome is not None
    assert run.outcome.new == home.region.answers(SPEND)["good"]


@pytest.mark.parametrize("content", [HEADER, "", "\n\n"], ids=["header", "empty", "blank"])
def test_an_empty_delivery_is_refused_and_the_last_good_one_stays(home: Home, content: str) -> None:
    path = home.supply(CENSUS)
    home.one(CENSUS)
    before = home.content(CENSUS)
    home.put("eastvale/exports/pupils/" + path.name, content, age=300)
    run = home.one(CENSUS)
    assert run.outcome is None and run.refused is not None
    [(code,)] = home.rows("SELECT code FROM watersmeet.refusal")
    if content == HEADER:
        assert code == "too-few-rows" and "least_rows" in run.refused
    assert home.content(CENSUS) == before
    with home.analyst("free_school_meals") as conn:
        [(seen,)] = conn.execute("SELECT count(*) FROM free_school_meals.enrolment")
    assert seen == home.region.answers(CENSUS)["good"]


def test_personal_data_is_told_nobody(home: Home, said: Said, server: object) -> None:
    """Rows that break the contract in every column: their place is told, never their values."""
    upn, name, forename, birth, postcode, telephone, authority, sex = CANARIES
    school = "Year 3;990401;01.09.2020"
    bad = ";".join(
        [upn, name, forename, sex, birth, school, postcode, authority, "WBRI", f"{telephone}\n"]
    )
    home.put("eastvale/exports/pupils/roll.csv", HEADER + bad * 3)
    run = home.one(CENSUS)
    assert run.outcome is not None and run.outcome.quarantined >= 3
    # A header in pieces, so that the whole delivery is refused; and one that cannot be decoded.
    home.put("eastvale/exports/pupils/roll.csv", HEADER.replace("UPN", "Number") + bad * 3, 300)
    refused = home.one(CENSUS)
    assert refused.refused is not None
    home.put("eastvale/exports/pupils/roll.csv", (HEADER + bad).encode() + b"\x81\x8d;x\n", 200)
    undecodable = home.run(CENSUS)
    assert undecodable
    told = said.whole() + "".join(str(one.refused) for one in [refused, *undecodable])
    log = server.status().log  # type: ignore[attr-defined]
    told += log.read_text()
    beside = home.everything()
    for table, rows in beside.items():
        if table not in ("watersmeet.quarantine",):
            told += "\n".join(rows)
    for canary in CANARIES:
        assert canary not in told, canary
    held = "\n".join(beside["watersmeet.quarantine"])
    assert name not in held and telephone not in held, "records are sealed"
    place = (run.outcome.delivery_id, 2)
    record = row(CENSUS, *place, Reader("o.perations", "test"))["record"]
    assert name in record.values() and telephone not in record.values()


def test_the_database_refuses_a_batch_without_telling_its_values(
    home: Home, said: Said, server: object
) -> None:
    path = home.supply(CENSUS)
    upn = path.read_text("utf-8-sig").splitlines()[1].split(";")[0]
    with connect(home.url) as conn:
        conn.execute(f"ALTER TABLE store.person ADD CHECK (upn <> '{upn}') NOT VALID".encode())
    with pytest.raises(DatabaseProblem, match="23514") as raised:
        ingest.run_feed(CENSUS)
    said.note(raised.value)
    assert upn not in said.whole()
    # The check itself names it; the server's complaint of the row must not.
    log = server.status().log.read_text()  # type: ignore[attr-defined]
    assert [line for line in log.splitlines() if upn in line and "CHECK" not in line] == []
    assert home.rows("SELECT 1 FROM store.person") == []


@pytest.mark.parametrize("query", ["hash_seed", "remember"])
def test_a_connection_that_is_lost_is_a_problem_that_may_pass(
    home: Home, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    home.supply(SPEND)

    def lost(conn: psycopg.Connection, *arguments: object) -> None:
        conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(arrivals, query, lost)
        with pytest.raises(DatabaseProblem) as raised:
            ingest.run_feed(SPEND)
    assert raised.value.sqlstate in ("", "57P01")
    assert home.one(SPEND).outcome is not None


def test_landed_bytes_that_were_altered_are_not_loaded(home: Home) -> None:
    home.supply(SPEND)
    [arrival] = ingest.discover(SPEND)
    delivery = ingest.land(SPEND, arrival)
    [landed] = home.landing.rglob("*.csv")
    landed.chmod(0o600)
    landed.write_bytes(landed.read_bytes().replace(b"\xa3", b"$", 1))
    for verb in (ingest.map_, ingest.load):
        with pytest.raises(LandingProblem, match="bytes"):
            verb(SPEND, delivery)
    assert home.rows("SELECT 1 FROM watersmeet.delivery") == []
