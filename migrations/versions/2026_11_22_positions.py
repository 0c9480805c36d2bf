"""where organisations lie."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("organisation") as organisation:
        organisation.add_column(sa.Column("position", sa.String(length=24), nullable=True))


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("organisation") as organisation:
        organisation.drop_column("position")
