"""Rows that are sensible unless told otherwise. They flush, so that they have ids."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from tracker import clock
from tracker.accounts.models import Account, Role
from tracker.agreements.models import Agreement, AgreementParty
from tracker.attendance.models import Answer, Attendance
from tracker.contributions.models import Contribution, ContributionKind
from tracker.db import Model, PartialDate, Translated, db
from tracker.documents.models import Document, StoredFile
from tracker.events.models import Delegation, Event, EventKind, ProgrammeItem
from tracker.factors.models import Passkey
from tracker.history.rules import key_of
from tracker.hosting.models import HostOffer
from tracker.lineage.models import LedTo
from tracker.log.models import LogEntry, LogKind
from tracker.milestones.models import Milestone
from tracker.organisations.models import (
    ChangeKind,
    FormerName,
    Office,
    Organisation,
    OrganisationChange,
    OrganisationKind,
)
from tracker.participants.models import Participant, ParticipantRole
from tracker.partnerships.models import Partnership, PartnershipKind, PartnershipParty, Pillar, Side
from tracker.people.models import Contact, Person
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole, ProjectStatus
from tracker.updates.models import StatusRequest, StatusUpdate

_number = count(1)
Row = TypeVar("Row", bound=Model)


def text(**wordings: str) -> Translated:
    """Return a translated text; the first language is the original."""
    return Translated.of(next(iter(wordings)), clock.now(), **wordings)


def _kept(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    return row


def office(**more: Any) -> Office:
    """Return the office."""
    values = {
        "name": "Landkreis Kassel",
        "language": "de",
        "zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "DE-HE",
    }
    return _kept(Office(id=1, created_at=clock.now(), **(values | more)))


def organisation(**more: Any) -> Organisation:
    """Return an organisation; `de="…"` and the like name it."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    values = {
        "name": text(**(wordings or {"de": f"Gemeinde {next(_number)}"})),
        "kind": OrganisationKind.DISTRICT,
        "country": "DE",
        "language": "de",
        "zone": "Europe/Berlin",
        "created_at": clock.now(),
    }
    return _kept(Organisation(**(values | more)))


def change(organisation: Organisation, *successors: Organisation, **more: Any) -> OrganisationChange:
    """Return that an organisation was renamed in 1972, or went into its successors."""
    ended = ChangeKind.SPLIT if len(successors) > 1 else ChangeKind.MERGED
    values = {
        "kind": ended if successors else ChangeKind.RENAMED,
        "happened_on": PartialDate("1972"),
        "name": None if successors else text(de="Früherer Name"),
        "created_at": clock.now(),
    }
    row = _kept(OrganisationChange(organisation_id=organisation.id, **(values | more)))
    if row.name is not None:
        organisation.former_names = (*(organisation.former_names or ()), FormerName(row.name, row.happened_on))
    else:
        organisation.ended_on = row.happened_on
    row.successors = list(successors)
    return _kept(row)


def person(name: str = "", *, at: Organisation | None = None, role: Role | None = None, **more: Any) -> Person:
    """Return a person, perhaps with a function at an organisation, perhaps with an account."""
    name = name or f"Person {next(_number)}"
    values = {"name": name, "language": "de", "email": f"{name.split()[0].lower()}{next(_number)}@example.org"}
    row = _kept(Person(**({"created_at": clock.now()} | values | more)))
    if at is not None:
        _kept(Contact(person_id=row.id, organisation_id=at.id, is_first=True, created_at=clock.now()))
    if role is not None:
        _kept(Account(person_id=row.id, email=str(row.email), role=role, created_at=clock.now()))
    return row


def project(
    *,
    organisations: Iterable[Organisation] = (),
    coordinators: Iterable[Person] = (),
    **more: Any,
) -> Project:
    """Return a running project; the first organisation leads it."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    values = {
        "title": text(**(wordings or {"de": f"Projekt {next(_number)}"})),
        "status": ProjectStatus.RUNNING,
        "created_at": clock.now(),
    }
    row = Project(**(values | more))
    row.organisations = [
        ProjectOrganisation(organisation=one, role=ProjectRole.LEAD if first == 0 else ProjectRole.PARTNER)
        for first, one in enumerate(organisations)
    ]
    row.coordinators = list(coordinators)
    return _kept(row)


def milestone(
    project: Project,
    *,
    due_on: date | None = None,
    organisation: Organisation | None = None,
    person: Person | None = None,
    **more: Any,
) -> Milestone:
    """Return an open milestone, due in 20 days unless told otherwise."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    due = due_on or clock.today("Europe/Berlin") + timedelta(days=20)
    long_ago = clock.now() - timedelta(days=400)
    values = {
        "title": text(**(wordings or {"de": f"Meilenstein {next(_number)}"})),
        "project_id": project.id,
        "first_due_on": due,
        "due_on": due,
        "due_since": long_ago,
        "responsible_since": long_ago,
        "responsible_organisation_id": organisation.id if organisation else None,
        "responsible_person_id": person.id if person else None,
        "created_at": long_ago,
    }
    return _kept(Milestone(**(values | more)))


def participant(
    project: Project, *, heads: int | None = None, person: Person | None = None, **more: Any
) -> Participant:
    """Return three heads, or a person."""
    values = {
        "project_id": project.id,
        "person_id": person.id if person else None,
        "heads": None if person else heads or 3,
        "role": ParticipantRole.ARTIST,
        "created_at": clock.now(),
    }
    return _kept(Participant(**(values | more)))


def event(**more: Any) -> Event:
    """Return a visit in 30 days, for three days; give it a project or a partnership."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    first = clock.today("Europe/Berlin") + timedelta(days=30)
    values = {
        "kind": EventKind.VISIT,
        "title": text(**(wordings or {"de": f"Besuch {next(_number)}"})),
        "begins_on": PartialDate.of(first),
        "ends_on": PartialDate.of(first + timedelta(days=2)),
        "zone": "Europe/Berlin",
        "created_at": clock.now(),
    }
    return _kept(Event(**(values | more)))


def item(event: Event, **more: Any) -> ProgrammeItem:
    """Return a point of the programme on the first day."""
    values = {"event_id": event.id, "on": event.begins_on.earliest, "title": text(de=f"Rundgang {next(_number)}")}
    return _kept(ProgrammeItem(**(values | more)))


def delegation(event: Event, organisation: Organisation, planned: int | None = 5, **more: Any) -> Delegation:
    """Return five heads that are announced."""
    values = {"event_id": event.id, "organisation_id": organisation.id, "planned": planned, "created_at": clock.now()}
    return _kept(Delegation(**(values | more)))


def attendance(event: Event, participant: Participant, answer: Answer = Answer.COMING, **more: Any) -> Attendance:
    """Return a participant who comes."""
    values = {"event_id": event.id, "participant_id": participant.id, "answer": answer, "created_at": clock.now()}
    return _kept(Attendance(**(values | more)))


def host_offer(event: Event, person: Person, guests: Iterable[Attendance] = (), **more: Any) -> HostOffer:
    """Return two beds with somebody."""
    values = {"event_id": event.id, "person_id": person.id, "places": 2, "language": "de", "created_at": clock.now()}
    row = HostOffer(**(values | more))
    row.guests = list(guests)
    return _kept(row)


def contribution(project: Project, organisation: Organisation, amount: str | None = "500", **more: Any) -> Contribution:
    """Return 500 euros, not thanked for yet."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    kind = more.get("kind", ContributionKind.CASH)
    is_money = kind in {ContributionKind.CASH, ContributionKind.IN_KIND} and amount is not None
    values = {
        "project_id": project.id,
        "organisation_id": organisation.id,
        "kind": kind,
        "amount": None if amount is None else Decimal(amount),
        "currency": "EUR" if is_money else None,
        "summary": text(**(wordings or {"de": f"Zuschuss {next(_number)}"})),
        "created_at": clock.now(),
    }
    return _kept(Contribution(**(values | more)))


def update(project: Project, by: Person, **more: Any) -> StatusUpdate:
    """Return a comment, unless there is an assessment."""
    values = {
        "project_id": project.id,
        "by_id": by.id,
        "language": by.language,
        "at": clock.now(),
        "text": "Totul merge bine.",
    }
    return _kept(StatusUpdate(**(values | more)))


def request(project: Project, asked: Person, **more: Any) -> StatusRequest:
    """Return an open question to somebody; who coordinates the project asks it, just now."""
    values = {
        "project_id": project.id,
        "person_id": asked.id,
        "asked_by_id": project.coordinators[0].id if project.coordinators else asked.id,
        "asked_at": clock.now(),
        "answer_by": clock.today("Europe/Berlin") + timedelta(days=14),
        "language": "de",
    }
    return _kept(StatusRequest(**(values | more)))


def log_entry(*, on: str = "2027-02-16", at: datetime | None = None, **more: Any) -> LogEntry:
    """Return a call; give it a project, a partnership or an organisation."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    values = {
        "happened_on": PartialDate(on),
        "kind": LogKind.CALL,
        "summary": text(**(wordings or {"de": f"Telefonat {next(_number)}"})),
        "language": "de",
        "created_at": at or clock.now(),
    }
    return _kept(LogEntry(**(values | more)))


def partnership(here: Organisation, there: Organisation, **more: Any) -> Partnership:
    """Return an active partnership of two."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    values = {
        "title": text(**(wordings or {"de": f"Partnerschaft {next(_number)}"})),
        "kind": PartnershipKind.PARTNERSHIP,
        "pillar": Pillar.THEME,
        "created_at": clock.now(),
    }
    row = Partnership(**(values | more))
    row.parties = [
        PartnershipParty(organisation=here, side=Side.HERE),
        PartnershipParty(organisation=there, side=Side.THERE),
    ]
    return _kept(row)


def agreement(partnership: Partnership, **more: Any) -> Agreement:
    """Return an agreement that the parties of a partnership signed, nobody knows when."""
    wordings = {code: more.pop(code) for code in ("de", "en", "it", "hu", "ro") if code in more}
    values = {
        "partnership": partnership,
        "title": text(**(wordings or {"de": f"Vereinbarung {next(_number)}"})),
        "languages": [],
        "parties": [AgreementParty(organisation_id=party.organisation_id) for party in partnership.parties],
        "created_at": clock.now(),
    }
    return _kept(Agreement(**(values | more)))


def led_to(origin: str, outcome: str, **more: Any) -> LedTo:
    """Return the statement that one thing, by its key, led to another."""
    return _kept(LedTo(origin=origin, outcome=outcome, **({"created_at": clock.now()} | more)))


def passkey(account: Account, **more: Any) -> Passkey:
    """Return a passkey that nobody can show."""
    number = next(_number)
    values = {
        "account_id": account.id,
        "name": "Telefon",
        "credential": f"credential{number}",
        "public_key": b"key",
        "uses": 0,
        "transports": "internal",
        "created_at": clock.now(),
    }
    return _kept(Passkey(**(values | more)))


def document(subject: Model, **more: Any) -> Document:
    """Return a document without its file: a sheet of text that was attached to something."""
    number = next(_number)
    file = _kept(StoredFile(sha256=f"{number:064x}", size_bytes=7, media_type="text/plain", created_at=clock.now()))
    values = {"subject": key_of(subject), "name": f"Blatt {number}.txt", "created_at": clock.now()}
    return _kept(Document(file=file, **(values | more)))
