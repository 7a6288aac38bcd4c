"""Redirects of identifiers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    op.create_table(
        "redirect",
        sa.Column("redirect_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column(
            "from_id", sa.Uuid(), nullable=False, comment="the identifier that is no longer given"
        ),
        sa.Column(
            "to_id",
            sa.Uuid(),
            nullable=False,
            comment="where it leads; several rows where it split",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="merged, split or rekeyed"),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="from when on the repository knew",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "author", sa.Text(), nullable=False, comment="who decided; of rekeyed ones, the steps"
        ),
        sa.Column(
            "delivery_id",
            sa.Integer(),
            nullable=True,
            comment="the replay that gave the same row another identifier",
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('merged', 'split', 'rekeyed')", name=op.f("redirect_kind")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("redirect_leads_away")),
        sa.CheckConstraint(
            "num_nulls(withdrawn_at, withdrawn_by) IN (0, 2)", name=op.f("redirect_withdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("redirect_delivery_id_fk"),
        ),
        sa.PrimaryKeyConstraint("redirect_id", name=op.f("redirect_pk")),
        schema="watersmeet",
        comment="Identifiers that are no longer given, and where they lead",
    )
    op.create_index(
        "redirect_stands_index",
        "redirect",
        ["entity", "from_id", "to_id"],
        unique=True,
        schema="watersmeet",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index(
        op.f("redirect_entity_to_id_index"),
        "redirect",
        ["entity", "to_id"],
        unique=False,
        schema="watersmeet",
    )
    # Readers of a purpose are shown the redirects of its entities by a policy of their own.
    op.execute("ALTER TABLE watersmeet.redirect ENABLE ROW LEVEL SECURITY")
