"""What was so beside what was known: as-at dates, identities in quarantine, repetitions.

The entities' own tables are brought along by :mod:`repository.entities`, since only the contracts
know which dates are theirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "watersmeet"


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    as_at = sa.Column("as_at", sa.Date, comment="the date the delivery speaks of")
    op.add_column("delivery", as_at, schema=SCHEMA)
    # Before, a delivery spoke of the day on which it landed.
    op.execute(
        "UPDATE watersmeet.delivery SET as_at = (landed_at AT TIME ZONE 'Europe/London')::date"
    )
    op.alter_column("delivery", "as_at", nullable=False, schema=SCHEMA)
    op.create_index("delivery_feed_id_as_at_index", "delivery", ["feed_id", "as_at"], schema=SCHEMA)
    latest = sa.Column("latest_as_at", sa.Date, comment="as-at date of the newest loaded delivery")
    op.add_column("feed", latest, schema=SCHEMA)
    op.execute(
        "UPDATE watersmeet.feed f SET latest_as_at = (SELECT max(as_at) FROM watersmeet.delivery d"
        " WHERE d.feed_id = f.feed_id AND d.state = 'loaded')"
    )
    op.add_column(
        "quarantine",
        sa.Column("identity", sa.Uuid, comment="of the main entity, where it could be told"),
        schema=SCHEMA,
    )
    op.create_table(
        "delivery_repeat",
        sa.Column("delivery_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False, comment="8 bytes each, big-endian"),
        sa.Column("ids", sa.LargeBinary, nullable=False, comment="16 bytes each"),
        sa.Column(
            "former",
            sa.LargeBinary,
            nullable=False,
            comment="for each of ids, the record hash that its row bore before, 8 bytes",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name="delivery_repeat_pk"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            [f"{SCHEMA}.delivery.delivery_id"],
            name="delivery_repeat_delivery_id_fk",
        ),
        comment="Which rows a delivery repeated unchanged, where that cannot be told from what "
        "stands",
        schema=SCHEMA,
    )
