"""Pages of the log."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import Model, PartialDate, Translated, db
from tracker.folding import fold
from tracker.language import _, translated
from tracker.log import actions, queries, sheets
from tracker.log.forms import CallForm, EntryForm, LogFilters, NewEntryForm
from tracker.log.models import LogEntry
from tracker.log.rules import may_list, may_see_people, may_write
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.updates import queries as updates
from tracker.updates.actions import settle
from tracker.updates.models import StatusRequest
from tracker.web import once
from tracker.web.access import Somebody, found, path_of_ours, require, row_id, somebody
from tracker.web.kept import kept
from tracker.web.lists import Listing

bp = Blueprint("log", __name__)
About = dict[str, int]
Thing = Project | Partnership | Organisation


@bp.get("/log/")
@kept
def index() -> str | Response:
    """Everybody in the office reads the log."""
    reader = somebody()
    require(may_list(reader))
    filters = LogFilters(request.args)
    filters.project.offer(projects.choices(reader))
    filters.partnership.offer(partnerships.choices(reader))
    filters.organisation.offer(organisations.choices(reader, former=True))
    listing = Listing[LogEntry](
        queries.listed(reader, **filters.chosen()),
        sorts=queries.SORTS,
        start="date",
        descending=True,
        filters=filters,
        sheet=sheets.log(reader),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "log/index.html", listing=listing, may_write=may_write(reader), may_see_people=may_see_people(reader)
    )


@bp.route("/log/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A coordinator logs what happened."""
    reader, now = somebody(), clock.now()
    require(may_write(reader))
    named = _about(reader)
    about = {name: row.id for name, row in named.items()}
    today = clock.today(reader.zone)
    asking = _asking(reader)
    form = _new_form(asking, {"happened_on": PartialDate.of(today), **about})
    offer(form, reader, about)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            values = values_of(form) | {"summary": line_of(form)}
            entry = actions.log_entry(by_id=reader.id, now=now, today=today, **values)
            if asking and isinstance(form, CallForm) and form.answered.data:
                settle(asking, by_id=reader.id, now=now)
            db.session.flush()
            location = once.led_to(form, page_of(entry))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("It is in the log."), "success")
            return redirect(location)
    names = [row.name if isinstance(row, Organisation) else row.title for row in named.values()]
    return render_template("log/new.html", form=form, back=_page(about), about=names, asking=asking)


@bp.route("/log/<int:entry_id>/edit", methods=["GET", "POST"])
def edit(entry_id: int) -> str | Response:
    """A coordinator changes an entry."""
    reader, now = somebody(), clock.now()
    entry = found(queries.one(reader, entry_id))
    require(may_write(reader))
    back = page_of(entry)
    shown = EntryForm.shown(entry)
    form = EntryForm(obj=entry, data=shown)
    offer(form, reader, _about_of(entry), entry)
    if form.sent() and not form.outdated(entry, shown):
        try:
            values = values_of(form) | {"summary": form.summary.read(now), "published": form.published.data}
            actions.change_entry(entry, by_id=reader.id, now=now, today=clock.today(reader.zone), **values)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("The log entry is saved."), "success")
            return redirect(page_of(entry))
    return render_template("log/edit.html", form=form, entry=entry, back=back)


@bp.post("/log/<int:entry_id>/archive")
def archive(entry_id: int) -> Response:
    """A coordinator archives an entry, or brings it back."""
    reader, now = somebody(), clock.now()
    entry = found(queries.one(reader, entry_id))
    require(may_write(reader))
    words = once.switched(
        is_on=entry.archived_at is not None,
        on=(lambda: actions.archive_entry(entry, by_id=reader.id, now=now), _("The log entry is in the archive.")),
        off=(lambda: actions.restore_entry(entry, by_id=reader.id, now=now), _("The log entry is back.")),
    )
    flash(words, "success")
    location = page_of(entry)
    db.session.commit()
    return redirect(location)


@bp.post("/log/<int:entry_id>/next-step/done")
def step_done(entry_id: int) -> Response:
    """A coordinator ticks off a next step, and stays on the page they came from."""
    reader, now = somebody(), clock.now()
    entry = found(queries.one(reader, entry_id))
    require(may_write(reader))
    if actions.tick_off(entry, by_id=reader.id, now=now):
        flash(_("The next step is done."), "success")
    location = path_of_ours(request.args.get("next")) or page_of(entry)
    db.session.commit()
    return redirect(location)


def _about(reader: Somebody) -> dict[str, Thing]:
    """Return what the address says an entry is about; 404 for what this person may not know of."""
    known: dict[str, Callable[[Somebody, int], Thing | None]] = {
        "project": projects.one,
        "partnership": partnerships.one,
        "organisation": organisations.one,
    }
    named: dict[str, Thing] = {}
    for name, look in known.items():
        if request.args.get(name):
            thing = look(reader, request.args.get(name, 0, type=row_id))
            if thing is None:
                abort(404)
            named[name] = thing
    return named


def _asking(reader: Somebody) -> StatusRequest | None:
    """Return the open question that a call is about; 404 for one that this person may not know of."""
    if "request" not in request.args:
        return None
    asking = found(updates.request(reader, request.args.get("request", 0, type=row_id)))
    return asking if asking.ended_at is None else None


def _new_form(asking: StatusRequest | None, usual: dict[str, Any]) -> NewEntryForm:
    """Return the form; after a question the person asked was there, and it may have been answered."""
    return CallForm(data=usual | {"people": [asking.person_id]}) if asking else NewEntryForm(data=usual)


def offer(form: NewEntryForm | EntryForm, reader: Somebody, about: About, entry: LogEntry | None = None) -> None:
    """Set what can be chosen: first whom one meets in what the entry is about."""

    def persons() -> list[tuple[int, str]]:
        near = queries.people_near(**about, today=clock.today(reader.zone))
        chosen = set(form.people.data or ())
        known = _with(people.choices(reader), [(one.id, one.name) for one in entry.people] if entry else [])
        return sorted(known, key=lambda pair: (pair[0] not in chosen, pair[0] not in near))

    @cache
    def bodies() -> list[tuple[int, str]]:
        kept = [*entry.organisations, *([entry.at] if entry.at else [])] if entry else []
        there = [(one.id, str(translated(one.name))) for one in {one.id: one for one in kept}.values()]
        return _with(organisations.choices(reader, besides=about.get("organisation"), former=True), there)

    form.offer(
        people=persons,
        organisations=bodies,
        projects=lambda: projects.choices(reader, besides=about.get("project")),
        partnerships=lambda: partnerships.choices(reader, besides=about.get("partnership")),
    )


def _with(offered: list[tuple[int, str]], kept: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Offer what was chosen before as well, though it went to the archive since."""
    known = {id_ for id_, _name in offered}
    return sorted([*offered, *(pair for pair in kept if pair[0] not in known)], key=lambda pair: fold(pair[1]))


def values_of(form: NewEntryForm | EntryForm) -> dict[str, Any]:
    """Return what was said of an entry, but for its line."""

    def row(model: type[Model], id_: int | None) -> Any:  # noqa: ANN401 - a row of that model
        return db.session.get(model, id_) if id_ else None

    return {
        "project": row(Project, form.project.data),
        "partnership": row(Partnership, form.partnership.data),
        "organisation": row(Organisation, form.organisation.data),
        "at": row(Organisation, form.at.data),
        "people": queries.several(Person, form.people.data or []),
        "organisations": queries.several(Organisation, form.organisations.data or []),
        **{
            name: form[name].data
            for name in ("happened_on", "kind", "details", "language", "next_step", "next_step_on")
        },
    }


def line_of(form: NewEntryForm) -> Translated:
    """Return the line of a new entry, in the language it is written in."""
    return Translated.of(form.language.data, clock.now(), **{form.language.data: form.summary.data or ""})


def _about_of(entry: LogEntry) -> About:
    about = {"project": entry.project_id, "partnership": entry.partnership_id, "organisation": entry.organisation_id}
    return {name: id_ for name, id_ in about.items() if id_}


def page_of(entry: LogEntry) -> str:
    """Return the page of what an entry is about."""
    return _page(_about_of(entry))


def _page(about: About) -> str:
    """Return the page of what an entry is about, the project's first."""
    if "project" in about:
        return url_for("overview.project", project_id=about["project"])
    if "partnership" in about:
        return url_for("overview.partnership", partnership_id=about["partnership"])
    if "organisation" in about:
        return url_for("overview.organisation", organisation_id=about["organisation"])
    return url_for("log.index")
