"""What led to what, as far as somebody may know of it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.agreements import queries as agreements
from tracker.agreements.models import Agreement, AgreementParty
from tracker.agreements.queries import visible_agreements
from tracker.db import PartialDate, TranslatedType, db
from tracker.events.models import Event, EventKind
from tracker.events.queries import visible_events
from tracker.language import _, translated
from tracker.lineage.models import LedTo
from tracker.lineage.rules import Line, Link, Thing, ThingKind, line_of
from tracker.log.models import LogEntry, LogKind
from tracker.log.queries import visible_entries
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation, former_names_of
from tracker.organisations.queries import visible_organisations
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership, PartnershipParty
from tracker.partnerships.queries import visible_partnerships
from tracker.projects import queries as projects
from tracker.projects.models import Project, ProjectOrganisation, ProjectPartnership
from tracker.projects.queries import visible_projects
from tracker.web.access import HIGHEST_ID, Somebody
from tracker.web.formats import partial_date
from tracker.web.statements import written_once

#: So many events and log entries are offered, the newest; from the page of one everything else can be chosen.
MOST_ENTRIES = 200
#: What the statements are called where things and statements are asked for together.
LED_TO = "led_to"
#: The key of where one stands.
HERE: sa.ColumnElement[str] = sa.bindparam("here", type_=sa.String(60))
Choices = dict[str, list[tuple[str, str]]]
_SORTS: dict[ThingKind, type[EventKind] | type[LogKind]] = {ThingKind.EVENT: EventKind, ThingKind.LOG_ENTRY: LogKind}


def thing(reader: Somebody, key: str) -> Thing | None:
    """Return what a key names, if this person may know of it."""
    return things(reader, [key], besides=key).get(key)


def line(reader: Somebody, here: str) -> Line:
    """Return what led to something and what that led to; one query."""
    return line_in(here, db.session.execute(_line(reader), {"here": here}))


@written_once
def _line(reader: Somebody) -> sa.CompoundSelect[*tuple[Any, ...]]:
    return sa.union_all(*parts(reader))


def parts(reader: Somebody) -> list[sa.Select[Any]]:
    """Return what to ask for a line, all at once and with more of the same shape: the things, then the statements.

    The key of that through which it leads is handed over as `here`. What is in the archive is left out, unless one
    stands on its page.
    """
    near = _around(HERE)
    asked = []
    for kind in ThingKind:
        # Only what is of this kind has a number there: no database tells in which order it looks.
        number = sa.case((near.c.key.startswith(f"{kind.value}:"), sa.func.substr(near.c.key, len(kind.value) + 2)))
        asked.append(_shown(reader, kind, sa.select(sa.cast(number, sa.Integer)), HERE))
    return [*asked, _statements(near)]


def line_in(here: str, rows: Iterable[Any]) -> Line:
    """Draw the line through something from what `parts` asked for; rows of other sorts are left alone."""
    found = list(rows)
    seen = [_thing(row) for row in found if row.what in set(ThingKind)]
    links = [_link(row) for row in found if row.what == LED_TO]
    return line_of(here, {one.key: one for one in seen}, sorted(links, key=lambda link: link.id))


def links_around(here: str) -> list[Link]:
    """Return the statements between what led to something, itself, and what that led to; one query."""
    return [_link(row) for row in db.session.execute(_statements(_around(HERE)), {"here": here})]


def _around(here: sa.ColumnElement[str]) -> sa.CTE:
    """Return the keys of what led to something, of itself, and of what that led to."""
    start = sa.select(here.label("key"))
    before = start.cte("before", recursive=True)
    before = before.union(sa.select(LedTo.origin).join(before, LedTo.outcome == before.c.key))
    after = start.cte("after", recursive=True)
    after = after.union(sa.select(LedTo.outcome).join(after, LedTo.origin == after.c.key))
    return sa.union(sa.select(before.c.key), sa.select(after.c.key)).cte("near")


def _statements(near: sa.CTE) -> sa.Select[Any]:
    """Return the statements of which both ends are among some keys, in the shape of a thing."""
    shaped = sa.select(
        sa.literal(LED_TO).label("what"),
        LedTo.id.label("id"),
        sa.type_coerce(LedTo.note, TranslatedType()).label("title"),
        LedTo.outcome.label("label"),
        sa.cast(LedTo.happened_on, sa.String(10)).label("begins"),
        LedTo.origin.label("status"),
    )
    keys = sa.select(near.c.key)
    return cast("sa.Select[Any]", shaped.where(LedTo.origin.in_(keys), LedTo.outcome.in_(keys)))


def things(reader: Somebody, keys: Iterable[str], besides: str = "") -> dict[str, Thing]:
    """Return key to what it names, of what this person may know of; one query.

    What is in the archive is left out, unless one stands on its page.
    """
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, id_ in filter(None, map(_parted, keys)):
        ids[kind].append(id_)
    if not ids:
        return {}
    own = sa.literal(besides, sa.String(60))
    asked = [_shown(reader, kind, ids[kind.value], own) for kind in ThingKind if kind.value in ids]
    found = map(_thing, db.session.execute(sa.union_all(*asked)))
    return {one.key: one for one in found}


def _shown(
    reader: Somebody, kind: ThingKind, ids: list[int] | sa.Select[tuple[int]], besides: sa.ColumnElement[str]
) -> sa.Select[Any]:
    """Return what somebody may know of one kind, by ids, and not in the archive but for one."""
    model, visible, title, begins, settled, more = _kinds(reader)[kind]
    own = sa.literal(f"{kind.value}:") + sa.cast(model.id, sa.String) == besides
    return (
        cast("sa.Select[Any]", visible)
        .where(model.id.in_(ids), sa.or_(model.archived_at.is_(None), own))
        .with_only_columns(
            sa.literal(kind.value).label("what"),
            model.id.label("id"),
            sa.type_coerce(title, TranslatedType()).label("title"),
            sa.cast(settled, sa.String(60)).label("label"),
            sa.cast(begins, sa.String(10)).label("begins"),
            sa.cast(more, sa.Text).label("status"),
        )
    )


def one(reader: Somebody, led_to_id: int) -> LedTo | None:
    """Return a statement, if this person may know of both its ends."""
    row = db.session.get(LedTo, led_to_id)
    if row is None:
        return None
    ends = {row.origin, row.outcome}
    return row if ends <= things(reader, ends).keys() else None


def choices(reader: Somebody, here: Thing) -> Choices:
    """Return heading to keys and names of what something may have come out of, or have led to."""
    offered = {
        ThingKind.PROJECT: projects.choices(reader),
        ThingKind.PARTNERSHIP: partnerships.choices(reader),
        ThingKind.AGREEMENT: agreements.choices(reader),
        ThingKind.ORGANISATION: organisations.choices(reader, former=True),
        ThingKind.EVENT: _events(reader),
        ThingKind.LOG_ENTRY: _entries(reader, here),
    }
    headings = (_("Projects"), _("Partnerships"), _("Agreements"), _("Organisations"), _("Events"), _("Log"))
    return {
        heading: [(f"{kind.value}:{id_}", name) for id_, name in pairs if f"{kind.value}:{id_}" != here.key]
        for heading, (kind, pairs) in zip(headings, offered.items(), strict=True)
    }


def _events(reader: Somebody) -> list[tuple[int, str]]:
    """Return id and title of events, the newest first."""
    query = (
        visible_events(reader)
        .where(Event.archived_at.is_(None))
        .order_by(Event.begins_on.desc(), Event.id.desc())
        .limit(MOST_ENTRIES)
        .with_only_columns(Event.id, Event.begins_on, Event.title)
    )
    return [(id_, f"{partial_date(on)}: {translated(title)}") for id_, on, title in db.session.execute(query)]


def _entries(reader: Somebody, here: Thing) -> list[tuple[int, str]]:
    """Return id and line of what was logged about something and those around it, the newest first."""
    query = (
        visible_entries(reader)
        .where(LogEntry.archived_at.is_(None), _near(here))
        .order_by(LogEntry.happened_on.desc(), LogEntry.id.desc())
        .limit(MOST_ENTRIES)
        .with_only_columns(LogEntry.id, LogEntry.happened_on, LogEntry.summary)
    )
    return [(id_, f"{partial_date(on)}: {translated(summary)}") for id_, on, summary in db.session.execute(query)]


def _near(here: Thing) -> sa.ColumnElement[bool]:
    """Match the entries about something, its partnerships and projects, and those who take part in it."""
    party, member, under = PartnershipParty, ProjectOrganisation, ProjectPartnership
    match here.kind:
        case ThingKind.PROJECT:
            linked = sa.select(under.partnership_id).where(under.project_id == here.id)
            bodies = sa.select(member.organisation_id).where(member.project_id == here.id)
            return _about(sa.select(Project.id).where(Project.id == here.id), linked, bodies)
        case ThingKind.PARTNERSHIP:
            below = sa.select(under.project_id).where(under.partnership_id == here.id)
            bodies = sa.select(party.organisation_id).where(party.partnership_id == here.id)
            return _about(below, sa.select(Partnership.id).where(Partnership.id == here.id), bodies)
        case ThingKind.AGREEMENT:
            of = sa.select(Agreement.partnership_id).where(Agreement.id == here.id)
            below = sa.select(under.project_id).where(under.partnership_id.in_(of))
            bodies = sa.select(AgreementParty.organisation_id).where(AgreementParty.agreement_id == here.id)
            return _about(below, of, bodies)
        case ThingKind.ORGANISATION:
            taken = sa.select(member.project_id).where(member.organisation_id == here.id)
            linked = sa.select(party.partnership_id).where(party.organisation_id == here.id)
            return _about(taken, linked, sa.select(Organisation.id).where(Organisation.id == here.id))
        case ThingKind.EVENT:
            at = Event.id == here.id
            return _about(
                sa.select(Event.project_id).where(at),
                sa.select(Event.partnership_id).where(at),
                sa.select(Event.host_id).where(at),
            )
        case _:
            entry = aliased(LogEntry)
            at = entry.id == here.id
            return _about(
                sa.select(entry.project_id).where(at),
                sa.select(entry.partnership_id).where(at),
                sa.select(entry.organisation_id).where(at),
            )


def _about(
    projects: sa.Select[Any], partnerships: sa.Select[Any], organisations: sa.Select[Any]
) -> sa.ColumnElement[bool]:
    return sa.or_(
        LogEntry.project_id.in_(projects),
        LogEntry.partnership_id.in_(partnerships),
        LogEntry.organisation_id.in_(organisations),
    )


def _kinds(reader: Somebody) -> dict[ThingKind, tuple[Any, ...]]:
    """Return per kind its table, what of it this person may see, its name, two dates, and the sort or former names."""
    none = sa.null()
    first = sa.func.coalesce(Partnership.contact_since, Partnership.formal_since)
    return {
        ThingKind.PROJECT: (Project, visible_projects(reader), Project.title, Project.begins, none, none),
        ThingKind.PARTNERSHIP: (
            Partnership,
            visible_partnerships(reader),
            Partnership.title,
            first,
            Partnership.formal_since,
            none,
        ),
        ThingKind.AGREEMENT: (
            Agreement,
            visible_agreements(reader),
            Agreement.title,
            Agreement.signed_on,
            none,
            none,
        ),
        ThingKind.ORGANISATION: (
            Organisation,
            visible_organisations(reader),
            Organisation.name,
            none,
            none,
            Organisation.former_names,
        ),
        ThingKind.EVENT: (
            Event,
            visible_events(reader),
            Event.title,
            Event.begins_on,
            none,
            Event.kind,
        ),
        ThingKind.LOG_ENTRY: (
            LogEntry,
            visible_entries(reader),
            LogEntry.summary,
            LogEntry.happened_on,
            none,
            LogEntry.kind,
        ),
    }


def _thing(row: Any) -> Thing:  # noqa: ANN401 - a row of several joined selects
    kind = ThingKind(row.what)
    return Thing(
        kind,
        row.id,
        row.title,
        PartialDate(row.begins) if row.begins else None,
        PartialDate(row.label) if row.label else None,
        _SORTS[kind](row.status) if row.status and kind in _SORTS else None,
        former_names_of(row.status) if kind is ThingKind.ORGANISATION else (),
    )


def _link(row: Any) -> Link:  # noqa: ANN401 - a row of several joined selects
    on = PartialDate(row.begins) if row.begins else None
    return Link(row.status, row.label, on, row.title, row.id)


def _parted(key: str) -> tuple[str, int] | None:
    """Return the table and the id that a key is made of, or None for what is no key."""
    kind, _colon, number = key.partition(":")
    if kind not in set(ThingKind) or not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return None
    return (kind, int(number)) if int(number) <= HIGHEST_ID else None
