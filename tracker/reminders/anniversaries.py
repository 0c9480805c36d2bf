"""What partnerships are reminded of: that nothing was heard for long, and that a jubilee comes."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, select

from tracker.db import db
from tracker.language import _, ngettext
from tracker.log.heard import last_contact
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.partnerships.queries import looked_after
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Matter,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Unit,
    Why,
)
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import portions
from tracker.reminders.rules import after, before, reach_everything, reach_months_ahead
from tracker.reminders.wording import as_known, long_day, same_day, title_of

#: A jubilee is every so many years.
JUBILEE_YEARS = 5


# ---- without contact


def _say_quiet(matter: Matter, _recipient: Recipient, _office: Sender, today: date) -> list[str]:
    last = matter.facts["last_on"]
    if last is None:
        return [_("Nothing has ever been logged about it.")]
    days = (today - last).days
    return [
        ngettext(
            "Without contact since %(date)s, for %(num)s day.",
            "Without contact since %(date)s, for %(num)s days.",
            days,
            date=long_day(last),
        )
    ]


QUIET = Subject(
    word=ReminderSubject.PARTNERSHIP_QUIET,
    default=DefaultRule((0,), then_every_days=90),
    when=after,
    reaching=reach_everything,
    section=Section.NOTICED,
    say=_say_quiet,
    headline=lambda matter, _today: _("Without contact for a long time: “%(title)s”", title=title_of(matter)),
    headlines=lambda number: ngettext(
        "%(num)s partnership without contact", "%(num)s partnerships without contact", number
    ),
    moved="contact_made",
    listed="/partnerships/",
)


def _quiet_within(asked: Asked) -> list[Matter]:
    if asked.changed_since is not None:
        # Silence sets in by itself: no change brings it about.
        return []
    return [one for one in _quiet(looked_after(), asked.today) if one.due_on <= asked.reach.latest]


def _quiet_of(ids: list[str], today: date) -> list[Matter]:
    return [one for portion in portions(int(one) for one in ids) for one in _quiet(Partnership.id.in_(portion), today)]


def _quiet(condition: ColumnElement[bool], today: date) -> list[Matter]:
    rows = db.session.scalars(select(Partnership).where(condition).order_by(Partnership.id)).all()
    heard = _last_heard([row.id for row in rows], today)
    return [
        Matter(
            key=f"quiet:{row.id}",
            subjects=(QUIET,),
            title=row.title,
            project_id=None,
            project_title=None,
            path=f"/partnerships/{row.id}",
            due_on=(heard.get(row.id) or row.created_at.date()) + timedelta(days=row.contact_interval_days or CENTURY),
            since=row.created_at,
            responsible_id=row.coordinator_id,
            as_what=Why.KEEPER,
            over=_over(row) or ("rule_off" if row.contact_interval_days is None else None),
            facts={"last_on": heard.get(row.id)},
        )
        for row in rows
    ]


#: Days after which nobody asks any more.
CENTURY = 36525


def _over(row: Partnership) -> str | None:
    is_alive = row.archived_at is None and row.status is PartnershipStatus.ACTIVE
    return None if is_alive else "partnership_over"


def _last_heard(partnership_ids: Iterable[int], today: date) -> Mapping[int, date]:
    """Return the last day on which there may have been contact."""
    return {
        partnership_id: min(on.latest, today)
        for portion in portions(partnership_ids)
        for partnership_id, on in last_contact(portion).items()
    }


QUIET_PARTNERSHIPS = Source("quiet", (QUIET,), _quiet_within, _quiet_of)


# ---- jubilees


def _say_jubilee(matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    years, day = matter.facts["years"], as_known(matter.facts["day"], matter.due_on.year)
    if matter.facts["is_formal"]:
        return [
            ngettext(
                "%(num)s year of partnership: %(date)s.", "%(num)s years of partnership: %(date)s.", years, date=day
            )
        ]
    return [ngettext("%(num)s year of contact: %(date)s.", "%(num)s years of contact: %(date)s.", years, date=day)]


def _is_near(matter: Matter, _today: date) -> str:
    return ngettext(
        "Jubilee in %(year)s: “%(title)s”, %(num)s year",
        "Jubilee in %(year)s: “%(title)s”, %(num)s years",
        matter.facts["years"],
        year=str(matter.due_on.year),
        title=title_of(matter),
    )


JUBILEE = Subject(
    word=ReminderSubject.JUBILEE,
    default=DefaultRule((12, 3)),
    when=before,
    reaching=reach_months_ahead,
    section=Section.UPCOMING,
    say=_say_jubilee,
    headline=_is_near,
    headlines=lambda number: ngettext("%(num)s jubilee", "%(num)s jubilees", number),
    unit=Unit.MONTHS,
    expires=True,
    moved="jubilee_changed",
    listed="/partnerships/",
)


def _jubilees_within(asked: Asked) -> list[Matter]:
    condition = and_(Partnership.archived_at.is_(None), Partnership.status == PartnershipStatus.ACTIVE)
    if asked.changed_since is not None:
        condition = and_(condition, Partnership.created_at >= asked.changed_since)
    first, last = asked.reach.earliest or asked.first, asked.reach.latest
    rows = db.session.scalars(select(Partnership).where(condition).order_by(Partnership.id)).all()
    return [
        one
        for row in rows
        if (day := row.formal_since or row.contact_since)
        for years in range(JUBILEE_YEARS, last.year - day.year + 1, JUBILEE_YEARS)
        if first <= same_day(day, day.year + years) <= last
        for one in _jubilee(row, years)
    ]


def _jubilees_of(ids: list[str], _today: date) -> list[Matter]:
    wanted = [(int(one), int(years)) for one, _colon, years in (name.partition(":") for name in ids)]
    rows = {
        row.id: row
        for portion in portions(one for one, _years in wanted)
        for row in db.session.scalars(select(Partnership).where(Partnership.id.in_(portion)))
    }
    return [matter for one, years in wanted if one in rows for matter in _jubilee(rows[one], years)]


def _jubilee(row: Partnership, years: int) -> list[Matter]:
    """Return the jubilee of so many years; none where no year is known."""
    day = row.formal_since or row.contact_since
    if day is None:
        return []
    return [
        Matter(
            key=f"jubilee:{row.id}:{years}",
            subjects=(JUBILEE,),
            title=row.title,
            project_id=None,
            project_title=None,
            path=f"/partnerships/{row.id}",
            due_on=same_day(day, day.year + years),
            since=row.created_at,
            responsible_id=row.coordinator_id,
            as_what=Why.KEEPER,
            over=_over(row),
            facts={"years": years, "day": day, "is_formal": row.formal_since is not None},
        )
    ]


JUBILEES = Source("jubilee", (JUBILEE,), _jubilees_within, _jubilees_of)
