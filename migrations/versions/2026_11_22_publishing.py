"""what is published."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: Table to what says whether a row is published, false for every row that is there.
SWITCHES = (("office", "public_page"), ("project", "published"), ("log_entry", "published"))
TEXTS = (("office", "introduction"), ("partnership", "public_text"), ("project", "public_text"))


def upgrade() -> None:
    """Bring the columns up: nothing is published."""
    for table, column in TEXTS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, tracker.db.TranslatedType(none_as_null=True), nullable=True))
    for table, column in SWITCHES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("partnership") as batch:
        batch.add_column(sa.Column("publicity", sa.String(length=40), nullable=False, server_default="hidden"))
        batch.create_check_constraint(op.f("ck_partnership_publicity"), "publicity IN ('hidden', 'counted', 'named')")
    with op.batch_alter_table("partnership") as batch:
        batch.alter_column("publicity", existing_type=sa.String(length=40), server_default=None)


def downgrade() -> None:
    """Take the columns back."""
    with op.batch_alter_table("partnership") as batch:
        batch.drop_constraint(op.f("ck_partnership_publicity"), type_="check")
        batch.drop_column("publicity")
    for table, column in (*SWITCHES, *TEXTS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
