"""Holds, findings, profiles, unknown codes, corrections, waivers, kitemarks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
    op.create_table(
        "correction",
        sa.Column("correction_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False, comment="contract column"),
        sa.Column(
            "record_key",
            sa.LargeBinary(),
            nullable=True,
            comment="keyed digest of the record it is for; null for every record of the feed",
        ),
        sa.Column(
            "was", sa.LargeBinary(), nullable=False, comment="the text it replaces, encrypted"
        ),
        sa.Column(
            "becomes", sa.LargeBinary(), nullable=False, comment="the text it puts, encrypted"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_on", sa.Date(), nullable=False, comment="last day it is applied"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("correction_feed_id_fk")
        ),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("correction_pk")),
        schema="watersmeet",
        comment="Stewards' changes to supplied values, with reason, author, expiry and guard",
    )
    op.create_index(
        op.f("correction_feed_id_index"),
        "correction",
        ["feed_id"],
        unique=False,
        schema="watersmeet",
    )
    op.create_table(
        "hold",
        sa.Column("hold_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False, comment="order of arrival"),
        sa.Column("name", sa.Text(), nullable=False, comment="the name the supplier gave it"),
        sa.Column(
            "delivery",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the reference to its landed files",
        ),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="code, column, message, facts of each",
        ),
        sa.Column(
            "fingerprint", sa.Text(), nullable=False, comment="of the findings a decision is about"
        ),
        sa.Column("steps_version", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column(
            "held_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted-once', 'accepted', 'refused', 'overtaken')",
            name=op.f("hold_state"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'overtaken') OR num_nulls(decided_at, decided_by, reason) = 0",
            name=op.f("hold_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("hold_feed_id_fk")
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("hold_pk")),
        schema="watersmeet",
        comment="Deliveries that were stopped and wait, or waited, for a person",
    )
    op.create_index(
        op.f("hold_feed_id_sha256_index"),
        "hold",
        ["feed_id", "sha256"],
        unique=False,
        schema="watersmeet",
    )
    op.create_table(
        "waiver",
        sa.Column("waiver_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column(
            "record_hash",
            sa.BigInteger(),
            nullable=False,
            comment="of the record that is let through",
        ),
        sa.Column("code", sa.Text(), nullable=False, comment="the issue that is waived for it"),
        sa.Column("column", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("waiver_feed_id_fk")
        ),
        sa.PrimaryKeyConstraint("waiver_id", name=op.f("waiver_pk")),
        schema="watersmeet",
        comment="Issues that a person waived for one record, so that it was released",
    )
    op.create_index(
        op.f("waiver_feed_id_record_hash_index"),
        "waiver",
        ["feed_id", "record_hash"],
        unique=False,
        schema="watersmeet",
    )
    op.create_table(
        "correction_use",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="rows it changed"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('applied', 'not-needed', 'expired')", name=op.f("correction_use_state")
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["watersmeet.correction.correction_id"],
            name=op.f("correction_use_correction_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("correction_use_delivery_id_fk"),
        ),
        sa.PrimaryKeyConstraint("correction_id", "delivery_id", name=op.f("correction_use_pk")),
        schema="watersmeet",
        comment="What each correction did to each delivery",
    )
    op.create_table(
        "finding",
        sa.Column("finding_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "column",
            sa.Text(),
            nullable=True,
            comment="contract column; null where the whole delivery is meant",
        ),
        sa.Column(
            "message", sa.Text(), nullable=False, comment="plain English; never a value of a row"
        ),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("finding_delivery_id_fk"),
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("finding_pk")),
        schema="watersmeet",
        comment="What was found of a delivery as a whole that did not stop it",
    )
    op.create_index(
        op.f("finding_delivery_id_index"),
        "finding",
        ["delivery_id"],
        unique=False,
        schema="watersmeet",
    )
    op.create_table(
        "kitemark",
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="the level's name on the ladder"),
        sa.Column(
            "dimensions",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="checks run, examined and failed of each",
        ),
        sa.Column(
            "short_of",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what keeps it from the next level",
        ),
        sa.Column("ladder_version", sa.Text(), nullable=False),
        sa.Column(
            "computed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("kitemark_delivery_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("kitemark_feed_id_fk")
        ),
        sa.PrimaryKeyConstraint("feed_id", "delivery_id", name=op.f("kitemark_pk")),
        schema="watersmeet",
        comment="The quality level of a feed after each of its deliveries",
    )
    op.create_table(
        "profile",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column(
            "column", sa.Text(), nullable=False, comment="contract column; empty for the delivery"
        ),
        sa.Column(
            "measures",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="rows, missing, sum, codes and the like",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("profile_delivery_id_fk"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", "column", name=op.f("profile_pk")),
        schema="watersmeet",
        comment="What a delivery's columns looked like, for later ones to be compared with",
    )
    op.create_table(
        "unknown_code",
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False, comment="contract column"),
        sa.Column(
            "scheme", sa.Text(), nullable=False, comment="the code list or scheme it was read by"
        ),
        sa.Column(
            "written",
            sa.Text(),
            nullable=False,
            comment="as the supplier writes it; of a personal column, a keyed digest of it",
        ),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=True, comment="of a personal column, the writing"
        ),
        sa.Column(
            "rows", sa.BigInteger(), nullable=False, comment="in the latest delivery that had it"
        ),
        sa.Column("first_delivery", sa.Integer(), nullable=False),
        sa.Column("last_delivery", sa.Integer(), nullable=False),
        sa.Column(
            "first_as_at", sa.Date(), nullable=True, comment="earliest date of a record that had it"
        ),
        sa.Column(
            "last_as_at", sa.Date(), nullable=True, comment="latest date of a record that had it"
        ),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("code", sa.Text(), nullable=True, comment="what it was accepted for"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'refused')", name=op.f("unknown_code_state")
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("unknown_code_feed_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["first_delivery"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("unknown_code_first_delivery_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["last_delivery"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("unknown_code_last_delivery_fk"),
        ),
        sa.PrimaryKeyConstraint(
            "feed_id", "column", "scheme", "written", name=op.f("unknown_code_pk")
        ),
        schema="watersmeet",
        comment="Values no register knows: the worklist of stewards",
    )
    op.create_table(
        "code_met",
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False, comment="the code list or scheme"),
        sa.Column(
            "writing", sa.Text(), nullable=False, comment="as the register lists it, case folded"
        ),
        sa.Column("first_delivery", sa.Integer(), nullable=False),
        sa.Column("last_delivery", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("code_met_feed_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["first_delivery"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("code_met_first_delivery_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["last_delivery"],
            ["watersmeet.delivery.delivery_id"],
            name=op.f("code_met_last_delivery_fk"),
        ),
        sa.PrimaryKeyConstraint("feed_id", "scheme", "writing", name=op.f("code_met_pk")),
        schema="watersmeet",
        comment="Which listed writings of codes deliveries held; those never met are unused",
    )
    op.create_table(
        "corrected_row",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column(
            "record_hash", sa.BigInteger(), nullable=False, comment="not to be skipped as known"
        ),
        sa.PrimaryKeyConstraint(
            "delivery_id", "row_number", "correction_id", name=op.f("corrected_row_pk")
        ),
        schema="watersmeet",
        comment="Rows that were corrected, for their lineage; filled by COPY",
    )
    op.create_index(
        op.f("corrected_row_feed_id_record_hash_index"),
        "corrected_row",
        ["feed_id", "record_hash"],
        unique=False,
        schema="watersmeet",
    )
    op.create_table(
        "quarantine_read",
        sa.Column("read_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "read_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.SmallInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="records that were opened"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["watersmeet.feed.feed_id"], name=op.f("quarantine_read_feed_id_fk")
        ),
        sa.PrimaryKeyConstraint("read_id", name=op.f("quarantine_read_pk")),
        schema="watersmeet",
        comment="Who opened records in quarantine or corrections, when, and what for",
    )
    op.create_index(
        op.f("quarantine_read_feed_id_read_at_index"),
        "quarantine_read",
        ["feed_id", "read_at"],
        unique=False,
        schema="watersmeet",
    )
    op.add_column(
        "delivery",
        sa.Column(
            "baseline",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="whether later deliveries are compared with it; not one accepted once only",
        ),
        schema="watersmeet",
    )
    op.add_column(
        "delivery",
        sa.Column(
            "replays",
            sa.Integer(),
            nullable=True,
            comment="the delivery whose landed bytes were worked again, with newer steps",
        ),
        schema="watersmeet",
    )
    op.add_column(
        "quarantine",
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="the record encrypted, where it is personal",
        ),
        schema="watersmeet",
    )
    op.add_column(
        "quarantine",
        sa.Column(
            "released_by",
            sa.Integer(),
            nullable=True,
            comment="the delivery that loaded it after a fix",
        ),
        schema="watersmeet",
    )
    op.alter_column(
        "quarantine",
        "record",
        existing_type=postgresql.JSONB(astext_type=sa.Text()),
        nullable=True,
        comment="text as it stood, by contract column; null where sealed",
        existing_comment="text as it stood, by contract column",
        schema="watersmeet",
    )
    op.create_check_constraint(
        op.f("quarantine_whole"),
        "quarantine",
        "num_nonnulls(record, sealed) = 1",
        schema="watersmeet",
    )
