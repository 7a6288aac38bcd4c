# ruff: noqa: S608 - tables of the tests' own
"""Values of databases come as text: of every type, and as the database itself would write them."""

import csv
import io
import math
import secrets
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.connectors.fetch.database_kit import Source, demand_no_canary

POSTGRESQL_TYPES = [
    ("boolean", "true", "TRUE"),
    ("boolean", "false", "FALSE"),
    ("numeric", "12345678901234567890123456789.1500", "12345678901234567890123456789.1500"),
    ("numeric", "'NaN'", "NaN"),
    ("bigint", "9223372036854775807", "9223372036854775807"),
    ("real", "0.1", "0.1"),
    ("double precision", "1e20", "1e+20"),
    ("double precision", "'-Infinity'", "-Infinity"),
    ("text", "E'a\\nb'", '"a\nb"'),
    ("char(5)", "'ab'", "ab   "),
    ("date", "'2026-01-05'", "2026-01-05"),
    ("date", "'infinity'", "infinity"),
    ("date", "'12026-01-05'", "12026-01-05"),
    ("timestamp", "'2026-01-05 10:00:00.5'", "2026-01-05 10:00:00.5"),
    ("timestamptz", "'2026-07-05 10:00:00.123456+01'", "2026-07-05 09:00:00.123456+00:00"),
    ("time", "'24:00'", "24:00:00"),
    ("timetz", "'10:00+05:30'", "10:00:00+05:30"),
    ("interval", "'1 month 3 days'", "P1M3D"),
    ("bytea", "'\\x00ff'", "\\x00ff"),
    ("json", """'{"a":  1.50}'""", '{"a":  1.50}'),
    ("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
    ("inet", "'192.0.2.1'", "192.0.2.1"),
    ("integer[]", "'{1,NULL,3}'", "{1,NULL,3}"),
    ("point", "'(1,2)'", "(1,2)"),
]


@pytest.mark.parametrize(("kind", "literal", "told"), POSTGRESQL_TYPES)
def test_every_type_of_postgresql(
    postgresql: Source, tmp_path: Path, kind: str, literal: str, told: str
) -> None:
    _one_value(postgresql, tmp_path, kind, literal, told)


MARIADB_TYPES = [
    ("boolean", "true", "1"),
    ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    ("int(6) zerofill", "42", "000042"),
    ("decimal(40, 10)", "12345678901234567890.15", "12345678901234567890.1500000000"),
    ("float", "3.14159265", "3.1415927"),
    ("float", "0.1", "0.1"),
    ("double", "3.141592653589793", "3.141592653589793"),
    ("bit(9)", "b'101'", "5"),
    ("year", "2026", "2026"),
    ("date", "'2026-01-05'", "2026-01-05"),
    ("date", "'0000-00-00'", "0000-00-00"),
    ("time(3)", "'-838:59:59.5'", "-838:59:59.500"),
    ("datetime(6)", "'2026-01-05 10:00:00.123456'", "2026-01-05 10:00:00.123456"),
    ("timestamp", "'2026-01-05 10:00:00'", "2026-01-05 04:30:00+00:00"),
    ("varchar(10) character set latin1", "'é€'", "é€"),
    ("text character set utf8mb4", "'𝄞'", "𝄞"),
    ("text", "'a\\nb'", '"a\nb"'),
    ("varbinary(10)", "x'00ff'", "\\x00ff"),
    ("longblob", "''", "\\x"),
    ("json", """'{"a":  1.50}'""", '{"a":  1.50}'),
    ("enum('a', 'b')", "'b'", "b"),
    ("set('a', 'b')", "'a,b'", "a,b"),
    ("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
]


@pytest.mark.parametrize(("kind", "literal", "told"), MARIADB_TYPES)
def test_every_type_of_mariadb(
    mariadb: Source, tmp_path: Path, kind: str, literal: str, told: str
) -> None:
    _one_value(mariadb, tmp_path, kind, literal, told)


def _one_value(source: Source, into: Path, kind: str, literal: str, told: str) -> None:
    name = f"t_{secrets.token_hex(4)}"
    source.run(f"CREATE TABLE {name} (v {kind} NULL)", f"INSERT INTO {name} VALUES ({literal})")
    try:
        [_, [value]] = csv.reader(io.StringIO(source.text(into, name), newline=""))
        # A line end shows in the test's table as quoted, so that the table stays readable.
        assert value == (told[1:-1] if "\n" in told else told)
    finally:
        source.run(f"DROP TABLE {name}")


moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))
VALUES = st.tuples(
    st.decimals(-(10**20), 10**20, places=7),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False),
    moments,
    st.dates(date(1000, 1, 1)),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40).filter(
        lambda text: len(text.splitlines()) < 50
    ),
    st.binary(max_size=40),
)


def test_values_come_back_as_they_went_in(
    source: Source, table: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is written of a value is the value, and in the database's own words where it has one."""
    theirs = source.connection.kind == "postgres"
    binary, moment = ("bytea", "timestamp") if theirs else ("blob", "datetime(6)")
    text = "text" if theirs else "text character set utf8mb4"
    double, real = ("float8", "float4") if theirs else ("double", "float")
    source.run(
        f"CREATE TABLE {table} (id int PRIMARY KEY, n decimal(40, 7), d {double}, f {real},"
        f" m {moment}, t date, v {text}, b {binary})"
    )

    def put(*values: Any) -> None:
        marks = ", ".join(["%s"] * len(values))
        told = " RETURNING id" if theirs else ""
        source.rows(f"INSERT INTO {table} VALUES ({marks}){told}", *values)

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(VALUES, min_size=1, max_size=40))
    def round_trip(rows: list[Any]) -> None:
        source.run(f"DELETE FROM {table}")
        for i, row in enumerate(rows):
            put(i, *row)
        into = tmp_path_factory.mktemp("into")
        read = csv.reader(io.StringIO(source.text(into, table), newline=""))
        next(read)
        own = source.rows(
            f"SELECT CAST(n AS char(60)), CAST(t AS char(60)) FROM {table} ORDER BY id"
        )
        for found, row, said in zip(read, rows, own, strict=True):
            _, number, double, real, moment, day, text, binary = found
            assert (number, day) == tuple(one.rstrip() for one in said)
            assert Decimal(number) == row[0]
            assert float(double) == row[1]
            assert np.float32(real) == np.float32(row[2])
            assert datetime.fromisoformat(moment) == row[3]
            assert date.fromisoformat(day) == row[4]
            assert text == row[5]
            assert bytes.fromhex(binary.removeprefix("\\x")) == row[6]

    round_trip()


def test_a_value_of_too_many_lines_is_refused(source: Source, table: str, tmp_path: Path) -> None:
    """It could pass for further records: readers give a quotation mark up after so many lines."""
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, note text)")
    source.rows(
        f"INSERT INTO {table} VALUES (1, %s) "
        + ("RETURNING id" if source.connection.kind == "postgres" else ""),
        "canary\n" * 101,
    )
    refusal = source.refusal(tmp_path, table)
    assert refusal.code == "value-too-many-lines"
    assert "'note'" in refusal.message
    demand_no_canary(refusal)
    assert list(tmp_path.rglob("*.csv")) == []


def test_what_python_writes_of_values() -> None:
    """Of databases whose drivers give no text."""
    from connectors.database.texts import text

    assert [text(one) for one in (True, 10**30, Decimal("1E+2"), Decimal("1.50"), math.inf)] == [
        "TRUE", "1" + "0" * 30, "100", "1.50", "inf",
    ]  # fmt: skip
    assert text(datetime(2026, 1, 5, 10)) == "2026-01-05 10:00:00"
    assert text(memoryview(b"\0")) == "\\x00"
    assert text({"a": [1, "é"]}) == '{"a":[1,"é"]}'
    with pytest.raises(TypeError, match="object"):
        text(object())
