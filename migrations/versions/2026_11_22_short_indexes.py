"""shorter indexes of the outbox."""

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


def upgrade() -> None:
    """Bring the tables up."""
    op.drop_index("ix_message_blanked_at_finished_at", "message")
    op.drop_index("ix_message_sent_at", "message")
    for name, column, rows in NEW:
        op.create_index(name, "message", [column], sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))


def downgrade() -> None:
    """Take the tables back."""
    for name, _column, _rows in NEW:
        op.drop_index(name, "message")
    op.create_index("ix_message_sent_at", "message", ["sent_at"])
    op.create_index("ix_message_blanked_at_finished_at", "message", ["blanked_at", "finished_at"])
