"""backups."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "backup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("leased_until", tracker.db.Instant(), nullable=False),
        sa.Column("finished_at", tracker.db.Instant(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
        sa.UniqueConstraint("night", name=op.f("uq_backup_night")),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("backup")
