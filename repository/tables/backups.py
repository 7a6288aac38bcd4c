"""What came of restoring backups to try them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Identity,
    Integer,
    Table,
    Text,
)

from repository.tables.base import metadata, when

backup_check = Table(
    "backup_check",
    metadata,
    Column("check_id", Integer, Identity(always=True), primary_key=True),
    when("checked_at", now=True, comment="when the restore began"),
    Column("backup", Text, comment="the backup it began from; null where there was none"),
    when("recovery_point", nullable=True, comment="up to then nothing committed is missing"),
    Column("lost_seconds", Double, comment="from the recovery point to when the restore began"),
    Column("recovery_seconds", Double, comment="until the restored repository could be opened"),
    Column("tables_compared", Integer, nullable=False, server_default="0"),
    Column("rows_compared", BigInteger, nullable=False, server_default="0"),
    Column(
        "hashes_checked",
        Integer,
        nullable=False,
        server_default="0",
        comment="landed files whose SHA-256 was compared",
    ),
    Column(
        "lineage_proofs",
        Integer,
        nullable=False,
        server_default="0",
        comment="values followed back to the cell they came from",
    ),
    Column("outcome", Text, nullable=False),
    Column("message", Text, nullable=False, server_default="", comment="what was wrong"),
    CheckConstraint("outcome IN ('good', 'failed')", name="outcome"),
    comment="Backups that were restored to try them, and what was found",
)
