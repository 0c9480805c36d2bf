"""What few offices have: a festival of 2,000 guests, a series with as many events, and a month that is full of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bench.event_pages import MONTH, SECRET
from tracker.accounts.rules import hash_of
from tracker.attendance.models import Answer, Attendance
from tracker.calendar.models import Feed
from tracker.db import Model, PartialDate, Translated, db
from tracker.events.models import Delegation, Event, EventKind, EventStatus, ProgrammeItem
from tracker.folding import fold, fold_all
from tracker.history.models import HistoryLine
from tracker.lineage.models import LedTo
from tracker.participants.models import AgeBand, Gender, Participant, ParticipantRole
from tracker.people.models import Person
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole, ProjectStatus

GUESTS, DELEGATIONS, EVENTS, IN_MONTH, ATTENDED, POINTS, LINES = 2_000, 40, 2_000, 300, 120, 24, 60
FIRST = date.fromisoformat(f"{MONTH}-01")
DAY = timedelta(days=1)
#: Every second comes for all days.
STAYS = ((None, None), (1, 4), (None, None), (0, 2))
ANSWERS = (Answer.COMING, Answer.COMING, Answer.COMING, Answer.INVITED, Answer.NOT_COMING)


@dataclass(frozen=True)
class Gathered:
    """What was entered: the ids of the festival and of the series it belongs to."""

    event: int
    project: int


def gather(senders: Sequence[int], traveller: int, reader: int, now: datetime) -> Gathered:
    """Enter it all, sent by these organisations; the traveller comes to 120 events besides.

    The reader has an address at which the series can be fetched.
    """
    always = {"created_at": now, "version": 1}
    series = Project(title=_text(now, "Jahre der Begegnung"), status=ProjectStatus.RUNNING, created_at=now)
    series.begins = PartialDate(str(FIRST.year - 10))
    series.organisations = [ProjectOrganisation(organisation_id=one, role=ProjectRole.PARTNER) for one in senders]
    db.session.add(series)
    db.session.flush()
    festival = _festival(series, senders[0], traveller, now)
    others = _insert(
        Person,
        [
            always | {"name": name, "folded": fold(name), "language": "de"}
            for name in (f"Gesa Gast {number}" for number in range(1, GUESTS))
        ],
    )
    people = [traveller, *others]
    _send(festival, senders, traveller, always)
    _invite(festival, senders, people, always)
    # Some of the entries of the calendar are the festival's.
    events = _insert(Event, [always | _one_of_many(number, series.id, now) for number in range(EVENTS - 1)])
    _attend(events, series.id, traveller, always)
    told = {"at": now, "verb": "EVENT_CHANGED", "by_id": reader, "subject": f"event:{festival.id}"}
    changes = [{"places": [GUESTS - one, GUESTS - one + 1]} for one in range(LINES, 0, -1)]
    facts = ({"title": "Fest der Begegnung", "changes": one} for one in changes)
    db.session.execute(sa.insert(HistoryLine), [told | {"facts": one} for one in facts])
    db.session.add(LedTo(origin=f"project:{series.id}", outcome=f"event:{festival.id}", created_at=now))
    db.session.add(Feed(person_id=reader, project_id=series.id, secret_hash=hash_of(SECRET), created_at=now))
    db.session.flush()
    return Gathered(festival.id, series.id)


def _festival(series: Project, host: int, on_the_spot: int, now: datetime) -> Event:
    first = FIRST + 9 * DAY
    festival = Event(
        project_id=series.id,
        kind=EventKind.CAMP,
        title=_text(now, "Fest der Begegnung"),
        summary=_text(now, "Fünf Tage lang zeigen alle, was sie können."),
        status=EventStatus.CONFIRMED,
        begins_on=PartialDate.of(first),
        begins_at=time(14),
        ends_on=PartialDate.of(first + 4 * DAY),
        ends_at=time(18),
        zone="Europe/Berlin",
        place="Musterstadt",
        address="Festplatz 1",
        host_id=host,
        on_the_spot_id=on_the_spot,
        places=GUESTS,
        created_at=now,
    )
    festival.programme = [
        ProgrammeItem(
            on=first + number % 5 * DAY,
            begins_at=time(9 + number // 5),
            ends_at=time(10 + number // 5),
            title=_text(now, f"Werkstatt {number}"),
            place="Zelt 1",
        )
        for number in range(POINTS)
    ]
    db.session.add(festival)
    db.session.flush()
    return festival


def _send(festival: Event, senders: Sequence[int], head: int, always: dict[str, Any]) -> None:
    each = {"event_id": festival.id, "planned": GUESTS // DELEGATIONS, "nights": 4, "head_id": head}
    _insert(
        Delegation,
        [
            always | each | {"organisation_id": one, "via_id": _via(senders, place)}
            for place, one in enumerate(senders[:DELEGATIONS])
        ],
    )


def _via(senders: Sequence[int], place: int) -> int | None:
    """Return the municipality that found those whom every fourth organisation sends."""
    return senders[place - 1] if place % 4 == 3 else None


def _invite(festival: Event, senders: Sequence[int], people: Sequence[int], always: dict[str, Any]) -> None:
    ages, genders, roles = list(AgeBand), list(Gender), list(ParticipantRole)
    here = [
        always
        | {"project_id": festival.project_id, "person_id": person}
        | {"organisation_id": senders[number % DELEGATIONS], "via_id": _via(senders, number % DELEGATIONS)}
        | {"role": roles[number % len(roles)], "age_band": ages[number % 5], "gender": genders[number % 3]}
        for number, person in enumerate(people)
    ]
    first = festival.begins_on.earliest
    coming = []
    for number, participant in enumerate(_insert(Participant, here)):
        stay = [None if day is None else first + day * DAY for day in STAYS[number % len(STAYS)]]
        answer = {"answer": ANSWERS[number % len(ANSWERS)], "arrives_on": stay[0], "leaves_on": stay[1]}
        coming.append(always | {"event_id": festival.id, "participant_id": participant} | answer)
    _insert(Attendance, coming)


def _one_of_many(number: int, project: int, now: datetime) -> dict[str, Any]:
    """Return an event: in the full month the first, on one day after the other before it the rest."""
    day = FIRST + number % 28 * DAY if number < IN_MONTH else FIRST - (number - IN_MONTH) * 2 * DAY
    title = _text(now, f"Begegnung {number}")
    return {
        "project_id": project,
        "kind": list(EventKind)[number % len(EventKind)],
        "title": title,
        "folded": fold_all([*title.spellings, "Musterstadt"]),
        "status": EventStatus.HELD,
        "begins_on": PartialDate.of(day),
        "begins_at": time(10) if number % 2 else None,
        "ends_on": PartialDate.of(day + DAY) if number % 3 == 0 else None,
        "zone": "Europe/Berlin",
        "place": "Musterstadt",
    }


def _attend(events: Sequence[int], project: int, person: int, always: dict[str, Any]) -> None:
    who = db.session.scalars(
        sa.select(Participant.id).where(Participant.person_id == person, Participant.project_id == project)
    ).one()
    came = events[IN_MONTH :: (EVENTS - IN_MONTH) // ATTENDED]
    _insert(
        Attendance,
        [always | {"event_id": event, "participant_id": who, "answer": Answer.CAME} for event in came[:ATTENDED]],
    )


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> list[int]:
    query = sa.insert(model).execution_options(render_nulls=True).returning(model.id, sort_by_parameter_order=True)
    return list(db.session.scalars(query, rows))


def _text(now: datetime, german: str) -> Translated:
    return Translated.of("de", now, de=german, en=f"{german} (English)")
