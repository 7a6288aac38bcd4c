"""Two tables compared as sets, by DuckDB: rows are joined on their key, columns counted.

The join is on disk where it does not fit into memory. Values are equal where they are equal in
their own types, numbers of whatever width as numbers; of other types that differ, where their texts
are. Two missing values are equal.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import sql

from pipeline.diff.sides import Side
from transforms.steps.neutralise import FORMULA

PASSING = ("delivered_at", "known_since", "last_checked_at", "latest_as_at", "as_at")
"""Columns beside the data that change when nothing does."""

SAMPLES = 5
BATCH = 10_000


class NoKey(Exception):
    """The key does not tell rows apart; the message says what to do."""


@dataclass(frozen=True)
class Difference:
    """What differs between two sides.

    Attributes:
        a, b: the sides as asked for.
        key: columns rows were joined by; empty: rows were compared whole.
        only_in_a, only_in_b: columns.
        types: column to its two types, where they differ and both are known.
        rows_a, rows_b: rows of each side.
        added, removed, changed: rows. Compared whole, no row is changed.
        by_column: changed rows by column.
        samples: some keys of each kind, by ``added``, ``removed``, ``changed``.
    """

    a: str
    b: str
    key: tuple[str, ...]
    only_in_a: tuple[str, ...]
    only_in_b: tuple[str, ...]
    types: dict[str, tuple[str, str]]
    rows_a: int
    rows_b: int
    added: int
    removed: int
    changed: int
    by_column: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether the two differ at all."""
        columns = self.only_in_a or self.only_in_b or self.types
        return bool(columns or self.added or self.removed or self.changed)

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, with ``differ``."""
        return {"differ": self.any, **vars(self)}


@contextmanager
def comparing(
    a: Side, b: Side, key: Sequence[str] | None, scratch: Path, *, every_column: bool = False
) -> Iterator["Comparison"]:
    """Make two sides ready to be compared.

    Args:
        key: columns to join rows by; None: what both sides know of; empty: compare rows whole.
        scratch: a folder for what does not fit into memory.
        every_column: compare the columns that change when nothing does as well.

    Raises:
        NoKey: a column of the key is not in both sides, or the key does not tell rows apart.
        duckdb.Error: a value is none of the type its file says; the error quotes it.
    """
    with duckdb.connect() as db:
        db.execute("SET memory_limit = '1GB'; SET threads = 2; SET TimeZone = 'UTC'")
        db.execute("SET preserve_insertion_order = false")
        db.execute("SET temp_directory = $folder", {"folder": str(scratch / "spilt")})
        for name, one in (("a", a), ("b", b)):
            _open(db, name, one)
        yield Comparison(db, a, b, key, every_column)


class Comparison:
    """Two sides in one database, as views ``a`` and ``b``."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        a: Side,
        b: Side,
        key: Sequence[str] | None,
        every_column: bool,
    ) -> None:
        self.db, self.a, self.b = db, a, b
        self.types_a, self.types_b = _types(db, "a"), _types(db, "b")
        common = [name for name in self.types_a if name in self.types_b]
        found = key if key is not None else [n for n in a.key or b.key if n in common]
        self.key = tuple(found)
        for name in self.key:
            if name not in common:
                raise NoKey(f"{name} is not a column of both sides; they share {', '.join(common)}")
        left = () if every_column else PASSING
        self.compared = [n for n in common if n not in self.key and n not in left]
        if not self.compared and not self.key:
            raise NoKey("the two sides have no column in common to compare")
        if self.key:
            self._see_unique()
        self._join()

    def difference(self) -> Difference:
        """The counts, and some of what differs."""
        types = {
            name: (self.types_a[name], self.types_b[name])
            for name in (*self.key, *self.compared)
            if self._types_differ(name)
        }
        counts = dict(
            self.db.execute("SELECT change, sum(copies) FROM joined GROUP BY change").fetchall()
        )
        return Difference(
            a=self.a.told,
            b=self.b.told,
            key=self.key,
            only_in_a=tuple(name for name in self.types_a if name not in self.types_b),
            only_in_b=tuple(name for name in self.types_b if name not in self.types_a),
            types=types,
            rows_a=_number(self.db, "SELECT count(*) FROM a"),
            rows_b=_number(self.db, "SELECT count(*) FROM b"),
            added=int(counts.get("added", 0)),
            removed=int(counts.get("removed", 0)),
            changed=int(counts.get("changed", 0)),
            by_column=self._by_column(),
            samples=self._samples(),
        )

    def everything(self) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """All that differs, as text: with a key, a line for each value that differs (``change``,
        the key, ``column``, ``before``, ``after``); without, a line for each row (``change``,
        ``copies``, its columns)."""
        reader = self.db.sql(self._lines()).to_arrow_reader(BATCH)
        return reader.schema, iter(reader)

    def _types_differ(self, name: str) -> bool:
        """Whether a column's types are known to differ; how wide numbers are is not, of CSV."""
        one, other = self.types_a[name], self.types_b[name]
        if not (self.a.typed and self.b.typed):
            return False
        exact = self.a.types is None and self.b.types is None
        return one != other if exact else _family(one) != _family(other)

    def _see_unique(self) -> None:
        for name, one in (("a", self.a), ("b", self.b)):
            query = _sql("SELECT count(*) FROM (SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1)",
                         _name(name), _listed(self.key))  # fmt: skip
            twice = _number(self.db, query)
            if twice:
                raise NoKey(
                    f"{one.told}: {twice:,} values of the key ({', '.join(self.key)}) stand on "
                    "several rows; name columns that tell rows apart with --key, or compare rows "
                    "whole with --whole-rows"
                )

    def _join(self) -> None:
        """Make ``joined``: every row that differs, its columns as ``a.<name>`` and ``b.<name>``."""
        both = [*self.key, *self.compared]
        if not self.key:
            self.db.execute(_sql(
                "CREATE TEMP TABLE joined AS SELECT CASE WHEN n > 0 THEN 'added' ELSE 'removed' END"
                " AS change, abs(n) AS copies, * EXCLUDE (n) FROM (SELECT {c}, sum(n) AS n FROM"
                " (SELECT {a}, -1 AS n FROM a UNION ALL SELECT {b}, 1 AS n FROM b)"
                " GROUP BY {c} HAVING sum(n) <> 0)",
                c=_listed(both), a=self._values("a", both), b=self._values("b", both),
            ))  # fmt: skip
            return
        pairs = [
            _sql("{} AS {}, {} AS {}", self._value("a", n), _name(f"a.{n}"),
                 self._value("b", n), _name(f"b.{n}"))
            for n in both
        ]  # fmt: skip
        on = [_sql("{} = {}", self._value("a", n, whole=True), self._value("b", n, whole=True))
              for n in self.key]  # fmt: skip
        differ = [
            _sql("{} IS DISTINCT FROM {}", self._value("a", n), self._value("b", n))
            for n in self.compared
        ]
        self.db.execute(_sql(
            "CREATE TEMP TABLE joined AS SELECT CASE WHEN a._there IS NULL THEN 'added'"
            " WHEN b._there IS NULL THEN 'removed' ELSE 'changed' END AS change, 1 AS copies,"
            " {pairs} FROM (SELECT *, true AS _there FROM a) a"
            " FULL JOIN (SELECT *, true AS _there FROM b) b ON {on}"
            " WHERE a._there IS NULL OR b._there IS NULL OR {differ}",
            pairs=_joined(", ", pairs), on=_joined(" AND ", on),
            differ=_joined(" OR ", differ or ["false"]),
        ))  # fmt: skip

    def _value(self, of: str, name: str, *, whole: bool = False) -> str:
        """A column of a side as it is compared; ``whole``: never null, so that it can be joined."""
        value = _sql("{}.{}", _name(of), _name(name))
        if whole:
            return _sql("coalesce(({})::VARCHAR, '')", value)
        if _family(self.types_a[name]) == _family(self.types_b[name]):
            return value
        return _sql("({})::VARCHAR", value)

    def _values(self, of: str, names: Sequence[str]) -> str:
        return _joined(
            ", ", [_sql("{} AS {}", self._value(of, name), _name(name)) for name in names]
        )

    def _by_column(self) -> dict[str, int]:
        if not self.key or not self.compared:
            return {}
        counts = [
            _sql("count(*) FILTER (WHERE {} IS DISTINCT FROM {})", _name(f"a.{n}"), _name(f"b.{n}"))
            for n in self.compared
        ]
        query = _sql("SELECT {} FROM joined WHERE change = 'changed'", _joined(", ", counts))
        found = self.db.execute(query).fetchone() or ()
        return {n: int(count) for n, count in zip(self.compared, found, strict=True) if count}

    def _samples(self) -> dict[str, list[dict[str, str | None]]]:
        if not self.key:
            return {}
        shown = [
            _sql("coalesce({}, {})::VARCHAR AS {}", _name(f"a.{n}"), _name(f"b.{n}"), _name(n))
            for n in self.key
        ]
        query = _sql(
            "SELECT change, {} FROM joined QUALIFY row_number() OVER"
            " (PARTITION BY change ORDER BY ALL) <= {} ORDER BY ALL",
            _joined(", ", shown), str(SAMPLES),
        )  # fmt: skip
        query = query.replace("ORDER BY ALL)", _sql("ORDER BY {})", _listed(self.key)))
        found: dict[str, list[dict[str, str | None]]] = {}
        for kind, *values in self.db.execute(query).fetchall():
            found.setdefault(kind, []).append(dict(zip(self.key, values, strict=True)))
        return found

    def _lines(self) -> str:
        if not self.key:
            texts = [_sql("({0})::VARCHAR AS {0}", _name(n)) for n in self.compared]
            return _sql(
                "SELECT change, copies::BIGINT AS copies, {} FROM joined ORDER BY ALL",
                _joined(", ", texts),
            )
        keys = _joined(", ", [
            _sql("coalesce({}, {})::VARCHAR AS {}", _name(f"a.{n}"), _name(f"b.{n}"), _name(n))
            for n in self.key
        ])  # fmt: skip
        each = [
            _sql(
                "SELECT change, {}, {} AS \"column\", {a}::VARCHAR AS before, {b}::VARCHAR AS after"
                " FROM joined WHERE {a} IS DISTINCT FROM {b}",
                keys, sql.Literal(n).as_string(None), a=_name(f"a.{n}"), b=_name(f"b.{n}"),
            )
            for n in self.compared
        ]  # fmt: skip
        return _sql("{} ORDER BY ALL", _joined(" UNION ALL ", each))


def _open(db: duckdb.DuckDBPyConnection, name: str, side: Side) -> None:
    """Make a view of a side's file."""
    path = sql.Literal(str(side.path)).as_string(None)
    if side.types is None:
        db.execute(_sql("CREATE VIEW {} AS SELECT * FROM read_parquet({})", _name(name), path))
        return
    sign = sql.Literal(FORMULA.replace("^(?:", "^'(", 1)).as_string(None)
    columns = [
        # An apostrophe put before a formula when the file was written is taken away again.
        _sql("regexp_replace({0}, {1}, '\\1') AS {0}", _name(column), sign)
        if kind == "VARCHAR"
        else _sql("{0}::{1} AS {0}", _name(column), kind)
        for column, kind in side.types.items()
    ]
    db.execute(_sql(
        "CREATE VIEW {} AS SELECT {} FROM read_csv({}, header = true, all_varchar = true,"
        " delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false)",
        _name(name), _joined(", ", columns), path,
    ))  # fmt: skip


def _types(db: duckdb.DuckDBPyConnection, view: str) -> dict[str, str]:
    rows = db.execute(_sql("DESCRIBE {}", _name(view))).fetchall()
    return {row[0]: str(row[1]) for row in rows}


def _family(kind: str) -> str:
    """Types whose values DuckDB compares as they are."""
    numbers = ("DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "HUGEINT", "DOUBLE", "FLOAT")
    return "number" if kind.startswith(numbers) else kind


def _number(db: duckdb.DuckDBPyConnection, query: str) -> int:
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0


def _sql(text: str, *parts: str, **named: str) -> str:
    """SQL of DuckDB put together; parts are names and literals quoted already, or made by this."""
    return text.format(*parts, **named)


def _name(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def _listed(names: Sequence[str]) -> str:
    return _joined(", ", [_name(name) for name in names])


def _joined(between: str, parts: Sequence[str]) -> str:
    return between.join(parts)
