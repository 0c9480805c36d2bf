"""files that the worker makes for somebody."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
KINDS = ("list", "office")
STATES = ("waiting", "at_work", "ready", "full", "closed", "broken")


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "download",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", _word("downloadkind", KINDS), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", _word("downloadstate", STATES), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("asked_at", tracker.db.Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", tracker.db.Instant(), nullable=True),
        sa.Column("mark", sa.String(length=40), nullable=True),
        sa.Column("made_at", tracker.db.Instant(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("seen_as", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_download_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
        sa.UniqueConstraint("account_id", "kind", "address", name=op.f("uq_download_account_id_kind_address")),
    )
    with op.batch_alter_table("download") as batch:
        batch.create_index(op.f("ix_download_state"), ["state"], unique=False)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("download")


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
