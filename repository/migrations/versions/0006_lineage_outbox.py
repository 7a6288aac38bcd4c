"""Lineage events that wait to be sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    op.create_table(
        "lineage_event",
        sa.Column(
            "event_id",
            sa.Uuid(),
            nullable=False,
            comment="of run and type: the same event is one",
        ),
        sa.Column(
            "number",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="order of sending",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column(
            "delivery_id", sa.Integer(), nullable=True, comment="the delivery's number in this try"
        ),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column(
            "event",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="as it is sent; no value of a row",
        ),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "last_error",
            sa.Text(),
            nullable=True,
            comment="a code such as unreachable or http-500, nothing else",
        ),
        sa.Column(
            "next_attempt_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="not to be tried before",
        ),
        sa.CheckConstraint(
            "event_type IN ('START', 'COMPLETE', 'FAIL', 'ABORT')",
            name=op.f("lineage_event_event_type"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'refused')", name=op.f("lineage_event_state")
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("lineage_event_sent")
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("lineage_event_feed_id_fk")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("lineage_event_pk")),
        schema="watersmeet",
        comment="Lineage events: made in the transaction they tell of, sent when the receiver"
        " answers",
    )
    for name, columns, more in (
        ("run_id_number", ["run_id", "number"], {}),
        (
            "ending",
            ["run_id"],
            {"unique": True, "postgresql_where": sa.text("event_type <> 'START'")},
        ),
        ("waiting", ["number"], {"postgresql_where": sa.text("state = 'waiting'")}),
        ("feed_id_number", ["feed_id", "number"], {}),
        ("made_at", ["made_at"], {}),
    ):
        op.create_index(
            f"lineage_event_{name}_index", "lineage_event", columns, schema="watersmeet", **more
        )
