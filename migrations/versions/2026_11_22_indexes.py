"""indexes of what is asked most."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Name, columns, and which rows stand in it.
NEW = (
    ("ix_message_finished_at", "finished_at", "blanked_at IS NULL AND finished_at IS NOT NULL"),
    ("ix_message_sent_at", "sent_at", "sent_at IS NOT NULL"),
)
RESPONSIBLE = ("responsible_organisation_id", "responsible_person_id")


def upgrade() -> None:
    """Bring the tables up."""
    op.drop_index("ix_message_blanked_at_finished_at", "message")
    op.drop_index("ix_message_sent_at", "message")
    for name, column, rows in NEW:
        op.create_index(name, "message", [column], sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))
    for column in RESPONSIBLE:
        op.drop_index(f"ix_milestone_{column}", "milestone")
        op.create_index(f"ix_milestone_{column}_state", "milestone", [column, "state"])


def downgrade() -> None:
    """Take the tables back."""
    for column in RESPONSIBLE:
        op.drop_index(f"ix_milestone_{column}_state", "milestone")
        op.create_index(f"ix_milestone_{column}", "milestone", [column])
    for name, _column, _rows in NEW:
        op.drop_index(name, "message")
    op.create_index("ix_message_sent_at", "message", ["sent_at"])
    op.create_index("ix_message_blanked_at_finished_at", "message", ["blanked_at", "finished_at"])
