"""How many of whom: by delegation, and by country, age and gender."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, load_only

from tracker.attendance.models import Answer, Attendance
from tracker.attendance.queries import COUNTRY, HEADS
from tracker.attendance.rules import THERE
from tracker.db import db
from tracker.events.models import Delegation, Event
from tracker.organisations.models import Organisation
from tracker.participants.models import AgeBand, Gender, Participant
from tracker.web.statements import written_once

#: By which way somebody comes: the ids of who sends them and via whom.
_Way = tuple[int | None, int | None]


@dataclass(frozen=True)
class Sent:
    """How many an organisation sends: as its delegation says, and as the list of guests does."""

    #: None: nobody sends them.
    organisation: Organisation | None
    via: Organisation | None
    #: None: they stand on the list, and no delegation is entered.
    delegation: Delegation | None
    heads: dict[Answer, int]

    @property
    def listed(self) -> int:
        """How many stand on the list, whatever they answered."""
        return sum(self.heads.values())

    @property
    def coming(self) -> int:
        """How many said that they come, or came."""
        return sum(self.heads.get(answer, 0) for answer in THERE)

    @property
    def came(self) -> int | None:
        """How many came: as the delegation says, else as the list does; None while nobody said."""
        if self.delegation and self.delegation.actual is not None:
            return self.delegation.actual
        return self.heads.get(Answer.CAME)

    @property
    def is_over_plan(self) -> bool:
        """Whether more come than were announced."""
        planned = self.delegation.planned if self.delegation else None
        return planned is not None and self.coming > planned

    @property
    def is_signed_otherwise(self) -> bool:
        """Whether more or fewer signed than came."""
        signed = self.delegation.signed if self.delegation else None
        return signed is not None and self.came is not None and signed != self.came


def by_delegation(event: Event, delegations: Sequence[Delegation]) -> list[Sent]:
    """Return each delegation with its guests, then who sends guests without one; one query."""
    entered = {(one.organisation_id, one.via_id): one for one in delegations}
    ways: dict[int | None, list[int | None]] = {}
    for one in delegations:
        ways.setdefault(one.organisation_id, []).append(one.via_id)
    heads: dict[_Way, dict[Answer, int]] = {key: {} for key in entered}
    bodies: dict[_Way, tuple[Organisation | None, Organisation | None]] = {}
    for sender, via, *numbers in db.session.execute(_counted(), {"event_id": event.id}):
        key = (sender.id if sender else None, via.id if via else None)
        # Lists leave out by which way somebody comes; where there is one way only, it is that.
        if key not in entered and len(only := ways.get(key[0], [])) == 1:
            key = (key[0], only[0])
        bodies[key] = (sender, via)
        counted = heads.setdefault(key, {})
        for answer, number in zip(Answer, numbers, strict=True):
            if number:
                counted[answer] = counted.get(answer, 0) + int(number)
    rest = [key for key in heads if key not in entered]
    rest.sort(key=lambda key: (key[0] is None, *(one.folded if one else "" for one in bodies[key])))
    return [
        *(Sent(one.organisation, one.via, one, heads[key]) for key, one in entered.items()),
        *(Sent(*bodies[key], None, heads[key]) for key in rest),
    ]


@written_once
def _counted() -> sa.Select[*tuple[Any, ...]]:
    """Ask who sends guests via whom, and the heads for each answer."""
    counted = (
        sa.select(
            Participant.organisation_id,
            Participant.via_id,
            *(sa.func.sum(sa.case((Attendance.answer == one, HEADS), else_=0)).label(one.name) for one in Answer),
        )
        .select_from(Attendance)
        .join(Attendance.participant)
        .where(Attendance.event_id == sa.bindparam("event_id", type_=sa.Integer), Attendance.archived_at.is_(None))
        .group_by(Participant.organisation_id, Participant.via_id)
        .subquery()
    )
    via = aliased(Organisation)
    query = (
        sa.select(Organisation, via, *(counted.c[one.name] for one in Answer))
        .select_from(counted)
        .outerjoin(Organisation, Organisation.id == counted.c.organisation_id)
        .outerjoin(via, via.id == counted.c.via_id)
    )
    shown = ("name", "folded", "country", "former_names")
    return query.options(*(load_only(*(getattr(body, name) for name in shown)) for body in (Organisation, via)))


def answered(sent: Sequence[Sent]) -> list[tuple[Answer, int]]:
    """Return how many gave which answer, all together."""
    together = {answer: sum(one.heads.get(answer, 0) for one in sent) for answer in Answer}
    return [(answer, heads) for answer, heads in together.items() if heads]


@dataclass(frozen=True)
class HeadCount:
    """Heads by country, age and gender; None is what nobody said."""

    heads: dict[tuple[str | None, AgeBand | None, Gender | None], int]

    @property
    def countries(self) -> list[str | None]:
        """The country with the most heads first, the unknown one last."""
        weights: dict[str | None, int] = {}
        for (country, _age, _gender), number in self.heads.items():
            weights[country] = weights.get(country, 0) + number
        return sorted(weights, key=lambda where: (where is None, -weights[where], where or ""))

    def ages(self, country: str | None) -> list[AgeBand | None]:
        """Return the age bands of a country, the youngest first, the unknown one last."""
        found = {age for where, age, _gender in self.heads if where == country}
        return [age for age in (*AgeBand, None) if age in found]

    @property
    def genders(self) -> list[Gender | None]:
        """All genders that somebody said, and "not said"."""
        found = {gender for _country, _age, gender in self.heads}
        return [gender for gender in Gender if gender in found] + [None]

    def of(self, country: str | None, age: AgeBand | None, gender: Gender | None) -> int:
        """Return the heads of one cell."""
        return self.heads.get((country, age, gender), 0)

    def of_age(self, country: str | None, age: AgeBand | None) -> int:
        """Return the heads of a line."""
        return sum(number for (where, band, _gender), number in self.heads.items() if (where, band) == (country, age))

    def of_country(self, country: str | None) -> int:
        """Return the heads from a country."""
        return sum(number for (where, _age, _gender), number in self.heads.items() if where == country)

    def of_gender(self, gender: Gender | None) -> int:
        """Return the heads of a column."""
        return sum(number for (_country, _age, what), number in self.heads.items() if what is gender)

    @property
    def total(self) -> int:
        """All heads."""
        return sum(self.heads.values())


def head_count(event: Event) -> HeadCount:
    """Count who comes or came, by country, age and gender; one query."""
    query = (
        sa.select(COUNTRY, Participant.age_band, Participant.gender, sa.func.sum(HEADS))
        .select_from(Attendance)
        .join(Attendance.participant)
        .outerjoin(Participant.person)
        .outerjoin(Organisation, Organisation.id == Participant.organisation_id)
        .where(Attendance.event_id == event.id, Attendance.archived_at.is_(None), Attendance.answer.in_(THERE))
        .group_by(COUNTRY, Participant.age_band, Participant.gender)
    )
    rows = db.session.execute(query)
    return HeadCount({(country, age, gender): int(heads) for country, age, gender, heads in rows})
