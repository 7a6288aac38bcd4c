"""What came of restoring backups to try them."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
