"""Lineage events that wait to be sent, and those that were."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from repository.tables.base import metadata, when
from repository.tables.operations import feed

lineage_event = Table(
    "lineage_event",
    metadata,
    Column("event_id", Uuid, primary_key=True, comment="of run and type: the same event is one"),
    Column("number", BigInteger, Identity(always=True), nullable=False, comment="order of sending"),
    Column("run_id", Uuid, nullable=False),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    # No foreign key: a try that loaded nothing has a number too, and no row of that number.
    Column("delivery_id", Integer, comment="the delivery's number in this try"),
    Column("event_type", Text, nullable=False),
    Column("event", JSONB, nullable=False, comment="as it is sent; no value of a row"),
    Column("state", Text, nullable=False, server_default="waiting"),
    when("made_at", now=True),
    when("sent_at", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text, comment="a code such as unreachable or http-500, nothing else"),
    when("next_attempt_at", nullable=True, comment="not to be tried before"),
    CheckConstraint("event_type IN ('START', 'COMPLETE', 'FAIL', 'ABORT')", name="event_type"),
    CheckConstraint("state IN ('waiting', 'sent', 'refused')", name="state"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
    Index("lineage_event_run_id_number_index", "run_id", "number"),
    Index(
        "lineage_event_ending_index",
        "run_id",
        unique=True,
        postgresql_where=text("event_type <> 'START'"),
    ),
    Index("lineage_event_waiting_index", "number", postgresql_where=text("state = 'waiting'")),
    Index("lineage_event_feed_id_number_index", "feed_id", "number"),
    Index("lineage_event_made_at_index", "made_at"),
    comment="Lineage events: made in the transaction they tell of, sent when the receiver answers",
)
