"""Of a long file the first records do to prove how dates are written, or it is read twice."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contracts.declarations import load as declared
from pipeline.walk import Walk
from transforms.steps.watch_dates import NotSettled

CONTRACTS = Path(__file__).parents[2] / "benchmarks" / "contracts"
FEED = "northmoor/person_event"
HEADER = (
    "local_id,forename,surname,title,birth_date,sex,ethnic_group,nhs_number,postcode,authority,"
    "event_date,event_code,amount,notes"
)
RECORD = (
    "{n:09d},Ivy,Jones,Ms,{born},F,A,9434765919,NM1 2AB,Northmoor,{happened},EV01,£12.30,a note"
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.read.text.delimited.LONG", 50_000)
    monkeypatch.setattr("connectors.read.text.delimited.BLOCK", 20_000)
    monkeypatch.setattr("connectors.read.text.delimited.STRETCH", 2_000)


def written(path: Path, late: list[tuple[str, str]]) -> Path:
    """A thousand plain records and some more, with dates of birth and of the event."""
    dates = [
        (f"{1 + n % 28:02d}/{1 + n % 12:02d}/19{10 + n % 80}", f"2020-{1 + n % 12:02d}-15")
        for n in range(1000)
    ]
    records = [
        RECORD.format(n=n, born=born, happened=happened)
        for n, (born, happened) in enumerate([*dates, *late])
    ]
    path.write_text("\n".join([HEADER, *records, ""]), encoding="utf-8")
    return path


def walked(path: Path, *, whole: bool) -> tuple[Any, pa.Table, int]:
    """Mapping, issues and number of good rows."""
    declarations = declared(CONTRACTS, only=FEED)
    feed = declarations.feed(FEED)
    walk = Walk(
        path,
        dataset=declarations.dataset(feed.dataset),
        declarations=declarations,
        feed=feed,
        whole=whole,
    )
    batches = list(walk)
    issues = pa.concat_tables(batch.issues for batch in batches)
    return walk.tables[0].mapping, issues, sum(len(batch.good) for batch in batches)


def test_the_short_way_gives_what_the_long_one_does(tmp_path: Path) -> None:
    late = [
        ("28/02/1980", "2031-01-01"),
        ("31/02/1980", "2020-01-01"),
        ("01/13/1980", "2020-01-01"),
        ("", "2020-13-01"),
    ]
    path = written(tmp_path / "events.csv", late)
    short, long = walked(path, whole=False), walked(path, whole=True)
    assert short == long
    assert short[2] == 1001
    assert "date-implausible" in short[1]["code"].to_pylist()


@pytest.mark.parametrize("born", ["1 May 1980", "1980-05-01", "unknown", "29000"])
def test_dates_the_first_records_do_not_settle_stop_the_short_way(
    tmp_path: Path, born: str
) -> None:
    path = written(tmp_path / "events.csv", [(born, "2020-01-01")])
    with pytest.raises(NotSettled):
        walked(path, whole=False)
    assert walked(path, whole=True)[2] >= 1000
