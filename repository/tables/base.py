"""What all tables of operations share: their schema, their names, their clock."""

from sqlalchemy import Column, DateTime, MetaData, text

SCHEMA = "watersmeet"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    },
)


def when(name: str, *, nullable: bool = False, now: bool = False, comment: str = "") -> Column:  # type: ignore[type-arg]
    """A moment; with ``now``, by default the database's clock."""
    default = text("clock_timestamp()") if now else None
    return Column(
        name,
        DateTime(timezone=True),
        nullable=nullable,
        server_default=default,
        comment=comment or None,
    )
