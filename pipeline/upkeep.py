"""The nightly upkeep of the database: its statistics, its sizes, what needs a person."""

from dataclasses import asdict
from typing import Any

from pipeline.settings import Settings
from repository.database import connected, database_url
from repository.problems import values_withheld
from repository.upkeep import analyse as analyse_wholes
from repository.upkeep import sizes


class NeedsPerson(Exception):
    """Something in the database is as it should not be; the message says what."""


def analyse() -> list[str]:
    """Renew the statistics of whole tables; their names.

    Raises:
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    with values_withheld(), connected(_url()) as conn:
        return analyse_wholes(conn)


def measured() -> list[dict[str, Any]]:
    """How large every table is, as :class:`repository.upkeep.Size`, largest first.

    Raises:
        NeedsPerson: something needs looking at.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    with values_withheld(), connected(_url()) as conn:
        found = sizes(conn)
    warnings = [warning for size in found for warning in size.warnings]
    if warnings:
        raise NeedsPerson("; ".join(warnings))
    return [asdict(size) for size in found]


def _url() -> str:
    return database_url(Settings.from_environment().state)
