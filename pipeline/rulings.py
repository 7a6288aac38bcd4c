"""What people ruled of a feed's records: corrections and waivers, as one load applies them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import psycopg

from contracts.findings import Finding
from repository import corrections, waivers
from repository.corrections import Correction
from repository.findings import record as record_findings
from repository.load import Outcome
from repository.load.loading import mix_of
from repository.sealing import Keys
from transforms.steps.correct import Change
from transforms.steps.waive import Waiver

MESSAGES = {
    "not-needed": (
        "correction-not-needed",
        "Correction {number} of {column}, made by {author} on {made:%d %B %Y}, found nothing to "
        "correct: the supplier has mended it, or writes it otherwise. Withdraw it.",
    ),
    "expired": (
        "correction-expired",
        "Correction {number} of {column}, made by {author} on {made:%d %B %Y}, expired on "
        "{expires:%d %B %Y} and was not applied to the {rows} rows it is for.",
    ),
}


@dataclass(frozen=True)
class Rulings:
    """Corrections and waivers, read once for a load, so that all of it follows the same.

    Attributes:
        corrections: the feed's, expired ones too, which are only counted.
        waivers: hashes as the repository stores them.
        digest: of a record's text.
        found: rows each correction was found in; counted while the delivery is walked.
    """

    corrections: Sequence[Correction] = ()
    waivers: Sequence[Waiver] = ()
    digest: Callable[[str], bytes] = str.encode
    found: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, conn: psycopg.Connection, feed: str) -> "Rulings":
        """Those of a feed as they stand now.

        Raises:
            repository.sealing.KeyMissing: there are corrections, and not their key.
        """
        keys = Keys()
        corrected = corrections.standing(conn, keys, feed)
        for_one = any(one.record is not None for one in corrected)
        return cls(
            corrections=corrected,
            waivers=[
                Waiver(row["record_hash"], row["code"], row["column"])
                for row in waivers.of_feed(conn, feed)
            ],
            digest=keys.digest(conn) if for_one else str.encode,
        )

    @property
    def changes(self) -> list[Change]:
        """The corrections as the steps need them."""
        return [
            Change(one.number, one.column, one.was, one.becomes, one.record, one.expired)
            for one in self.corrections
        ]

    def waived(self, reading: str) -> list[Waiver]:
        """The waivers for records of a table, hashes as its reader gives them."""
        mix = mix_of(reading)
        return [
            Waiver(int(np.int64(one.record_hash) ^ mix), one.code, one.column)
            for one in self.waivers
        ]

    def version(self, steps: str) -> str:
        """The steps version of a delivery that was worked under these rulings.

        A correction or a waiver changes what becomes of records that are known: they are worked
        again once it is made, withdrawn or expired.
        """
        told = [f"c{one.number}" for one in self.corrections if not one.expired]
        told += [f"w{one.record_hash}|{one.code}|{one.column}" for one in self.waivers]
        if not told:
            return steps
        return f"{steps}.{hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:8]}"

    def restart(self) -> None:
        """Count from the beginning: the delivery is walked once more."""
        self.found.clear()

    def record(self, conn: psycopg.Connection, outcome: Outcome) -> None:
        """Record what the corrections did, beside the delivery's row."""
        failed = corrections.record_uses(
            conn, outcome.delivery_id, self.found, list(self.corrections)
        )
        record_findings(
            conn, outcome.delivery_id, [_finding(one, state, rows) for one, state, rows in failed]
        )


def steps_of(version: str) -> str:
    """The steps' part of a delivery's version (:meth:`Rulings.version`)."""
    return version.partition(".")[0]


def _finding(one: Correction, state: str, rows: int) -> Finding:
    code, message = MESSAGES[state]
    told = message.format(
        number=one.number, column=one.column, author=one.author, made=one.made_at,
        expires=one.expires_on, rows=rows,
    )  # fmt: skip
    return Finding(code, told, column=one.column, facts={"correction": one.number, "rows": rows})
