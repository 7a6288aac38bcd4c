"""What places show: what is unfinished, gone or overdue, and how far a fetch got."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    op.add_column(
        "feed",
        sa.Column(
            "unfinished",
            JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="what the last look found there and not finished: name and why",
        ),
        schema="watersmeet",
    )
    op.drop_column("feed", "expected_every_days", schema="watersmeet")
    op.add_column(
        "feed",
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            comment="the feed is overdue where nothing arrives until then",
        ),
        schema="watersmeet",
    )
    op.add_column(
        "arrival",
        sa.Column("cursor", sa.Text(), comment="what the fetch got up to, to go on from"),
        schema="watersmeet",
    )
    op.add_column(
        "arrival",
        sa.Column(
            "gone_at",
            sa.DateTime(timezone=True),
            comment="since when its place no longer has it",
        ),
        schema="watersmeet",
    )
    op.alter_column(
        "issue",
        "cell",
        comment="by letter and row, or by record and field",
        existing_comment="in spreadsheet letters",
        existing_type=sa.Text(),
        existing_nullable=False,
        schema="watersmeet",
    )
