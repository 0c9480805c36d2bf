"""agreements, what an office says of its pillars, and what each side calls the other."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SUBJECTS = (
    "milestone_due",
    "milestone_overdue",
    "status_request",
    "next_step",
    "partnership_quiet",
    "jubilee",
    "overview",
)


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("title", tracker.db.TranslatedType(none_as_null=True), nullable=False),
        sa.Column("summary", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.Column("signed_on", tracker.db.PartialDateType(length=10), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("valid_until", tracker.db.PartialDateType(length=10), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_agreement_partnership_id_partnership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_partnership_id"), "agreement", ["partnership_id"], unique=False)
    op.create_table(
        "agreement_party",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_party_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_agreement_party_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "organisation_id", name=op.f("pk_agreement_party")),
    )
    op.create_index(op.f("ix_agreement_party_organisation_id"), "agreement_party", ["organisation_id"], unique=False)
    op.create_table(
        "pillar_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "pillar",
            sa.Enum(
                "state",
                "municipality",
                "theme",
                name="pillar",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("introduction", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pillar_text")),
        sa.UniqueConstraint("pillar", name=op.f("uq_pillar_text_pillar")),
    )
    with op.batch_alter_table("partnership") as batch:
        batch.add_column(sa.Column("what_we_call_them", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("what_they_call_us", sa.String(length=200), nullable=True))
    _remind_of((*SUBJECTS, "agreement_ends"))


def downgrade() -> None:
    """Take the tables back, and what was reminded of agreements."""
    ends = "SELECT id FROM reminder_rule WHERE subject = 'agreement_ends'"
    op.execute(f"DELETE FROM reminder WHERE rule_id IN ({ends})")  # noqa: S608 - both are written here
    op.execute("DELETE FROM reminder_rule WHERE subject = 'agreement_ends'")
    _remind_of(SUBJECTS)
    with op.batch_alter_table("partnership") as batch:
        batch.drop_column("what_they_call_us")
        batch.drop_column("what_we_call_them")
    op.drop_table("pillar_text")
    op.drop_table("agreement_party")
    op.drop_table("agreement")


def _remind_of(subjects: Iterable[str]) -> None:
    """Let rules be about these and nothing else."""
    listed = ", ".join(f"'{subject}'" for subject in subjects)
    with op.batch_alter_table("reminder_rule") as batch:
        batch.drop_constraint(op.f("ck_reminder_rule_remindersubject"), type_="check")
        batch.create_check_constraint(op.f("ck_reminder_rule_remindersubject"), f"subject IN ({listed})")
