"""documents, and the files they are kept in."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_stored_file_not_empty")),
        sa.CheckConstraint("(width IS NULL) = (height IS NULL)", name=op.f("ck_stored_file_both_sides")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_stored_file_sha256")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("coordinators_only", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_document_by_id_person")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_document_file_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_by_id"), "document", ["by_id"], unique=False)
    op.create_index(op.f("ix_document_file_id"), "document", ["file_id"], unique=False)
    op.create_index(op.f("ix_document_subject"), "document", ["subject"], unique=False)


def downgrade() -> None:
    """Take the tables back. The files stay in the instance folder."""
    op.drop_table("document")
    op.drop_table("stored_file")
