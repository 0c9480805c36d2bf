"""partnerships, projects and participants come in; a line may ask several things, and make several rows."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

KINDS = ("organisations", "people", "log")
MORE_KINDS = ("organisations", "people", "partnerships", "projects", "participants", "log")
STATES = ("matching", "looking", "looked", "taking", "taken", "taken_back")
MORE_STATES = ("matching", "looking", "looked", "taking", "taken", "taking_back", "taken_back")


def upgrade() -> None:
    """Bring the tables up."""
    _let_be("spreadsheet_import", "kind", "importkind", MORE_KINDS)
    _let_be("spreadsheet_import", "state", "importstate", MORE_STATES)
    _let_be("spreadsheet_match", "kind", "importkind", MORE_KINDS)
    with op.batch_alter_table("spreadsheet_line") as line:
        line.drop_column("chosen")
        line.add_column(sa.Column("choices", sa.JSON(none_as_null=True), nullable=True))
        line.add_column(sa.Column("more", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("spreadsheet_line") as line:
        line.alter_column("more", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    _look_again()


def downgrade() -> None:
    """Take the tables back, and what only they can hold."""
    known = "', '".join(KINDS)
    gone = f"SELECT id FROM spreadsheet_import WHERE kind NOT IN ('{known}') OR state = 'taking_back'"  # noqa: S608 - written here
    op.execute(f"DELETE FROM spreadsheet_line WHERE import_id IN ({gone})")  # noqa: S608 - written here
    op.execute(f"DELETE FROM spreadsheet_import WHERE id IN ({gone})")  # noqa: S608 - written here
    op.execute(f"DELETE FROM spreadsheet_match WHERE kind NOT IN ('{known}')")  # noqa: S608 - written here
    with op.batch_alter_table("spreadsheet_line") as line:
        line.drop_column("more")
        line.drop_column("choices")
        line.add_column(sa.Column("chosen", sa.Integer(), nullable=True))
    _look_again()
    _let_be("spreadsheet_match", "kind", "importkind", KINDS)
    _let_be("spreadsheet_import", "state", "importstate", STATES)
    _let_be("spreadsheet_import", "kind", "importkind", KINDS)


def _look_again() -> None:
    """Let what was looked through be looked through once more: what is asked of a line stands there otherwise."""
    op.execute("UPDATE spreadsheet_import SET state = 'matching' WHERE state IN ('looking', 'looked')")


def _let_be(table: str, column: str, name: str, words: Iterable[str]) -> None:
    """Let a column hold these words and nothing else."""
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})")
