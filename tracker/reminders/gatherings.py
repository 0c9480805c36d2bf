"""What events are reminded of: that one begins, and what is still open before it does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from tracker.attendance.audience import EXPECTED, Concerned, Part, concerned
from tracker.attendance.models import Answer, Attendance
from tracker.db import PartialDate, Translated, db
from tracker.events.models import Delegation, Event, EventNews, EventStatus
from tracker.events.news import Standing
from tracker.events.rules import SETTLED, file_of
from tracker.events.telling import hours, on_the_clock_of, when_there
from tracker.hosting.links import HostLink
from tracker.hosting.models import HostOffer, Stay
from tracker.language import _, ngettext, translated
from tracker.people.models import Contact
from tracker.people.queries import current_on
from tracker.projects.models import Project
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Matter,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Why,
)
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import ENDED, coordinators_of, portions
from tracker.reminders.rules import before, reach_ahead
from tracker.reminders.wording import full_day, long_day, title_of
from tracker.web.formats import short_day

#: So many points of a programme stand in a letter.
MOST_POINTS = 15
_AS_WHAT: Mapping[Part, Why] = MappingProxyType({Part.GUEST: Why.GUEST, Part.HEAD: Why.HEAD, Part.HOST: Why.HOST})


@dataclass(frozen=True)
class Point:
    """A point of a programme."""

    on: date
    #: "10:00 – 12:30", or nothing.
    hours: str
    title: Translated
    place: str | None


@dataclass(frozen=True)
class Gathering:
    """What a letter says of an event."""

    standing: Standing
    points: tuple[Point, ...]
    #: Whom one turns to there: a name, and perhaps how to reach them.
    on_the_spot: str | None
    phone: str | None


@dataclass(frozen=True)
class _Told:
    """As what somebody hears of an event, and since when."""

    as_what: Why
    since: datetime
    answer: Answer | None = None
    #: Where they read more, who have no account: what leaves holds a link of their own in its place.
    path: str | None = None


@dataclass(frozen=True)
class Open:
    """What is not known yet shortly before an event."""

    #: How many were invited and have not answered.
    unanswered: int
    #: How many delegations nobody knows the heads of.
    uncounted: int
    nobody_there: bool

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.unanswered or self.uncounted or self.nobody_there)


# ---- that it begins


def _say_event(matter: Matter, recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    seen: Gathering = matter.facts["gathering"]
    standing = seen.standing
    found = [when_there(standing), on_the_clock_of(recipient.zone, standing)]
    where = ", ".join(words for words in (standing.place, standing.address) if words)
    found.append(_("Place: %(place)s", place=where) if where else None)
    if standing.status is EventStatus.PLANNED:
        found.append(_("It is planned, but not confirmed yet."))
    if seen.on_the_spot:
        contact = ", ".join(words for words in (seen.on_the_spot, seen.phone) if words)
        found.append(_("Contact on the spot: %(contact)s", contact=contact))
    if matter.facts["answer"] is Answer.INVITED:
        found.append(_("We do not know yet whether you come."))
    return [*(one for one in found if one), *_programme(seen.points)]


def _programme(points: tuple[Point, ...]) -> list[str]:
    if not points:
        return []
    more = len(points) - MOST_POINTS
    said = [_point(one) for one in points[:MOST_POINTS]]
    if more > 0:
        said.append(ngettext("and %(num)s more point", "and %(num)s more points", more))
    return [_("Programme:"), *said]


def _point(point: Point) -> str:
    day = short_day(point.on)
    at = _("%(day)s, %(hour)s", day=day, hour=point.hours) if point.hours else day
    words = f"{at}: {translated(point.title)}"
    return f"{words} ({point.place})" if point.place else words


EVENT = Subject(
    word=ReminderSubject.EVENT,
    default=DefaultRule((14, 2)),
    when=before,
    reaching=reach_ahead,
    section=Section.UPCOMING,
    say=_say_event,
    headline=lambda matter, _today: _(
        "“%(title)s” begins on %(date)s", title=title_of(matter), date=long_day(matter.due_on)
    ),
    headlines=lambda number: ngettext("%(num)s event is coming up", "%(num)s events are coming up", number),
    expires=True,
    listed="/events/",
)


# ---- what is open


def _say_open(matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    seen: Open = matter.facts["open"]
    found = [_("It begins on %(date)s.", date=full_day(matter.due_on))]
    if seen.unanswered:
        found.append(
            ngettext("%(num)s guest has not answered yet.", "%(num)s guests have not answered yet.", seen.unanswered)
        )
    if seen.uncounted:
        found.append(
            ngettext(
                "Of %(num)s delegation nobody knows how many come.",
                "Of %(num)s delegations nobody knows how many come.",
                seen.uncounted,
            )
        )
    if seen.nobody_there:
        found.append(_("No contact on the spot is named."))
    return found


EVENT_OPEN = Subject(
    word=ReminderSubject.EVENT_OPEN,
    default=DefaultRule((20, 5)),
    when=before,
    reaching=reach_ahead,
    section=Section.NOTICED,
    say=_say_open,
    headline=lambda matter, _today: _(
        "Still open before “%(title)s” on %(date)s", title=title_of(matter), date=long_day(matter.due_on)
    ),
    headlines=lambda number: ngettext("%(num)s event has open questions", "%(num)s events have open questions", number),
    expires=True,
    listed="/events/",
)


# ---- where they come from


def _within(asked: Asked) -> list[Matter]:
    first, last = asked.reach.earliest or asked.first, asked.reach.latest
    conditions = [
        Event.begins_on >= PartialDate.of(first),
        Event.begins_on <= PartialDate.of(last),
        Event.archived_at.is_(None),
        Event.status.not_in(SETTLED),
        Event.reminders_paused.is_(False),
    ]
    if asked.changed_since is not None:
        since = asked.changed_since
        conditions.append(
            or_(
                Event.created_at >= since,
                Event.id.in_(select(Attendance.event_id).where(Attendance.created_at >= since)),
                Event.id.in_(select(Delegation.event_id).where(Delegation.created_at >= since)),
                Event.id.in_(select(HostOffer.event_id).where(HostOffer.created_at >= since)),
                Event.id.in_(select(EventNews.event_id).where(EventNews.changed_at >= since)),
            )
        )
    return [one for one in _matters(and_(*conditions), asked.today) if one.over is None]


def _of(names: list[str], today: date) -> list[Matter]:
    wanted = {f"event:{name}" for name in names}
    ids = {int(name.partition(":")[0]) for name in names}
    found = {
        matter.key: matter for portion in portions(ids) for matter in _matters(Event.id.in_(portion), today, wanted)
    }
    return list(found.values())


def _matters(condition: ColumnElement[bool], today: date, wanted: Iterable[str] = ()) -> Iterable[Matter]:
    """Yield what is to be said to each person of the events that match; the number of queries does not grow.

    `wanted` are keys that somebody asks for: also of persons whom the event concerns no more.
    """
    about = (joinedload(Event.project), joinedload(Event.partnership), joinedload(Event.on_the_spot))
    query = select(Event).where(condition).options(*about, selectinload(Event.programme)).order_by(Event.id)
    # Of some only the month or the year is known: nobody travels to them yet.
    events = [event for event in db.session.scalars(query) if event.begins_on.day is not None]
    if not events:
        return
    ids = [event.id for event in events]
    people, unknown = _people(ids, today), _open(ids)
    coordinators = coordinators_of({event.project_id for event in events if event.project_id})
    gone = _gone(wanted)
    for event in events:
        theirs = coordinators.get(event.project_id or 0, ())
        told: dict[int, _Told | None] = dict.fromkeys(gone.get(event.id, ()))
        told.update(people.get(event.id, {}))
        seen = _gathering(event)
        for person_id, one in told.items():
            if not wanted or _key(event, person_id) in wanted:
                yield _for_guest(event, seen, person_id, one, theirs)
        yield _for_organisers(event, unknown.get(event.id, (0, 0)), theirs)


def _people(event_ids: list[int], today: date) -> dict[int, dict[int, _Told]]:
    """Return event id to who hears of it, each as what they are first; two queries."""
    found: dict[int, dict[int, _Told]] = {
        event_id: {person_id: _as_told(one) for person_id, one in theirs.items()}
        for event_id, theirs in concerned(event_ids, today, tuple(_AS_WHAT)).items()
    }
    for offer_id, event_id, person_id, since in db.session.execute(_with_guests(event_ids, today)):
        told = _Told(Why.HOUSE, since, path=HostLink.reference(offer_id))
        found.setdefault(event_id, {}).setdefault(person_id, told)
    return found


def _as_told(one: Concerned) -> _Told:
    path = f"/guest/attendance:{one.attendance_id}" if one.attendance_id else None
    return _Told(_AS_WHAT[one.part], one.since, one.answer, path)


def _with_guests(event_ids: list[int], today: date) -> Select[Any]:
    """Select those with whom guests stay, and the first contacts of the organisations that take some in."""
    stays = select(Stay.offer_id).join(Attendance, Attendance.id == Stay.attendance_id)
    stays = stays.where(Attendance.archived_at.is_(None), Attendance.answer.in_(EXPECTED))
    offers = (HostOffer.event_id.in_(event_ids), HostOffer.archived_at.is_(None), HostOffer.id.in_(stays))
    persons = select(HostOffer.id, HostOffer.event_id, HostOffer.person_id, HostOffer.created_at)
    contacts = select(HostOffer.id, HostOffer.event_id, Contact.person_id, HostOffer.created_at)
    contacts = contacts.join(Contact, Contact.organisation_id == HostOffer.organisation_id)
    found = union_all(
        persons.where(*offers, HostOffer.person_id.is_not(None)),
        contacts.where(*offers, Contact.is_first.is_(True), current_on(today)),
    ).subquery()
    return select(found).order_by(found.c.id)


def _gone(wanted: Iterable[str]) -> dict[int, list[int]]:
    """Return event id to the persons that somebody asks for."""
    found: dict[int, list[int]] = {}
    for key in wanted:
        _prefix, event_id, *person = key.split(":")
        if person:
            found.setdefault(int(event_id), []).append(int(person[0]))
    return found


def _key(event: Event, person_id: int) -> str:
    return f"event:{event.id}:{person_id}"


def _gathering(event: Event) -> Gathering:
    contact = event.on_the_spot
    points = tuple(Point(item.on, hours(item), item.title, item.place) for item in event.programme)
    return Gathering(Standing.of(event), points, contact.name if contact else None, contact.phone if contact else None)


def _for_guest(
    event: Event, seen: Gathering, person_id: int, one: _Told | None, coordinators: tuple[int, ...]
) -> Matter:
    return Matter(
        key=_key(event, person_id),
        subjects=(EVENT,),
        since=max(event.created_at, one.since) if one else event.created_at,
        responsible_id=person_id,
        as_what=one.as_what if one else Why.GUEST,
        reply_ids=coordinators,
        over=_over(event) or (None if one else "not_expected"),
        attached=file_of(event),
        facts={"gathering": seen, "answer": one.answer if one else None},
        own_path=one.path if one else None,
        **_about(event),
    )


def _for_organisers(event: Event, unknown: tuple[int, int], coordinators: tuple[int, ...]) -> Matter:
    seen = Open(*unknown, event.on_the_spot_id is None)
    keeper = event.partnership.coordinator_id if event.partnership and event.project is None else None
    return Matter(
        key=f"event:{event.id}",
        subjects=(EVENT_OPEN,),
        since=event.created_at,
        responsible_id=keeper,
        as_what=Why.KEEPER if event.project is None else Why.COORDINATOR,
        coordinator_ids=coordinators,
        over=_over(event) or (None if seen else "nothing_open"),
        facts={"open": seen},
        **_about(event),
    )


def _about(event: Event) -> dict[str, Any]:
    whole = event.project or event.partnership
    return {
        "title": event.title,
        "project_id": event.project_id,
        "project_title": whole.title if whole else None,
        "path": f"/events/{event.id}",
        "due_on": event.begins_on.earliest,
    }


def _over(event: Event) -> str | None:
    project = event.project
    reasons = {
        "event_cancelled": event.status is EventStatus.CANCELLED,
        "event_held": event.status is EventStatus.HELD,
        "event_archived": event.archived_at is not None,
        "event_paused": event.reminders_paused,
        **(_over_with(project) if project else {}),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _over_with(project: Project) -> dict[str, bool]:
    return {
        "project_archived": project.archived_at is not None,
        "project_ended": project.status in ENDED,
        "project_paused": project.reminders_paused,
    }


def _open(event_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return event id to how many guests have not answered, and how many delegations have no number; one query."""
    unanswered = (
        select(Attendance.event_id, func.count().label("guests"), literal(0).label("delegations"))
        .where(
            Attendance.event_id.in_(event_ids), Attendance.archived_at.is_(None), Attendance.answer == Answer.INVITED
        )
        .group_by(Attendance.event_id)
    )
    uncounted = func.sum(case((Delegation.planned.is_(None), 1), else_=0))
    delegations = (
        select(Delegation.event_id, literal(0), uncounted)
        .where(Delegation.event_id.in_(event_ids), Delegation.archived_at.is_(None))
        .group_by(Delegation.event_id)
    )
    found: dict[int, tuple[int, int]] = {}
    for event_id, guests, bodies in db.session.execute(unanswered.union_all(delegations)):
        before_it = found.get(event_id, (0, 0))
        found[event_id] = (before_it[0] + int(guests), before_it[1] + int(bodies))
    return found


EVENTS = Source("event", (EVENT, EVENT_OPEN), _within, _of)
