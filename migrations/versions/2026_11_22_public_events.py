"""public events."""

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""


def downgrade() -> None:
    """Take the tables back."""
