"""public events, and hosts who cook for any diet."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


SWITCHES = (("event", "published"), ("host_offer", "any_diet"))


def upgrade() -> None:
    """Bring the columns up: no event is published, and no host has said it."""
    for table, column in SWITCHES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Take the columns back."""
    for table, column in SWITCHES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
