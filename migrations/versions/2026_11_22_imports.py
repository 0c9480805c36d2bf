"""imports."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
KINDS = ("organisations", "people", "log")
STATES = ("matching", "looking", "looked", "taking", "taken", "taken_back")
VERDICTS = ("new", "changed", "alike", "wrong", "same", "left_out")


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "spreadsheet_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", _word("importkind", KINDS), nullable=False),
        sa.Column("state", _word("importstate", STATES), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("how", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("lines_done", sa.Integer(), nullable=False),
        sa.Column("lines_all", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("taken_at", tracker.db.Instant(), nullable=True),
        sa.Column("history_until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_spreadsheet_import_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spreadsheet_import")),
    )
    with op.batch_alter_table("spreadsheet_import") as batch:
        batch.create_index(op.f("ix_spreadsheet_import_by_id"), ["by_id"], unique=False)
        batch.create_index(op.f("ix_spreadsheet_import_state"), ["state"], unique=False)
    op.create_table(
        "spreadsheet_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("verdict", _word("verdict", VERDICTS), nullable=True),
        sa.Column("identity", sa.String(length=400), nullable=True),
        sa.Column("called", sa.String(length=200), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("alike", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=True),
        sa.Column("is_made", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["spreadsheet_import.id"], name=op.f("fk_spreadsheet_line_import_id_spreadsheet_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spreadsheet_line")),
    )
    with op.batch_alter_table("spreadsheet_line") as batch:
        batch.create_index("ix_spreadsheet_line_import_id_identity", ["import_id", "identity"], unique=False)
        batch.create_index("ix_spreadsheet_line_import_id_number", ["import_id", "number"], unique=True)
    op.create_table(
        "spreadsheet_match",
        sa.Column("kind", _word("importkind", KINDS), nullable=False),
        sa.Column("heading", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("kind", "heading", name=op.f("pk_spreadsheet_match")),
    )


def downgrade() -> None:
    """Take the tables back."""
    for table in ("spreadsheet_match", "spreadsheet_line", "spreadsheet_import"):
        op.drop_table(table)


def _word(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
