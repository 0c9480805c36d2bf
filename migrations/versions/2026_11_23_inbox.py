"""mail that comes in."""

import secrets

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_OF_KEYS = "bcdfghjkmnpqrstvwxz23456789"


def upgrade() -> None:
    """Bring the tables up, and give each project an address."""
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=400), nullable=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", tracker.db.Instant(), nullable=True),
        sa.Column("failing_since", tracker.db.Instant(), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "incoming_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "sort",
            sa.Enum(
                "person",
                "automatic",
                "list",
                "returned",
                "ours",
                name="mailsort",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "logged",
                "discarded",
                name="incomingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("sender_name", sa.String(length=200), nullable=True),
        sa.Column("sender", sa.String(length=320), nullable=True),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("quoted", sa.Text(), nullable=True),
        sa.Column("note", sa.String(length=40), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", tracker.db.Instant(), nullable=False),
        sa.Column("arrived_at", tracker.db.Instant(), nullable=False),
        sa.Column("settled_at", tracker.db.Instant(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "discarded",
            sa.Enum("not_ours", "spam", name="discard", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("log_entry_id", sa.Integer(), nullable=True),
        sa.Column("returned_id", sa.Integer(), nullable=True),
        sa.Column("blanked_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_incoming_mail_log_entry_id_log_entry")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_incoming_mail_project_id_project")),
        sa.ForeignKeyConstraint(["returned_id"], ["message.id"], name=op.f("fk_incoming_mail_returned_id_message")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_incoming_mail_settled_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_mail_digest")),
    )
    op.create_index("ix_incoming_mail_state_sort", "incoming_mail", ["state", "sort"])
    for column in ("project_id", "arrived_at", "settled_by_id", "log_entry_id", "returned_id"):
        op.create_index(op.f(f"ix_incoming_mail_{column}"), "incoming_mail", [column])
    op.create_table(
        "incoming_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(length=400), nullable=True),
        sa.Column("is_proposed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_incoming_file_file_id_stored_file")),
        sa.ForeignKeyConstraint(["mail_id"], ["incoming_mail.id"], name=op.f("fk_incoming_file_mail_id_incoming_mail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_file")),
    )
    for column in ("mail_id", "file_id"):
        op.create_index(op.f(f"ix_incoming_file_{column}"), "incoming_file", [column])
    _give_keys()


def _give_keys() -> None:
    with op.batch_alter_table("project") as batch:
        batch.add_column(sa.Column("mail_key", sa.String(length=12), nullable=True))
    project = sa.table("project", sa.column("id", sa.Integer), sa.column("mail_key", sa.String))
    connection = op.get_bind()
    for id_ in connection.scalars(sa.select(project.c.id)).all():
        key = "".join(secrets.choice(_OF_KEYS) for _ in range(8))
        connection.execute(sa.update(project).where(project.c.id == id_).values(mail_key=key))
    with op.batch_alter_table("project") as batch:
        batch.alter_column("mail_key", existing_type=sa.String(length=12), nullable=False)
        batch.create_unique_constraint(op.f("uq_project_mail_key"), ["mail_key"])


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("project") as batch:
        batch.drop_constraint(op.f("uq_project_mail_key"), type_="unique")
        batch.drop_column("mail_key")
    op.drop_table("incoming_file")
    op.drop_table("incoming_mail")
    op.drop_table("mailbox")
