"""Codes are read as at the date of their row, by crosswalk where the feed writes another list."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contracts.aliases import Alias
from contracts.column import ColumnFacts
from contracts.crosswalk import Crosswalk, Step
from contracts.kinds import Code, Date, Text
from contracts.register import Register
from contracts.register_file import load_register
from transforms.mapping import MappedColumn, Mapping
from transforms.steps.gather_codes import MOST_UNKNOWN, GatheredCodes
from transforms.steps.parse import Memory, parse
from transforms.steps.select import Written, distinct

LIST = """code,name,start,end,aliases,reason,source,licence
OLD,Dorset County,,2019-03-31,Dorset,,x,y
NEW,Dorset,2019-04-01,,,,x,y
POOLE,Poole,,2019-03-31,,,x,y
NONE,Not stated,,,,refused,x,y
"""
TODAY = "2026-05-01"


@pytest.fixture
def council(tmp_path: Path) -> Register:
    path = tmp_path / "council.csv"
    path.write_text(LIST)
    return load_register(path)


def columns(kind: Any = Code, **options: Any) -> dict[str, ColumnFacts]:
    return {
        "paid_on": ColumnFacts("paid_on", Date, "Day"),
        "council": ColumnFacts(
            "council", kind, "Who", options={"scheme": "council", "as_at": "paid_on", **options}
        ),
    }


def mapping(scheme: str = "council") -> Mapping:
    return Mapping(
        1,
        (
            # The code stands before the date it is read as at.
            MappedColumn("council", 0, "c", "exact", options={"scheme": scheme}),
            MappedColumn("paid_on", 1, "d", "exact", ("%Y-%m-%d",)),
        ),
    )


def written(days: Sequence[str | None], councils: Sequence[str | None]) -> dict[str, Written]:
    return {
        "paid_on": distinct(pa.array(days, pa.string())),
        "council": distinct(pa.array(councils, pa.string())),
    }


DAYS = ["2019-04-01", "2019-03-31", "2018-01-01", None, "2020-01-01", "2019-03-31", "2020-01-01"]
COUNCILS = ["Dorset", "dorset", "Poole", "Dorset", "Poole", "Wessex", None]
ANSWERS = [
    ("NEW", None), ("OLD", None), ("POOLE", None), ("NEW", None), ("POOLE", "code-not-in-force"),
    (None, "code-unknown"), (None, None),
]  # fmt: skip


def read(register: Register, rows: slice, memory: Memory | None = None) -> list[Any]:
    found = parse(
        written(DAYS[rows], COUNCILS[rows]), mapping(), columns(), {"council": register}, TODAY,
        memory,
    )  # fmt: skip
    assert list(found) == ["council", "paid_on"]
    one = found["council"]
    problems = one.problems if one.problems is not None else pa.nulls(len(one.values))
    return list(zip(one.values.to_pylist(), problems.to_pylist(), strict=True))


def test_each_row_is_read_as_at_its_own_date(council: Register) -> None:
    assert read(council, slice(None)) == ANSWERS


def test_batches_of_any_size_give_the_same(council: Register) -> None:
    for size in (1, 2, 3):
        memory = Memory()
        found = [
            answer
            for start in range(0, len(DAYS), size)
            for answer in read(council, slice(start, start + size), memory)
        ]
        assert found == ANSWERS


def test_without_a_date_of_the_record_the_delivery_s_day_counts(council: Register) -> None:
    facts = {**columns(), "council": ColumnFacts("c", Code, "", options={"scheme": "council"})}
    for today, answer in (("2019-03-31", "OLD"), ("2019-04-01", "NEW")):
        found = parse(written([None], ["Dorset"]), mapping(), facts, {"council": council}, today)
        assert found["council"].values.to_pylist() == [answer]


def test_a_text_becomes_the_name_of_its_day(council: Register) -> None:
    found = parse(
        written(DAYS[:2], COUNCILS[:2]), mapping(), columns(Text), {"council": council}, TODAY
    )
    assert found["council"].values.to_pylist() == ["Dorset", "Dorset County"]


def test_a_feed_may_write_another_list_that_a_crosswalk_leads_from(
    council: Register, tmp_path: Path
) -> None:
    path = tmp_path / "area.csv"
    path.write_text("code,name,start,end,aliases,source,licence\nD,Dorset area,,,,x,y\n")
    steps = (Step("OLD", "D", None, None, "narrower", "x", "y", 2),)
    way = Crosswalk("council", "area", steps, tmp_path / "council--area.csv")
    council = Register(**{**vars_of(council), "crosswalks": {"area": way}})
    found = parse(
        written(["2019-03-31"] * 3, ["Dorset", "Poole", "Not stated"]),
        mapping(),
        columns(scheme="area"),
        {"council": council, "area": load_register(path)},
        TODAY,
    )["council"]
    assert found.values.to_pylist() == ["D", None, None]
    assert found.problems.to_pylist() == [None, "code-without-counterpart", "missing-refused"]


def vars_of(register: Register) -> dict[str, Any]:
    return {name: getattr(register, name) for name in Register.__dataclass_fields__}


def test_what_is_unknown_is_gathered_with_rows_and_dates(council: Register) -> None:
    gathered = GatheredCodes(columns(), {"council": council}, TODAY)
    for days, councils in (
        (["2019-01-01", "2018-01-01", "2020-01-01"], ["Wessex", " Wessex ", "Dorset"]),
        ([None, "2019-06-01"], ["Wessex", "Mercia"]),
    ):
        here = written(days, councils)
        gathered.see(
            here, parse(here, mapping(), columns(), {"council": council}, TODAY), mapping()
        )
    found = sorted((u.written, u.rows, u.first, u.last) for u in gathered.unknown())
    assert found == [
        ("Mercia", 1, date(2019, 6, 1), date(2019, 6, 1)),
        ("Wessex", 3, date(2018, 1, 1), date(2026, 5, 1)),
    ]
    assert list(gathered.met()) == [("council", "dorset")]
    assert gathered.unlisted == {}


def test_a_writing_is_met_only_where_it_is_understood(council: Register) -> None:
    alias = Alias("NEW", "DC", date(2020, 1, 1), None, None, "A", date(2026, 1, 1), "why", 2)
    council = Register(**{**vars_of(council), "accepted": (alias,)})
    gathered = GatheredCodes(columns(), {"council": council}, TODAY)
    for days, met in ((["2019-06-01"], []), (["2020-06-01"], [("council", "dc")])):
        here = written(days, ["DC"])
        gathered.see(
            here, parse(here, mapping(), columns(), {"council": council}, TODAY), mapping()
        )
        assert list(gathered.met()) == met


def test_what_are_no_codes_is_counted_and_not_listed(council: Register) -> None:
    gathered = GatheredCodes(columns(), {"council": council}, TODAY)
    texts = [f"free text {n}" for n in range(MOST_UNKNOWN + 7)] + ["x" * 201]
    here = written([None] * len(texts), texts)
    gathered.see(here, parse(here, mapping(), columns(), {"council": council}, TODAY), mapping())
    assert len(list(gathered.unknown())) == MOST_UNKNOWN
    assert gathered.unlisted == {"council": 8}
