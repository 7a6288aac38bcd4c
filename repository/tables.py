"""Tables of operations: feeds, agreements, deliveries and what was found in them.

Rows of these tables hold places and codes, never supplied values, but for what was not loaded and
what was corrected (``quarantine``, ``correction``) and values no register knows
(``unknown_code``), sealed where personal.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA = "watersmeet"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    },
)


def _when(name: str, *, nullable: bool = False, now: bool = False, comment: str = "") -> Column:  # type: ignore[type-arg]
    default = text("clock_timestamp()") if now else None
    return Column(
        name,
        DateTime(timezone=True),
        nullable=nullable,
        server_default=default,
        comment=comment or None,
    )


feed = Table(
    "feed",
    metadata,
    Column("feed_id", SmallInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="<organisation>/<dataset>"),
    Column("organisation", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("agreement", Text, nullable=False, server_default=""),
    Column("expected_every_days", Integer),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    _when("checked_at", nullable=True, comment="when the source was last looked at"),
    Column("checked_found", Integer, comment="arrivals the last look found"),
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
    _when("declared_at", now=True),
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
    _when("landed_at", now=True),
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
    _when("landed_at"),
    Column("sequence", BigInteger, nullable=False, comment="order of arrival"),
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
    _when("started_at"),
    _when("loaded_at", comment="from when on the repository knew it"),
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
    _when("refused_at", now=True),
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
    _when("modified_at", nullable=True, comment="as the source says"),
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
    Column("cell", Text, nullable=False, comment="in spreadsheet letters"),
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
    CheckConstraint("state IN ('held', 'superseded', 'released')", name="state"),
    CheckConstraint("num_nonnulls(record, sealed) = 1", name="whole"),
    comment="Rows that were not loaded, whole, with their issues",
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
    _when("started_at", now=True),
    _when("updated_at", now=True),
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
    _when("applied_at", now=True),
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
    _when("applied_at", now=True),
    comment="Entity tables as they stand, and the contracts they were made from",
)


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
    _when("held_at", now=True),
    _when("decided_at", nullable=True),
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
    _when("decided_at", nullable=True),
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
    _when("made_at", now=True),
    Column("expires_on", Date, nullable=False, comment="last day it is applied"),
    _when("withdrawn_at", nullable=True),
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
    _when("made_at", now=True),
    Index(None, "feed_id", "record_hash"),
    comment="Issues that a person waived for one record, so that it was released",
)

quarantine_read = Table(
    "quarantine_read",
    metadata,
    Column("read_id", BigInteger, Identity(always=True), primary_key=True),
    _when("read_at", now=True),
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
    _when("computed_at", now=True),
    comment="The quality level of a feed after each of its deliveries",
)
