"""What was so beside what was known: as-at dates, valid time."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
