"""Pages that list, add, change and move milestones."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _, translated
from tracker.milestones import actions, queries, sheets
from tracker.milestones.forms import MilestoneFilters, MilestoneForm, MoveForm
from tracker.milestones.models import Milestone
from tracker.milestones.rules import Which, is_late, may_edit, may_report
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, path_of_ours, require, somebody
from tracker.web.kept import kept
from tracker.web.lists import Listing

bp = Blueprint("milestones", __name__)


class MilestoneListing(Listing[Milestone]):
    """A page of milestones; its filters keep which of them are shown."""

    @property
    def kept(self) -> dict[str, str]:
        """What the address holds besides the filters and the page."""
        return super().kept | ({"which": request.args["which"]} if "which" in request.args else {})


@bp.get("/milestones/")
@kept
def index() -> str | Response:
    """Everybody finds the milestones of the projects they may know of."""
    reader = somebody()
    today = clock.today(reader.zone)
    which = _which()
    filters = MilestoneFilters(request.args)
    filters.organisation.offer(organisations.choices(reader, former=True))
    filters.project.offer(projects.choices(reader))
    listing = MilestoneListing(
        queries.listed(reader, today, which=which, **filters.chosen()),
        sorts=queries.SORTS,
        start="date",
        descending=which is Which.DONE,
        filters=filters,
        sheet=sheets.milestones(today),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "milestones/index.html",
        listing=listing,
        tabs=[
            (which_one.label, listing.url(which=which_one.value, page=None), which_one is which) for which_one in Which
        ],
        late_ids={milestone.id for milestone in listing.rows if is_late(milestone, today)},
        reports_on={milestone.id for milestone in listing.rows if may_report(reader, milestone)},
        may_edit=may_edit(reader),
    )


def _which() -> Which:
    asked = request.args.get("which")
    return next((which for which in Which if which.value == asked), Which.OPEN)


@bp.route("/projects/<int:project_id>/milestones/new", methods=["GET", "POST"])
def new(project_id: int) -> str | Response:
    """A coordinator adds a milestone to a project."""
    reader, now = somebody(), clock.now()
    project = found(projects.one(reader, project_id))
    require(may_edit(reader))
    form = MilestoneForm()
    _offer(form, project)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        actions.add_milestone(project, by_id=reader.id, now=now, **_values(form))
        location = once.led_to(form, _page_of(project))
        db.session.commit()
        flash(_("The milestone is added."), "success")
        return redirect(location)
    return render_template("milestones/edit.html", form=form, project=project, milestone=None)


@bp.route("/milestones/<int:milestone_id>/edit", methods=["GET", "POST"])
def edit(milestone_id: int) -> str | Response:
    """A coordinator changes a milestone; another date moves it."""
    reader, now = somebody(), clock.now()
    milestone = found(queries.one(reader, milestone_id))
    require(may_edit(reader))
    shown = MilestoneForm.shown(milestone)
    form = MilestoneForm(obj=milestone, data=shown)
    _offer(form, milestone.project, milestone)
    if form.sent() and not form.outdated(milestone, shown):
        try:
            actions.change_milestone(milestone, by_id=reader.id, now=now, **_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("The milestone is saved."), "success")
            return redirect(_back(milestone.project))
    return render_template("milestones/edit.html", form=form, project=milestone.project, milestone=milestone)


@bp.route("/milestones/<int:milestone_id>/move", methods=["GET", "POST"])
def move(milestone_id: int) -> str | Response:
    """A coordinator gives a milestone a new date."""
    reader, now = somebody(), clock.now()
    milestone = found(queries.one(reader, milestone_id))
    require(may_edit(reader))
    form = MoveForm(obj=milestone)
    if form.sent() and not form.outdated(milestone):
        try:
            moved = actions.move_milestone(milestone, to_on=cast("date", form.due_on.data), by_id=reader.id, now=now)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            words = (
                _("The milestone is moved. Its old date stays visible.") if moved else _("It has that date already.")
            )
            flash(words, "success" if moved else "info")
            return redirect(_back(milestone.project))
    return render_template("milestones/move.html", form=form, milestone=milestone, back=_back(milestone.project))


@bp.post("/milestones/<int:milestone_id>/done")
def done(milestone_id: int) -> Response:
    """A coordinator marks a milestone as done today."""
    reader = somebody()

    def act(milestone: Milestone, by: dict[str, Any]) -> str:
        actions.finish_milestone(milestone, done_on=clock.today(reader.zone), **by)
        return _("The milestone is done.")

    return _act(milestone_id, act)


@bp.post("/milestones/<int:milestone_id>/cancel")
def cancel(milestone_id: int) -> Response:
    """A coordinator says that a milestone is no longer wanted."""

    def act(milestone: Milestone, by: dict[str, Any]) -> str:
        actions.cancel_milestone(milestone, **by)
        return _("The milestone is cancelled. It can be opened again.")

    return _act(milestone_id, act)


@bp.post("/milestones/<int:milestone_id>/reopen")
def reopen(milestone_id: int) -> Response:
    """A coordinator opens a milestone again."""

    def act(milestone: Milestone, by: dict[str, Any]) -> str:
        actions.reopen_milestone(milestone, **by)
        return _("The milestone is open again.")

    return _act(milestone_id, act)


@bp.post("/milestones/<int:milestone_id>/archive")
def archive(milestone_id: int) -> Response:
    """A coordinator archives a milestone, or brings it back."""

    def act(milestone: Milestone, by: dict[str, Any]) -> str:
        return once.switched(
            is_on=milestone.archived_at is not None,
            on=(
                lambda: actions.archive_milestone(milestone, **by),
                _("The milestone is in the archive. What was written about it stays."),
            ),
            off=(lambda: actions.restore_milestone(milestone, **by), _("The milestone is back.")),
        )

    return _act(milestone_id, act)


def _act(milestone_id: int, act: Callable[[Milestone, dict[str, Any]], str]) -> Response:
    """Let a coordinator do what one button does, and go back to where it stood."""
    reader = somebody()
    milestone = found(queries.one(reader, milestone_id))
    require(may_edit(reader))
    location = _back(milestone.project)
    try:
        flash(act(milestone, {"by_id": reader.id, "now": clock.now()}), "success")
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "warning")
    return redirect(location)


def _back(project: Project) -> str:
    """Return where somebody came from, if the address says so, else the project's page."""
    return path_of_ours(request.args.get("next")) or _page_of(project)


def _page_of(project: Project) -> str:
    return url_for("overview.project", project_id=project.id, _anchor="milestones")


def _offer(form: MilestoneForm, project: Project, milestone: Milestone | None = None) -> None:
    """Let those be chosen who take part in the project, and who is responsible already."""
    there = dict(projects.organisations_in(project))
    people = dict(projects.people_in(project, clock.today(somebody().zone)))
    if milestone and milestone.responsible_organisation:
        there[milestone.responsible_organisation.id] = str(translated(milestone.responsible_organisation.name))
    if milestone and milestone.responsible_person:
        people[milestone.responsible_person.id] = milestone.responsible_person.name
    form.offer(organisations=there.items(), people=people.items())


def _values(form: MilestoneForm) -> dict[str, Any]:
    organisation, person = form.responsible_organisation.data, form.responsible_person.data
    return {
        "title": form.title.read(clock.now()),
        "due_on": form.due_on.data,
        "kind": form.kind.data,
        "responsible_organisation": db.session.get(Organisation, organisation) if organisation else None,
        "responsible_person": db.session.get(Person, person) if person else None,
    }
