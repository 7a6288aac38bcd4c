"""Lineage events that wait to be sent."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
