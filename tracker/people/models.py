"""Persons, their functions, their accounts, and how they are signed in."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation


class Role(Word):
    """What an account may do."""

    ADMINISTRATOR = "administrator", _lp("role", "administrator")
    COORDINATOR = "coordinator", _lp("role", "coordinator")
    READER = "reader", _lp("role", "reader")
    PARTNER = "partner", _lp("role", "partner")


class MailRhythm(Word):
    """How often reminders may come."""

    AS_DUE = "as_due", _lp("rhythm", "on every working day on which something is due, in one letter")
    WEEKLY = "weekly", _lp("rhythm", "once a week; sooner only what cannot wait")
    NEVER = "never", _lp("rhythm", "never")


class Person(Editable, Findable, Model):
    """A human with a name, a language and perhaps an address."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    #: As it stands in a greeting: "Frau Dr. Weber".
    form_of_address: Mapped[str | None] = mapped_column(String(120))
    #: Several persons may share one.
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    language: Mapped[str] = mapped_column(String(8))
    #: Where absent, the organisation's.
    zone: Mapped[str | None] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(2))
    subdivision: Mapped[str | None] = mapped_column(String(6))
    phone: Mapped[str | None] = mapped_column(String(60))
    postal_address: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    mail_rhythm: Mapped[MailRhythm] = mapped_column(default=MailRhythm.AS_DUE)
    #: Since when they may do nothing any more; sessions, links and waiting mail look here when they are used.
    locked_at: Mapped[datetime | None]

    contacts: Mapped[list["Contact"]] = relationship(
        back_populates="person", order_by="Contact.id", foreign_keys="Contact.person_id"
    )
    account: Mapped["Account | None"] = relationship(back_populates="person")

    def spellings(self) -> Iterable[str]:
        """Return the name. Addresses are not searched: not everybody may see them."""
        return [self.name]


class Contact(Editable, Model):
    """A person's function at an organisation. It is what makes somebody belong to it."""

    __tablename__ = "contact"
    __table_args__ = (CheckConstraint("until_on IS NULL OR from_on IS NULL OR from_on <= until_on", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: In the words of the organisation's language.
    function: Mapped[str | None] = mapped_column(String(200))
    from_on: Mapped[date | None]
    #: The last day.
    until_on: Mapped[date | None]
    #: Whom one writes to where nobody else is named.
    is_first: Mapped[bool] = mapped_column(default=False)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    organisation: Mapped[Organisation] = relationship()
    person: Mapped[Person] = relationship(back_populates="contacts", foreign_keys=person_id)
    deputy: Mapped[Person | None] = relationship(foreign_keys=deputy_id)


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

    person: Mapped[Person] = relationship(back_populates="account")

    @property
    def is_open(self) -> bool:
        """Whether its person may still do anything."""
        return self.person.locked_at is None and self.person.archived_at is None

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
    idle_seconds: Mapped[int]
    expires_at: Mapped[datetime]
    #: Browser and system in a few words, for the list of one's own sign-ins.
    device: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class LinkPurpose(Word):
    """What a mailed link opens."""

    INVITATION = "invitation", _lp("link", "invitation")
    RESET = "reset", _lp("link", "new password")


class AccountLink(Model):
    """A mailed link that sets a password, once."""

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
