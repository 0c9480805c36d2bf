"""agreements that stay off the public page."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the column up: each agreement stands on the page with its partnership, as it did."""
    with op.batch_alter_table("agreement") as batch:
        batch.add_column(sa.Column("published", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("agreement") as batch:
        batch.alter_column("published", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Take the column back."""
    with op.batch_alter_table("agreement") as batch:
        batch.drop_column("published")
