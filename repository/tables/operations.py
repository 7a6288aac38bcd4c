"""Feeds, agreements, deliveries, their rows that were not loaded, purposes and entities."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from repository.tables.base import metadata, when

feed = Table(
    "feed",
    metadata,
    Column("feed_id", SmallInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="<organisation>/<dataset>"),
    Column("organisation", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("agreement", Text, nullable=False, server_default=""),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    when("checked_at", nullable=True, comment="when the source was last looked at"),
    Column("checked_found", Integer, comment="arrivals the last look found"),
    Column(
        "unfinished",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="what the last look found there and not finished: name and why",
    ),
    when("due_at", nullable=True, comment="the feed is overdue where nothing arrives until then"),
    Column("latest_as_at", Date, comment="as-at date of the newest loaded delivery"),
    comment="One organisation's supply of one dataset",
)

agreement = Table(
    "agreement",
    metadata,
    Column("agreement", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False, comment="last day in force"),
    Column("facts", JSONB, nullable=False, comment="the agreement as declared"),
    when("declared_at", now=True),
    Column(
        "withdrawn",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="no longer declared",
    ),
    comment="What the law and the parties allow, as declared in contracts/agreements",
)

arrival = Table(
    "arrival",
    metadata,
    Column("sequence", BigInteger, Identity(always=True), primary_key=True),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("stamp", Text, comment="size and time at its place, to know it again unfetched"),
    Column("cursor", Text, comment="what the fetch got up to, to go on from"),
    when("gone_at", nullable=True, comment="since when its place no longer has it"),
    when("landed_at", now=True),
    Index(None, "feed_id", "name", "sequence"),
    comment="The order in which bytes landed, by the database's clock",
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", Integer, Identity(always=True), primary_key=True),
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), nullable=False),
    Column("name", Text, nullable=False, comment="the name the supplier gave it"),
    Column("series", Text, nullable=False, comment="deliveries of a series replace one another"),
    Column("sha256", LargeBinary, nullable=False),
    when("landed_at"),
    Column("sequence", BigInteger, nullable=False, comment="order of arrival"),
    Column("as_at", Date, nullable=False, comment="the date the delivery speaks of"),
    Column("state", Text, nullable=False, comment="loaded, or superseded before it was loaded"),
    Column("replaces", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("contract_version", Text, nullable=False),
    Column("steps_version", Text, nullable=False),
    Column("agreement", Text, ForeignKey(agreement.c.agreement), nullable=False),
    Column("code_version", Text, nullable=False),
    Column("run_id", Text, comment="Airflow's run"),
    Column("bundle_version", Text, comment="commit of the DAG bundle"),
    Column("attributes", JSONB, nullable=False, comment="entity attribute to contract columns"),
    Column(
        "baseline",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="whether later deliveries are compared with it; not one accepted once only",
    ),
    Column(
        "replays",
        Integer,
        comment="the delivery whose landed bytes were worked again, with newer steps",
    ),
    when("started_at"),
    when("loaded_at", comment="from when on the repository knew it"),
    Column("seconds", Double, nullable=False),
    *(
        Column(name, BigInteger, nullable=False, server_default="0")
        for name in (
            "landed",
            "new",
            "changed",
            "unchanged",
            "quarantined",
            "excluded",
            "ended",
        )
    ),
    CheckConstraint(
        "landed = new + changed + unchanged + quarantined + excluded", name="reconciles"
    ),
    CheckConstraint("state IN ('loaded', 'superseded')", name="state"),
    Index(None, "feed_id", "series", "sequence"),
    Index(None, "feed_id", "as_at"),
    comment="One arrival on a feed: its provenance and its counts",
)

receipt = Table(
    "receipt",
    metadata,
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), nullable=False),
    comment="Bytes of a feed that are loaded: each once",
)

refusal = Table(
    "refusal",
    metadata,
    Column("feed_id", SmallInteger, ForeignKey(feed.c.feed_id), primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("steps_version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("run_id", Text),
    when("refused_at", now=True),
    comment="Deliveries that were landed and not loaded, and why",
)

installation = Table(
    "installation",
    metadata,
    Column("hash_seed", BigInteger, nullable=False),
    Column("only", Boolean, primary_key=True, server_default=text("true")),
    CheckConstraint('"only"', name="only"),
    comment="What was drawn once for this repository",
)

delivery_file = Table(
    "delivery_file",
    metadata,
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("landed_key", Text, nullable=False, comment="where the landed bytes are"),
    when("modified_at", nullable=True, comment="as the source says"),
)

delivery_table = Table(
    "delivery_table",
    metadata,
    Column("delivery_id", Integer, ForeignKey(delivery.c.delivery_id), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("file", Text, nullable=False),
    Column("sheet", Text),
    Column("first_number", Integer, nullable=False, comment="row number of its source row 1"),
    Column("header_row", Integer),
    Column("mapping", JSONB, nullable=False),
    Column("facts", JSONB, nullable=False, comment="encoding, delimiter and the like"),
    comment="A table found in a delivery's file: row number = first_number + source row - 1",
)

# The next three are filled by COPY in the delivery's own transaction; a foreign key would look
# the delivery up once for every row.
issue = Table(
    "issue",
    metadata,
    Column("delivery_id", Integer, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("table_number", SmallInteger, nullable=False),
    Column("source_row", Integer, nullable=False),
    Column("column", Text, comment="contract column; null where the whole row is meant"),
    Column("position", SmallInteger, comment="0-based position in the source"),
    Column("cell", Text, nullable=False, comment="by letter and row, or by record and field"),
    Column("code", Text, nullable=False),
    Index(None, "delivery_id", "row_number"),
    comment="Something found wrong: what and where, never the value",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    Column("row_number", Integer, primary_key=True),
    Column("table_number", SmallInteger, nullable=False),
    Column("source_row", Integer, nullable=False),
    Column("record_hash", BigInteger, nullable=False),
    Column("codes", ARRAY(Text), nullable=False),
    Column("record", JSONB, comment="text as it stood, by contract column; null where sealed"),
    Column("sealed", LargeBinary, comment="the record encrypted, where it is personal"),
    Column("state", Text, nullable=False, server_default="held"),
    Column("released_by", Integer, comment="the delivery that loaded it after a fix"),
    Column("identity", Uuid, comment="of the main entity, where it could be told"),
    CheckConstraint("state IN ('held', 'superseded', 'released')", name="state"),
    CheckConstraint("num_nonnulls(record, sealed) = 1", name="whole"),
    comment="Rows that were not loaded, whole, with their issues",
)

delivery_repeat = Table(
    "delivery_repeat",
    metadata,
    Column(
        "delivery_id",
        Integer,
        ForeignKey(delivery.c.delivery_id),
        primary_key=True,
        autoincrement=False,
    ),
    Column("hashes", LargeBinary, nullable=False, comment="8 bytes each, big-endian"),
    Column("ids", LargeBinary, nullable=False, comment="16 bytes each"),
    Column(
        "former",
        LargeBinary,
        nullable=False,
        comment="for each of ids, the record hash that its row bore before, 8 bytes",
    ),
    comment="Which rows a delivery repeated unchanged, where that cannot be told from what stands",
)

excluded_row = Table(
    "excluded_row",
    metadata,
    Column("delivery_id", Integer, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("table_number", SmallInteger, nullable=False),
    Column("source_row", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "delivery_id"),
    comment="Rows that are no records: titles, totals, blank rows, repeated headers",
)

progress = Table(
    "progress",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("delivery", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("state", Text, nullable=False, comment="working, done or failed"),
    when("started_at", now=True),
    when("updated_at", now=True),
    comment="How far the delivery at work on a feed has come; written outside its transaction",
)

purpose = Table(
    "purpose",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("role", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("fingerprint", Text, nullable=False, comment="of the views and policies that stand"),
    when("applied_at", now=True),
    comment="Purposes that have, or had, analysts' views",
)


entity = Table(
    "entity",
    metadata,
    Column("entity", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("columns", JSONB, nullable=False, comment="name, kind, meaning, personal-data class"),
    Column("fingerprint", Text, nullable=False, comment="of what the tables were made from"),
    when("applied_at", now=True),
    comment="Entity tables as they stand, and the contracts they were made from",
)
