"""codes and limits."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = ("letter", "update", "notice", "copy", "link", "invitation", "reset", "address")
PURPOSES = ("invitation", "reset")


def upgrade() -> None:
    """Bring the tables up."""
    _offer("message", "kind", "messagekind", (*KINDS, "code", "account"))
    _offer("account_link", "purpose", "linkpurpose", (*PURPOSES, "alarm"))
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("first_seen_at", tracker.db.Instant(), nullable=False),
        sa.Column("last_seen_at", tracker.db.Instant(), nullable=False),
        sa.Column("remembered_until", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_device_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_device_secret_hash")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_account_id"), ["account_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", tracker.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
        sa.UniqueConstraint("key", name=op.f("uq_tally_key")),
    )
    with op.batch_alter_table("tally", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tally_until"), ["until"], unique=False)
    op.create_table(
        "way_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("code", "reset", name="waykind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("asked_at", tracker.db.Instant(), nullable=False),
        sa.Column("answered_at", tracker.db.Instant(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_way_in_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_in")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_way_in_browser_hash")),
    )
    with op.batch_alter_table("way_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_way_in_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_way_in_answered_at"), ["answered_at"], unique=False)


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("way_in")
    op.drop_table("tally")
    op.drop_table("device")
    op.execute("DELETE FROM account_link WHERE purpose = 'alarm'")
    op.execute("UPDATE message SET kind = 'notice' WHERE kind IN ('code', 'account')")
    _offer("account_link", "purpose", "linkpurpose", PURPOSES)
    _offer("message", "kind", "messagekind", KINDS)


def _offer(table: str, column: str, name: str, words: Iterable[str]) -> None:
    """Let a column hold these words and no others."""
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})")
