"""Pages of reminders: what comes, what came, by which rules, and what a change of them would bring."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _
from tracker.people import queries as people
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.reminders import past as passed
from tracker.reminders import rulebook, sheets
from tracker.reminders.actions import Upcoming, upcoming
from tracker.reminders.forms import (
    PastFilters,
    PreviewForm,
    ReminderFilters,
    RuleAsked,
    RuleForm,
    shown,
    version_shown,
)
from tracker.reminders.ledger import By, headings, letters, lines
from tracker.reminders.models import ReminderRule, ReminderSubject
from tracker.reminders.preview import DAYS, brings
from tracker.reminders.rulebook import MANY, SHAPES, Act, Proposal, proposed, to_add
from tracker.reminders.rules import may_see_reminders, told
from tracker.reminders.wording import full_day
from tracker.web import once
from tracker.web.access import Somebody, found, public, require, somebody
from tracker.web.forms import Conflict
from tracker.web.lists import Listing, Page

bp = Blueprint("reminders", __name__)
#: Letters on a page.
PER_PAGE = 40


# ---- what comes, and what came


@bp.get("/reminders/")
def index() -> str | Response:
    """Coordinators and readers see who will be reminded of what, and who will not and why."""
    reader, now = somebody(), clock.now()
    require(may_see_reminders(reader))
    filters = _filters(ReminderFilters, reader)
    chosen = filters.chosen()
    by = next((one for one in By if one.value == request.args.get("by")), By.DAY)
    coming = upcoming(now, DAYS, person_id=chosen.get("person"), project_id=chosen.get("project"))
    page = Page(lines(coming, by), filters=filters, kept=("by", "lang"), per_page=PER_PAGE, sheet=sheets.coming())
    if file := page.as_file():
        return file
    return render_template(
        "reminders/index.html",
        listing=page,
        groups=headings(page.rows),
        by=by,
        chosen=chosen,
        horizon=DAYS,
        **_at_rest(reader),
        **_words(reader),
    )


@bp.get("/reminders/promise")
@public
def promise() -> str:
    """Anybody reads what can be relied on."""
    return render_template("reminders/promise.html")


@bp.get("/reminders/past")
def past() -> str | Response:
    """Coordinators and readers see what somebody was reminded of, what not, and why."""
    reader, now = somebody(), clock.now()
    require(may_see_reminders(reader))
    filters = _filters(PastFilters, reader)
    chosen = filters.chosen()
    listing = Listing[Any](
        passed.reminders(**chosen),
        sorts={"day": passed.IN_ORDER},
        start="day",
        descending=True,
        filters=filters,
        per_page=PER_PAGE,
        sheet=sheets.past(clock.today(reader.zone)),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "reminders/past.html",
        listing=listing,
        days=passed.by_day(listing.rows, clock.today(reader.zone)),
        others=passed.other_messages(**chosen) if reader.is_coordinator and chosen.get("person") else [],
        chosen=chosen,
        today=clock.today(reader.zone),
        now=now,
        sees_outbox=reader.is_coordinator,
        why=passed.why,
        **_at_rest(reader),
        **_words(reader),
    )


def _filters(kind: type[ReminderFilters], reader: Somebody) -> Any:  # noqa: ANN401 - of that kind
    filters = kind(request.args)
    filters.person.offer(people.choices(reader))
    filters.project.offer(projects.choices(reader))
    return filters


def _at_rest(reader: Somebody) -> dict[str, Any]:
    """Return of what nobody is reminded for now, and whether one may look at the rules."""
    return {
        "off": rulebook.off_rules(),
        "paused": rulebook.paused_projects(),
        "may_see_rules": rulebook.may_see_rules(reader),
    }


def _words(reader: Somebody) -> dict[str, Any]:
    """Return what the macros of letters need."""

    def is_elsewhere(one: Upcoming) -> bool:
        return one.send_at_there.utcoffset() != one.send_at.astimezone(ZoneInfo(reader.zone)).utcoffset()

    return {"told": told, "full_day": full_day, "is_elsewhere": is_elsewhere}


# ---- by which rules


@bp.get("/reminders/rules")
def rules() -> str:
    """Coordinators see the rules of the site, and which projects have their own."""
    reader = somebody()
    require(rulebook.may_see_rules(reader))
    own = rulebook.of_projects()
    return render_template(
        "reminders/rules.html",
        rules=rulebook.of_site(),
        own=[(one, own[one.id]) for one in rulebook.projects(own)],
        paused=rulebook.paused_projects(),
        told=rulebook.changes(),
        may_change=rulebook.may_change_site_rules(reader),
        shapes=SHAPES,
        when=rulebook.when,
    )


@bp.get("/projects/<int:project_id>/reminders")
def of_project(project_id: int) -> str:
    """Coordinators see by which rules a project is reminded of: its own, else the site's."""
    reader = somebody()
    project = _project(reader, project_id)
    require(rulebook.may_see_rules(reader))
    held = rulebook.of_project(project.id)
    return render_template(
        "reminders/project.html",
        project=project,
        rules=[held[subject] for subject, shape in SHAPES.items() if shape.in_projects and subject in held],
        told=rulebook.changes(project),
        may_change=_may_change(reader, project),
        shapes=SHAPES,
        when=rulebook.when,
    )


def _project(reader: Somebody, project_id: int | None) -> Project:
    return found(projects.one(reader, project_id or 0))


def _may_change(reader: Somebody, project: Project | None) -> bool:
    if project is None:
        return rulebook.may_change_site_rules(reader)
    return rulebook.may_change_rules_of(reader, (one.id for one in project.coordinators))


def _rule(reader: Somebody, rule_id: int) -> tuple[ReminderRule, Project | None]:
    """Return a rule that this person may change, and its project."""
    require(rulebook.may_see_rules(reader))
    row = found(rulebook.one(rule_id))
    project = _project(reader, row.project_id) if row.project_id else None
    require(_may_change(reader, project))
    return row, project


@bp.route("/reminders/rules/<int:rule_id>/edit", methods=["GET", "POST"])
def edit(rule_id: int) -> str | Response:
    """Who may change a rule says how; the next page shows what that would bring."""
    row, project = _rule(somebody(), rule_id)
    form = RuleForm(obj=row)
    form.fit(row.subject)
    if form.sent() and not form.outdated(row):
        asked = form.asked(row.subject)
        return redirect(url_for("reminders.settle", rule_id=row.id, what="change", version=row.version, **asked))
    return render_template("reminders/edit.html", form=form, subject=row.subject, project=project)


@bp.route("/projects/<int:project_id>/reminders/<subject>/new", methods=["GET", "POST"])
def new(project_id: int, subject: str) -> str | Response:
    """A coordinator begins a rule of their project's own, with what holds now."""
    project, word, row = _place(project_id, subject)
    form = RuleForm(obj=row)
    form.fit(word)
    if form.sent():
        return redirect(url_for("reminders.add", project_id=project.id, subject=word.value, **form.asked(word)))
    return render_template("reminders/edit.html", form=form, subject=word, project=project)


def _place(project_id: int, subject: str) -> tuple[Project, ReminderSubject, ReminderRule]:
    """Return where a rule of a project's own would stand, and the one that holds now."""
    reader = somebody()
    project = _project(reader, project_id)
    require(_may_change(reader, project))
    if subject not in {one.value for one, shape in SHAPES.items() if shape.in_projects}:
        abort(404)
    word = ReminderSubject(subject)
    return project, word, found(rulebook.of_project(project.id).get(word))


# ---- looked at before it is done


@bp.route("/reminders/rules/<int:rule_id>/<any(change, on, off, remove):what>", methods=["GET", "POST"])
def settle(rule_id: int, what: str) -> str | Response:
    """Who may change a rule sees what that would bring, and then does it."""
    row, project = _rule(somebody(), rule_id)
    if what == "remove" and project is None:
        abort(404)
    proposal = proposed(Act(what), row)
    looked_at = row.version
    if what == "change":
        proposal, looked_at = _asked(proposal), request.args.get("version", row.version, type=int)
    return _looked_at(proposal, project, row, is_newer=looked_at != row.version)


@bp.route("/projects/<int:project_id>/reminders/<subject>/add", methods=["GET", "POST"])
def add(project_id: int, subject: str) -> str | Response:
    """A coordinator sees what a rule of their project's own would bring, and then gives it."""
    project, _word, row = _place(project_id, subject)
    return _looked_at(_asked(to_add(row, project.id)), project, row)


@bp.post("/projects/<int:project_id>/reminders/resume")
def resume(project_id: int) -> str | Response:
    """A coordinator sees what comes when a project is reminded of again, and then resumes it."""
    reader = somebody()
    project = _project(reader, project_id)
    require(_may_change(reader, project))
    return _looked_at(Proposal(Act.RESUME, None, project.id, version=project.version), project, None)


@bp.post("/projects/<int:project_id>/reminders/pause")
def pause(project_id: int) -> Response:
    """A coordinator lets nobody be reminded of a project for a while."""
    reader, now = somebody(), clock.now()
    project = _project(reader, project_id)
    require(_may_change(reader, project))
    rulebook.pause(project, by_id=reader.id, now=now)
    db.session.commit()
    flash(_("Nobody is reminded of this project until you resume it."), "success")
    return redirect(url_for("reminders.of_project", project_id=project_id))


def _asked(proposal: Proposal) -> Proposal:
    """Return a proposal with what the address says; what it does not name stays."""
    asked = RuleAsked(request.args)
    for name in proposal.values:
        if name not in request.args:
            del asked[name]
    if not asked.validate():
        abort(400)
    return proposal.with_values(**{**proposal.values, **asked.data})


def _looked_at(
    proposal: Proposal, project: Project | None, row: ReminderRule | None, *, is_newer: bool = False
) -> str | Response:
    """Show what a proposal brings; the POST from that page does it."""
    reader, now = somebody(), clock.now()
    form, keys = PreviewForm(), current_app.config["SIGNING_KEYS"]
    comparison = brings(proposal, now)
    if form.sent() and form.seen.data:
        if earlier := once.already(form, now):
            return redirect(earlier)
        seen = version_shown(form.seen.data, proposal, reader.id, keys)
        is_newer = seen is not None and seen != (proposal.version or 0)
        if is_newer or seen is None:
            form.refuse(_("Something has changed since this page was shown. Please look at it once more."))
        elif comparison.recipients > MANY and not form.surely.data:
            form.surely.errors = [_("Please say that so many people shall get it.")]
        elif location := _done(proposal, form, reader, now):
            return redirect(location)
        db.session.rollback()
    if is_newer and row is not None:
        form.conflict = [Conflict(_("When"), *("; ".join(rulebook.when(row.subject, one)) for one in (row, proposal)))]
    form.seen.data, form.seen.raw_data = shown(proposal, reader.id, keys), None
    return render_template(
        "reminders/preview.html",
        form=form,
        proposal=proposal,
        project=project,
        rule=row,
        brings=comparison,
        is_many=comparison.recipients > MANY,
        horizon=DAYS,
        paused=rulebook.paused_projects() if project is None else [],
        own=rulebook.with_their_own(proposal) if project is None else [],
        back=_back(proposal),
        when=rulebook.when,
        shapes=SHAPES,
        letters=letters,
        **_words(reader),
    )


def _done(proposal: Proposal, form: PreviewForm, reader: Somebody, now: datetime) -> str | None:
    """Do what was looked at; return where that leads, or None if it was refused."""
    try:
        rulebook.carry_out(proposal, by_id=reader.id, now=now)
    except Refused as refusal:
        form.refuse(refusal.sentence)
        return None
    location = once.led_to(form, _back(proposal))
    db.session.commit()
    flash(rulebook.said_of(proposal.act), "success")
    return location


def _back(proposal: Proposal) -> str:
    if proposal.project_id is None:
        return url_for("reminders.rules")
    return url_for("reminders.of_project", project_id=proposal.project_id)
