"""The way back from a value in the repository to the cell it came from."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from repository.load.extras import letters_of


class NotFound(LookupError):
    """The repository holds, and held, nothing of that name or identifier."""


def explain(
    conn: psycopg.Connection, entity: str, id: str | UUID, column: str | None = None
) -> dict[str, Any]:
    """Where a row, or one value of it, comes from.

    Args:
        conn: a connection that may read the repository's tables.
        entity: the entity.
        id: the row's identifier.
        column: one of its columns.

    Returns:
        Plain values: ``entity``, ``id``, ``column``, ``value``; ``feed``; ``current`` (else
        ``known_until`` and ``ending``); ``known_from``; ``row_number``, ``source_row``; ``file``,
        ``sha256``, ``landed_key`` and ``sheet``; ``contract_column``, ``header`` as written,
        ``position``, ``cell``, ``mapping`` (the column's mapping facts); ``delivery`` (id, name,
        arrival, versions of contract and steps, agreement, code, run); ``last_checked``;
        ``also_from``: other feeds that speak of it. Where several feeds do, the latest delivery is
        explained. The value is the caller's to show or to withhold.

    Raises:
        NotFound: no such entity, row or column; the message names what there is.
    """
    try:
        identifier = UUID(str(id))
    except ValueError:
        raise NotFound(f"{id!r} is no identifier; it has the form of a UUID") from None
    columns = _columns(conn, entity)
    if column is not None and column not in columns:
        raise NotFound(f"{entity} has no column {column}; it has {', '.join(sorted(columns))}")
    rows = _rows(conn, entity, identifier, column)
    if not rows:
        raise NotFound(f"there is and was no {entity} with the identifier {identifier}")
    row = rows[0]
    told: dict[str, Any] = {
        "entity": entity,
        "id": str(identifier),
        "column": column,
        "value": row.pop("value"),
        **row,
        "also_from": sorted({other["feed"] for other in rows[1:]} - {row["feed"]}),
    }
    told["delivery"] = _delivery(conn, row["delivery_id"])
    told |= _place(conn, row, entity, column, told["delivery"].pop("attributes"))
    return told


def _columns(conn: psycopg.Connection, entity: str) -> set[str]:
    found = conn.execute(
        "SELECT columns FROM watersmeet.entity WHERE entity = %s", (entity,)
    ).fetchone()
    if found is None:
        names = [row[0] for row in conn.execute("SELECT entity FROM watersmeet.entity ORDER BY 1")]
        raise NotFound(f"there is no entity {entity}; there are {', '.join(names) or 'none yet'}")
    return {one["name"] for one in found[0]}


def _rows(
    conn: psycopg.Connection, entity: str, identifier: UUID, column: str | None
) -> list[dict[str, Any]]:
    """The row in each feed, current ones first, then by arrival; what ended, where none stands."""
    value = sql.SQL("NULL") if column is None else sql.Identifier("e", column)
    query = sql.SQL(
        """
        SELECT {value} AS value, f.name AS feed, true AS current, e.known_from,
            NULL::timestamptz AS known_until, NULL AS ending,
            e.delivery_id, e.row_number, e.role, f.checked_at AS last_checked
        FROM {store} e JOIN watersmeet.feed f USING (feed_id)
        WHERE e.{id} = %(id)s
        UNION ALL
        SELECT {value}, f.name, false, lower(e.known_during), upper(e.known_during), e.ending,
            e.delivery_id, e.row_number, e.role, f.checked_at
        FROM {history} e JOIN watersmeet.feed f USING (feed_id)
        WHERE e.{id} = %(id)s
        ORDER BY current DESC, delivery_id DESC
        """
    ).format(
        value=value,
        store=sql.Identifier("store", entity),
        history=sql.Identifier("history", entity),
        id=sql.Identifier(f"{entity}_id"),
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, {"id": identifier}).fetchall()


def _delivery(conn: psycopg.Connection, delivery_id: int) -> dict[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            """
            SELECT delivery_id AS id, name, landed_at, sequence, encode(sha256, 'hex') AS sha256,
                contract, contract_version, steps_version, agreement, code_version, run_id,
                bundle_version, loaded_at, attributes
            FROM watersmeet.delivery WHERE delivery_id = %s
            """,
            (delivery_id,),
        ).fetchone()
    if row is None:
        raise NotFound(f"delivery {delivery_id} is not recorded")
    return row


def _place(
    conn: psycopg.Connection,
    row: dict[str, Any],
    entity: str,
    column: str | None,
    attributes: dict[str, list[str]],
) -> dict[str, Any]:
    """File, sheet and cell of a row, by its number."""
    with conn.cursor(row_factory=dict_row) as cursor:
        table = cursor.execute(
            """
            SELECT t.number AS table_number, t.file, t.sheet, t.header_row, t.mapping, t.facts,
                %(row)s - t.first_number + 1 AS source_row,
                encode(f.sha256, 'hex') AS sha256, f.landed_key
            FROM watersmeet.delivery_table t
            LEFT JOIN watersmeet.delivery_file f
              ON f.delivery_id = t.delivery_id AND f.name = t.file
            WHERE t.delivery_id = %(delivery)s AND t.first_number <= %(row)s
            ORDER BY t.first_number DESC LIMIT 1
            """,
            {"row": row["row_number"], "delivery": row["delivery_id"]},
        ).fetchone()
    if table is None:
        raise NotFound(f"delivery {row['delivery_id']} has no table that holds its row")
    mapping = table.pop("mapping")
    role = f"{entity}:{row['role']}" if row["role"] else entity
    names = _contract_columns(attributes, role, column)
    mapped = next((m for m in mapping.get("columns", []) if m["name"] in names), None)
    position = mapped["position"] if mapped else None
    cell = None if position is None else f"{letters_of(position)}{table['source_row']}"
    return {
        **table,
        "contract_column": mapped["name"] if mapped else (names[0] if names else None),
        "header": mapped["header"] if mapped else None,
        "position": position,
        "cell": cell,
        "mapping": mapped,
    }


def _contract_columns(attributes: dict[str, list[str]], role: str, column: str | None) -> list[str]:
    """The contract columns that lead to an entity's column; a companion's are its attribute's."""
    if column is None:
        return []
    for length in range(len(column), 0, -1):
        if length == len(column) or column[length] == "_":
            found = attributes.get(f"{role}.{column[:length]}")
            if found:
                return found
    return []


def delivery_files(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """The landed files of a delivery, in order: ``name``, ``sha256``, ``bytes``, ``landed_key``."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT name, encode(sha256, 'hex') AS sha256, bytes, landed_key
            FROM watersmeet.delivery_file WHERE delivery_id = %s ORDER BY number
            """,
            (delivery_id,),
        ).fetchall()
