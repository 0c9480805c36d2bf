"""weeks in which one could travel, and school holidays."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FITS = ("suits", "rather_not", "not_possible")


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "school_holiday",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_school_holiday_in_order")),
        _key("school_holiday", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_holiday")),
    )
    _index("school_holiday", "organisation_id")
    op.create_table(
        "travel_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("partnership_id", sa.Integer(), nullable=True),
        sa.Column("title", tracker.db.TranslatedType(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", tracker.db.Instant(), nullable=False),
        sa.Column("answer_until", sa.Date(), nullable=False),
        sa.Column("closed_at", tracker.db.Instant(), nullable=True),
        sa.CheckConstraint(
            "(project_id IS NULL) <> (partnership_id IS NULL)", name=op.f("ck_travel_question_about_one")
        ),
        _key("travel_question", "by_id", "person"),
        _key("travel_question", "partnership_id", "partnership"),
        _key("travel_question", "project_id", "project"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_question")),
    )
    _index("travel_question", "by_id", "partnership_id", "project_id")
    op.create_table(
        "travel_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("chosen_at", tracker.db.Instant(), nullable=True),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_travel_period_in_order")),
        _key("travel_period", "question_id", "travel_question"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_period")),
        sa.UniqueConstraint(
            "question_id", "first_on", "last_on", name=op.f("uq_travel_period_question_id_first_on_last_on")
        ),
    )
    op.create_table(
        "travel_asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("answered_at", tracker.db.Instant(), nullable=True),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        _key("travel_asked", "organisation_id", "organisation"),
        _key("travel_asked", "person_id", "person"),
        _key("travel_asked", "question_id", "travel_question"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_asked")),
        sa.UniqueConstraint("question_id", "person_id", name=op.f("uq_travel_asked_question_id_person_id")),
    )
    _index("travel_asked", "organisation_id", "person_id")
    fit = sa.Enum(*FITS, name="fit", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "travel_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("fit", fit, nullable=False),
        _key("travel_answer", "asked_id", "travel_asked"),
        _key("travel_answer", "period_id", "travel_period"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_answer")),
        sa.UniqueConstraint("asked_id", "period_id", name=op.f("uq_travel_answer_asked_id_period_id")),
    )
    _index("travel_answer", "period_id")


def downgrade() -> None:
    """Take the tables back."""
    for table in ("travel_answer", "travel_asked", "travel_period", "travel_question", "school_holiday"):
        op.drop_table(table)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.create_index(op.f(f"ix_{table}_{column}"), [column], unique=False)
