"""public events."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the column up: no event is published."""
    with op.batch_alter_table("event") as batch:
        batch.add_column(sa.Column("published", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("event") as batch:
        batch.alter_column("published", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Take the column back."""
    with op.batch_alter_table("event") as batch:
        batch.drop_column("published")
