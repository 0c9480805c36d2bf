"""documents."""

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""


def downgrade() -> None:
    """Take the tables back."""
