"""The two sides of a comparison: a state of a table, a release, a file that was exported before."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipeline.export.csvw import ENDING
from pipeline.export.exporting import read_to_parquet, sha256_of
from pipeline.export.facts import key_of
from pipeline.export.request import Asked, Request
from pipeline.release import released
from pipeline.release.files import PARQUET
from pipeline.release.release import releases_folder

STATE = re.compile(r"(?P<table>[a-z]\w*)(?:@(?P<day>[^@]+))?(?:@@(?P<moment>[^@]+))?")
RELEASE = re.compile(r"(?P<name>[a-z]\w*):(?P<version>\d+\.\d+\.\d+|latest)")
DATATYPES = {
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 6)",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
}
"""CSVW datatypes to DuckDB's types; others are text."""


class UnusableSide(Exception):
    """One side of a comparison cannot be had; the message says which, and what to do."""


@dataclass(frozen=True)
class Side:
    """One side, ready to be compared.

    Attributes:
        told: as it was asked for.
        path: the file it is read from.
        types: of a CSV file, DuckDB's type by column; text where nothing is known. None: Parquet.
        key: columns that tell its rows apart, as far as the file itself knows.
        request, asked: of a state read from the repository.
    """

    told: str
    path: Path
    types: Mapping[str, str] | None
    key: tuple[str, ...]
    request: Request | None = None
    asked: Asked | None = None

    @property
    def typed(self) -> bool:
        """Whether the types of its values are known."""
        return self.types is None or any(one != "VARCHAR" for one in self.types.values())


def side(told: str, scratch: Path, purpose: str | None, releases: Path | None = None) -> Side:
    """One side of a comparison.

    Args:
        told: ``payment`` (as it is now), ``payment@2026-09-01`` (as at),
            ``payment@@2026-10-01T09:00`` (as known), both together, ``name:1.2.0`` (a release),
            or the path of a Parquet or CSV file.
        scratch: a folder for what is read from the repository.
        purpose: what states are read for; needed where several have the table.
        releases: the folder releases stand in; the usual one where None.

    Raises:
        UnusableSide: with what to write instead.
        What :func:`pipeline.export.exporting.read_to_parquet` raises.
    """
    path = Path(told)
    if path.suffix.casefold() in (".parquet", ".csv"):
        if not path.is_file():
            raise UnusableSide(f"there is no file {told}")
        return _file(told, path)
    found = RELEASE.fullmatch(told)
    if found:
        return _release(told, found["name"], found["version"], releases or releases_folder())
    found = STATE.fullmatch(told)
    if found is None:
        raise UnusableSide(
            f"{told!r} names no state: write payment, payment@2026-09-01 (as at), "
            "payment@@2026-10-01T09:00 (as known), name:1.0.0 (a release), or a file that ends in "
            ".parquet or .csv"
        )
    target = scratch / f"{len(list(scratch.iterdir()))}.parquet"
    request = Request(
        table=found["table"],
        to=target,
        purpose=purpose,
        as_at=_day(told, found["day"]),
        as_known=_moment(told, found["moment"]),
    )
    asked, facts = read_to_parquet(request)
    return Side(told, target, None, facts.key, request, asked)


def _file(told: str, path: Path, key: tuple[str, ...] = ()) -> Side:
    if path.suffix.casefold() == ".parquet":
        try:
            return Side(told, path, None, key or key_of(pq.read_schema(path)))
        except (OSError, ValueError) as error:
            raise UnusableSide(f"{told} is no Parquet file that can be read") from error
    names = _header(told, path)
    beside = path.with_name(path.name + ENDING)
    document = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
    layout = document.get("tableSchema", {})
    types = {one["name"]: _type(one.get("datatype")) for one in layout.get("columns", ())}
    found = key or tuple(layout.get("primaryKey", ()))
    return Side(told, path, {name: types.get(name, "VARCHAR") for name in names}, found)


def _header(told: str, path: Path) -> list[str]:
    try:
        with duckdb.connect() as db:
            return db.read_csv(str(path), header=True, all_varchar=True).columns
    except duckdb.Error as error:
        raise UnusableSide(f"{told} is no CSV file that can be read") from error


def _type(datatype: Any) -> str:
    base = datatype.get("base") if isinstance(datatype, dict) else datatype
    return DATATYPES.get(str(base), "VARCHAR")


def _release(told: str, name: str, version: str, folder: Path) -> Side:
    there = {one.version: one for one in released(name)}
    if not there:
        raise UnusableSide(f"{told}: nothing was published under the name {name}")
    if version == "latest":
        version = list(there)[-1]
    if version not in there:
        raise UnusableSide(f"{told}: there is no such version; there are {', '.join(there)}")
    path = folder / name / version / PARQUET
    if not path.is_file():
        raise UnusableSide(f"{told}: {path} is not there; say where releases stand with --releases")
    recorded = {one["name"]: one["sha256"] for one in there[version].files}
    if recorded[PARQUET] != sha256_of(path):
        raise UnusableSide(f"{told}: {path} is not what was published; fetch it again")
    return _file(told, path)


def _day(told: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UnusableSide(f"{told!r}: after @ stands a date, such as 2026-09-01") from None


def _moment(told: str, text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        said = "after @@ stands a moment, such as 2026-10-01T09:00"
        raise UnusableSide(f"{told!r}: {said}") from None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
