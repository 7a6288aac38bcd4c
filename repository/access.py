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
import secrets as random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from contracts.agreement import Purpose
from contracts.declarations import Declarations
from contracts.entity import Entity
from repository.feeds import record_feed
from repository.kitemark_view import NAME as KITEMARK
from repository.kitemark_view import make_kitemark_view
from repository.purposes import Grant, grants_of, london_today
from repository.registers import SCHEMA as REFERENCE
from repository.registers import may_read
from repository.state import read_private, state_folder, write_private
from repository.views import make_view, policy_of, view_columns

RESERVED = {
    "public", "store", "history", "watersmeet", REFERENCE, "information_schema", "postgres",
}  # fmt: skip
APPLYING = (0x57617465, 1)
"""Two-part advisory lock key: access is being applied."""
OURS = "Watersmeet: analysts of one purpose"


class AccessNotApplied(Exception):
    """Access cannot be arranged as declared; the message says why."""


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
        The purposes that were opened, changed or closed.

    Raises:
        AccessNotApplied: a purpose's name or role is taken by something else.
    """
    # Two at once would trip over each other in the catalogue.
    conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", APPLYING)
    close_to_public(conn)
    today = london_today(conn)
    feeds = {name: record_feed(conn, feed) for name, feed in declarations.feeds.items()}
    readers = {
        purpose.name: Reader(purpose.name, purpose.description, tuple(grants))
        for purpose, grants in _by_purpose(grants_of(declarations, feeds, today))
    }
    touched = [
        name
        for name in sorted(readers)
        if _open(conn, readers[name], declarations.entities, secrets or passwords_file(), renew)
    ]
    standing = conn.execute("SELECT purpose, role FROM watersmeet.purpose WHERE active").fetchall()
    for name, role in standing:
        if name not in readers:
            _close(conn, name, role)
            touched.append(name)
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
    entities: Mapping[str, type[Entity]],
    secrets: Path,
    renew: bool,
) -> bool:
    """Arrange one purpose; False where it stands as it should."""
    _check_name(conn, reader)
    _role(conn, reader.role, secrets, renew)
    statements = _statements(conn, reader, entities)
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


def _statements(
    conn: psycopg.Connection, reader: Reader, entities: Mapping[str, type[Entity]]
) -> list[str]:
    """What opens a purpose, as SQL."""
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
            "GRANT SELECT (feed_id, name, organisation, checked_at) ON watersmeet.feed TO {}"
        ).format(role),
        sql.SQL("GRANT SELECT (delivery_id, landed_at) ON watersmeet.delivery TO {}").format(role),
        *may_read(reader.role),
    ]
    for entity in sorted({grant.entity for grant in reader.grants}):
        grants = [grant for grant in reader.grants if grant.entity == entity]
        columns = view_columns(entities[entity], grants, reader.grants, entities)
        made += make_view(reader.name, reader.role, entities[entity], columns)
        made.append(policy_of(reader.role, entity, grants))
    if KITEMARK in entities:
        raise AccessNotApplied(f"an entity cannot be named {KITEMARK}; rename it")
    made += make_kitemark_view(reader.name, reader.role, reader.grants)
    return [one.as_string(conn) for one in made]


def _take_away(conn: psycopg.Connection, purpose: str, role: str) -> None:
    """Everything a purpose has, in reverse."""
    who = sql.Identifier(role)
    views = conn.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relkind = 'v'",
        (purpose,),
    ).fetchall()
    for (view,) in views:
        conn.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier(purpose, view)))
    policies = conn.execute(
        "SELECT schemaname, tablename FROM pg_policies WHERE policyname = %s", (role,)
    ).fetchall()
    for schema, table in policies:
        conn.execute(sql.SQL("DROP POLICY {} ON {}").format(who, sql.Identifier(schema, table)))
    for schema in ("store", "watersmeet", REFERENCE):
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


def _role(conn: psycopg.Connection, role: str, secrets: Path, renew: bool) -> None:
    """Make the login role, with a password of its own in the private file."""
    standing = conn.execute(
        "SELECT shobj_description(oid, 'pg_authid'), rolcanlogin FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    who = sql.Identifier(role)
    if standing is None:
        conn.execute(sql.SQL("CREATE ROLE {} NOINHERIT").format(who))
        conn.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(who, sql.Literal(OURS)))
    elif standing[0] != OURS:
        raise AccessNotApplied(
            f"the database server has a role {role} that is not ours; rename the purpose"
        )
    passwords = read_private(secrets)
    if standing is not None and not _may_alter(conn, role):
        raise AccessNotApplied(
            f"the database server has a role {role} of another Watersmeet repository; give each "
            "repository a server of its own, or rename the purpose"
        )
    if standing is None or (renew and role not in passwords):
        passwords.setdefault(role, random.token_urlsafe(18))
        write_private(secrets, passwords)
        # Only the verifier leaves this process: the server's log may hold statements.
        verifier = conn.pgconn.encrypt_password(
            passwords[role].encode(), role.encode(), b"scram-sha-256"
        )
        conn.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(who, sql.Literal(verifier.decode()))
        )
    if standing is None or not standing[1]:
        conn.execute(sql.SQL("ALTER ROLE {} LOGIN").format(who))


def _may_alter(conn: psycopg.Connection, role: str) -> bool:
    """Whether our own role may set a role's password: its administrator may, or a superuser."""
    row = conn.execute(
        "SELECT rolsuper OR pg_has_role(%s, 'MEMBER WITH ADMIN OPTION') FROM pg_roles"
        " WHERE rolname = current_user",
        (role,),
    ).fetchone()
    return row is not None and bool(row[0])
