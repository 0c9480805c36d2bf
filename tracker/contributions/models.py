"""What was given: who gave what to which project, when, worth what, and whether they were thanked."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project


class ContributionKind(Word):
    """What sort of thing was given, which says as well what its amount counts."""

    CASH = "cash", _lp("contribution", "cash")
    IN_KIND = "in_kind", _lp("contribution", "in kind")
    HOURS = "hours", _lp("contribution", "hours of work")
    NIGHTS = "nights", _lp("contribution", "nights hosted")


class Contribution(Editable, Findable, Model):
    """What an organisation, or a person of it, gave to a project."""

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("amount IS NULL OR amount > 0", name="some_amount"),
        CheckConstraint("amount IS NOT NULL OR kind = 'in_kind'", name="amount_unless_in_kind"),
        CheckConstraint(
            "(currency IS NOT NULL) = (amount IS NOT NULL AND kind IN ('cash', 'in_kind'))", name="currency_of_money"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: Who of the organisation gave it, where it was one person.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ContributionKind]
    #: Money in its currency, else hours or nights. What is in kind may be worth nobody knows what.
    amount: Mapped[Decimal | None]
    #: ISO 4217, also of those that are gone; nothing is ever converted.
    currency: Mapped[str | None] = mapped_column(String(3))
    summary: Mapped[Translated]
    given_on: Mapped[PartialDate | None]
    thanked_on: Mapped[PartialDate | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    project: Mapped[Project] = relationship()
    organisation: Mapped[Organisation] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)

    def spellings(self) -> Iterable[str]:
        """Return what it was; who gave it is found by name."""
        return self.summary.spellings
