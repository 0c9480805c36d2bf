"""Pages that start the next edition of a project, and show all editions of a series."""

from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.contributions.telling import together
from tracker.db import Translated, db
from tracker.editions import actions, queries
from tracker.editions.forms import PlanForm, SeriesForm, look_form
from tracker.editions.rules import Plan, check_plan, label_of, may_start, name_of_series, relabelled_in, shifted
from tracker.events.telling import when_in_short
from tracker.language import _, translated
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.projects.returning import awaited, returns
from tracker.refusal import Refused
from tracker.reminders.returning import comes_back, is_expected
from tracker.web import once
from tracker.web.access import found, office, require, somebody

bp = Blueprint("editions", __name__)
#: What stands in the address of a field that belongs to a thing.
ON = "on_"


@bp.route("/projects/<int:project_id>/next-edition", methods=["GET", "POST"])
def start(project_id: int) -> str | Response:
    """A coordinator says when the next edition is, looks through what it takes over, and lets it be entered.

    The plan stands in the address, in which the second page is asked for and sent back.
    """
    reader = somebody()
    project = found(projects.whole(reader, project_id))
    require(may_start(reader))
    name = str(translated(project.title))
    is_written = "label" in request.args
    form = PlanForm(request.args if is_written else None, data={"series": name_of_series(name, label_of(project))})
    if project.series_id:
        del form.series
    is_shown = request.method == "GET"
    plan = _plan(form, project, checked=is_shown) if is_written else None
    if plan is None or (is_shown and "change" in request.args):
        return render_template("editions/plan.html", form=form, project=project)
    return _looked_through(project, plan)


def _plan(form: PlanForm, project: Project, *, checked: bool) -> Plan | None:
    """Return what was written, if it is right; else say beside the fields what is not.

    What is sent back is checked as it is entered: the second click of two finds its own edition there.
    """
    if not form.validate():
        return None
    began, ends = form.begins.data, None
    if began and project.begins and project.ends:
        ends = shifted(project.ends, project.begins, began)
    plan = form.plan(ends)
    if not checked:
        return plan
    try:
        check_plan(plan, project, queries.editions_of(project.series_id))
    except Refused as refusal:
        form.refuse(refusal.sentence, refusal.field)
        return None
    return plan


def _looked_through(project: Project, plan: Plan) -> str | Response:
    """Show each thing with its new date, and enter the edition when that is sent."""
    reader, now = somebody(), clock.now()
    among = {name.removeprefix(ON) for name in request.form if name.startswith(ON)}
    proposed = queries.proposals(plan, project, found(office()), among)
    form = look_form(proposed, relabelled_in(project.title, project, plan.label))
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        title, dates = cast("Translated", form.title.read(now)), form.chosen()
        chosen = [(one, dates[one.key]) for one in proposed if one.key in dates]
        try:
            edition = actions.start_edition(project, plan, title=title, chosen=chosen, by_id=reader.id, now=now)
            location = once.led_to(form, url_for("overview.project", project_id=edition.id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field if refusal.field in form else None)
        else:
            flash(_("The next edition is entered. Its reminders are paused until you let them go."), "success")
            return redirect(location)
    return render_template(
        "editions/look.html",
        form=form,
        project=project,
        plan=plan,
        proposals=proposed,
        called_now=lambda one: relabelled_in(one.row.title, project, plan.label),
        changed=queries.changed(plan, project),
        back=_address(project, change="y"),
    )


def _address(project: Project, **more: Any) -> str:
    """Return the address of the plan, as far as what stands there is the plan's."""
    known = {name: request.args.getlist(name) for name in ("label", "begins", "ends", "series", "parts")}
    asked = {name: values for name, values in known.items() if values} | more
    return url_for("editions.start", project_id=project.id, **asked)


@bp.get("/series/<int:series_id>")
def show(series_id: int) -> str:
    """Everybody who may know of one edition sees those that they may know of, side by side."""
    reader = somebody()
    series = found(queries.series(reader, series_id))
    editions = queries.editions(reader, series)
    totals, given = queries.all_together(editions)
    return render_template(
        "editions/series.html",
        series=series,
        editions=editions,
        totals=totals,
        given=given,
        together=together,
        rhythm=comes_back(series.every_years) if series.every_years else None,
        awaited=[is_expected(on, one.until) for one, on in awaited(returns(one.project for one in editions))]
        if reader.sees_all
        else [],
        when=when_in_short,
        may_edit=may_start(reader),
    )


@bp.route("/series/<int:series_id>/edit", methods=["GET", "POST"])
def edit(series_id: int) -> str | Response:
    """A coordinator says what a series is called, in several languages, and how often it comes back."""
    reader, now = somebody(), clock.now()
    series = found(queries.series(reader, series_id))
    require(may_start(reader))
    form = SeriesForm(obj=series)
    if form.sent() and not form.outdated(series):
        title = cast("Translated", form.title.read(now))
        actions.change_series(series, title, form.every_years.data, by_id=reader.id, now=now)
        db.session.commit()
        flash(_("The series is saved."), "success")
        return redirect(url_for("editions.show", series_id=series_id))
    return render_template("editions/edit.html", form=form, series=series)
