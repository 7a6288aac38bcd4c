"""Redirects of identifiers."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards; there is no way back but a restore."""
