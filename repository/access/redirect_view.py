"""The redirects of a purpose: where an identifier leads that an analyst noted and finds no more."""

from collections.abc import Collection

from psycopg import sql

NAME = "identifier_redirect"

COLUMNS = {
    "entity": "What the identifiers are of",
    "from_id": "The identifier that is no longer given",
    "to_id": "Where it leads today, after every further redirect; several rows where it split",
    "kind": "merged: it turned out to be the same thing; split: it turned out to be several; "
    "rekeyed: the same row is given another identifier",
    "since": "From when on the repository knew",
}

QUERY = """
WITH RECURSIVE standing AS (
    SELECT r.entity, r.from_id, r.to_id, r.kind, r.since FROM watersmeet.redirect r
    WHERE r.withdrawn_at IS NULL
), led AS (
    SELECT s.entity, s.from_id, s.to_id, s.kind, s.since FROM standing s
    UNION
    SELECT l.entity, l.from_id, s.to_id, l.kind, l.since
    FROM led l JOIN standing s ON s.entity = l.entity AND s.from_id = l.to_id
)
SELECT l.entity, l.from_id, l.to_id, l.kind, l.since FROM led l
WHERE NOT EXISTS (
    SELECT FROM standing s WHERE s.entity = l.entity AND s.from_id = l.to_id
) AND ({seen})
"""

SEEN = """
(l.entity = {entity} AND (
    EXISTS (SELECT FROM {store} e WHERE e.{id} = l.to_id)
    OR EXISTS (SELECT FROM {history} e WHERE e.{id} = l.to_id)))
"""


def make_redirect_view(schema: str, role: str, entities: Collection[str]) -> list[sql.Composable]:
    """The statements that make a purpose's view of redirects and grant what it needs.

    A redirect is seen by whoever may see a row, current or former, of what it leads to. Who decided
    and why is not shown: a reason may name a person.

    Args:
        schema, role: the purpose's.
        entities: those whose identifier it may see.
    """
    if not entities:
        return []
    view, who = sql.Identifier(schema, NAME), sql.Identifier(role)
    table = sql.Identifier("watersmeet", "redirect")
    seen = sql.SQL(" OR ").join(
        sql.SQL(SEEN).format(
            entity=sql.Literal(entity),
            store=sql.Identifier("store", entity),
            history=sql.Identifier("history", entity),
            id=sql.Identifier(f"{entity}_id"),
        )
        for entity in sorted(entities)
    )
    listed = sql.SQL(", ").join(map(sql.Literal, sorted(entities)))
    made: list[sql.Composable] = [
        sql.SQL("CREATE VIEW {} WITH (security_barrier, security_invoker) AS {}").format(
            view, sql.SQL(QUERY).format(seen=seen)
        ),
        sql.SQL("COMMENT ON VIEW {} IS {}").format(
            view,
            sql.Literal(
                "Identifiers that are no longer given, and where they lead: look for the one you "
                "noted in from_id, and take to_id"
            ),
        ),
        sql.SQL("GRANT SELECT ON {} TO {}").format(view, who),
        sql.SQL(
            "GRANT SELECT (entity, from_id, to_id, kind, since, withdrawn_at) ON {} TO {}"
        ).format(table, who),
        sql.SQL("CREATE POLICY {0} ON {1} FOR SELECT TO {0} USING (entity IN ({2}))").format(
            who, table, listed
        ),
    ]
    made += [
        sql.SQL("COMMENT ON COLUMN {} IS {}").format(
            sql.Identifier(schema, NAME, column), sql.Literal(meaning)
        )
        for column, meaning in COLUMNS.items()
    ]
    return made
