"""Alembic's environment: runs on the connection that :mod:`repository.migrate` hands over."""

from alembic import context

from repository.tables import SCHEMA, metadata


def ours(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Only operations tables are migrated here, and not Alembic's own."""
    return getattr(item, "schema", SCHEMA) == SCHEMA and name != "alembic_version"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_object=ours,
)
with context.begin_transaction():
    context.run_migrations()
