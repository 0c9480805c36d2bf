"""The signed papers of partnerships."""

from collections.abc import Iterable

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership


class Agreement(Editable, Findable, Model):
    """A signed paper of a partnership, with its dates as far as they are known."""

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    title: Mapped[Translated]
    summary: Mapped[Translated | None]
    #: None: nobody knows.
    signed_on: Mapped[PartialDate | None]
    place: Mapped[str | None] = mapped_column(String(200))
    #: None: it says no end.
    valid_until: Mapped[PartialDate | None]
    #: Codes of the languages it is signed in; none are known where it is empty.
    languages: Mapped[list[str]]
    #: Whether it stands on the public page where its partnership does.
    published: Mapped[bool] = mapped_column(default=True)

    partnership: Mapped[Partnership] = relationship()
    parties: Mapped[list["AgreementParty"]] = relationship(
        cascade="all, delete-orphan", order_by="AgreementParty.organisation_id"
    )

    def spellings(self) -> Iterable[str]:
        """Return its titles, what it is about, and where it was signed."""
        return [*self.title.spellings, *(self.summary.spellings if self.summary else ()), self.place or ""]


class AgreementParty(Model):
    """An organisation that signed an agreement; it need not be a party of the partnership."""

    __tablename__ = "agreement_party"

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)

    organisation: Mapped[Organisation] = relationship()
