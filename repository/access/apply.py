"""Who may read what: one login role and one schema of views per purpose, from the agreements.

An analyst's role may use its purpose's schema and nothing else. The views run with the analyst's
own rights (``security_invoker``), so that what they show is limited twice: by column grants and row
policies of the entity's table, which hold for the role by name, and by the view itself, which
leaves a column empty in the rows of feeds whose agreement does not grant it. Row policies carry the
agreements' dates: access ends with the agreement, whether or not anybody applies it. What no active
agreement grants is closed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from contracts.agreement import Purpose
from contracts.declarations import Declarations
from contracts.entity import Entity
from repository.access.functions import make_functions
from repository.access.kitemark_view import NAME as KITEMARK
from repository.access.kitemark_view import make_kitemark_view
from repository.access.purposes import Grant, grants_of, london_today
from repository.access.redirect_view import NAME as REDIRECTS
from repository.access.redirect_view import make_redirect_view
from repository.access.roles import AccessNotApplied, make_role
from repository.access.settled_views import make_settled_views
from repository.access.views import dated_feeds, make_view, policies_of, view_columns
from repository.feeds import record_feed
from repository.made import drop_made
from repository.open.tables import SCHEMA as OPEN
from repository.open.tables import apply_open_tables
from repository.registers import SCHEMA as REFERENCE
from repository.registers import may_read
from repository.sources.settled import SCHEMA as SETTLED
from repository.state import state_folder

RESERVED = {
    "public", "store", "history", "watersmeet", REFERENCE, SETTLED, OPEN, "information_schema",
    "postgres",
}  # fmt: skip
APPLYING = (0x57617465, 1)
"""Two-part advisory lock key: access is being applied."""
OURS = "Watersmeet: analysts of one purpose"


@dataclass(frozen=True)
class Reader:
    """One purpose as it is to be read."""

    name: str
    description: str
    grants: tuple[Grant, ...]

    @property
    def role(self) -> str:
        """The login role of its analysts."""
        return f"{self.name}_analyst"


def passwords_file(state: Path | None = None) -> Path:
    """The private file with the analysts' passwords, role to password."""
    return (state or state_folder()) / "analysts.json"


def apply_access(
    conn: psycopg.Connection,
    declarations: Declarations,
    secrets: Path | None = None,
    *,
    renew: bool = True,
) -> list[str]:
    """Bring roles, views, grants and policies to what active agreements allow today.

    Does nothing where they are so already; runs in the connection's transaction.

    Args:
        conn: a connection whose user owns the database and may create roles.
        declarations: agreements, feeds and entities.
        secrets: the private file for new roles' passwords; where None, :func:`passwords_file`.
        renew: whether a standing role whose password the file lacks is given a new one. A process
            that is not where passwords are kept, such as a worker's, must not.

    Returns:
        The purposes that were opened, changed or closed; ``open`` where the open tables were.

    Raises:
        AccessNotApplied: a purpose's name or role is taken by something else.
    """
    # Two at once would trip over each other in the catalogue.
    conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", APPLYING)
    close_to_public(conn)
    close_history(conn)
    today = london_today(conn)
    feeds = {name: record_feed(conn, feed) for name, feed in declarations.feeds.items()}
    readers = {
        purpose.name: Reader(purpose.name, purpose.description, tuple(grants))
        for purpose, grants in _by_purpose(grants_of(declarations, feeds, today))
    }
    touched = [
        name
        for name in sorted(readers)
        if _open(conn, readers[name], declarations, secrets or passwords_file(), renew)
    ]
    standing = conn.execute("SELECT purpose, role FROM watersmeet.purpose WHERE active").fetchall()
    for name, role in standing:
        if name not in readers:
            _close(conn, name, role)
            touched.append(name)
    if apply_open_tables(conn, declarations, feeds, secrets or passwords_file(), renew=renew):
        touched.append(OPEN)
    return touched


def close_to_public(conn: psycopg.Connection) -> None:
    """Take from everybody the rights PostgreSQL gives everybody on a new database."""
    open_to_all = conn.execute(
        """
        SELECT current_database() FROM pg_database d,
            LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        WHERE d.datname = current_database() AND a.grantee = 0 LIMIT 1
        """
    ).fetchone()
    if open_to_all is not None:
        conn.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(open_to_all[0]))
        )


def close_history(conn: psycopg.Connection) -> None:
    """Close the tables of history to everybody but the owner until a purpose opens rows of them."""
    open_still = conn.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'history' AND c.relkind = 'r' AND NOT c.relrowsecurity"
    ).fetchall()
    for (table,) in open_still:
        conn.execute(
            sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(
                sql.Identifier("history", table)
            )
        )


def _by_purpose(
    grants: Iterable[tuple[Purpose, Grant]],
) -> list[tuple[Purpose, list[Grant]]]:
    found: dict[str, tuple[Purpose, list[Grant]]] = {}
    for purpose, grant in grants:
        found.setdefault(purpose.name, (purpose, []))[1].append(grant)
    return list(found.values())


def _open(
    conn: psycopg.Connection,
    reader: Reader,
    declarations: Declarations,
    secrets: Path,
    renew: bool,
) -> bool:
    """Arrange one purpose; False where it stands as it should."""
    _check_name(conn, reader)
    make_role(conn, reader.role, OURS, secrets, renew=renew)
    statements = _statements(conn, reader, declarations)
    fingerprint = hashlib.sha256(json.dumps(statements).encode()).hexdigest()
    standing = conn.execute(
        "SELECT fingerprint FROM watersmeet.purpose WHERE purpose = %s AND active", (reader.name,)
    ).fetchone()
    if standing == (fingerprint,):
        return False
    _take_away(conn, reader.name, reader.role)
    conn.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(reader.name)))
    for statement in statements:
        conn.execute(statement.encode())
    conn.execute(
        """
        INSERT INTO watersmeet.purpose (purpose, role, description, active, fingerprint)
        VALUES (%s, %s, %s, true, %s)
        ON CONFLICT (purpose) DO UPDATE SET (role, description, active, fingerprint, applied_at) =
            (EXCLUDED.role, EXCLUDED.description, true, EXCLUDED.fingerprint, clock_timestamp())
        """,
        (reader.name, reader.role, reader.description, fingerprint),
    )
    return True


def _close(conn: psycopg.Connection, purpose: str, role: str) -> None:
    _take_away(conn, purpose, role)
    conn.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(role)))
    conn.execute(
        "UPDATE watersmeet.purpose SET active = false, fingerprint = '',"
        " applied_at = clock_timestamp() WHERE purpose = %s",
        (purpose,),
    )


def _statements(conn: psycopg.Connection, reader: Reader, declarations: Declarations) -> list[str]:
    """What opens a purpose, as SQL."""
    entities = declarations.entities
    role, schema = sql.Identifier(reader.role), sql.Identifier(reader.name)
    (database,) = conn.execute("SELECT current_database()").fetchone() or ("",)
    made: list[sql.Composable] = [
        sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(reader.description)),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), role),
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role),
        sql.SQL("ALTER ROLE {} IN DATABASE {} SET search_path = {}").format(
            role, sql.Identifier(database), schema
        ),
        sql.SQL(
            "GRANT SELECT (feed_id, name, organisation, checked_at, latest_as_at)"
            " ON watersmeet.feed TO {}"
        ).format(role),
        sql.SQL("GRANT SELECT (delivery_id, landed_at) ON watersmeet.delivery TO {}").format(role),
        *may_read(reader.role),
    ]
    identified: list[str] = []
    for entity in sorted({grant.entity for grant in reader.grants}):
        grants = [grant for grant in reader.grants if grant.entity == entity]
        columns = view_columns(entities[entity], grants, reader.grants, entities)
        seen = (reader.name, reader.role, entities[entity], columns)
        dated = dated_feeds(entities[entity], grants)
        made += make_view(*seen, dated)
        made += make_functions(*seen, dated)
        made += make_settled_views(*seen, declarations.precedence)
        made += policies_of(reader.role, entity, grants)
        if f"{entity}_id" in {column.name for column in columns}:
            identified.append(entity)
    _check_entity_names(entities)
    made += make_redirect_view(reader.name, reader.role, identified)
    made += make_kitemark_view(reader.name, reader.role, reader.grants)
    return [one.as_string(conn) for one in made]


def _take_away(conn: psycopg.Connection, purpose: str, role: str) -> None:
    """Everything a purpose has, in reverse."""
    who = sql.Identifier(role)
    drop_made(conn, purpose)
    policies = conn.execute(
        "SELECT schemaname, tablename FROM pg_policies WHERE policyname = %s", (role,)
    ).fetchall()
    for schema, table in policies:
        conn.execute(sql.SQL("DROP POLICY {} ON {}").format(who, sql.Identifier(schema, table)))
    for schema in ("store", "history", "watersmeet", REFERENCE):
        conn.execute(
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(
                sql.Identifier(schema), who
            )
        )
    conn.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(sql.Identifier(REFERENCE), who))
    known = conn.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (purpose,)).fetchone()
    if known is not None:
        conn.execute(
            sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(sql.Identifier(purpose), who)
        )


def _check_entity_names(entities: Mapping[str, type[Entity]]) -> None:
    """See that no view of an entity would take the name of another view of the purpose."""
    for name in entities:
        whole = next((n for n in entities if name in (f"{n}_settled", f"{n}_conflict")), None)
        if name in (KITEMARK, REDIRECTS) or whole is not None:
            raise AccessNotApplied(f"an entity cannot be named {name}; rename it")


def _check_name(conn: psycopg.Connection, reader: Reader) -> None:
    taken = conn.execute(
        "SELECT 1 FROM pg_namespace n WHERE nspname = %s"
        " AND NOT EXISTS (SELECT FROM watersmeet.purpose p WHERE p.purpose = n.nspname)",
        (reader.name,),
    ).fetchone()
    if reader.name in RESERVED or reader.name.startswith("pg_") or taken is not None:
        raise AccessNotApplied(
            f"a purpose cannot be named {reader.name}: the database has another schema of that "
            "name; rename the purpose in its agreements"
        )
