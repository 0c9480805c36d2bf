"""The pages on which people say how things stand, and ask for it."""

from datetime import date

from babel.lists import format_list
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _, ngettext, spoken, translated
from tracker.milestones import queries as milestones
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.people.whereabouts import of_office
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.updates import actions, queries
from tracker.updates.forms import AskForm, MilestoneUpdateForm, TranslationForm, UpdateForm
from tracker.updates.models import StatusRequest
from tracker.updates.queries import Candidate
from tracker.updates.rules import first_asked_on, may_ask, may_report, may_translate, may_withdraw, usual_date
from tracker.web import once
from tracker.web.access import Somebody, found, path_of_ours, require, row_id, somebody

bp = Blueprint("updates", __name__)


@bp.route("/projects/<int:project_id>/updates/new", methods=["GET", "POST"])
def new(project_id: int) -> str | Response:
    """A partner says how a milestone of theirs stands, or comments on a project; a coordinator on any."""
    reader, now = somebody(), clock.now()
    milestone = _milestone(reader, project_id)
    project = milestone.project if milestone else found(projects.one(reader, project_id))
    asked = queries.asked_about(reader, project, milestone) if reader.is_partner else None
    require(may_report(reader, project, milestone, asked=asked is not None))
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
    return _page(form, reader, project, milestone, asked)


def _page(
    form: UpdateForm, reader: Somebody, project: Project, milestone: Milestone | None, asked: StatusRequest | None
) -> str:
    open_ones = [] if milestone else [one for one in milestones.of_project(project) if may_report(reader, project, one)]
    return render_template(
        "updates/new.html", form=form, project=project, milestone=milestone, milestones=open_ones, asked=asked
    )


@bp.route("/projects/<int:project_id>/ask", methods=["GET", "POST"])
def ask(project_id: int) -> str | Response:
    """A coordinator asks one partner, or all of a project, how it or one of its milestones stands."""
    reader, now = somebody(), clock.now()
    project = found(projects.one(reader, project_id))
    require(may_ask(reader, project))
    office, today = found(organisations.office()), clock.today(reader.zone)
    about = [one for one in milestones.of_project(project) if one.state is MilestoneState.OPEN]
    known = [one for one in queries.candidates(project, office, _steps_in(), today) if one.person.id != reader.id]
    chain = next((one.chain for one in known), None)
    partners = queries.partners_of(project, office)
    chosen = next((one for one in about if one.id == request.args.get("milestone", 0, type=row_id)), None)
    form = AskForm(data=_usual(chosen, known, partners, usual_date(today, of_office(office))))
    form.offer(
        milestones=[(one.id, str(translated(one.title))) for one in about],
        people=[(one.person.id, one.person.name) for one in known],
    )
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            asked = actions.ask(
                project,
                next((one for one in about if one.id == form.milestone.data), None),
                form.people.data or [],
                **form.question_asked,
                by_id=reader.id,
                now=now,
                today=today,
            )
            location = once.led_to(form, url_for("overview.project", project_id=project_id, _anchor="asked"))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_told(asked), "success")
            return redirect(location)
    return render_template(
        "updates/ask.html",
        form=form,
        project=project,
        milestone=chosen,
        known={one.person.id: one for one in known},
        partners=partners,
        about=about,
        open_ones=queries.by_person(queries.waiting(reader, project.id)),
        chain=chain,
        again=format_list([str(days) for days in chain.days[1:]], locale=spoken()) if chain else None,
        first_on={one.person.id: first_asked_on(now, one.person.id, one.there, chain) for one in known if chain},
        today=today,
    )


def _usual(
    milestone: Milestone | None, known: list[Candidate], partners: dict[int, Organisation], answer_by: date
) -> dict[str, object]:
    """Return what a form starts with: who is responsible for a milestone, else whom one writes to at each partner."""
    places = list(partners)
    if milestone is not None:
        responsible = [one.person.id for one in known if one.person.id == milestone.responsible_person_id]
        places = [] if responsible else [place for place in places if place == milestone.responsible_organisation_id]
    else:
        responsible = []
    first = [one.person.id for place in places for one in queries.written_to(place, known)]
    return {
        "milestone": milestone.id if milestone else None,
        "people": [*responsible, *dict.fromkeys(first)],
        "answer_by": answer_by,
    }


def _steps_in() -> queries.StepsIn:
    """Return what tells the steps of asking, as the application hands it over: the rules of reminders lie below."""
    handed: queries.StepsIn = current_app.extensions["steps_of_asking"]
    return handed


def _told(asked: actions.Asked) -> str:
    """Return what became of the question in a sentence or two."""
    said = []
    if asked.new:
        said.append(ngettext("%(num)d person is asked.", "%(num)d people are asked.", len(asked.new)))
    if asked.renewed:
        said.append(
            ngettext(
                "%(num)d person had been asked already and has the new date.",
                "%(num)d people had been asked already and have the new date.",
                len(asked.renewed),
            )
        )
    return " ".join(said)


@bp.route("/updates/<int:update_id>/translation", methods=["GET", "POST"])
def translate(update_id: int) -> str | Response:
    """A coordinator puts a translation beside what somebody wrote."""
    reader, now = somebody(), clock.now()
    update = found(queries.one(reader, update_id))
    require(may_translate(reader, update))
    language = update.translation_language or (spoken() if spoken() != update.language else None)
    form = TranslationForm(data={"translation": update.translation, "language": language})
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            text = form.translation.data or ""
            actions.translate(update, text, form.language.data, by_id=reader.id, now=now)
            page = url_for("overview.project", project_id=update.project_id, _anchor="updates")
            location = once.led_to(form, page)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("The translation is saved."), "success")
            return redirect(location)
    return render_template("updates/translate.html", form=form, update=update)


@bp.post("/requests/<int:request_id>/withdraw")
def withdraw(request_id: int) -> Response:
    """A coordinator takes a question back."""
    reader, now = somebody(), clock.now()
    asking = found(queries.request(reader, request_id))
    require(may_withdraw(reader))
    if actions.withdraw(asking, by_id=reader.id, now=now):
        flash(_("The question is taken back. Nobody is reminded of it any more."), "success")
    location = path_of_ours(request.args.get("next")) or url_for("overview.project", project_id=asking.project_id)
    db.session.commit()
    return redirect(location)


def _milestone(reader: Somebody, project_id: int) -> Milestone | None:
    """Return the milestone in the address, or answer 404 if it is none of this project."""
    if "milestone" not in request.args:
        return None
    milestone = found(milestones.one(reader, request.args.get("milestone", 0, type=row_id)))
    return found(milestone if milestone.project_id == project_id else None)


def _asked_for() -> Assessment | None:
    """Return the answer that a link chose beforehand; nothing is said before the button is pressed."""
    asked = request.args.get("assessment")
    return next((word for word in Assessment if word.value == asked), None)
