"""The page on which people say how things stand."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _
from tracker.milestones import queries as milestones
from tracker.milestones.models import Assessment, Milestone
from tracker.organisations import queries as organisations
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.updates import actions
from tracker.updates.forms import MilestoneUpdateForm, UpdateForm
from tracker.updates.rules import may_report
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody

bp = Blueprint("updates", __name__)


@bp.route("/projects/<int:project_id>/updates/new", methods=["GET", "POST"])
def new(project_id: int) -> str | Response:
    """A partner says how a milestone of theirs stands, or comments on a project; a coordinator on any."""
    reader, now = somebody(), clock.now()
    milestone = _milestone(reader, project_id)
    project = milestone.project if milestone else found(projects.one(reader, project_id))
    require(may_report(reader, project, milestone))
    form = (MilestoneUpdateForm if milestone else UpdateForm)(data={"assessment": _asked_for()})
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            actions.submit_update(
                project,
                milestone,
                form.said,
                office=found(organisations.office()),
                public_url=current_app.config["SETTINGS"].public_url,
                by_id=reader.id,
                now=now,
                today=clock.today(reader.zone),
            )
            location = once.led_to(form, url_for("overview.project", project_id=project_id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("Thank you. It is saved, and those who coordinate the project are told."), "success")
            return redirect(location)
    return _page(form, reader, project, milestone)


def _page(form: UpdateForm, reader: Somebody, project: Project, milestone: Milestone | None) -> str:
    open_ones = [] if milestone else [one for one in milestones.of_project(project) if may_report(reader, project, one)]
    return render_template("updates/new.html", form=form, project=project, milestone=milestone, milestones=open_ones)


def _milestone(reader: Somebody, project_id: int) -> Milestone | None:
    """Return the milestone in the address, or answer 404 if it is none of this project."""
    if "milestone" not in request.args:
        return None
    milestone = found(milestones.one(reader, request.args.get("milestone", 0, type=int)))
    return found(milestone if milestone.project_id == project_id else None)


def _asked_for() -> Assessment | None:
    """Return the answer that a link chose beforehand; nothing is said before the button is pressed."""
    asked = request.args.get("assessment")
    return next((word for word in Assessment if word.value == asked), None)
