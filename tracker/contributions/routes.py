"""Pages that list, enter and change what was given to a project."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.contributions import actions, queries, sheets, telling
from tracker.contributions.forms import ContributionFilters, ContributionForm
from tracker.contributions.models import Contribution
from tracker.contributions.rules import currency_of, may_edit, sees_all
from tracker.db import PartialDate, db
from tracker.language import _, translated
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.web import once
from tracker.web.access import Somebody, found, office, path_of_ours, require, somebody
from tracker.web.amounts import currency_in
from tracker.web.lists import Listing

bp = Blueprint("contributions", __name__)


@bp.get("/projects/<int:project_id>/contributions/")
def index(project_id: int) -> str | Response:
    """Everybody who may know of a project sees what was given to it; partners, what their own organisations gave."""
    reader = somebody()
    project = found(projects.one(reader, project_id))
    filters = ContributionFilters(request.args)
    filters.organisation.offer(queries.givers(reader, project))
    listing = Listing[Contribution](
        queries.listed(reader, project, **filters.chosen()),
        sorts=queries.SORTS,
        start="date",
        descending=True,
        filters=filters,
        sheet=sheets.contributions(project),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "contributions/index.html",
        project=project,
        listing=listing,
        given=queries.given_to(project, reader),
        together=telling.together,
        worth=telling.worth,
        may_edit=may_edit(reader),
        sees_all=sees_all(reader),
    )


@bp.route("/projects/<int:project_id>/contributions/new", methods=["GET", "POST"])
def new(project_id: int) -> str | Response:
    """A coordinator enters what was given to a project."""
    reader, now = somebody(), clock.now()
    project = found(projects.one(reader, project_id))
    require(may_edit(reader))
    usual = {"currency": currency_in(found(office()).country)}
    form = ContributionForm(data=usual)
    _offer(form, reader)
    if form.sent() and _is_theirs(form):
        if earlier := once.already(form, now):
            return redirect(earlier)
        actions.enter_contribution(project, by_id=reader.id, now=now, **_values(form))
        location = once.led_to(form, _list_of(project))
        db.session.commit()
        flash(_("The contribution is entered."), "success")
        return redirect(location)
    return render_template("contributions/edit.html", form=form, project=project, contribution=None)


@bp.route("/contributions/<int:contribution_id>/edit", methods=["GET", "POST"])
def edit(contribution_id: int) -> str | Response:
    """A coordinator changes what is said of a contribution."""
    reader, now = somebody(), clock.now()
    contribution = found(queries.one(reader, contribution_id))
    require(may_edit(reader))
    project = contribution.project
    shown = ContributionForm.shown(contribution)
    form = ContributionForm(obj=contribution, data=shown)
    _offer(form, reader, contribution)
    if form.sent() and _is_theirs(form) and not form.outdated(contribution, shown):
        actions.change_contribution(contribution, by_id=reader.id, now=now, **_values(form))
        db.session.commit()
        flash(_("The contribution is saved."), "success")
        return redirect(_list_of(project))
    return render_template("contributions/edit.html", form=form, project=project, contribution=contribution)


@bp.post("/contributions/<int:contribution_id>/thank")
def thank(contribution_id: int) -> Response:
    """A coordinator notes that somebody was thanked today, and stays on the page they came from."""
    reader, now = somebody(), clock.now()
    contribution = found(queries.one(reader, contribution_id))
    require(may_edit(reader))
    location = path_of_ours(request.args.get("next")) or _list_of(contribution.project)
    today = PartialDate.of(clock.today(reader.zone))
    if actions.thank(contribution, thanked_on=today, by_id=reader.id, now=now):
        flash(_("It is noted that they were thanked today."), "success")
    else:
        flash(_("They were thanked before."), "info")
    db.session.commit()
    return redirect(location)


@bp.post("/contributions/<int:contribution_id>/archive")
def archive(contribution_id: int) -> Response:
    """A coordinator archives a contribution, or brings it back."""
    reader, now = somebody(), clock.now()
    contribution = found(queries.one(reader, contribution_id))
    require(may_edit(reader))
    words = once.switched(
        is_on=contribution.archived_at is not None,
        on=(
            lambda: actions.archive_contribution(contribution, by_id=reader.id, now=now),
            _("The contribution is in the archive. It does not count any more."),
        ),
        off=(
            lambda: actions.restore_contribution(contribution, by_id=reader.id, now=now),
            _("The contribution is back."),
        ),
    )
    flash(words, "success")
    location = _list_of(contribution.project)
    db.session.commit()
    return redirect(location)


def _list_of(project: Project) -> str:
    return url_for("contributions.index", project_id=project.id)


def _offer(form: ContributionForm, reader: Somebody, present: Contribution | None = None) -> None:
    """Offer everybody; who stands there stays, even if they went to the archive since."""
    bodies, persons = dict(organisations.choices(reader, former=True)), dict(people.choices(reader))
    if present:
        bodies.setdefault(present.organisation_id, str(translated(present.organisation.name)))
    if present and present.person:
        persons.setdefault(present.person.id, present.person.name)
    form.offer(organisations=bodies.items(), people=persons.items(), today=clock.today(reader.zone))


def _is_theirs(form: ContributionForm) -> bool:
    """Whether the person that was chosen belongs, or belonged, to the organisation; else say so beside the field."""
    if form.person.data is None or queries.was_at(form.person.data, form.organisation.data):
        return True
    form.person.errors = [_("This person has no function at the organisation that gave it.")]
    return False


def _values(form: ContributionForm) -> dict[str, Any]:
    kind, amount = form.kind.data, form.amount.data
    return {
        "organisation": db.session.get_one(Organisation, form.organisation.data),
        "person": db.session.get_one(Person, form.person.data) if form.person.data else None,
        "kind": kind,
        "summary": form.summary.read(clock.now()),
        "amount": amount,
        "currency": currency_of(kind, amount, form.currency.data),
        "given_on": form.given_on.data,
        "thanked_on": form.thanked_on.data,
    }
