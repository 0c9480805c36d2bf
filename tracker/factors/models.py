"""Second factors of an account. No secret here opens anything by itself."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class AuthenticatorApp(Model):
    """An app that shows a new code every thirty seconds."""

    __tablename__ = "authenticator_app"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    #: The app's secret is made of this and of the installation's key, and stands nowhere.
    nonce: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    #: The last half minute whose code was taken; none up to it is taken any more.
    used_step: Mapped[int]


class Passkey(Model):
    """A key that a device or a password manager keeps; we know its public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    #: As the browser writes it: base64url without padding.
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: How often it signed, where it counts that: a number that goes back is a copy.
    uses: Mapped[int] = mapped_column(BigInteger)
    #: How a browser reaches it, in the browser's own words.
    transports: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """A code that stands in for a lost app or passkey, once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
