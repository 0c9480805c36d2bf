"""What a calendar that other programs fetch holds, and whose it is."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tracker.accounts.models import Account
from tracker.calendar.ical import Occasion, Words
from tracker.calendar.models import Feed
from tracker.db import PartialDate, Translated, db
from tracker.events.models import Event, EventStatus
from tracker.events.queries import visible_events
from tracker.history.models import HistoryLine
from tracker.language import _, translated
from tracker.mail.changes import NUMBER
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership, PartnershipParty
from tracker.people.models import Contact, Person
from tracker.projects.models import Project, ProjectCoordinator, ProjectOrganisation
from tracker.projects.queries import visible_projects
from tracker.web.access import Somebody

_STATUS = {EventStatus.PLANNED: "TENTATIVE", EventStatus.CANCELLED: "CANCELLED"}
_WHOLE = len("2027-04-16")


# ---- whose


@dataclass(frozen=True)
class Held:
    """An address that opens something: what, and whose eyes it sees with."""

    feed_id: int
    project_id: int | None
    reader: Somebody
    #: Changes whenever anything changes that may stand in there, and every day.
    tag: str
    #: When that day ends.
    until: datetime


#: Everybody's program asks this again and again, so it is written once: a line for each function of the person.
_HELD = (
    sa.select(
        Feed.id,
        Feed.project_id,
        Account.id.label("account_id"),
        Account.role,
        Person.id.label("person_id"),
        Person.name,
        Person.language,
        Person.zone,
        Office.zone.label("office_zone"),
        Contact.organisation_id,
        Contact.from_on,
        Contact.until_on,
        Organisation.zone.label("place_zone"),
        NUMBER.label("number"),
    )
    .select_from(Feed)
    .join(Person, Feed.person_id == Person.id)
    .join(Account, Account.person_id == Person.id)
    .join(Office, sa.true())
    .outerjoin(Contact, sa.and_(Contact.person_id == Person.id, Contact.archived_at.is_(None)))
    .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
    .where(Feed.secret_hash == sa.bindparam("secret_hash"), Person.locked_at.is_(None), Person.archived_at.is_(None))
    .order_by(Contact.is_first.desc(), Contact.id)
)


def held(secret_hash: str, now: datetime) -> Held | None:
    """Return what an address opens; nothing for one that is unknown, or of somebody who may do nothing any more."""
    rows: Sequence[Any] = db.session.connection().execute(_HELD, {"secret_hash": secret_hash}).all()
    if not rows:
        return None
    one = rows[0]
    today = now.astimezone(ZoneInfo(one.office_zone)).date()
    places = [
        (row.organisation_id, row.place_zone)
        for row in rows
        if row.organisation_id
        and (row.from_on is None or row.from_on <= today)
        and (row.until_on is None or today <= row.until_on)
    ]
    reader = Somebody(
        id=one.person_id,
        name=one.name,
        role=one.role.value,
        language=one.language,
        zone=one.zone or (places[0][1] if places else one.office_zone),
        organisation_ids=frozenset(organisation_id for organisation_id, _zone in places),
        sign_in_id=0,
        account_id=one.account_id,
        seen_until=None,
        noted_at=now,
    )
    tag = hashlib.sha256(f"{secret_hash}|{one.number}|{today}".encode()).hexdigest()[:32]
    tomorrow = datetime.combine(today + timedelta(days=1), time(), ZoneInfo(one.office_zone))
    return Held(one.id, one.project_id, reader, tag, tomorrow)


def address_of(person_id: int, project_id: int | None) -> Feed | None:
    """Return the address that somebody has: for a project, or for all that is theirs."""
    of_this = Feed.project_id.is_(None) if project_id is None else Feed.project_id == project_id
    return db.session.scalar(sa.select(Feed).where(Feed.person_id == person_id, of_this))


# ---- what


@dataclass(frozen=True)
class Site:
    """Where links lead to, and what no other installation is called."""

    #: None: whoever reads it cannot follow a link.
    url: str | None
    host: str

    def link(self, path: str) -> str:
        """Return where a path leads to, or nothing."""
        return f"{self.url}{path}" if self.url else ""


def of_person(reader: Somebody, site: Site) -> list[Occasion]:
    """Return the milestones that are somebody's, and the events of their projects; three queries."""
    coordinated = sa.select(ProjectCoordinator.project_id).where(ProjectCoordinator.person_id == reader.id)
    with_them = sa.select(ProjectOrganisation.project_id).where(
        ProjectOrganisation.organisation_id.in_(reader.organisation_ids)
    )
    joined = sa.select(PartnershipParty.partnership_id).where(
        PartnershipParty.organisation_id.in_(reader.organisation_ids)
    )
    on_the_way = sa.and_(Event.project_id.is_(None), Event.partnership_id.in_(joined))
    is_event_theirs = sa.or_(
        # Whoever coordinates has their own projects; everybody else those of their organisations.
        Event.project_id.in_(coordinated if reader.is_coordinator else sa.union(coordinated, with_them)),
        Event.on_the_spot_id == reader.id,
        on_the_way,
    )
    is_milestone_theirs = sa.or_(
        Milestone.responsible_person_id == reader.id,
        Milestone.responsible_organisation_id.in_(reader.organisation_ids),
    )
    return _occasions(_events(reader).where(is_event_theirs), _milestones(reader).where(is_milestone_theirs), site)


def of_project(reader: Somebody, project_id: int, site: Site) -> list[Occasion]:
    """Return the milestones and events of a project, as far as somebody may know of it; three queries."""
    return _occasions(
        _events(reader).where(Event.project_id == project_id),
        _milestones(reader).where(Milestone.project_id == project_id),
        site,
    )


def of_event(reader: Somebody, event_id: int, site: Site) -> list[Occasion]:
    """Return one event; nothing while its days are not wholly known; two queries."""
    return _occasions(_events(reader).where(Event.id == event_id), None, site)


def of_letters(event_ids: Collection[int], site: Site) -> list[Occasion]:
    """Return events as those read them whom they concern, with an account or without; two queries."""
    return _occasions(_wholly_known(sa.select(Event)).where(Event.id.in_(event_ids)), None, site)


def _events(reader: Somebody) -> sa.Select[Any]:
    # A partner knows the project; the partnership behind it is the office's own.
    return _wholly_known(visible_events(reader), names_partnership=reader.sees_all)


def _wholly_known(events: sa.Select[Event], *, names_partnership: bool = False) -> sa.Select[Any]:
    begins, ends = (sa.type_coerce(column, sa.String) for column in (Event.begins_on, Event.ends_on))
    query = (
        events.outerjoin(Project, Event.project_id == Project.id)
        .outerjoin(Partnership, Event.partnership_id == Partnership.id)
        .where(
            Event.archived_at.is_(None),
            Project.archived_at.is_(None),
            sa.func.length(begins) == _WHOLE,
            sa.func.coalesce(sa.func.length(ends), _WHOLE) == _WHOLE,
        )
        .order_by(Event.begins_on, Event.id)
        .with_only_columns(
            *(Event.id, Event.kind, Event.title, Event.summary, Event.status, Event.version, Event.created_at),
            *(Event.begins_on, Event.begins_at, Event.ends_on, Event.ends_at, Event.zone, Event.place, Event.address),
            Project.title.label("project"),
            (Partnership.title if names_partnership else sa.null()).label("partnership"),
        )
    )
    return cast("sa.Select[Any]", query)


def _milestones(reader: Somebody) -> sa.Select[Any]:
    query = (
        sa.select(Milestone.id, Milestone.kind, Milestone.title, Milestone.state, Milestone.version)
        .add_columns(Milestone.created_at, Milestone.due_on, Milestone.done_on, Milestone.project_id)
        .add_columns(Project.title.label("project"))
        .join(Project, Milestone.project_id == Project.id)
        .where(Milestone.archived_at.is_(None), Project.archived_at.is_(None))
        .order_by(Milestone.due_on, Milestone.id)
    )
    if reader.sees_all:
        return query
    return query.where(Project.id.in_(visible_projects(reader).with_only_columns(Project.id)))


def _occasions(events: sa.Select[Any], milestones: sa.Select[Any] | None, site: Site) -> list[Occasion]:
    attended = db.session.execute(events).all()
    promised = db.session.execute(milestones).all() if milestones is not None else []
    changed = _changed([f"event:{row.id}" for row in attended] + [f"milestone:{row.id}" for row in promised])
    return [
        *(_event(row, changed.get(f"event:{row.id}", row.created_at), site) for row in attended),
        *(_milestone(row, changed.get(f"milestone:{row.id}", row.created_at), site) for row in promised),
    ]


def _changed(subjects: Sequence[str]) -> dict[str, datetime]:
    """Return when each was last changed, by what the history knows; one query."""
    query = sa.select(HistoryLine.subject, sa.func.max(HistoryLine.at)).where(HistoryLine.subject.in_(subjects))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(HistoryLine.subject))}


def _event(row: Any, changed_at: datetime, site: Site) -> Occasion:  # noqa: ANN401 - a row of the query
    url = site.link(f"/events/{row.id}")
    begins_on: PartialDate = row.begins_on
    about = row.project or row.partnership
    return Occasion(
        uid=f"event-{row.id}@{site.host}",
        title=_words(row.title),
        first=begins_on.earliest,
        last=(row.ends_on or begins_on).latest,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        zone=row.zone,
        sequence=row.version,
        created_at=row.created_at,
        changed_at=changed_at,
        status=_STATUS.get(row.status, "CONFIRMED"),
        category=str(row.kind.label),
        url=url,
        place=", ".join(filter(None, (row.place, row.address))),
        text=_paragraphs([_text(row.summary), _text(about), url]),
    )


def _milestone(row: Any, changed_at: datetime, site: Site) -> Occasion:  # noqa: ANN401 - a row of the query
    url = site.link(f"/projects/{row.project_id}#milestone-{row.id}")
    day = row.done_on or row.due_on
    stands = _("Done") if row.state is MilestoneState.DONE else None
    return Occasion(
        uid=f"milestone-{row.id}@{site.host}",
        title=_words(row.title),
        first=day,
        last=day,
        begins_at=None,
        ends_at=None,
        zone=None,
        sequence=row.version,
        created_at=row.created_at,
        changed_at=changed_at,
        status="CANCELLED" if row.state is MilestoneState.CANCELLED else "CONFIRMED",
        category=str(row.kind.label),
        url=url,
        text=_paragraphs([stands, _text(row.project), url]),
        is_busy=False,
    )


def _words(text: Translated) -> Words:
    wording = translated(text)
    return Words(wording.text, wording.language) if wording else Words("", text.original)


def _text(text: Translated | None) -> str | None:
    return str(translated(text)) if text else None


def _paragraphs(parts: Iterable[str | None]) -> str:
    return "\n\n".join(part for part in parts if part)
