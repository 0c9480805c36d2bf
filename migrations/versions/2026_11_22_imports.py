"""imports."""

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""


def downgrade() -> None:
    """Take the tables back."""
