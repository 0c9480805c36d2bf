"""Lasting links between parties on two sides."""

from collections.abc import Iterable

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.people.models import Person

#: Days without contact after which one looks whether a partnership still lives.
CONTACT_INTERVAL = 180


class PartnershipKind(Word):
    """How binding it is."""

    PARTNERSHIP = "partnership", _lp("partnership", "partnership")
    FRIENDSHIP = "friendship", _lp("partnership", "friendship")
    CONTACT = "contact", _lp("partnership", "contact")
    PROJECT_PARTNERSHIP = "project_partnership", _lp("partnership", "project partnership")


class Pillar(Word):
    """Along which line it runs."""

    STATE = "state", _lp("pillar", "along the partnerships of the state")
    MUNICIPALITY = "municipality", _lp("pillar", "hooked into municipal twinnings")
    THEME = "theme", _lp("pillar", "by theme and project")


class PillarText(Model):
    """What the office says of a pillar, above the partnerships that stand in it."""

    __tablename__ = "pillar_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    pillar: Mapped[Pillar] = mapped_column(unique=True)
    introduction: Mapped[Translated | None]
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name


class PartnershipStatus(Word):
    """Whether it lives."""

    ACTIVE = "active", _lp("partnership", "active")
    DORMANT = "dormant", _lp("partnership", "dormant")
    CONTINUED = "continued", _lp("partnership", "continued by another")
    ENDED = "ended", _lp("partnership", "ended")


class Publicity(Word):
    """How it stands on the public page."""

    HIDDEN = "hidden", _lp("publicity", "not at all")
    COUNTED = "counted", _lp("publicity", "as a number, without its name")
    NAMED = "named", _lp("publicity", "by name")


class Partnership(Editable, Findable, Model):
    """A lasting link, with three dates as far as they are known."""

    __tablename__ = "partnership"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Translated]
    summary: Mapped[Translated | None]
    kind: Mapped[PartnershipKind]
    pillar: Mapped[Pillar]
    status: Mapped[PartnershipStatus] = mapped_column(default=PartnershipStatus.ACTIVE)
    umbrella_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    continued_by_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    contact_since: Mapped[PartialDate | None]
    formal_since: Mapped[PartialDate | None]
    ended: Mapped[PartialDate | None]
    #: What each side calls the other, in its own language.
    what_we_call_them: Mapped[str | None] = mapped_column(String(200))
    what_they_call_us: Mapped[str | None] = mapped_column(String(200))
    coordinator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: After so many days without contact its coordinator is reminded. None: never.
    contact_interval_days: Mapped[int | None] = mapped_column(
        # Nothing is a choice here: it is kept, and not replaced by what is usual.
        Integer().evaluates_none(),
        default=CONTACT_INTERVAL,
    )
    publicity: Mapped[Publicity] = mapped_column(default=Publicity.HIDDEN)
    #: For everybody, where it stands there by name; the summary stays inside.
    public_text: Mapped[Translated | None]

    umbrella: Mapped["Partnership | None"] = relationship(remote_side=id, foreign_keys=umbrella_id)
    continued_by: Mapped["Partnership | None"] = relationship(remote_side=id, foreign_keys=continued_by_id)
    coordinator: Mapped[Person | None] = relationship()
    parties: Mapped[list["PartnershipParty"]] = relationship(
        cascade="all, delete-orphan", order_by="PartnershipParty.side, PartnershipParty.id"
    )

    def spellings(self) -> Iterable[str]:
        """Return its titles and what each side calls the other; the names of its parties are found with them."""
        called = (self.what_we_call_them or "", self.what_they_call_us or "")
        return [*self.title.spellings, *called, *(self.summary.spellings if self.summary else ())]


class Side(Word):
    """Which end of the link."""

    HERE = "here", _lp("side", "our side")
    THERE = "there", _lp("side", "the other side")


class PartnershipParty(Model):
    """An organisation on one side of a partnership."""

    __tablename__ = "partnership_party"
    __table_args__ = (UniqueConstraint("partnership_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    side: Mapped[Side]

    organisation: Mapped[Organisation] = relationship()
