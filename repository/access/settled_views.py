"""What a purpose sees of entities that several feeds speak of: settled values and conflicts.

``<purpose>.<e>_settled`` and ``<purpose>.<e>_conflict`` settle among the feeds whose rows the
reader may see and the attributes granted of each; what a feed says that the reader may not see has
no say. They are there where the purpose sees the entity's identifier.
"""

from collections.abc import Mapping, Sequence

from psycopg import sql

from contracts.entity import Entity, entity_facts
from contracts.precedence import Precedence
from repository.access.views import ViewColumn, data_column
from repository.sources.settled import attributes_of, make_views, settling_of


def make_settled_views(
    schema: str,
    role: str,
    contract: type[Entity],
    columns: Sequence[ViewColumn],
    precedence: Mapping[str, Precedence],
) -> list[sql.Composable]:
    """The statements that make a purpose's settled views of an entity; none where it has none.

    Args:
        schema, role: the purpose's.
        columns: the data of its view of the entity.
        precedence: as declared, by entity.
    """
    whole = entity_facts(contract)
    named = {column.name: column for column in columns}
    attributes = attributes_of(contract, named)
    if not whole.shared or f"{whole.name}_id" not in named or not attributes:
        return []
    wanted = [f"{whole.name}_id", *attributes, *(c for own in attributes.values() for c in own)]
    rows = sql.SQL("SELECT {}, e.feed_id, e.as_at FROM {} e").format(
        sql.SQL(", ").join(data_column(named[name]) for name in wanted),
        sql.Identifier("store", whole.name),
    )
    names = (f"{whole.name}_settled", f"{whole.name}_conflict")
    made = list(
        make_views(
            settling_of(contract, precedence, attributes, rows),
            schema,
            names,
            {column.name: column.meaning for column in columns},
            "WITH (security_barrier, security_invoker)",
        )
    )
    made += [
        sql.SQL("GRANT SELECT ON {} TO {}").format(
            sql.Identifier(schema, name), sql.Identifier(role)
        )
        for name in names
    ]
    return made
