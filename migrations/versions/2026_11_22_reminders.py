"""what people are reminded of."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    # What a rule counts is days for some subjects and months for others.
    op.alter_column("reminder_rule", "working_days", new_column_name="steps")
    _rename_in_the_history("working_days", "steps")
    # A letter that was looked at ahead may leave as long as nothing else was changed.
    op.create_table(
        "change_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_count")),
    )


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("change_count")
    op.alter_column("reminder_rule", "steps", new_column_name="working_days")
    _rename_in_the_history("steps", "working_days")


def _rename_in_the_history(old: str, new: str) -> None:
    """Let lines about changed rules name the field as it is called now."""
    lines = sa.table("history_line", sa.column("id"), sa.column("verb"), sa.column("facts", sa.JSON))
    connection = op.get_bind()
    told = sa.select(lines.c.id, lines.c.facts).where(lines.c.verb == "RULE_CHANGED")
    for line_id, facts in connection.execute(told).all():
        changes = {new if name == old else name: change for name, change in facts["changes"].items()}
        connection.execute(lines.update().where(lines.c.id == line_id).values(facts={**facts, "changes": changes}))
