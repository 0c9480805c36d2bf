"""answers by link."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = ("letter", "update", "notice", "copy", "invitation", "reset", "address")
REASONS = ("answered", "withdrawn", "closed")


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("unconfirmed_since", tracker.db.Instant(), nullable=True))
    _offer("message", "kind", "messagekind", (*KINDS, "link"))
    _offer("status_request", "ended_because", "endedbecause", (*REASONS, "passed_on"))
    with op.batch_alter_table("status_request") as batch:
        batch.add_column(sa.Column("asked_before_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("link", sa.String(length=80), nullable=True))
        batch.create_foreign_key(
            op.f("fk_status_request_asked_before_id_person"), "person", ["asked_before_id"], ["id"]
        )
        batch.create_unique_constraint(op.f("uq_status_request_link"), ["link"])
        batch.create_index(op.f("ix_status_request_asked_before_id"), ["asked_before_id"], unique=False)
    with op.batch_alter_table("status_update") as batch:
        batch.add_column(sa.Column("link", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("taken_back_at", tracker.db.Instant(), nullable=True))
        batch.add_column(sa.Column("taken_back_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("translation", sa.Text(), nullable=True))
        batch.add_column(sa.Column("translation_language", sa.String(length=8), nullable=True))
        batch.add_column(sa.Column("translated_at", tracker.db.Instant(), nullable=True))
        batch.add_column(sa.Column("translated_by_id", sa.Integer(), nullable=True))
        for name in ("taken_back_by_id", "translated_by_id"):
            batch.create_foreign_key(op.f(f"fk_status_update_{name}_person"), "person", [name], ["id"])
            batch.create_index(op.f(f"ix_status_update_{name}"), [name], unique=False)
        batch.create_check_constraint(
            op.f("ck_status_update_taken_back_by_somebody"), "(taken_back_at IS NULL) = (taken_back_by_id IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_status_update_translated_by_somebody"),
            "(translation IS NULL) = (translated_at IS NULL) AND (translation IS NULL) = (translated_by_id IS NULL)"
            " AND (translation IS NULL) = (translation_language IS NULL)",
        )
        batch.create_index(
            "uq_status_update_link",
            ["link"],
            unique=True,
            sqlite_where=sa.text("taken_back_at IS NULL"),
            postgresql_where=sa.text("taken_back_at IS NULL"),
        )


def downgrade() -> None:
    """Take the tables down. What only the newer tables can say is said as well as the older ones can."""
    with op.batch_alter_table("status_update") as batch:
        batch.drop_index("uq_status_update_link")
        batch.drop_constraint(op.f("ck_status_update_translated_by_somebody"), type_="check")
        batch.drop_constraint(op.f("ck_status_update_taken_back_by_somebody"), type_="check")
        for name in ("translated_by_id", "taken_back_by_id"):
            batch.drop_index(op.f(f"ix_status_update_{name}"))
            batch.drop_constraint(op.f(f"fk_status_update_{name}_person"), type_="foreignkey")
        for name in (
            "translated_by_id",
            "translated_at",
            "translation_language",
            "translation",
            "taken_back_by_id",
            "taken_back_at",
            "link",
        ):
            batch.drop_column(name)
    with op.batch_alter_table("status_request") as batch:
        batch.drop_index(op.f("ix_status_request_asked_before_id"))
        batch.drop_constraint(op.f("uq_status_request_link"), type_="unique")
        batch.drop_constraint(op.f("fk_status_request_asked_before_id_person"), type_="foreignkey")
        batch.drop_column("link")
        batch.drop_column("asked_before_id")
    op.execute("UPDATE status_request SET ended_because = 'withdrawn' WHERE ended_because = 'passed_on'")
    op.execute("UPDATE message SET kind = 'letter' WHERE kind = 'link'")
    _offer("status_request", "ended_because", "endedbecause", REASONS)
    _offer("message", "kind", "messagekind", KINDS)
    with op.batch_alter_table("person") as batch:
        batch.drop_column("unconfirmed_since")


def _offer(table: str, column: str, name: str, words: Iterable[str]) -> None:
    """Let a column hold these words and no others."""
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})")
