"""The kitemarks of a purpose: beside the data, how good the feeds are that supply it."""

from collections.abc import Sequence

from psycopg import sql

from repository.access.purposes import Grant
from repository.access.views import in_force

NAME = "kitemark"

COLUMNS = {
    "feed": ("f.name", "The feed"),
    "supplied_by": ("f.organisation", "The organisation that supplies it"),
    "level": ("k.level", "The level reached, 0 for the lowest"),
    "name": ("k.name", "The level's name; docs/kitemark.md says what it demands"),
    "dimensions": (
        "k.dimensions",
        "By dimension: checks the contract promises (could) and that ran (checks), rows examined "
        "and failed, findings",
    ),
    "short_of": ("k.short_of", "What keeps the feed from the next level"),
    "delivered_at": ("d.landed_at", "When the delivery arrived that the kitemark was given after"),
    "computed_at": ("k.computed_at", "When the kitemark was worked out"),
}


def make_kitemark_view(schema: str, role: str, grants: Sequence[Grant]) -> list[sql.Composable]:
    """The statements that make a purpose's view of kitemarks and grant what it needs.

    It has one row for each feed the purpose may read, while its agreement lasts, after the feed's
    last delivery.
    """
    view, who = sql.Identifier(schema, NAME), sql.Identifier(role)
    shown = [
        sql.SQL("{} AS {}").format(sql.Identifier(*place.split(".")), sql.Identifier(column))
        for column, (place, _) in COLUMNS.items()
    ]
    made: list[sql.Composable] = [
        sql.SQL(
            "CREATE VIEW {} WITH (security_barrier, security_invoker) AS"
            " SELECT DISTINCT ON (k.feed_id) {} FROM watersmeet.kitemark k"
            " JOIN watersmeet.feed f ON f.feed_id = k.feed_id"
            " JOIN watersmeet.delivery d ON d.delivery_id = k.delivery_id"
            " WHERE {} ORDER BY k.feed_id, d.landed_at DESC, k.delivery_id DESC"
        ).format(view, sql.SQL(", ").join(shown), in_force(grants, "k")),
        sql.SQL("COMMENT ON VIEW {} IS {}").format(
            view, sql.Literal("The quality level of every feed this purpose reads")
        ),
        sql.SQL("GRANT SELECT ON {} TO {}").format(view, who),
        sql.SQL(
            "GRANT SELECT (feed_id, delivery_id, level, name, dimensions, short_of, computed_at)"
            " ON watersmeet.kitemark TO {}"
        ).format(who),
    ]
    made += [
        sql.SQL("COMMENT ON COLUMN {} IS {}").format(
            sql.Identifier(schema, NAME, column), sql.Literal(meaning)
        )
        for column, (_, meaning) in COLUMNS.items()
    ]
    return made
