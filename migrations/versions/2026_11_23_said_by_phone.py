"""who entered when somebody else can travel, and reminders of that question."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
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
    "event",
    "event_open",
    "edition",
    "overview",
)


def upgrade() -> None:
    """Bring the column up: everybody has answered for themselves so far."""
    with op.batch_alter_table("travel_asked") as batch:
        batch.add_column(sa.Column("entered_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_travel_asked_entered_by_id_person"), "person", ["entered_by_id"], ["id"])
        batch.create_index(op.f("ix_travel_asked_entered_by_id"), ["entered_by_id"], unique=False)
    _remind_of((*SUBJECTS, "travel"))


def downgrade() -> None:
    """Take the column back, and what was reminded of such questions."""
    travel = "SELECT id FROM reminder_rule WHERE subject = 'travel'"
    op.execute(f"DELETE FROM reminder WHERE rule_id IN ({travel})")  # noqa: S608 - both are written here
    op.execute("DELETE FROM reminder_rule WHERE subject = 'travel'")
    _remind_of(SUBJECTS)
    with op.batch_alter_table("travel_asked") as batch:
        batch.drop_index(op.f("ix_travel_asked_entered_by_id"))
        batch.drop_constraint(op.f("fk_travel_asked_entered_by_id_person"), type_="foreignkey")
        batch.drop_column("entered_by_id")


def _remind_of(subjects: Iterable[str]) -> None:
    """Let rules be about these and nothing else."""
    listed = ", ".join(f"'{subject}'" for subject in subjects)
    with op.batch_alter_table("reminder_rule") as batch:
        batch.drop_constraint(op.f("ck_reminder_rule_remindersubject"), type_="check")
        batch.create_check_constraint(op.f("ck_reminder_rule_remindersubject"), f"subject IN ({listed})")
