"""What left the repository: open data releases, and exports made for a purpose."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from repository.tables.base import metadata, when

release = Table(
    "release",
    metadata,
    Column("release_id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="of the open table"),
    Column("version", Text, nullable=False, comment="semantic: columns, rows, description"),
    Column("entity", Text, nullable=False),
    Column("columns", ARRAY(Text), nullable=False, comment="of the entity, that it is made from"),
    Column("rows", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="SHA-256 of data.csv"),
    Column("layout", JSONB, nullable=False, comment="name and type of each published column"),
    Column("description", LargeBinary, nullable=False, comment="SHA-256 of what describes it"),
    Column("deliveries", ARRAY(Integer), nullable=False, comment="that its rows are from"),
    Column("files", JSONB, nullable=False, comment="name, bytes and sha256 of each"),
    Column("disclosure", JSONB, nullable=False, comment="what was done so that nobody is told of"),
    Column("made_by", Text, nullable=False),
    when("made_at", now=True),
    UniqueConstraint("name", "version"),
    comment="Versions of open tables that were published",
)

export = Table(
    "export",
    metadata,
    Column("export_id", Integer, Identity(always=True), primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("table", Text, nullable=False, comment="the purpose's view"),
    Column("entity", Text, comment="the entity behind the view; null where there is none"),
    Column("columns", ARRAY(Text), nullable=False),
    Column("filtered_by", ARRAY(Text), nullable=False, comment="columns; never the values asked"),
    Column("as_at", Date, comment="what was so on this date; null for the current state"),
    when("as_known", nullable=True, comment="what was known then; null for what is known now"),
    Column("rows", BigInteger, nullable=False),
    Column("file", Text, nullable=False, comment="its name, without folders"),
    Column("format", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("exported_by", Text, nullable=False),
    when("exported_at", now=True),
    CheckConstraint("format IN ('parquet', 'csv', 'xlsx')", name="format"),
    Index(None, "entity"),
    comment="Files made from a purpose's views",
)
