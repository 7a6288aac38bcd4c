"""Open data releases and exports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    texts = postgresql.ARRAY(sa.Text())
    op.create_table(
        "release",
        sa.Column("release_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="of the open table"),
        sa.Column(
            "version", sa.Text(), nullable=False, comment="semantic: columns, rows, description"
        ),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("columns", texts, nullable=False, comment="of the entity, that it is made from"),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="SHA-256 of data.csv"),
        sa.Column(
            "layout",
            postgresql.JSONB(),
            nullable=False,
            comment="name and type of each published column",
        ),
        sa.Column(
            "description",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of what describes it",
        ),
        sa.Column(
            "deliveries",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="that its rows are from",
        ),
        sa.Column(
            "files", postgresql.JSONB(), nullable=False, comment="name, bytes and sha256 of each"
        ),
        sa.Column(
            "disclosure",
            postgresql.JSONB(),
            nullable=False,
            comment="what was done so that nobody is told of",
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        _when("made_at", now=True),
        sa.PrimaryKeyConstraint("release_id", name=op.f("release_pk")),
        sa.UniqueConstraint("name", "version", name=op.f("release_name_version_key")),
        schema="watersmeet",
        comment="Versions of open tables that were published",
    )
    op.create_table(
        "export",
        sa.Column("export_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False, comment="the purpose's view"),
        sa.Column(
            "entity", sa.Text(), comment="the entity behind the view; null where there is none"
        ),
        sa.Column("columns", texts, nullable=False),
        sa.Column("filtered_by", texts, nullable=False, comment="columns; never the values asked"),
        sa.Column(
            "as_at", sa.Date(), comment="what was so on this date; null for the current state"
        ),
        _when("as_known", comment="what was known then; null for what is known now"),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False, comment="its name, without folders"),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("exported_by", sa.Text(), nullable=False),
        _when("exported_at", now=True),
        sa.CheckConstraint("format IN ('parquet', 'csv', 'xlsx')", name=op.f("export_format")),
        sa.PrimaryKeyConstraint("export_id", name=op.f("export_pk")),
        schema="watersmeet",
        comment="Files made from a purpose's views",
    )
    op.create_index(
        op.f("export_entity_index"), "export", ["entity"], unique=False, schema="watersmeet"
    )


def _when(name: str, *, now: bool = False, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()") if now else None,
        nullable=not now,
        comment=comment,
    )
