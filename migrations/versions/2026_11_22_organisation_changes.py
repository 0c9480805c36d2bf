"""what became of organisations."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = ("renamed", "merged", "split", "dissolved")


def upgrade() -> None:
    """Bring the tables up."""
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("former_names", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("ended_on", tracker.db.PartialDateType(length=10), nullable=True))
    op.create_table(
        "organisation_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="changekind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("happened_on", tracker.db.PartialDateType(length=10), nullable=False),
        sa.Column("name", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.Column("note", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'renamed') = (name IS NOT NULL)", name=op.f("ck_organisation_change_renamed_has_a_name")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_change_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_organisation_change_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_change")),
    )
    with op.batch_alter_table("organisation_change") as batch:
        batch.create_index(op.f("ix_organisation_change_organisation_id"), ["organisation_id"], unique=False)
        batch.create_index(op.f("ix_organisation_change_by_id"), ["by_id"], unique=False)
    op.create_table(
        "organisation_successor",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["organisation_change.id"],
            name=op.f("fk_organisation_successor_change_id_organisation_change"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_successor_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("change_id", "organisation_id", name=op.f("pk_organisation_successor")),
    )
    with op.batch_alter_table("organisation_successor") as batch:
        batch.create_index(op.f("ix_organisation_successor_organisation_id"), ["organisation_id"], unique=False)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("organisation_successor")
    op.drop_table("organisation_change")
    with op.batch_alter_table("organisation") as batch:
        batch.drop_column("ended_on")
        batch.drop_column("former_names")
