"""mail that came in."""

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""


def downgrade() -> None:
    """Take the tables back."""
