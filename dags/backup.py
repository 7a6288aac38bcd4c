"""WHEN: backups. ``backup__take`` nightly, ``backup__ship`` every five minutes, and weekly
``backup__try_restore``, which restores the newest backup into a scratch server and checks it.

They are there always, and on their timetable where WATERSMEET_BACKUP names a place; else a run by
hand is skipped and says how to set backups up. Nothing of Airflow's own database is touched: it is
in the same cluster, and a physical backup holds it as well.
"""

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.feed.failures import told_plainly

TAKE = """
Takes a backup every night: a full one once a week, what changed since on the other days. It goes to
`WATERSMEET_BACKUP`, encrypted; keys go to `WATERSMEET_BACKUP_KEYS`. Then deletes what is neither
among the last four full backups nor needed for any moment of the last thirty days.
"""

SHIP = """
Carries finished segments of the database's log, and the bytes that landed meanwhile, to the place
of backups. What is lost with this machine is what was committed since the last run.
"""

TRY = """
Restores the newest backup into a scratch server, checks that every table holds the rows that were
counted when it was taken, that every landed file has its SHA-256, and that values can be followed
back to the cells they came from, and deletes it again. The task's log tells the recovery point (how
much would be lost) and the recovery time (how long it takes); they are kept in
`watersmeet.backup_check`, and the last is shown by `watersmeet status`.
"""


def _set_up() -> bool:
    from repository.backup.settings import set_up

    return set_up()


def _or_skip() -> None:
    """Skip, with what to do, where no place of backups is named."""
    if not _set_up():
        raise AirflowSkipException(
            "backups are not set up: name a place with WATERSMEET_BACKUP and another for keys with "
            "WATERSMEET_BACKUP_KEYS, for every process of Airflow; see docs/backup.md"
        )


def _begun_or_skip() -> None:
    """Skip where no backup was taken yet; the first comes at night, or by hand."""
    from pipeline.backup import begun

    _or_skip()
    if not told_plainly(begun):
        raise AirflowSkipException("no backup was taken yet; backup__take makes the first")


def _dag(name: str, title: str, does: str, page: str, cron: str, **more: Any) -> DAG:
    waits = "Waits until WATERSMEET_BACKUP names a place; see docs/backup.md"
    # Looking back at the first start would try a restore before there is anything to restore.
    when = CronTriggerTimetable(cron, timezone="Europe/London", run_immediately=timedelta(0))
    return DAG(
        f"backup__{name}",
        dag_display_name=title,
        description=does if _set_up() else waits,
        doc_md=page,
        tags=["backup"],
        schedule=when if _set_up() else None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"retries": 2, "retry_delay": timedelta(minutes=2), **more},
    )


def take_dag() -> DAG:
    """The DAG that takes backups."""
    does = "A full backup once a week, what changed since on the other nights; then prunes"
    with _dag("take", "Take a backup", does, TAKE, "30 1 * * *") as dag:

        @task(execution_timeout=timedelta(hours=12))
        def take() -> dict[str, Any]:
            """Take a backup; its name and size."""
            from pipeline.backup import take as taken

            _or_skip()
            made = told_plainly(taken)
            return {"backup": made.name, "kind": made.kind, "bytes": made.stored_bytes}

        @task(execution_timeout=timedelta(hours=1))
        def prune() -> dict[str, int]:
            """Delete what is not needed any more."""
            from pipeline.backup import prune as pruned
            from repository.backup.prune import Kept

            done = told_plainly(pruned, Kept())
            return {"kept": len(done.kept), "deleted": len(done.deleted)}

        take() >> prune()
    return dag


def ship_dag() -> DAG:
    """The DAG that carries the log."""
    does = "Carries what was committed and what landed since the last backup"
    with _dag("ship", "Carry the log to the backups", does, SHIP, "*/5 * * * *") as dag:

        @task(execution_timeout=timedelta(hours=2))
        def ship() -> dict[str, int]:
            """Carry what is finished."""
            from pipeline.backup import shelf
            from pipeline.backup import ship as shipped

            _begun_or_skip()
            if not told_plainly(shelf).backups:
                raise AirflowFailException(
                    "there is no backup at the place, though some were taken: is it mounted, is it "
                    "the right one? What is carried there leads nowhere until backup__take has run"
                )
            made = told_plainly(shipped)
            return {"segments": made.segments, "landed": made.landed}

        ship()
    return dag


def try_dag() -> DAG:
    """The DAG that restores a backup to try it."""
    # Tried again it would find the same.
    does = "Restores the newest backup into a scratch server, checks it, and deletes it again"
    with _dag("try_restore", "Try to restore the backup", does, TRY, "0 3 * * 0", retries=0) as dag:

        @task(execution_timeout=timedelta(hours=24))
        def try_restore() -> dict[str, Any]:
            """Restore, check, and delete again."""
            from pipeline.backup import try_restore as tried

            _begun_or_skip()
            told = told_plainly(tried)
            logging.getLogger(__name__).info(
                "%s",
                f"{told.backup}: recovery point {told.reaches:%F %T} UTC, at most "
                f"{told.lost_seconds:,.0f} s lost; recovery time {told.seconds:,.1f} s; "
                f"{told.rows:,} rows in {told.tables} tables, {told.hashes:,} landed files, "
                f"{told.proofs} values to their cells",
            )
            return {
                "backup": told.backup,
                "recovery_point": str(told.reaches),
                "lost_seconds": round(told.lost_seconds),
                "recovery_seconds": round(told.seconds, 1),
                "rows": told.rows,
                "hashes": told.hashes,
                "proofs": told.proofs,
            }

        try_restore()
    return dag


take_, ship_, try_ = take_dag(), ship_dag(), try_dag()
