"""Pages that add and change participants."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.events import queries as events
from tracker.language import _, ngettext, translated
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.participants import actions, queries
from tracker.participants.actions import Home
from tracker.participants.forms import HeadsForm, NewParticipantForm, ParticipantForm
from tracker.participants.models import Participant
from tracker.participants.rules import check_sender, check_who, may_add, may_edit
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody
from tracker.web.fields import RowField

bp = Blueprint("participants", __name__)
#: What the next form begins with when several are added in a row.
KEPT_FOR_THE_NEXT = ("role", "organisation", "via")


@bp.route("/projects/<int:project_id>/participants/new", methods=["GET", "POST"])
def new(project_id: int) -> str | Response:
    """A coordinator adds participants, a partner those of their own organisation."""
    reader, now = somebody(), clock.now()
    project = found(projects.one(reader, project_id))
    require(may_add(reader))
    form = NewParticipantForm(data=_start(reader))
    _offer(form, project, reader)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            participant = _add(form, project, reader)
            location = once.led_to(form, _next_page(form, project))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_added(participant), "success")
            return redirect(location)
    return render_template("participants/new.html", form=form, project=project)


def _start(reader: Somebody) -> dict[str, Any]:
    """Begin with what was chosen the time before; a partner of one organisation sends from there."""
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT_FOR_THE_NEXT if request.args.get(name)}
    if reader.is_partner and len(reader.organisation_ids) == 1:
        kept.setdefault("organisation", next(iter(reader.organisation_ids)))
    return kept


def _offer(form: NewParticipantForm, project: Project, reader: Somebody) -> None:
    there = projects.organisations_in(project)
    if reader.is_coordinator:
        form.offer(people=people.choices(reader), organisations=organisations.choices(reader, former=True), via=there)
    else:
        known = queries.people_to_send(reader, clock.today(reader.zone))
        own = [pair for pair in there if pair[0] in reader.organisation_ids]
        form.offer(people=known, organisations=own, via=there)


def _add(form: NewParticipantForm, project: Project, reader: Somebody) -> Participant:
    """Add whom the form names. Raises Refused if it names nobody, or several, or somebody of others."""
    person, name, heads = form.person.data, form.name.data, form.heads.data
    check_who(person=bool(person), name=bool(name), heads=bool(heads))
    check_sender(reader, form.organisation.data)
    by: dict[str, Any] = {"by_id": reader.id, "now": clock.now()}
    sender = _organisation(form.organisation.data)
    values = {
        "role": form.role.data,
        "organisation": sender,
        "via": _organisation(form.via.data),
        "country": form.country.data,
    }
    if heads:
        return actions.add_heads(project, heads, **values, **by)
    if name:
        language = form.language.data or (sender.language if sender else reader.language)
        country = None if sender else form.country.data
        who = actions.name_person(name=name, language=language, country=country, **by)
    else:
        who = db.session.get_one(Person, person)
    # Who sends them need not be said where they have one function: it is that organisation.
    homes = people.functions_of([who.id], reader, clock.today(reader.zone)).get(who.id, []) if who.id else []
    if values["organisation"] is None and who.country is None and len(homes) == 1:
        values["organisation"] = _organisation(homes[0].organisation_id)
    return actions.add_person(project, who, **values, **by)


def _organisation(organisation_id: int | None) -> Organisation | None:
    return db.session.get(Organisation, organisation_id) if organisation_id else None


def _next_page(form: NewParticipantForm, project: Project) -> str:
    if not form.another.data:
        return _page_of(project)
    kept = {"role": form.role.data.value, "organisation": form.organisation.data, "via": form.via.data}
    return url_for("participants.new", project_id=project.id, **{name: one for name, one in kept.items() if one})


def _added(participant: Participant) -> str:
    if participant.person:
        return _("%(name)s is on the list.", name=participant.person.name)
    heads = participant.heads or 0
    return ngettext("%(num)d participant is on the list.", "%(num)d participants are on the list.", heads)


@bp.route("/participants/<int:participant_id>/edit", methods=["GET", "POST"])
def edit(participant_id: int) -> str | Response:
    """A coordinator changes as what somebody takes part, and who sends them."""
    reader, now = somebody(), clock.now()
    participant = found(queries.one(reader, participant_id))
    require(may_edit(reader))
    home = _home(participant, reader)
    shown = ParticipantForm.shown(participant)
    form = (ParticipantForm if participant.person else HeadsForm)(obj=participant, data=shown)
    _keep(form.organisation, organisations.choices(reader, former=True), participant.organisation)
    _keep(
        form.via,
        projects.organisations_in(home) if isinstance(home, Project) else organisations.choices(reader),
        participant.via,
    )
    if form.sent() and not form.outdated(participant, shown):
        actions.change_participant(participant, home, by_id=reader.id, now=now, **_values(form))
        db.session.commit()
        flash(_("The participant is saved."), "success")
        return redirect(_page_of(home))
    return render_template("participants/edit.html", form=form, home=home, back=_page_of(home), participant=participant)


def _keep(field: RowField, pairs: Iterable[tuple[int, str]], present: Organisation | None) -> None:
    """Let what stands there stay, even if it would no longer be offered."""
    offered = dict(pairs)
    if present:
        offered.setdefault(present.id, str(translated(present.name)))
    field.offer(offered.items())


def _values(form: ParticipantForm) -> dict[str, Any]:
    heads = {"heads": form.heads.data} if isinstance(form, HeadsForm) else {}
    return {
        "role": form.role.data,
        "organisation": _organisation(form.organisation.data),
        "via": _organisation(form.via.data),
        "country": form.country.data,
        "age_band": form.age_band.data,
        "gender": form.gender.data,
        **heads,
    }


@bp.post("/participants/<int:participant_id>/archive")
def archive(participant_id: int) -> Response:
    """A coordinator takes somebody off the list, or puts them back."""
    reader, now = somebody(), clock.now()
    participant = found(queries.one(reader, participant_id))
    require(may_edit(reader))
    home = _home(participant, reader)
    words = once.switched(
        is_on=participant.archived_at is not None,
        on=(
            lambda: actions.archive_participant(participant, home, by_id=reader.id, now=now),
            _("Taken off the list. The participant stays in the archive."),
        ),
        off=(
            lambda: actions.restore_participant(participant, home, by_id=reader.id, now=now),
            _("The participant is back on the list."),
        ),
    )
    flash(words, "success")
    db.session.commit()
    return redirect(_page_of(home))


def _home(participant: Participant, reader: Somebody) -> Home:
    """Return what somebody takes part in."""
    if participant.event_id is not None:
        return found(events.one(reader, participant.event_id))
    return found(projects.one(reader, participant.project_id or 0))


def _page_of(home: Home) -> str:
    if isinstance(home, Project):
        return url_for("overview.project", project_id=home.id, _anchor="participants")
    return url_for("overview.event", event_id=home.id, _anchor="guests")
