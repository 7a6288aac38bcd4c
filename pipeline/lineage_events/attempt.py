"""One try at loading a delivery, told to the outbox: begun, and ended one way or another.

START is committed while the load holds its feed's lock, so whoever holds that lock later and finds
a run without an end knows that it was killed. COMPLETE is written in the load's own transaction.
Telling never stops the work: where START cannot be written it is written with the end.
"""

import logging
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any

import psycopg

from pipeline.delivery import Delivery
from pipeline.gates import Stopped
from pipeline.journey import Journey
from pipeline.lineage_events.events import Measured, Telling, ended
from pipeline.lineage_events.facets import Plain
from pipeline.lineage_events.fields import Fields
from pipeline.lineage_events.naming import Naming
from pipeline.lineage_events.trouble import STOPPED, message_of
from pipeline.walk import Walk
from repository import findings, lineage_facts, outbox
from repository.load import Outcome
from repository.load.finishing import SkippedTwice
from repository.load.loading import Beside, Load
from repository.problems import DatabaseDown, DatabaseProblem
from transforms.steps.watch_dates import NotSettled

DATABASE = (psycopg.Error, DatabaseDown, DatabaseProblem)
AGAIN = (SkippedTwice, NotSettled)
"""The same try goes on, the long way."""

_log = logging.getLogger(__name__)


class Attempt:
    """One try at one delivery; a context to be entered before the load.

    What goes wrong is told when the load's own transaction is undone: it may hold the end of the
    run already, and would have to be waited for.
    """

    def __init__(self, journey: Journey, delivery: Delivery, run: dict[str, Any]) -> None:
        self._journey, self._delivery, self._run = journey, delivery, run
        self._telling: Telling | None = None
        self._start: Plain = {}

    def __enter__(self) -> "Attempt":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self._telling is not None and not isinstance(error, AGAIN):
            self._fail(error)

    def begin(self, load: Load) -> None:
        """Tell that a load is under way, which holds its feed's lock; and end those before it that
        were killed."""
        naming = Naming.of(load.conn, self._journey.settings.landing)
        again = self._telling is not None
        if not again:
            self._tell(load, naming, outbox.clock(load.conn))
        try:
            with self._journey.connected() as conn:
                left = outbox.open_runs(conn, self._delivery.feed)
                if again and self._told.run_id not in {one.run_id for one in left}:
                    # Between the short way and the long one somebody took it for killed.
                    self._tell(load, naming, outbox.clock(conn))
                for other in left:
                    if other.run_id != self._told.run_id:
                        end_killed(conn, other)
                self._put(conn, self._start)
        except DATABASE as error:
            _log.warning("the start of a run is told with its end: %s", type(error).__name__)

    def completed(self, load: Load, walk: Walk) -> Beside:
        """Writes the end of the run in the load's transaction, when profile and findings stand."""

        def write(conn: psycopg.Connection, outcome: Outcome) -> None:
            telling = self._told
            fields = Fields.of(table.mapping for table in walk.tables if table.mapping)
            moment = outbox.clock(conn)
            try:
                with conn.transaction():
                    found = _measured(conn, outcome.delivery_id)
                event = telling.complete(self._start, moment, outcome, fields, found)
            except Exception as error:  # noqa: BLE001 - a delivery is not lost for its story
                _log.warning("a lineage event is told without details: %s", type(error).__name__)
                event = ended(self._start, "COMPLETE", moment)
            self._put(conn, self._start)
            self._put(conn, event, outcome.delivery_id)

        return write

    @property
    def _told(self) -> Telling:
        if self._telling is None:
            raise RuntimeError("an attempt is told while its load is under way")
        return self._telling

    def _tell(self, load: Load, naming: Naming, moment: datetime) -> None:
        number = load.basis.delivery_id
        self._telling = Telling(
            self._journey,
            self._delivery,
            load.record,
            naming,
            naming.run_id(self._delivery, number),
            number,
            self._run,
        )
        self._start = self._telling.start(moment)

    def _fail(self, error: BaseException) -> None:
        telling, message = self._told, message_of(error)
        # Without a database nothing can be written; the next who looks ends the run.
        with suppress(*DATABASE), self._journey.connected() as conn:
            moment = outbox.clock(conn)
            if isinstance(error, Stopped):
                event = telling.stopped(self._start, moment, message, error.findings)
            else:
                event = ended(self._start, "FAIL", moment, message)
            self._put(conn, self._start)
            self._put(conn, event)

    def _put(self, conn: psycopg.Connection, event: Plain, number: int | None = None) -> None:
        telling = self._told
        outbox.add(conn, telling.run_id, self._delivery.feed, number or telling.number, event)


def end_killed(conn: psycopg.Connection, run: outbox.Open) -> None:
    """End a run that whoever ran it never will; told by the event that began it."""
    event = ended(dict(run.event), "FAIL", outbox.clock(conn), STOPPED)
    outbox.add(conn, run.run_id, run.feed_id, run.delivery_id, event)


def _measured(conn: psycopg.Connection, delivery_id: int) -> Measured:
    return Measured(
        lineage_facts.measures_of(conn, delivery_id),
        lineage_facts.issue_counts(conn, delivery_id),
        [(one["code"], one["column"]) for one in findings.of_delivery(conn, delivery_id)],
        lineage_facts.was_compared(conn, delivery_id),
    )
