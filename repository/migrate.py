"""Brings a database to what code and declarations ask for."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from contracts.declarations import Declarations
from contracts.entity import Entity
from repository.access.apply import apply_access
from repository.access.functions import ensure_functions
from repository.database import connect, engine
from repository.entities import ensure_entities
from repository.explain_function import ensure_explain
from repository.feeds import record_declarations
from repository.problems import values_withheld
from repository.registers import record_registers
from repository.sources.settled import ensure_settled
from repository.tables import SCHEMA

# Two-part advisory lock keys: the first part says what is locked.
MIGRATING = (0x57617465, 0)


def migrate(url: str, declarations: Declarations, secrets: Path | None = None) -> None:
    """Operations tables, entity tables, feeds, agreements and access, as declared.

    Does nothing where all is as it should be; safe to call from several processes at once.

    Args:
        url: SQLAlchemy URL of the database, whose user owns it.
        declarations: what to bring it to.
        secrets: the private file for analysts' passwords; see :func:`apply_access`.

    Raises:
        repository.entities.MigrationNeeded: an entity contract changed in a way that does not
            migrate itself.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    with connect(url) as conn, values_withheld():
        # The lock is the session's, so that the steps below may each commit.
        conn.execute("SELECT pg_advisory_lock(%s, %s)", MIGRATING)
        conn.commit()
        operations(url)
        _everything_declared(conn, declarations, declarations.entities, secrets)


def _everything_declared(
    conn: psycopg.Connection,
    declarations: Declarations,
    entities: Mapping[str, type[Entity]],
    secrets: Path | None,
) -> None:
    with conn.transaction():
        ensure_entities(conn, entities)
        ensure_functions(conn, entities)
        ensure_explain(conn)
        record_declarations(conn, declarations)
        record_registers(conn, declarations)
        ensure_settled(conn, declarations)
        apply_access(conn, declarations, secrets)


def operations(url: str) -> None:
    """Bring the tables of operations to the newest migration."""
    config = Config()
    config.set_main_option("script_location", str(files("repository") / "migrations"))
    made = engine(url)
    try:
        with made.begin() as conn:
            conn.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
    finally:
        made.dispose()
