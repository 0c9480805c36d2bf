"""Pages that list, enter and change projects."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.accounts import queries as accounts
from tracker.db import Model, db
from tracker.language import _, translated
from tracker.organisations import queries as organisations
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects import actions, queries, sheets
from tracker.projects.forms import ProjectFilters, ProjectForm, project_form
from tracker.projects.models import Project, Series
from tracker.projects.rules import may_edit
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody
from tracker.web.kept import kept
from tracker.web.lists import Listing

bp = Blueprint("projects", __name__)
Row = TypeVar("Row", bound=Model)


@bp.get("/projects/")
@kept
def index() -> str | Response:
    """Everybody finds the projects they may know of."""
    reader = somebody()
    filters = ProjectFilters(request.args)
    filters.offer(reader)
    next_on = partial(queries.dates_of, day=_next_on())
    listing = Listing[Project](
        queries.listed(reader, **filters.chosen()),
        sorts={**queries.SORTS, "next": (queries.or_last(_next_on()), Project.folded)},
        start="title",
        filters=filters,
        sheet=sheets.projects(next_on),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "projects/index.html",
        listing=listing,
        next_on=next_on(project.id for project in listing.rows),
        may_edit=may_edit(reader),
        today=clock.today(reader.zone),
    )


def _next_on() -> sa.ScalarSelect[Any]:
    """Return the date of a project's next milestone, as the application hands it over: that room lies below."""
    next_due_on: Callable[[], sa.ScalarSelect[Any]] = current_app.extensions["next_due_on"]
    return next_due_on()


@bp.route("/projects/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A coordinator enters a project."""
    reader, now = somebody(), clock.now()
    require(may_edit(reader))
    form = project_form()(data={"coordinators": [reader.id]})
    _offer(form, reader)
    if not form.more.data and form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            project = actions.create_project(by_id=reader.id, now=now, **_values(form))
            db.session.flush()
            location = once.led_to(form, url_for("overview.project", project_id=project.id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The project is entered."), "success")
            return redirect(location)
    return render_template("projects/edit.html", form=form, project=None)


@bp.route("/projects/<int:project_id>/edit", methods=["GET", "POST"])
def edit(project_id: int) -> str | Response:
    """A coordinator changes a project."""
    reader, now = somebody(), clock.now()
    project = found(queries.whole(reader, project_id))
    require(may_edit(reader))
    shown = ProjectForm.shown(project)
    form = project_form(project)(obj=project, data=shown)
    _offer(form, reader, project)
    if not form.more.data and form.sent() and not form.outdated(project, shown):
        try:
            actions.change_project(project, by_id=reader.id, now=now, **_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The project is saved."), "success")
            return redirect(url_for("overview.project", project_id=project_id))
    return render_template("projects/edit.html", form=form, project=project)


@bp.post("/projects/<int:project_id>/archive")
def archive(project_id: int) -> Response:
    """A coordinator archives a project, or brings it back."""
    reader, now = somebody(), clock.now()
    project = found(queries.one(reader, project_id))
    require(may_edit(reader))
    words = once.switched(
        is_on=project.archived_at is not None,
        on=(
            lambda: actions.archive_project(project, by_id=reader.id, now=now),
            _("The project is in the archive. What was written about it stays."),
        ),
        off=(lambda: actions.restore_project(project, by_id=reader.id, now=now), _("The project is back.")),
    )
    flash(words, "success")
    db.session.commit()
    return redirect(url_for("overview.project", project_id=project_id))


def _offer(form: ProjectForm, reader: Somebody, project: Project | None = None) -> None:
    """Let everything be chosen that is not archived, and what the project has already."""
    there = [one.organisation for one in project.organisations] if project else []
    under = project.partnerships if project else []
    form.offer(
        organisations=_and(organisations.choices(reader), ((one.id, str(translated(one.name))) for one in there)),
        partnerships=_and(partnerships.choices(reader), ((one.id, str(translated(one.title))) for one in under)),
        coordinators=accounts.coordinators_choices(besides=[one.id for one in project.coordinators] if project else []),
        series=queries.series_choices(reader),
    )


def _and(pairs: Iterable[tuple[int, str]], others: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return list({**dict(pairs), **dict(others)}.items())


def _values(form: ProjectForm) -> dict[str, Any]:
    now = clock.now()
    title = form.title.read(now)
    series = db.session.get(Series, form.series.data) if form.series.data else None
    if form.new_series.data:
        series = actions.begin_series(form.new_series.data, form.title.language.data, now)
    return {
        "title": title,
        "summary": form.summary.read(now),
        "public_text": form.public_text.read(now),
        "roles": form.roles,
        "partnerships": _rows(Partnership, form.partnerships.data),
        "coordinators": _rows(Person, form.coordinators.data),
        "series": series,
        **{name: form[name].data for name in ("status", "begins", "ends", "edition_label", "published")},
    }


def _rows(kind: type[Row], ids: Iterable[int] | None) -> list[Row]:
    return list(db.session.scalars(sa.select(kind).where(kind.id.in_(list(ids or ()))).order_by(kind.id)))
