"""where organisations lie, and contributions that are found."""

import sqlalchemy as sa
from alembic import op

from tracker.folding import fold_all

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("organisation") as organisation:
        organisation.add_column(sa.Column("position", sa.String(length=24), nullable=True))
    with op.batch_alter_table("contribution") as contribution:
        contribution.add_column(sa.Column("folded", sa.Text(), nullable=True))
    kept = sa.table("contribution", sa.column("id"), sa.column("summary", sa.JSON), sa.column("folded"))
    connection = op.get_bind()
    for id_, summary in connection.execute(sa.select(kept.c.id, kept.c.summary)).all():
        folded = fold_all(one["text"] for one in summary["texts"].values())
        connection.execute(sa.update(kept).where(kept.c.id == id_).values(folded=folded))
    with op.batch_alter_table("contribution") as contribution:
        contribution.alter_column("folded", existing_type=sa.Text(), nullable=False)


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("contribution") as contribution:
        contribution.drop_column("folded")
    with op.batch_alter_table("organisation") as organisation:
        organisation.drop_column("position")
