"""letters that carry a file."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("attached", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("message") as message:
        message.drop_column("attached")
