"""links of guests, and what they need."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = ("letter", "update", "notice", "copy", "link", "invitation", "reset", "address", "code", "account")
CONSENTS = (
    "name_on_web",
    "name_in_press",
    "name_in_reports",
    "pictures_on_web",
    "pictures_in_press",
    "pictures_in_reports",
    "taking_part",
)


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("event") as batch:
        batch.add_column(sa.Column("asks_needs", sa.Boolean(), nullable=False, server_default=sa.false()))
    _offer((*KINDS, "event"))
    op.create_table(
        "guest_needs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("languages", sa.String(length=200), nullable=True),
        sa.Column("diet", sa.Text(), nullable=True),
        sa.Column("accessibility", sa.Text(), nullable=True),
        sa.Column("emergency", sa.String(length=200), nullable=True),
        sa.Column("given_at", tracker.db.Instant(), nullable=False),
        sa.Column("taken_back_at", tracker.db.Instant(), nullable=True),
        sa.Column("erased_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["attendance.id"], name=op.f("fk_guest_needs_attendance_id_attendance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_needs")),
        sa.UniqueConstraint("attendance_id", name=op.f("uq_guest_needs_attendance_id")),
    )
    words = sa.Enum(*CONSENTS, name="consent", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "guest_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("consent", words, nullable=False),
        sa.Column("guardian", sa.String(length=200), nullable=True),
        sa.Column("given_at", tracker.db.Instant(), nullable=False),
        sa.Column("revoked_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["attendance.id"], name=op.f("fk_guest_consent_attendance_id_attendance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_consent")),
    )
    with op.batch_alter_table("guest_consent") as batch:
        batch.create_index(op.f("ix_guest_consent_attendance_id"), ["attendance_id"], unique=False)
        stands = sa.text("revoked_at IS NULL")
        batch.create_index(
            "uq_guest_consent_given",
            ["attendance_id", "consent"],
            unique=True,
            sqlite_where=stands,
            postgresql_where=stands,
        )


def downgrade() -> None:
    """Take the tables back. A word about an event is one about an address then."""
    op.drop_table("guest_consent")
    op.drop_table("guest_needs")
    op.execute("UPDATE message SET kind = 'notice' WHERE kind = 'event'")
    _offer(KINDS)
    with op.batch_alter_table("event") as batch:
        batch.drop_column("asks_needs")


def _offer(kinds: Iterable[str]) -> None:
    """Let a message be of these kinds and no others."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint(op.f("ck_message_messagekind"), type_="check")
        batch.create_check_constraint(op.f("ck_message_messagekind"), f"kind IN ({listed})")
