"""letters that carry a file, and series that come back after so many years."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
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
    "event",
    "event_open",
)


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("attached", sa.Text(), nullable=True))
    with op.batch_alter_table("series") as series:
        series.add_column(sa.Column("every_years", sa.Integer(), nullable=True))
    _remind_of((*SUBJECTS, "edition"))


def downgrade() -> None:
    """Take the tables back, and what was reminded of editions."""
    editions = "SELECT id FROM reminder_rule WHERE subject = 'edition'"
    op.execute(f"DELETE FROM reminder WHERE rule_id IN ({editions})")  # noqa: S608 - both are written here
    op.execute("DELETE FROM reminder_rule WHERE subject = 'edition'")
    _remind_of(SUBJECTS)
    with op.batch_alter_table("series") as series:
        series.drop_column("every_years")
    with op.batch_alter_table("message") as message:
        message.drop_column("attached")


def _remind_of(subjects: Iterable[str]) -> None:
    """Let rules be about these and nothing else."""
    listed = ", ".join(f"'{subject}'" for subject in subjects)
    with op.batch_alter_table("reminder_rule") as batch:
        batch.drop_constraint(op.f("ck_reminder_rule_remindersubject"), type_="check")
        batch.create_check_constraint(op.f("ck_reminder_rule_remindersubject"), f"subject IN ({listed})")
