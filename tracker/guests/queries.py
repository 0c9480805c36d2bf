"""What a guest's link is about, who can be written to, and what those who look after an event read of its guests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from tracker.attendance.models import Answer, Attendance
from tracker.db import db
from tracker.events.models import Event, EventStatus
from tracker.events.queries import SHOWN, visible_events
from tracker.events.rules import SETTLED
from tracker.guests.links import GuestLink
from tracker.guests.models import Consent, GuestConsent, GuestNeeds
from tracker.guests.rules import KEY, Standing, kept_until, standing_of
from tracker.mail.models import Message
from tracker.participants.models import Participant
from tracker.people.models import Person
from tracker.people.queries import zone_of
from tracker.projects.models import Project
from tracker.web.access import Somebody
from tracker.workdays.rules import local_day

LOOKED_AFTER = (
    *SHOWN,
    joinedload(Event.on_the_spot),
    joinedload(Event.project).selectinload(Project.coordinators),
    selectinload(Event.programme),
)


@dataclass(frozen=True)
class Guest:
    """What a link is about, and what was said through it."""

    link: GuestLink
    attendance: Attendance
    event: Event
    person: Person
    needs: GuestNeeds | None
    #: What stands now.
    consents: dict[Consent, GuestConsent]
    standing: Standing
    #: The clock of the guest, if it is known.
    zone: str | None
    #: The date that it is at the place.
    today: date

    @property
    def has_given(self) -> bool:
        """Whether there is something that can be taken back."""
        return self.needs is not None and self.needs.taken_back_at is None and self.needs.erased_at is None


def guest(link: GuestLink, now: datetime) -> Guest | None:
    """Return what a link is about, or None if that was never there."""
    person = db.session.get(Person, link.person_id)
    query = (
        sa.select(Attendance)
        .where(Attendance.id == link.row_id)
        .options(
            joinedload(Attendance.event).options(*LOOKED_AFTER),
            joinedload(Attendance.participant).joinedload(Participant.organisation),
        )
    )
    attendance = db.session.scalar(query)
    if person is None or attendance is None:
        return None
    today = local_day(now, attendance.event.zone)
    sender = attendance.participant.organisation
    return Guest(
        link=link,
        attendance=attendance,
        event=attendance.event,
        person=person,
        needs=needs_of(attendance),
        consents=consents_of([attendance.id]).get(attendance.id, {}),
        standing=standing_of(attendance, person, today),
        zone=zone_of(person, today) or (sender.zone if sender else None),
        today=today,
    )


def hold(attendance_id: int) -> None:
    """Let nobody else say anything through the same link until this unit ends."""
    db.session.execute(sa.select(Attendance.id).where(Attendance.id == attendance_id).with_for_update())


def needs_of(attendance: Attendance) -> GuestNeeds | None:
    """Return what a guest needs, also the empty row of one who took it back."""
    return db.session.scalar(sa.select(GuestNeeds).where(GuestNeeds.attendance_id == attendance.id))


def consents_of(attendance_ids: Iterable[int]) -> dict[int, dict[Consent, GuestConsent]]:
    """Return the id of an attendance to what its guest agrees to now; one query."""
    query = sa.select(GuestConsent).where(
        GuestConsent.attendance_id.in_(list(attendance_ids)), GuestConsent.revoked_at.is_(None)
    )
    found: dict[int, dict[Consent, GuestConsent]] = {}
    for row in db.session.scalars(query.order_by(GuestConsent.id)):
        found.setdefault(row.attendance_id, {})[row.consent] = row
    return found


# ---- for those who look after the event


def event_of(reader: Somebody, event_id: int) -> Event | None:
    """Return the event, if this person may know of it, or is its contact on the spot."""
    known = visible_events(reader).with_only_columns(Event.id)
    query = sa.select(Event).where(Event.id == event_id, sa.or_(Event.id.in_(known), Event.on_the_spot_id == reader.id))
    return db.session.scalar(query.options(*LOOKED_AFTER))


@dataclass(frozen=True)
class Told:
    """A guest with a name, and what they said."""

    attendance: Attendance
    needs: GuestNeeds | None
    consents: dict[Consent, GuestConsent]


def told_by(rows: Sequence[Attendance]) -> list[Told]:
    """Return guests and what they said; two queries."""
    ids = [row.id for row in rows]
    needs, consents = given_by(ids), consents_of(ids)
    return [Told(row, needs.get(row.id), consents.get(row.id, {})) for row in rows]


def given_by(attendance_ids: Iterable[int]) -> dict[int, GuestNeeds]:
    """Return the id of an attendance to what its guest speaks and needs, where that stands; one query."""
    query = sa.select(GuestNeeds).where(
        GuestNeeds.attendance_id.in_(list(attendance_ids)),
        GuestNeeds.taken_back_at.is_(None),
        GuestNeeds.erased_at.is_(None),
    )
    return {one.attendance_id: one for one in db.session.scalars(query)}


def named_at(event: Event) -> Sequence[Attendance]:
    """Return those on the list of an event who stand there by name, in the order of names; one query."""
    query = (
        sa.select(Attendance)
        .join(Attendance.participant)
        .join(Participant.person)
        .where(Attendance.event_id == event.id, Attendance.archived_at.is_(None), Participant.archived_at.is_(None))
        .options(
            contains_eager(Attendance.participant).options(
                contains_eager(Participant.person), joinedload(Participant.organisation)
            )
        )
        .order_by(Person.folded, Attendance.id)
    )
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Asked:
    """How many were invited by name and have not answered; whether anybody was sent a link before."""

    open: int
    is_again: bool


def asked(event: Event) -> Asked | None:
    """Return how the guests of an event were asked, or None if nobody is on its list by name; one query."""
    if event.archived_at is not None or event.status in SETTLED:
        return None
    about = sa.literal("attendance:").concat(sa.cast(Attendance.id, sa.String))
    letters = sa.exists().where(Message.subject_key == about, Message.key.startswith(KEY))
    waits = Attendance.answer == Answer.INVITED
    query = (
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((waits, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.max(sa.case((letters, 1), else_=0)), 0),
        )
        .select_from(Attendance)
        .join(Attendance.participant)
        .where(Attendance.event_id == event.id, Attendance.archived_at.is_(None), Participant.person_id.is_not(None))
    )
    named, waiting, again = db.session.execute(query).one()
    return Asked(int(waiting), is_again=bool(again)) if named else None


def written_to(event: Event) -> dict[int, datetime]:
    """Return the id of an attendance to when its guest was last sent their link; one query."""
    about = sa.literal("attendance:").concat(sa.cast(Attendance.id, sa.String))
    query = (
        sa.select(Attendance.id, sa.func.max(Message.created_at))
        .join(Message, Message.subject_key == about)
        .where(Attendance.event_id == event.id, Message.key.startswith(KEY))
        .group_by(Attendance.id)
    )
    return {attendance_id: at for attendance_id, at in db.session.execute(query)}  # noqa: C416 - a row is no pair to mypy


def unwanted(messages: Iterable[Message]) -> set[int]:
    """Return the ids of letters to guests of whom nothing is asked any more: off the list, or the event is off."""
    links = [one for one in messages if one.key.startswith(KEY)]
    about = {one.id: int((one.subject_key or ":0").partition(":")[2]) for one in links}
    if not about:
        return set()
    query = (
        sa.select(Attendance.id)
        .join(Attendance.event)
        .join(Attendance.participant)
        .where(
            Attendance.id.in_(set(about.values())),
            Attendance.archived_at.is_(None),
            Participant.archived_at.is_(None),
            Event.archived_at.is_(None),
            Event.status != EventStatus.CANCELLED,
        )
    )
    wanted = set(db.session.scalars(query))
    return {message_id for message_id, attendance_id in about.items() if attendance_id not in wanted}


def to_erase(now: datetime) -> list[tuple[GuestNeeds, Attendance]]:
    """Return what guests said they need and nobody may keep any longer."""
    query = (
        sa.select(GuestNeeds, Attendance)
        .join(Attendance, Attendance.id == GuestNeeds.attendance_id)
        .where(GuestNeeds.taken_back_at.is_(None), GuestNeeds.erased_at.is_(None))
        .options(joinedload(Attendance.event))
    )
    rows = db.session.execute(query.order_by(Attendance.event_id, Attendance.id))
    return [(needs, row) for needs, row in rows if local_day(now, row.event.zone) > kept_until(row.event)]
