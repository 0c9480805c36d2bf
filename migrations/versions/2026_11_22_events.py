"""events."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS = ("visit", "meeting", "workshop", "exhibition", "camp", "ceremony")
AGES = ("child", "youth", "young", "adult", "senior")
GENDERS = ("female", "male", "diverse")
ANSWERS = ("invited", "coming", "not_coming", "came")
STATES = ("planned", "confirmed", "took_place", "cancelled")


def _words(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("partnership_id", sa.Integer(), nullable=True),
        sa.Column("kind", _words("eventkind", KINDS), nullable=False),
        sa.Column("title", tracker.db.TranslatedType(none_as_null=True), nullable=False),
        sa.Column("summary", tracker.db.TranslatedType(none_as_null=True), nullable=True),
        sa.Column("status", _words("eventstatus", STATES), nullable=False),
        sa.Column("begins_on", tracker.db.PartialDateType(), nullable=False),
        sa.Column("begins_at", sa.Time(), nullable=True),
        sa.Column("ends_on", tracker.db.PartialDateType(), nullable=True),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("on_the_spot_id", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("reminders_paused", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.CheckConstraint("places IS NULL OR places > 0", name=op.f("ck_event_some_places")),
        sa.CheckConstraint(
            "project_id IS NOT NULL OR partnership_id IS NOT NULL", name=op.f("ck_event_about_something")
        ),
        sa.ForeignKeyConstraint(["host_id"], ["organisation.id"], name=op.f("fk_event_host_id_organisation")),
        sa.ForeignKeyConstraint(["on_the_spot_id"], ["person.id"], name=op.f("fk_event_on_the_spot_id_person")),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_event_partnership_id_partnership")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_event_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event") as batch:
        batch.create_index("ix_event_begins_on", ["begins_on"], unique=False)
        for column in ("host_id", "on_the_spot_id", "partnership_id", "project_id"):
            batch.create_index(op.f(f"ix_event_{column}"), [column], unique=False)


def _programme() -> None:
    op.create_table(
        "programme_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("begins_at", sa.Time(), nullable=True),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("title", tracker.db.TranslatedType(none_as_null=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("who", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_programme_item_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_item")),
    )
    with op.batch_alter_table("programme_item") as batch:
        batch.create_index(op.f("ix_programme_item_event_id"), ["event_id"], unique=False)


def _delegation() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("via_id", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.Column("actual", sa.Integer(), nullable=True),
        sa.Column("signed", sa.Integer(), nullable=True),
        sa.Column("nights", sa.Integer(), nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.CheckConstraint(
            "planned >= 0 AND actual >= 0 AND signed >= 0 AND nights >= 0",
            name=op.f("ck_delegation_not_less_than_none"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_delegation_event_id_event")),
        sa.ForeignKeyConstraint(["head_id"], ["person.id"], name=op.f("fk_delegation_head_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delegation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["via_id"], ["organisation.id"], name=op.f("fk_delegation_via_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        sa.UniqueConstraint(
            "event_id", "organisation_id", "via_id", name=op.f("uq_delegation_event_id_organisation_id_via_id")
        ),
    )
    with op.batch_alter_table("delegation") as batch:
        for column in ("head_id", "organisation_id", "via_id"):
            batch.create_index(op.f(f"ix_delegation_{column}"), [column], unique=False)
        batch.create_index(
            "uq_delegation_without_via",
            ["event_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("via_id IS NULL"),
            postgresql_where=sa.text("via_id IS NULL"),
        )


def _participants() -> None:
    with op.batch_alter_table("participant") as batch:
        batch.alter_column("project_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("event_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("age_band", _words("ageband", AGES), nullable=True))
        batch.add_column(sa.Column("gender", _words("gender", GENDERS), nullable=True))
        batch.create_foreign_key(op.f("fk_participant_event_id_event"), "event", ["event_id"], ["id"])
        batch.create_index(op.f("ix_participant_event_id"), ["event_id"], unique=False)
        batch.create_check_constraint(
            op.f("ck_participant_project_or_event"), "(project_id IS NULL) <> (event_id IS NULL)"
        )


def _attendance() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("answer", _words("answer", ANSWERS), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("room", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.CheckConstraint("heads IS NULL OR heads > 0", name=op.f("ck_attendance_some_heads")),
        sa.CheckConstraint("leaves_on >= arrives_on", name=op.f("ck_attendance_in_order")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_attendance_event_id_event")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_attendance_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("event_id", "participant_id", name=op.f("uq_attendance_event_id_participant_id")),
    )
    with op.batch_alter_table("attendance") as batch:
        batch.create_index(op.f("ix_attendance_participant_id"), ["participant_id"], unique=False)


def upgrade() -> None:
    """Bring the tables up."""
    _event()
    _programme()
    _delegation()
    _participants()
    _attendance()


def downgrade() -> None:
    """Take the tables back. Who took part in an event outside any project has no place then."""
    op.drop_table("attendance")
    op.execute("DELETE FROM participant WHERE project_id IS NULL")
    with op.batch_alter_table("participant") as batch:
        batch.drop_constraint(op.f("ck_participant_project_or_event"), type_="check")
        batch.drop_constraint(op.f("ck_participant_ageband"), type_="check")
        batch.drop_constraint(op.f("ck_participant_gender"), type_="check")
        batch.drop_constraint(op.f("fk_participant_event_id_event"), type_="foreignkey")
        batch.drop_index(op.f("ix_participant_event_id"))
        for column in ("event_id", "age_band", "gender"):
            batch.drop_column(column)
        batch.alter_column("project_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("delegation")
    op.drop_table("programme_item")
    op.drop_table("event")
