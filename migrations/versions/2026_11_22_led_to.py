"""what led to what."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "led_to",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("happened_on", tracker.db.PartialDateType(), nullable=True),
        sa.Column("note", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.CheckConstraint("origin <> outcome", name=op.f("ck_led_to_something_else")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_led_to_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_led_to")),
        sa.UniqueConstraint("origin", "outcome", name=op.f("uq_led_to_origin_outcome")),
    )
    with op.batch_alter_table("led_to") as batch:
        batch.create_index(op.f("ix_led_to_by_id"), ["by_id"], unique=False)
        batch.create_index(op.f("ix_led_to_outcome"), ["outcome"], unique=False)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("led_to")
