"""What an arrival looked like at its place, deliveries that were refused, and the hash seed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    op.add_column(
        "arrival",
        sa.Column(
            "stamp", sa.Text(), comment="size and time at its place, to know it again unfetched"
        ),
        schema="watersmeet",
    )
    op.create_table(
        "refusal",
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("steps_version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text()),
        sa.Column(
            "refused_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("feed_id", "sha256", "steps_version", name=op.f("refusal_pk")),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("refusal_feed_id_fk")
        ),
        schema="watersmeet",
        comment="Deliveries that were landed and not loaded, and why",
    )
    op.create_table(
        "installation",
        sa.Column("hash_seed", sa.BigInteger(), nullable=False),
        sa.Column("only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("installation_pk")),
        sa.CheckConstraint('"only"', name=op.f("installation_only")),
        schema="watersmeet",
        comment="What was drawn once for this repository",
    )
    # gen_random_uuid draws from the operating system's strong source.
    op.execute(
        "INSERT INTO watersmeet.installation (hash_seed)"
        " SELECT ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 17))::bit(64)::bigint"
    )
