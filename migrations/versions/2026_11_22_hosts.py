"""hosts and who stays with them."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KINDS = ("letter", "update", "notice", "copy", "link", "invitation", "reset", "address", "code", "account")


def upgrade() -> None:
    """Bring the tables up."""
    _offer([*KINDS, "event"])
    op.create_table(
        "host_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("archived_at", tracker.db.Instant(), nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_host_offer_person_or_organisation")
        ),
        sa.CheckConstraint("places > 0", name=op.f("ck_host_offer_some_places")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_host_offer_in_order")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_host_offer_event_id_event")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_host_offer_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_host_offer_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_offer")),
    )
    with op.batch_alter_table("host_offer") as batch:
        for column in ("event_id", "organisation_id", "person_id"):
            batch.create_index(op.f(f"ix_host_offer_{column}"), [column], unique=False)
    op.create_table(
        "stay",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attendance_id"], ["attendance.id"], name=op.f("fk_stay_attendance_id_attendance")),
        sa.ForeignKeyConstraint(["offer_id"], ["host_offer.id"], name=op.f("fk_stay_offer_id_host_offer")),
        sa.PrimaryKeyConstraint("offer_id", "attendance_id", name=op.f("pk_stay")),
    )
    with op.batch_alter_table("stay") as batch:
        batch.create_index(op.f("ix_stay_attendance_id"), ["attendance_id"], unique=False)


def downgrade() -> None:
    """Take them back. A word about an event is one about an address then."""
    op.drop_table("stay")
    op.drop_table("host_offer")
    op.execute("UPDATE message SET kind = 'notice' WHERE kind = 'event'")
    _offer(KINDS)


def _offer(kinds: Iterable[str]) -> None:
    """Let a message be of these kinds and no others."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint(op.f("ck_message_messagekind"), type_="check")
        batch.create_check_constraint(op.f("ck_message_messagekind"), f"kind IN ({listed})")
