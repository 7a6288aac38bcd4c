"""Login roles: made once, each with a password of its own in the private file."""

import secrets as random
from pathlib import Path

import psycopg
from psycopg import sql

from repository.state import read_private, write_private


class AccessNotApplied(Exception):
    """Access cannot be arranged as declared; the message says why."""


def make_role(
    conn: psycopg.Connection,
    role: str,
    comment: str,
    secrets: Path,
    *,
    renew: bool,
    remedy: str = "rename the purpose",
) -> None:
    """Make a login role, with a password of its own in the private file.

    Args:
        conn: a connection whose user may create roles.
        role: its name.
        comment: tells, in the server's catalogue, that the role is ours.
        secrets: the private file, role to password.
        renew: whether a standing role whose password the file lacks is given a new one.
        remedy: what to do where the name is taken.

    Raises:
        AccessNotApplied: the server has a role of that name that is not ours.
    """
    standing = conn.execute(
        "SELECT shobj_description(oid, 'pg_authid'), rolcanlogin FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    who = sql.Identifier(role)
    if standing is None:
        conn.execute(sql.SQL("CREATE ROLE {} NOINHERIT").format(who))
        conn.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(who, sql.Literal(comment)))
    elif standing[0] != comment:
        raise AccessNotApplied(f"the database server has a role {role} that is not ours; {remedy}")
    passwords = read_private(secrets)
    if standing is not None and not _may_alter(conn, role):
        raise AccessNotApplied(
            f"the database server has a role {role} of another Watersmeet repository; give each "
            f"repository a server of its own, or {remedy}"
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
