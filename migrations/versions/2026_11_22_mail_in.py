"""nothing: databases have run this one while it was empty, so what comes in by mail has its tables in a later one."""

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
