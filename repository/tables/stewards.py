"""What stewards work on: findings, holds, unknown codes, corrections, waivers, kitemarks."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from repository.tables.base import metadata, when
from repository.tables.operations import delivery, feed

finding = Table(
    "finding",
    metadata,
    Column("finding_id", BigInteger, Identity(always=True), primary_key=True),
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), nullable=False),
    Column("code", Text, nullable=False),
    Column("column", Text, comment="contract column; null where the whole delivery is meant"),
    Column("message", Text, nullable=False, comment="plain English; never a value of a row"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    Index(None, "delivery_id"),
    comment="What was found of a delivery as a whole that did not stop it",
)

profile = Table(
    "profile",
    metadata,
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), primary_key=True),
    Column("column", Text, primary_key=True, comment="contract column; empty for the delivery"),
    Column("measures", JSONB, nullable=False, comment="rows, missing, sum, codes and the like"),
    comment="What a delivery's columns looked like, for later ones to be compared with",
)

hold = Table(
    "hold",
    metadata,
    Column("hold_id", Integer, Identity(always=True), primary_key=True),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False, comment="order of arrival"),
    Column("name", Text, nullable=False, comment="the name the supplier gave it"),
    Column("delivery", JSONB, nullable=False, comment="the reference to its landed files"),
    Column("findings", JSONB, nullable=False, comment="code, column, message, facts of each"),
    Column("fingerprint", Text, nullable=False, comment="of the findings a decision is about"),
    Column("steps_version", Text, nullable=False),
    Column("run_id", Text),
    Column("state", Text, nullable=False, server_default="waiting"),
    when("held_at", now=True),
    when("decided_at", nullable=True),
    Column("decided_by", Text),
    Column("reason", Text),
    CheckConstraint(
        "state IN ('waiting', 'accepted-once', 'accepted', 'refused', 'overtaken')", name="state"
    ),
    CheckConstraint(
        "state IN ('waiting', 'overtaken') OR num_nulls(decided_at, decided_by, reason) = 0",
        name="decided",
    ),
    Index(None, "feed_id", "sha256"),
    comment="Deliveries that were stopped and wait, or waited, for a person",
)

unknown_code = Table(
    "unknown_code",
    metadata,
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), primary_key=True),
    Column("column", Text, primary_key=True, comment="contract column"),
    Column("scheme", Text, primary_key=True, comment="the code list or scheme it was read by"),
    Column(
        "written",
        Text,
        primary_key=True,
        comment="as the supplier writes it; of a personal column, a keyed digest of it",
    ),
    Column("sealed", LargeBinary, comment="of a personal column, the writing"),
    Column("rows", BigInteger, nullable=False, comment="in the latest delivery that had it"),
    Column("first_delivery", Integer, ForeignKey(delivery.c.delivery_id), nullable=False),
    Column("last_delivery", Integer, ForeignKey(delivery.c.delivery_id), nullable=False),
    Column("first_as_at", Date, comment="earliest date of a record that had it"),
    Column("last_as_at", Date, comment="latest date of a record that had it"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("code", Text, comment="what it was accepted for"),
    when("decided_at", nullable=True),
    Column("decided_by", Text),
    Column("reason", Text),
    CheckConstraint("state IN ('open', 'accepted', 'refused')", name="state"),
    comment="Values no register knows: the worklist of stewards",
)

code_met = Table(
    "code_met",
    metadata,
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), primary_key=True),
    Column("scheme", Text, primary_key=True, comment="the code list or scheme"),
    Column("writing", Text, primary_key=True, comment="as the register lists it, case folded"),
    Column("first_delivery", Integer, ForeignKey(delivery.c.delivery_id), nullable=False),
    Column("last_delivery", Integer, ForeignKey(delivery.c.delivery_id), nullable=False),
    comment="Which listed writings of codes deliveries held; those never met are unused",
)

correction = Table(
    "correction",
    metadata,
    Column("correction_id", Integer, Identity(always=True), primary_key=True),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    Column("column", Text, nullable=False, comment="contract column"),
    Column(
        "record_key",
        LargeBinary,
        comment="keyed digest of the record it is for; null for every record of the feed",
    ),
    Column("was", LargeBinary, nullable=False, comment="the text it replaces, encrypted"),
    Column("becomes", LargeBinary, nullable=False, comment="the text it puts, encrypted"),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    when("made_at", now=True),
    Column("expires_on", Date, nullable=False, comment="last day it is applied"),
    when("withdrawn_at", nullable=True),
    Column("withdrawn_by", Text),
    Index(None, "feed_id"),
    comment="Stewards' changes to supplied values, with reason, author, expiry and guard",
)

correction_use = Table(
    "correction_use",
    metadata,
    Column("correction_id", Integer, ForeignKey(correction.c.correction_id), primary_key=True),
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), primary_key=True),
    Column("rows", BigInteger, nullable=False, comment="rows it changed"),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('applied', 'not-needed', 'expired')", name="state"),
    comment="What each correction did to each delivery",
)

corrected_row = Table(
    "corrected_row",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    Column("row_number", Integer, primary_key=True),
    Column("correction_id", Integer, primary_key=True),
    Column("feed_id", SmallInteger, nullable=False),
    Column("record_hash", BigInteger, nullable=False, comment="not to be skipped as known"),
    Index(None, "feed_id", "record_hash"),
    comment="Rows that were corrected, for their lineage; filled by COPY",
)

waiver = Table(
    "waiver",
    metadata,
    Column("waiver_id", Integer, Identity(always=True), primary_key=True),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    Column("record_hash", BigInteger, nullable=False, comment="of the record that is let through"),
    Column("code", Text, nullable=False, comment="the issue that is waived for it"),
    Column("column", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    when("made_at", now=True),
    Index(None, "feed_id", "record_hash"),
    comment="Issues that a person waived for one record, so that it was released",
)

quarantine_read = Table(
    "quarantine_read",
    metadata,
    Column("read_id", BigInteger, Identity(always=True), primary_key=True),
    when("read_at", now=True),
    Column("reader", Text, nullable=False),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    Column("rows", BigInteger, nullable=False, comment="records that were opened"),
    Column("why", Text, nullable=False),
    Index(None, "feed_id", "read_at"),
    comment="Who opened records in quarantine or corrections, when, and what for",
)

kitemark = Table(
    "kitemark",
    metadata,
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), primary_key=True),
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("name", Text, nullable=False, comment="the level's name on the ladder"),
    Column("dimensions", JSONB, nullable=False, comment="checks run, examined and failed of each"),
    Column("short_of", JSONB, nullable=False, comment="what keeps it from the next level"),
    Column("ladder_version", Text, nullable=False),
    when("computed_at", now=True),
    comment="The quality level of a feed after each of its deliveries",
)
