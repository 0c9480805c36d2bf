"""Accounts, how they are signed in, and the mailed links that open them."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.language import Word, _lp
from tracker.people.models import Person


class Role(Word):
    """What an account may do."""

    ADMINISTRATOR = "administrator", _lp("role", "administrator")
    COORDINATOR = "coordinator", _lp("role", "coordinator")
    READER = "reader", _lp("role", "reader")
    PARTNER = "partner", _lp("role", "partner")


class Account(Model):
    """What lets a person sign in."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    #: Folded to lower case; unlike a person's address it belongs to one.
    email: Mapped[str] = mapped_column(String(320), unique=True)
    role: Mapped[Role]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    #: The last sign-in but one: what came since then is news.
    seen_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether its person may still do anything."""
        return self.person.locked_at is None and self.person.archived_at is None

    @hybrid_property
    def is_accepted(self) -> bool:
        """Whether its person has accepted the invitation; a password they need not have."""
        return self.password_hash is not None or self.last_sign_in_at is not None

    @is_accepted.inplace.expression
    @classmethod
    def _is_accepted_expression(cls) -> ColumnElement[bool]:
        return or_(cls.password_hash.is_not(None), cls.last_sign_in_at.is_not(None))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name


class SignIn(Model):
    """One browser that is signed in."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: SHA-256 of what the cookie holds.
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    #: Written at most every five minutes.
    used_at: Mapped[datetime]
    #: When somebody last proved here who they are.
    confirmed_at: Mapped[datetime]
    #: Nothing else is open before a second factor is set up.
    factor_due: Mapped[bool] = mapped_column(default=False)
    idle_seconds: Mapped[int]
    expires_at: Mapped[datetime]
    #: Browser and system in a few words, for the list of one's own sign-ins.
    device: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class Device(Model):
    """A browser in which somebody was signed in to an account, known again by a cookie of its own."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    #: Of the account and what the cookie holds: two who share a browser have two devices.
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Browser and system in a few words.
    name: Mapped[str] = mapped_column(String(120))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    #: Until then the second factor is not asked for in this browser.
    remembered_until: Mapped[datetime | None]


class LinkPurpose(Word):
    """What a mailed link opens."""

    INVITATION = "invitation", _lp("link", "invitation")
    RESET = "reset", _lp("link", "new password")
    ALARM = "alarm", _lp("link", "it was not me")


class AccountLink(Model):
    """A mailed link that sets a password or ends all sign-ins, once."""

    __tablename__ = "account_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    #: The role it was made for; another one since then makes it void.
    role: Mapped[Role]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()
