"""Pages that say who comes to an event."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug import Response

from tracker import clock
from tracker.attendance import actions, queries
from tracker.attendance.forms import AttendanceForm, GuestForm, HeadsComeForm, InviteForm
from tracker.attendance.rules import called, may_edit
from tracker.db import db
from tracker.events import queries as events
from tracker.events.models import Event
from tracker.language import _
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.participants import actions as participation
from tracker.participants.models import Participant
from tracker.participants.rules import check_who
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody

bp = Blueprint("attendance", __name__)


@bp.route("/events/<int:event_id>/guests/invite", methods=["GET", "POST"])
def invite(event_id: int) -> str | Response:
    """A coordinator puts those of the project on the list of an event."""
    reader, now = somebody(), clock.now()
    event = found(events.one(reader, event_id))
    require(may_edit(reader))
    offered = queries.not_asked_yet(event, reader)
    form = InviteForm()
    form.offer((one.id, called(one)) for one in offered)
    if form.sent():
        chosen = set(form.participants.data or ())
        try:
            for one in offered:
                if one.id in chosen:
                    _invite(event, one, form, reader, now)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The list is saved."), "success")
            return redirect(_page_of(event_id))
    return render_template("attendance/invite.html", form=form, event=event, offered=offered)


@bp.route("/events/<int:event_id>/guests/new", methods=["GET", "POST"])
def new(event_id: int) -> str | Response:
    """A coordinator enters somebody who comes and was not known before: by name, or as heads."""
    reader, now = somebody(), clock.now()
    event = found(events.one(reader, event_id))
    require(may_edit(reader))
    form = GuestForm()
    form.offer(
        people=people.choices(reader), organisations=organisations.choices(reader), via=organisations.choices(reader)
    )
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            participant = _participant(form, event, reader)
            _invite(event, participant, form, reader, now)
            again = url_for("attendance.new", event_id=event_id)
            location = once.led_to(form, again if form.another.data else _page_of(event_id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field if refusal.field in form else None)
        else:
            flash(_("The list is saved."), "success")
            return redirect(location)
    return render_template("attendance/new.html", form=form, event=event)


@bp.route("/guests/<int:attendance_id>/edit", methods=["GET", "POST"])
def edit(attendance_id: int) -> str | Response:
    """A coordinator changes what is known of somebody who comes."""
    reader, now = somebody(), clock.now()
    row = found(queries.one(reader, attendance_id))
    require(may_edit(reader))
    form = (AttendanceForm if row.participant.person_id else HeadsComeForm)(obj=row)
    if form.sent() and not form.outdated(row):
        try:
            actions.change_attendance(row, by_id=reader.id, now=now, anyway=form.anyway.data, **_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The guest is saved."), "success")
            return redirect(_page_of(row.event_id))
    return render_template("attendance/edit.html", form=form, event=row.event, row=row, name=called(row.participant))


@bp.post("/guests/<int:attendance_id>/take-off")
def take_off(attendance_id: int) -> Response:
    """A coordinator takes somebody off the list of an event."""
    reader, now = somebody(), clock.now()
    row = found(queries.one(reader, attendance_id))
    require(may_edit(reader))
    event_id = row.event_id
    if row.archived_at is None:
        actions.take_off(row, by_id=reader.id, now=now)
        db.session.commit()
    flash(_("Taken off the list of this event."), "success")
    return redirect(_page_of(event_id))


def _invite(event: Event, one: Participant, form: GuestForm | InviteForm, reader: Somebody, now: datetime) -> None:
    anyway = form.anyway.data
    actions.invite(event, one, answer=form.answer.data, anyway=anyway, by_id=reader.id, now=now)


def _page_of(event_id: int) -> str:
    return url_for("overview.event", event_id=event_id, _anchor="guests")


def _participant(form: GuestForm, event: Event, reader: Somebody) -> Participant:
    """Return whom the form names as a participant of the project, or of the event alone. Raises Refused."""
    person, name, heads = form.person.data, form.name.data, form.heads.data
    check_who(person=bool(person), name=bool(name), heads=bool(heads))
    by: dict[str, Any] = {"by_id": reader.id, "now": clock.now()}
    sender = db.session.get(Organisation, form.organisation.data) if form.organisation.data else None
    values = {
        "role": form.role.data,
        "organisation": sender,
        "via": db.session.get(Organisation, form.via.data) if form.via.data else None,
        "country": form.country.data,
        "age_band": form.age_band.data,
        "gender": form.gender.data,
    }
    home = event.project or event
    if heads:
        return participation.add_heads(home, heads, **values, **by)
    if name:
        language = form.language.data or (sender.language if sender else reader.language)
        country = None if sender else form.country.data
        who = participation.name_person(name=name, language=language, country=country, **by)
    else:
        who = db.session.get_one(Person, person)
    return participation.add_person(home, who, **values, **by)


def _values(form: AttendanceForm) -> dict[str, Any]:
    heads = {"heads": form.heads.data} if isinstance(form, HeadsComeForm) else {}
    return {name: form[name].data for name in ("answer", "arrives_on", "leaves_on", "room")} | heads
