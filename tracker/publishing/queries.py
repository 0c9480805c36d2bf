"""What is published: only rows that were published are asked for, and of them only columns that everybody may read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.agreements.models import Agreement
from tracker.db import PartialDateType, Translated, db
from tracker.events.models import Event, EventStatus
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb
from tracker.lineage.models import LedTo
from tracker.log.models import LogEntry, LogKind
from tracker.log.queries import same_visit, took_place
from tracker.organisations.models import Office, Organisation, name_on
from tracker.partnerships.models import Partnership, PartnershipParty, Pillar, PillarText, Publicity, Side
from tracker.projects.models import (
    Project,
    ProjectOrganisation,
    ProjectPartnership,
    ProjectRole,
    ProjectStatus,
    Series,
)
from tracker.publishing.page import Contents, Entry, Paper, Party, PublicEvent, PublicPartnership, PublicProject
from tracker.publishing.rules import Standing, standing

#: Fields of which a change is one of the page.
_FIELDS = (
    *("title", "name", "kind", "pillar", "status", "umbrella", "continued_by", "parties", "public_text"),
    *("contact_since", "formal_since", "ended", "begins", "ends", "series", "edition_label", "partnerships"),
    *("organisations", "signed_on", "valid_until", "languages", "introduction", "happened_on"),
)
_VERBS_OF_EVENTS = [verb.name for verb in (Verb.EVENT_CREATED, Verb.EVENT_ARCHIVED, Verb.EVENT_RESTORED)]
_OF_EVENTS = ("begins_on", "ends_on", "place")
#: Fields that let something appear or disappear.
_SWITCHES = ("publicity", "published", "public_page")
_ORGANISATION = "organisation:"

_named = sa.and_(Partnership.publicity == Publicity.NAMED, Partnership.archived_at.is_(None))
_published = sa.and_(Project.published, Project.archived_at.is_(None))
_happened = sa.and_(
    LogEntry.published,
    LogEntry.archived_at.is_(None),
    sa.or_(
        LogEntry.project_id.in_(sa.select(Project.id).where(_published)),
        LogEntry.partnership_id.in_(sa.select(Partnership.id).where(_named)),
    ),
)
_announced = sa.and_(
    Event.published,
    Event.archived_at.is_(None),
    Event.status != EventStatus.CANCELLED,
    sa.or_(
        Event.project_id.in_(sa.select(Project.id).where(_published)),
        Event.partnership_id.in_(sa.select(Partnership.id).where(_named)),
    ),
)
_signed = sa.and_(
    Agreement.published,
    Agreement.archived_at.is_(None),
    Agreement.partnership_id.in_(sa.select(Partnership.id).where(_named)),
)


def contents(office: Office) -> Contents:
    """Return all that is published; the same number of queries, however much that is."""
    led_to, under, organisations = _pairs()
    at = db.session.scalar(_changed())
    return Contents(
        pillars=_pillars(),
        partnerships=_partnerships(),
        projects=_projects(),
        parties=_parties(),
        papers=_papers(),
        entries=_entries(),
        events=_events(),
        under=under,
        led_to=led_to,
        organisations=organisations,
        as_of=at.astimezone(ZoneInfo(office.zone)).date() if at else None,
    )


def standings(languages: Sequence[str]) -> list[Standing]:
    """Return what was published, and what stands on the page with it and needs somebody, which comes first."""
    partnerships = db.session.execute(
        sa.select(Partnership.id, Partnership.title, Partnership.public_text, Partnership.publicity).where(
            Partnership.publicity != Publicity.HIDDEN, Partnership.archived_at.is_(None)
        )
    )
    projects = db.session.execute(sa.select(Project.id, Project.title, Project.public_text).where(_published))
    entries = db.session.execute(sa.select(LogEntry.id, LogEntry.summary).where(_happened))
    events = db.session.execute(sa.select(Event.id, Event.title).where(_announced))
    taking_part = sa.union(
        sa.select(PartnershipParty.organisation_id).join(Partnership).where(_named),
        sa.select(ProjectOrganisation.organisation_id).join(Project).where(_published),
    )
    organisations = db.session.execute(
        sa.select(Organisation.id, Organisation.name).where(Organisation.id.in_(taking_part))
    )
    agreements = db.session.execute(sa.select(Agreement.id, Agreement.title).where(_signed))
    of_projects = sa.select(Project.series_id).where(_published)
    series = db.session.execute(sa.select(Series.id, Series.title).where(Series.id.in_(of_projects)))
    by_name = Publicity.NAMED
    published = [
        *(
            standing("partnership", one.id, one.title, one.public_text, publicity=one.publicity, languages=languages)
            for one in partnerships
        ),
        *(
            standing("project", one.id, one.title, one.public_text, publicity=by_name, languages=languages)
            for one in projects
        ),
        *(standing("log_entry", one.id, one.summary, None, publicity=by_name, languages=languages) for one in entries),
        *(standing("event", one.id, one.title, None, publicity=by_name, languages=languages) for one in events),
    ]
    with_it = [
        *(standing("organisation", one.id, one.name, None, languages=languages) for one in organisations),
        *(standing("agreement", one.id, one.title, None, languages=languages) for one in agreements),
        *(standing("pillar_text", one, one, text, languages=languages) for one, text in _pillars().items()),
        *(standing("series", one.id, one.title, None, languages=languages) for one in series),
    ]
    found = [*published, *(one for one in with_it if not one.is_whole)]
    return sorted(found, key=lambda one: (one.is_whole, one.sorted_by))


def _pillars() -> Mapping[Pillar, Translated]:
    rows = db.session.execute(sa.select(PillarText.pillar, PillarText.introduction))
    return {pillar: text for pillar, text in rows if text is not None}


def _partnerships() -> Sequence[PublicPartnership]:
    query = sa.select(
        *(Partnership.id, Partnership.title, Partnership.public_text, Partnership.kind, Partnership.pillar),
        *(Partnership.status, Partnership.publicity, Partnership.umbrella_id, Partnership.continued_by_id),
        *(Partnership.contact_since, Partnership.formal_since, Partnership.ended),
    ).where(Partnership.publicity != Publicity.HIDDEN, Partnership.archived_at.is_(None))
    return [PublicPartnership._make(row) for row in db.session.execute(query.order_by(Partnership.id))]


def _projects() -> Sequence[PublicProject]:
    query = (
        sa.select(
            *(Project.id, Project.title, Project.public_text, Project.status, Project.begins, Project.ends),
            *(Project.edition_label, Project.series_id, Series.title),
        )
        .outerjoin(Series, Series.id == Project.series_id)
        .where(_published)
    )
    return [PublicProject._make(row) for row in db.session.execute(query.order_by(Project.id))]


def _parties() -> Mapping[str, Sequence[Party]]:
    """Return key to the organisations in it, as they were entered, under the names they had when it was over."""
    is_over = Project.status.in_((ProjectStatus.COMPLETED, ProjectStatus.CANCELLED))
    then = sa.case((is_over, sa.func.coalesce(Project.ends, Project.begins)))
    asked = sa.union_all(
        _members(
            Partnership,
            PartnershipParty,
            of=PartnershipParty.partnership_id,
            place=PartnershipParty.side,
            then=Partnership.ended,
            published=_named,
        ),
        _members(
            Project,
            ProjectOrganisation,
            of=ProjectOrganisation.project_id,
            place=ProjectOrganisation.role,
            then=sa.type_coerce(then, PartialDateType()),
            published=_published,
        ),
    ).subquery()
    found: dict[str, list[Party]] = defaultdict(list)
    for row in db.session.execute(sa.select(asked).order_by(asked.c.what, asked.c.of, asked.c.number)):
        place = Side(row.place) if row.what == Partnership.__tablename__ else ProjectRole(row.place)
        name = name_on(row.name, row.former_names, row.then)
        found[f"{row.what}:{row.of}"].append(Party(name, row.country, place))
    return found


def _members(whole: Any, member: Any, *, of: Any, place: Any, then: Any, published: Any) -> sa.Select[Any]:  # noqa: ANN401 - models and their columns
    return (
        sa.select(
            sa.literal(whole.__tablename__).label("what"),
            of.label("of"),
            member.id.label("number"),
            Organisation.name,
            Organisation.former_names,
            Organisation.country,
            then.label("then"),
            sa.cast(place, sa.String(40)).label("place"),
        )
        .join(Organisation, Organisation.id == member.organisation_id)
        .join(whole, whole.id == of)
        .where(published)
    )


def _papers() -> Mapping[str, Sequence[Paper]]:
    """Return key of the partnership to its agreements, the earliest first."""
    query = (
        sa.select(
            *(Agreement.partnership_id, Agreement.id, Agreement.title, Agreement.signed_on),
            *(Agreement.valid_until, Agreement.languages),
        )
        .where(_signed)
        .order_by(Agreement.signed_on.is_(None), Agreement.signed_on, Agreement.id)
    )
    found: dict[str, list[Paper]] = defaultdict(list)
    for partnership_id, *paper in db.session.execute(query):
        found[f"partnership:{partnership_id}"].append(Paper._make(paper))
    return found


def _entries() -> Sequence[Entry]:
    """Return the lines of the log that were published, each below its project or else its partnership."""
    query = (
        sa.select(
            LogEntry.id,
            sa.case((_published, _key(Project)), else_=_key(Partnership)),
            *(LogEntry.happened_on, LogEntry.kind, LogEntry.summary),
        )
        .outerjoin(Project, Project.id == LogEntry.project_id)
        .outerjoin(Partnership, Partnership.id == LogEntry.partnership_id)
        .where(_happened)
    )
    return [Entry._make(row) for row in db.session.execute(query)]


def _events() -> Sequence[PublicEvent]:
    """Return the events that were published, but for those of which a published line of the log tells already."""
    told = sa.exists().where(_happened, LogEntry.kind == LogKind.VISIT, took_place(), _is_told())
    query = (
        sa.select(
            Event.id,
            sa.case((_published, _key(Project)), else_=_key(Partnership)),
            *(Event.title, Event.kind, Event.begins_on, Event.ends_on, Event.place),
        )
        .outerjoin(Project, Project.id == Event.project_id)
        .outerjoin(Partnership, Partnership.id == Event.partnership_id)
        .where(_announced, ~told)
    )
    return [PublicEvent._make(row) for row in db.session.execute(query)]


def _is_told() -> sa.ColumnElement[bool]:
    """Match an entry and an event if they are the same visit of the same partnership."""
    return sa.and_(same_visit(), LogEntry.partnership_id == Event.partnership_id)


def _pairs() -> tuple[list[tuple[str, str]], set[tuple[str, str]], dict[str, Translated]]:
    """Return what led to what, which project stands under which partnership, and the names of organisations.

    An organisation is named where something published came out of it, or led to it.
    """
    shown = sa.union(
        _keys(Partnership, _named),
        _keys(Project, _published),
        _keys(Agreement, _signed),
        _keys(LogEntry, _happened),
        _keys(Event, _announced),
    ).subquery()
    here = sa.select(shown.c.key)
    origin, outcome = _as_told(LedTo.origin), _as_told(LedTo.outcome)
    first, second = aliased(Organisation), aliased(Organisation)
    statements = (
        sa.select(
            sa.literal("led_to").label("what"),
            LedTo.id.label("number"),
            origin.label("origin"),
            outcome.label("outcome"),
            first.name.label("first"),
            second.name.label("second"),
        )
        .outerjoin(first, sa.and_(first.id == _number(LedTo.origin), first.archived_at.is_(None)))
        .outerjoin(second, sa.and_(second.id == _number(LedTo.outcome), second.archived_at.is_(None)))
        .where(
            sa.or_(origin.in_(here), first.id.is_not(None)),
            sa.or_(outcome.in_(here), second.id.is_not(None)),
            sa.or_(origin.in_(here), outcome.in_(here)),
        )
    )
    nothing = sa.type_coerce(sa.null(), Organisation.name.type)
    under = (
        sa.select(
            sa.literal("under"),
            ProjectPartnership.project_id,
            _key(Partnership),
            _key(Project),
            nothing,
            nothing,
        )
        .select_from(ProjectPartnership)
        .join(Partnership, Partnership.id == ProjectPartnership.partnership_id)
        .join(Project, Project.id == ProjectPartnership.project_id)
        .where(_named, _published)
    )
    led_to, below = [], set()
    names: dict[str, Translated] = {}
    for row in sorted(db.session.execute(sa.union_all(statements, under)), key=lambda row: row.number):
        pair = (row.origin, row.outcome)
        if row.what == "under":
            below.add(pair)
            continue
        if pair not in led_to:
            led_to.append(pair)
        names |= {key: name for key, name in ((row.origin, row.first), (row.outcome, row.second)) if name is not None}
    return led_to, below, names


def _key(model: Any) -> sa.ColumnElement[str]:  # noqa: ANN401 - a table that statements name
    return sa.literal(f"{model.__tablename__}:") + sa.cast(model.id, sa.String(12))


def _keys(model: Any, published: sa.ColumnElement[bool]) -> sa.Select[Any]:  # noqa: ANN401 - a table that statements name
    return sa.select(_key(model).label("key")).where(published)


def _as_told(key: sa.SQLColumnExpression[str]) -> sa.ColumnElement[str]:
    """Return what stands on the page in the place of what a key names: of an event, the line that tells of it."""
    entry = (
        sa.select(sa.func.min(LogEntry.id))
        .join(Event, _is_told())
        .where(_happened, LogEntry.kind == LogKind.VISIT, took_place(), _key(Event) == key)
        .scalar_subquery()
    )
    return sa.func.coalesce(sa.literal(f"{LogEntry.__tablename__}:") + sa.cast(entry, sa.String(12)), key)


def _number(key: sa.SQLColumnExpression[str]) -> sa.ColumnElement[int | None]:
    """Return the id of an organisation that a key names; no database tells in which order it looks."""
    return sa.cast(sa.case((key.startswith(_ORGANISATION), sa.func.substr(key, len(_ORGANISATION) + 1))), sa.Integer)


def _changed() -> sa.Select[Any]:
    """Ask the history when something on the page was changed last, or taken off it."""
    shown = sa.union(
        _keys(Partnership, Partnership.publicity != Publicity.HIDDEN),
        _keys(Project, Project.published.is_(True)),
        _keys(
            Agreement,
            sa.and_(Agreement.published, Agreement.partnership_id.in_(sa.select(Partnership.id).where(_named))),
        ),
        _keys(LogEntry, LogEntry.published.is_(True)),
        _keys(Event, Event.published.is_(True)),
        _keys(PillarText, sa.true()),
        _keys(Office, sa.true()),
        *(
            sa.select(_key(Organisation).label("key")).where(Organisation.id.in_(sa.select(of).where(published)))
            for of, published in (
                (
                    PartnershipParty.organisation_id,
                    PartnershipParty.partnership_id.in_(sa.select(Partnership.id).where(_named)),
                ),
                (
                    ProjectOrganisation.organisation_id,
                    ProjectOrganisation.project_id.in_(sa.select(Project.id).where(_published)),
                ),
            )
        ),
    ).subquery()
    all_of_them = sa.union(
        _keys(Partnership, sa.true()),
        _keys(Project, sa.true()),
        _keys(Agreement, Agreement.version > 1),
        _keys(LogEntry, LogEntry.version > 1),
        _keys(Event, Event.version > 1),
    ).subquery()
    facts = sa.cast(HistoryLine.facts, sa.Text)
    # What was entered, archived or brought back is told without the fields that changed.
    of_the_page = sa.or_(
        sa.and_(
            ~facts.contains('"changes": {'),
            # What happens at an event, and to whom, is nobody's business.
            sa.or_(~HistoryLine.subject.startswith("event:"), HistoryLine.verb.in_(_VERBS_OF_EVENTS)),
        ),
        *(_tells(facts, name) for name in (*_FIELDS, *_SWITCHES)),
        # Of entries the line is public; what else is called so stays inside.
        sa.and_(HistoryLine.subject.startswith("log_entry:"), _tells(facts, "summary")),
        # Of events their days and their place are.
        sa.and_(HistoryLine.subject.startswith("event:"), sa.or_(*(_tells(facts, name) for name in _OF_EVENTS))),
    )
    switched = sa.or_(*(_tells(facts, name) for name in _SWITCHES))
    return sa.select(sa.func.max(HistoryLine.at)).where(
        sa.or_(
            sa.and_(HistoryLine.subject.in_(sa.select(shown.c.key)), of_the_page),
            sa.and_(HistoryLine.subject.in_(sa.select(all_of_them.c.key)), switched),
        )
    )


def _tells(facts: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Match facts that tell of a changed field: within a text each quotation mark stands behind a backslash."""
    return facts.contains(f'"{name}": [')
