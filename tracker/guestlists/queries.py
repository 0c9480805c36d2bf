"""What there is already of those whom pasted lines name; constant questions, however many lines."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import load_only

from tracker.attendance.models import Attendance
from tracker.attendance.queries import elsewhere, heads_there
from tracker.db import db
from tracker.events.models import Delegation, Event
from tracker.folding import fold
from tracker.guestlists.reading import Column, Line, name_of
from tracker.guestlists.rules import Known, Sender
from tracker.language import translated
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant
from tracker.partnerships.models import PartnershipParty
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.projects.models import ProjectOrganisation
from tracker.web.access import Somebody


def known(event: Event, lines: Sequence[Line], reader: Somebody, today: date) -> Known:
    """Return what there is of those whom lines name."""
    folded = {fold(name_of(line.cells)) for line in lines} - {""}
    addresses = {line.cells[Column.EMAIL].lower() for line in lines if Column.EMAIL in line.cells}
    persons = _persons(reader, folded)
    ids = [person.id for person in persons]
    contacts = people.functions_of(ids, reader, today)
    home = Participant.project_id == event.project_id if event.project_id else Participant.event_id == event.id
    participants = _by_person(
        (one.person_id, one)
        for one in db.session.scalars(
            sa.select(Participant).where(home, Participant.person_id.in_(ids), Participant.archived_at.is_(None))
        )
    )
    return Known(
        event=event,
        senders=senders(event),
        named=_by_person((one.folded, one) for one in persons),
        addressed=_by_person(
            (one.email.lower(), one) for one in persons if one.email and one.email.lower() in addresses
        ),
        places={
            id_: ", ".join(dict.fromkeys(str(translated(one.organisation.name)) for one in held))
            for id_, held in contacts.items()
        },
        homes={
            id_: frozenset(
                {one.organisation_id for one in contacts.get(id_, ())}
                | {one.organisation_id for one in participants.get(id_, ()) if one.organisation_id}
            )
            for id_ in ids
        },
        participants=participants,
        listed=_listed(event),
        elsewhere=elsewhere(ids, event),
        heads=heads_there(event),
    )


def _persons(reader: Somebody, folded: Iterable[str]) -> Sequence[Person]:
    """Return the persons of these names, in the order of entering."""
    query = people.visible_people(reader).where(Person.folded.in_(sorted(folded)), Person.archived_at.is_(None))
    shown = load_only(Person.name, Person.folded, Person.email, Person.country)
    return db.session.scalars(query.options(shown).order_by(Person.id)).all()


def _by_person(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found


def _listed(event: Event) -> frozenset[int]:
    query = (
        sa.select(Participant.person_id)
        .join(Attendance, Attendance.participant_id == Participant.id)
        .where(Attendance.event_id == event.id, Attendance.archived_at.is_(None), Participant.person_id.is_not(None))
    )
    return frozenset(id_ for id_ in db.session.scalars(query) if id_ is not None)


def senders(event: Event) -> list[Sender]:
    """Return the organisations that take part in what an event belongs to, receive it, or send somebody; one query."""
    sent = sa.select(Delegation.organisation_id).where(
        Delegation.event_id == event.id, Delegation.archived_at.is_(None)
    )
    there = (
        Organisation.id.in_(
            sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id == event.project_id)
        ),
        Organisation.id.in_(
            sa.select(PartnershipParty.organisation_id).where(PartnershipParty.partnership_id == event.partnership_id)
        ),
        Organisation.id.in_(sent),
        Organisation.id == event.host_id,
    )
    columns = (Organisation.id, Organisation.name, Organisation.folded, Organisation.language, Organisation.country)
    rows = db.session.execute(sa.select(*columns).where(sa.or_(*there)))
    found = [
        Sender(
            id=id_,
            name=str(translated(name)),
            spellings=frozenset(folded.split(" | ")),
            names=frozenset(fold(one) for one in name.spellings),
            language=language,
            country=country,
        )
        for id_, name, folded, language, country in rows
    ]
    return sorted(found, key=lambda one: fold(one.name))


def sending(guests: Sequence[Attendance], delegations: Sequence[Delegation]) -> list[tuple[int, str]]:
    """Return id and name of who sends guests or a delegation, by name."""
    bodies = [one.participant.organisation for one in guests] + [one.organisation for one in delegations]
    found = {one.id: str(translated(one.name)) for one in bodies if one}
    return sorted(found.items(), key=lambda pair: fold(pair[1]))


def functions(guests: Sequence[Attendance], reader: Somebody, today: date) -> dict[int, str]:
    """Return person id to the function that they have at who sends them; one query."""
    sent_by = {one.participant.person_id: one.participant.organisation_id for one in guests}
    held = people.functions_of([id_ for id_ in sent_by if id_ is not None], reader, today)
    return {
        id_: contact.function
        for id_, contacts in held.items()
        for contact in contacts
        if contact.function and contact.organisation_id == sent_by[id_]
    }
