"""What came of restoring backups to try them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    op.create_table(
        "backup_check",
        sa.Column("check_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when the restore began",
        ),
        sa.Column(
            "backup", sa.Text(), comment="the backup it began from; null where there was none"
        ),
        sa.Column(
            "recovery_point",
            sa.DateTime(timezone=True),
            comment="up to then nothing committed is missing",
        ),
        sa.Column(
            "lost_seconds",
            sa.Double(),
            comment="from the recovery point to when the restore began",
        ),
        sa.Column(
            "recovery_seconds",
            sa.Double(),
            comment="until the restored repository could be opened",
        ),
        sa.Column("tables_compared", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_compared", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "hashes_checked",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="landed files whose SHA-256 was compared",
        ),
        sa.Column(
            "lineage_proofs",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="values followed back to the cell they came from",
        ),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "message", sa.Text(), server_default="", nullable=False, comment="what was wrong"
        ),
        sa.PrimaryKeyConstraint("check_id", name=op.f("backup_check_pk")),
        sa.CheckConstraint("outcome IN ('good', 'failed')", name=op.f("backup_check_outcome")),
        schema="watersmeet",
        comment="Backups that were restored to try them, and what was found",
    )
