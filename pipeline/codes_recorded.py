"""What a delivery's codes held, recorded with it."""

from collections.abc import Callable

import psycopg

from contracts.findings import Finding
from repository import findings, worklist
from repository.load import Outcome
from transforms.steps.gather_codes import GatheredCodes


def recorded(feed: str, codes: GatheredCodes) -> Callable[[psycopg.Connection, Outcome], None]:
    """What writes the unknown codes of a walk, and the listed writings it met, beside the
    delivery's row (:attr:`repository.load.loading.Load.beside`)."""

    def write(conn: psycopg.Connection, outcome: Outcome) -> None:
        worklist.record(conn, feed, outcome.delivery_id, codes.unknown(), codes.met())
        findings.record(
            conn,
            outcome.delivery_id,
            [
                Finding(
                    "codes-not-listed",
                    f"{rows:,} rows hold values of {column} that no register knows and that are "
                    "not in the worklist either: they are too many or too long to be codes. The "
                    "rows are in quarantine; look whether the column is the right one",
                    column,
                    {"rows": rows},
                )
                for column, rows in codes.unlisted.items()
            ],
        )

    return write
