"""reminders of events, what those who come hear of changes, and what somebody writes to all of them."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SUBJECTS = (
    "milestone_due",
    "milestone_overdue",
    "status_request",
    "next_step",
    "partnership_quiet",
    "jubilee",
    "agreement_ends",
    "overview",
)


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "event_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", tracker.db.Instant(), nullable=False),
        sa.Column("told_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_news_event_id_event")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_event_news_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_news")),
    )
    op.create_index(op.f("ix_event_news_event_id"), "event_news", ["event_id"], unique=False)
    waiting = sa.text("told_at IS NULL")
    op.create_index(
        "uq_event_news_waiting",
        "event_news",
        ["event_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "circular",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column(
            "readership",
            sa.Enum(
                "guests", "heads", "hosts", name="readership", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("original", sa.String(length=8), nullable=False),
        sa.Column("wordings", sa.JSON(), nullable=False),
        sa.Column("sent_at", tracker.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_circular_event_id_event")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_circular_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular")),
    )
    op.create_index(op.f("ix_circular_event_id"), "circular", ["event_id"], unique=False)
    _remind_of((*SUBJECTS, "event", "event_open"))


def downgrade() -> None:
    """Take the tables back, and what was reminded of events."""
    events = "SELECT id FROM reminder_rule WHERE subject IN ('event', 'event_open')"
    op.execute(f"DELETE FROM reminder WHERE rule_id IN ({events})")  # noqa: S608 - both are written here
    op.execute("DELETE FROM reminder_rule WHERE subject IN ('event', 'event_open')")
    _remind_of(SUBJECTS)
    op.drop_table("circular")
    op.drop_table("event_news")


def _remind_of(subjects: Iterable[str]) -> None:
    """Let rules be about these and nothing else."""
    listed = ", ".join(f"'{subject}'" for subject in subjects)
    with op.batch_alter_table("reminder_rule") as batch:
        batch.drop_constraint(op.f("ck_reminder_rule_remindersubject"), type_="check")
        batch.create_check_constraint(op.f("ck_reminder_rule_remindersubject"), f"subject IN ({listed})")
