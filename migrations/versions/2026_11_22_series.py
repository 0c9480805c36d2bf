"""series that are named in a form."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("series") as series:
        series.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("series") as series:
        series.alter_column("version", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("series") as series:
        series.drop_column("version")
