"""second factors."""

import sqlalchemy as sa
from alembic import op

import tracker.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "authenticator_app",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("used_at", tracker.db.Instant(), nullable=False),
        sa.Column("used_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_authenticator_app_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator_app")),
        sa.UniqueConstraint("account_id", name=op.f("uq_authenticator_app_account_id")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("credential", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.String(length=80), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("used_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", tracker.db.Instant(), nullable=False),
        sa.Column("used_at", tracker.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    for table in ("passkey", "recovery_code"):
        with op.batch_alter_table(table) as batch:
            batch.create_index(op.f(f"ix_{table}_account_id"), ["account_id"], unique=False)
    # Whoever is signed in proved that when they did.
    with op.batch_alter_table("sign_in") as batch:
        batch.add_column(sa.Column("confirmed_at", tracker.db.Instant(), nullable=True))
        batch.add_column(sa.Column("factor_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE sign_in SET confirmed_at = created_at")
    with op.batch_alter_table("sign_in") as batch:
        batch.alter_column("confirmed_at", existing_type=tracker.db.Instant(), nullable=False)
        batch.alter_column("factor_due", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Take the tables down."""
    with op.batch_alter_table("sign_in") as batch:
        batch.drop_column("factor_due")
        batch.drop_column("confirmed_at")
    op.drop_table("recovery_code")
    op.drop_table("passkey")
    op.drop_table("authenticator_app")
