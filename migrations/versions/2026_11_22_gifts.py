"""gifts and where one met."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = ("call", "meeting", "letter", "mail", "visit", "decision", "delivery", "press", "note")
GIFTS = ("gift_given", "gift_received")


def upgrade() -> None:
    """Bring the columns and words up."""
    with op.batch_alter_table("log_entry") as batch:
        batch.add_column(sa.Column("at_id", sa.Integer()))
        batch.create_foreign_key(op.f("fk_log_entry_at_id_organisation"), "organisation", ["at_id"], ["id"])
        batch.create_index(op.f("ix_log_entry_at_id"), ["at_id"], unique=False)
    _offer([*KINDS, *GIFTS])


def downgrade() -> None:
    """Take them back. A gift is a note then: what was given stands in its line."""
    op.execute("UPDATE log_entry SET kind = 'note' WHERE kind IN ('gift_given', 'gift_received')")
    _offer(KINDS)
    with op.batch_alter_table("log_entry") as batch:
        batch.drop_index(op.f("ix_log_entry_at_id"))
        batch.drop_constraint(op.f("fk_log_entry_at_id_organisation"), type_="foreignkey")
        batch.drop_column("at_id")


def _offer(kinds: Iterable[str]) -> None:
    """Let an entry be of these kinds and no others."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("log_entry") as batch:
        batch.drop_constraint(op.f("ck_log_entry_logkind"), type_="check")
        batch.create_check_constraint(op.f("ck_log_entry_logkind"), f"kind IN ({listed})")
