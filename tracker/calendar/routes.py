"""The calendar's pages, and what other programs fetch of it."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from tracker import clock
from tracker.accounts.rules import hash_of
from tracker.calendar import actions, feeds, files, ical, queries, sheets
from tracker.calendar import courses as over_the_years
from tracker.calendar.feeds import Held, Site
from tracker.calendar.forms import CalendarFilters, FeedForm
from tracker.calendar.queries import Narrowed
from tracker.calendar.rules import Entry, EntryKind, Month, weeks_of
from tracker.db import db, writing
from tracker.events import queries as events
from tracker.events.telling import when_in_short
from tracker.language import _, speaking, translated
from tracker.mail import changes
from tracker.partnerships import queries as partnerships
from tracker.projects import queries as projects
from tracker.projects.forms import ProjectFilters
from tracker.projects.models import Project
from tracker.projects.rules import may_edit as may_edit_projects
from tracker.web import limits
from tracker.web.access import found, office, public, sensitive, somebody
from tracker.web.formats import month_name
from tracker.web.kept import Kept, kept, kept_as
from tracker.web.limits import Limit
from tracker.web.lists import Listing, Page, address

bp = Blueprint("calendar", __name__)
log = logging.getLogger("tracker")
#: How often a calendar is put together anew. Whoever has it already is told so, however often they ask.
FETCHES = Limit("calendars", each=60, client=600, site=6000, within=timedelta(hours=1))


@dataclass(frozen=True)
class _Copy:
    """What an address opened."""

    tag: str
    #: On the next day it is another one, whatever else changed.
    until: datetime
    #: None: whoever asked had it.
    body: bytes | None

    @property
    def size(self) -> int:
        return len(self.body or b"")


@dataclass(frozen=True)
class _Shown:
    """What the filters above the calendar need to know."""

    filters: CalendarFilters
    #: What stays in the address when it is narrowed.
    kept: dict[str, str]


@bp.get("/calendar/")
@kept
def index() -> str | AnyResponse:
    """Everybody sees a month of what they may know of: as weeks, or as a list."""
    reader = somebody()
    today = clock.today(reader.zone)
    month = Month.read(request.args.get("month", "")) or Month.of(today)
    filters = CalendarFilters(request.args)
    filters.project.offer(projects.choices(reader))
    if reader.sees_all:
        filters.partnership.offer(partnerships.choices(reader))
    else:
        del filters.partnership
    filters.organisation.offer((id_, name) for id_, name, _country in projects.met_in_projects(reader))
    narrowed = replace(Narrowed(), **filters.chosen())
    entries = queries.between(reader, found(office()), month.first, month.last, narrowed)
    is_list = request.args.get("view") == "list"
    listing = Page[Entry](entries, per_page=max(1, len(entries)), sheet=sheets.month(month_name(month.first)))
    if file := listing.as_file():
        return file
    return render_template(
        "calendar/index.html",
        month=month,
        shown=_Shown(filters, {name: request.args[name] for name in ("month", "view", "lang") if name in request.args}),
        entries=entries,
        listing=listing,
        undated=queries.undated(reader, str(month), narrowed),
        weeks=[] if is_list else weeks_of(month, entries),
        is_list=is_list,
        today=today,
        address=_address,
        kinds={kind.value: kind for kind in EntryKind},
    )


def _address(month: Month | None = None, **changes: object) -> str:
    """Return this page's address with another month, or of the present one."""
    return address(**({"month": str(month) if month else None} | changes))


@bp.get("/projects/timeline")
@kept
def courses() -> str:
    """Everybody sees over the years the projects that they may know of, with their events."""
    reader = somebody()
    today = clock.today(reader.zone)
    filters = ProjectFilters(request.args)
    filters.offer(reader)
    query = projects.listed(reader, **filters.chosen())
    listing = Listing[Project](query, sorts=projects.SORTS, start="begins", filters=filters)
    events_of = over_the_years.events_of(project.id for project in listing.rows)
    years, drawn = over_the_years.drawn(listing.rows, events_of, today)
    return render_template(
        "calendar/courses.html",
        listing=listing,
        years=years,
        drawn=drawn,
        today=today,
        when=when_in_short,
        may_edit=may_edit_projects(reader),
    )


# ---- secret addresses


@bp.route("/settings/calendar", methods=["GET", "POST"])
@sensitive
def own() -> str | AnyResponse:
    """Everybody makes or voids the address at which their own program finds what is theirs."""
    return _addressed(None, url_for("accounts.settings"))


@bp.route("/projects/<int:project_id>/calendar", methods=["GET", "POST"])
@sensitive
def of_project(project_id: int) -> str | AnyResponse:
    """Whoever may know of a project makes or voids the address at which their own program finds its dates."""
    project = found(projects.one(somebody(), project_id))
    return _addressed(project, url_for("overview.project", project_id=project_id))


def _addressed(project: Project | None, back: str) -> str | AnyResponse:
    reader, now, project_id = somebody(), clock.now(), project.id if project else None
    form, made = FeedForm(), None
    if form.sent():
        if form.revoke.data:
            actions.revoke_address(reader.id, project_id)
            db.session.commit()
            log.info("calendar address voided", extra={"facts": {"person": reader.id, "project": project_id}})
            flash(_("The address is switched off: it opens nothing any more."), "success")
            return redirect(request.path)
        secret = actions.make_address(reader.id, project_id, now=now)
        db.session.commit()
        log.info("calendar address made", extra={"facts": {"person": reader.id, "project": project_id}})
        made = f"{current_app.config['SETTINGS'].public_url}{url_for('calendar.feed', token=secret)}"
    row = feeds.address_of(reader.id, project_id)
    return render_template("calendar/address.html", form=form, project=project, made=made, row=row, back=back)


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """Whoever has a secret address fetches a calendar; whoever has it as it is now is told so."""
    now, secret_hash = clock.now(), hash_of(token)
    calendars: Kept[_Copy] = kept_as("calendars")
    number = changes.glanced()
    copy = calendars.get(secret_hash, number, now)
    if copy is None or (copy.body is None and not _is_known(copy.tag)):
        held = found(feeds.held(secret_hash, now))
        copy = _Copy(held.tag, held.until, None if _is_known(held.tag) else _put_together(held, now))
        # What was changed since then is not sure to be in there: it counts as of before.
        calendars.keep(secret_hash, number, now, copy)
    response = Response(status=304) if _is_known(copy.tag) else Response(copy.body, content_type=ical.MIME)
    response.set_etag(copy.tag)
    response.cache_control.private = True
    return response


def _is_known(tag: str) -> bool:
    return request.if_none_match.contains_weak(tag)


def _put_together(held: Held, now: datetime) -> bytes:
    db.session.rollback()
    with writing():
        limits.count(FETCHES, f"feed:{held.feed_id}", now=now)
        db.session.commit()
    with speaking(held.reader.language):
        return _body(held)


def _body(held: Held) -> bytes:
    seen = found(office())
    if held.project_id is None:
        return ical.written(seen.name, feeds.of_person(held.reader, _site()))
    project = found(projects.one(held.reader, held.project_id))
    return ical.written(str(translated(project.title)), feeds.of_project(held.reader, project.id, _site()))


@bp.get("/events/<int:event_id>/calendar.ics")
def event_file(event_id: int) -> Response:
    """Everybody who may know of an event takes it into their own calendar, once its days are known."""
    reader = somebody()
    event = found(events.one(reader, event_id))
    occasions = found(feeds.of_event(reader, event.id, _site()) or None)
    organiser = files.organiser_of(current_app.config["SETTINGS"])
    response = Response(ical.published(occasions, organiser), content_type=ical.MIME)
    response.headers["Content-Disposition"] = f"attachment; filename={files.name_of([event.id])}"
    return response


def _site() -> Site:
    settings = current_app.config["SETTINGS"]
    return Site(settings.public_url, settings.host)
