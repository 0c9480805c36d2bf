"""contributions."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "contribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "cash",
                "in_kind",
                "hours",
                "nights",
                name="contributionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount", tracker.db.Amount(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("summary", tracker.db.TranslatedType(none_as_null=True), nullable=False),
        sa.Column("given_on", tracker.db.PartialDateType(length=10), nullable=True),
        sa.Column("thanked_on", tracker.db.PartialDateType(length=10), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name=op.f("ck_contribution_some_amount")),
        sa.CheckConstraint(
            "amount IS NOT NULL OR kind = 'in_kind'", name=op.f("ck_contribution_amount_unless_in_kind")
        ),
        sa.CheckConstraint(
            "(currency IS NOT NULL) = (amount IS NOT NULL AND kind IN ('cash', 'in_kind'))",
            name=op.f("ck_contribution_currency_of_money"),
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_contribution_added_by_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_contribution_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contribution_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_contribution_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
    )
    for column in ("organisation_id", "person_id", "project_id"):
        op.create_index(op.f(f"ix_contribution_{column}"), "contribution", [column], unique=False)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("contribution")
