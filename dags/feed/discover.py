"""The sensor at the head of a feed's DAG: looks for what has arrived, and goes on looking without a
slot where the feed declares to.

The triggerer only keeps the time. Each look is a worker's: it needs the feed's connection, a share
that is mounted there, the agreement and the repository, and must not be where all waiting tasks
share one process.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseSensorOperator

from dags.feed.connections import from_airflow
from dags.feed.failures import told_plainly

if TYPE_CHECKING:
    from airflow.sdk import Context

    from contracts.feed import Watch


class Discover(BaseSensorOperator):
    """What has arrived at a feed's place, is finished, and has not been received yet.

    Returns the arrivals as the journey's ``discover`` gives them: none where nothing is new. A
    scheduled run of a feed that declares ``watch`` looks again until something is, or its time is
    over; one that a person asked for looks once.
    """

    ui_color = "#e3f2fd"

    def __init__(self, *, feed_id: str, watch: "Watch | None", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.feed_id, self.watch = feed_id, watch

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """Look; and wait where nothing has arrived yet and the feed says to."""
        found = self._look()
        if found or self.watch is None or not _is_scheduled(context):
            return found
        until = datetime.now(UTC) + timedelta(hours=self.watch.for_hours)
        return self._wait(until.isoformat())

    def look_again(
        self, context: "Context", event: Any = None, *, until: str
    ) -> list[dict[str, Any]]:
        """Look once more, when the time for it has come."""
        found = self._look()
        if found:
            return found
        if datetime.now(UTC) >= datetime.fromisoformat(until):
            self.log.info("%s: nothing has arrived; the next run looks again", self.feed_id)
            return found
        return self._wait(until)

    def _look(self) -> list[dict[str, Any]]:
        from connectors.connection import use
        from pipeline.ingest import at_work, discover

        use(from_airflow)
        found = told_plainly(discover, self.feed_id)
        # Another run may still be loading what it found: that is not new either.
        busy = told_plainly(at_work, self.feed_id)
        return [arrival for arrival in found if arrival["name"] != busy]

    def _wait(self, until: str) -> list[dict[str, Any]]:
        assert self.watch is not None, "only who watches waits"
        self.defer(
            trigger=TimeDeltaTrigger(timedelta(minutes=self.watch.every_minutes)),
            method_name="look_again",
            kwargs={"until": until},
        )
        return []  # never reached: defer raises


def _is_scheduled(context: "Context") -> bool:
    kind = context["dag_run"].run_type
    return str(getattr(kind, "value", kind)) == "scheduled"
