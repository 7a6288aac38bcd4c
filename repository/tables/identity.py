"""Redirects of identifiers: where an identifier that is no longer given leads."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from repository.tables.base import metadata, when
from repository.tables.operations import delivery

STANDS = text("withdrawn_at IS NULL")

redirect = Table(
    "redirect",
    metadata,
    Column("redirect_id", Integer, Identity(always=True), primary_key=True),
    Column("entity", Text, nullable=False),
    Column("from_id", Uuid, nullable=False, comment="the identifier that is no longer given"),
    Column("to_id", Uuid, nullable=False, comment="where it leads; several rows where it split"),
    Column("kind", Text, nullable=False, comment="merged, split or rekeyed"),
    when("since", now=True, comment="from when on the repository knew"),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False, comment="who decided; of rekeyed ones, the steps"),
    Column(
        "delivery_id",
        Integer,
        ForeignKey(delivery.c.delivery_id),
        comment="the replay that gave the same row another identifier",
    ),
    when("withdrawn_at", nullable=True),
    Column("withdrawn_by", Text),
    CheckConstraint("kind IN ('merged', 'split', 'rekeyed')", name="kind"),
    CheckConstraint("from_id <> to_id", name="leads_away"),
    CheckConstraint("num_nulls(withdrawn_at, withdrawn_by) IN (0, 2)", name="withdrawn"),
    Index(
        "redirect_stands_index",
        "entity",
        "from_id",
        "to_id",
        unique=True,
        postgresql_where=STANDS,
    ),
    Index(None, "entity", "to_id"),
    comment="Identifiers that are no longer given, and where they lead",
)
