"""Persons, and their functions at organisations."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation


class MailRhythm(Word):
    """How often the overview of everything open comes."""

    WEEKLY = "weekly", _lp("rhythm", "once a week; between two of them only what cannot wait")
    DAILY = "daily", _lp("rhythm", "on every working day on which something is open")
    NEVER = "never", _lp("rhythm", "never; each reminder comes as it falls due")


class MailChoice(Word):
    """What a person may switch off. What is asked of them comes in any case."""

    REMINDERS = "reminders", _lp("mail", "reminders of dates")
    OVERVIEW = "overview", _lp("mail", "the overview of everything open")
    UPDATES = "updates", _lp("mail", "news of status updates")


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
    mail_rhythm: Mapped[MailRhythm] = mapped_column(default=MailRhythm.WEEKLY)
    #: The last day without mail that nobody asked for; on the next it comes again.
    paused_until: Mapped[date | None]
    #: Since when mail servers refuse the address for good; a corrected address clears it.
    address_refused_at: Mapped[datetime | None]
    #: Since when they may do nothing any more; sessions, links and waiting mail look here when they are used.
    locked_at: Mapped[datetime | None]
    #: Since when they stand here by the word of somebody who passed a question on; a coordinator's word clears it.
    unconfirmed_since: Mapped[datetime | None]

    contacts: Mapped[list["Contact"]] = relationship(
        back_populates="person", order_by="Contact.id", foreign_keys="Contact.person_id"
    )

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


class MailStop(Model):
    """A kind of mail that a person does not want."""

    __tablename__ = "mail_stop"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: A `MailChoice`; kept as its key, so that a new kind needs no migration.
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
