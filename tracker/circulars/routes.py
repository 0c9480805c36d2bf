"""Pages to write to all whom an event concerns, and to see what was written."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug import Response

from tracker import clock
from tracker.circulars import actions, queries
from tracker.circulars.forms import CircularForm
from tracker.circulars.mails import Draft, Letter, write
from tracker.circulars.rules import may_write
from tracker.db import db
from tracker.events import queries as events
from tracker.events.models import Delegation, Event
from tracker.language import _, ngettext, translated
from tracker.people.models import Person
from tracker.web import once
from tracker.web.access import OfficeSeen, found, office, require, somebody
from tracker.web.lists import Page

bp = Blueprint("circulars", __name__)


@bp.get("/events/<int:event_id>/letters")
def index(event_id: int) -> str:
    """A coordinator sees what was written to those whom an event concerns, and what became of it."""
    reader = somebody()
    event = found(events.one(reader, event_id))
    require(may_write(reader))
    return render_template("circulars/index.html", event=event, listing=Page(queries.written(event)))


@bp.route("/events/<int:event_id>/letters/new", methods=["GET", "POST"])
def new(event_id: int) -> str | Response:
    """A coordinator writes to all of them, sees who gets it in which language, and lets it leave."""
    reader, now = somebody(), clock.now()
    event = found(events.one(reader, event_id))
    require(may_write(reader) and event.archived_at is None)
    form = CircularForm()
    form.delegation.offer([(one.id, _called(one)) for one in events.delegations_of(event)])
    if not form.sent():
        return render_template("circulars/new.html", form=form, event=event, letters=None)
    people = queries.readers(
        event,
        form.readership.data,
        clock.today(event.zone),
        answer=form.answer.data,
        delegation=form.delegation.data,
    )
    draft, seen = Draft.of(found(form.title.read(now)), found(form.text.read(now))), found(office())
    if not (form.send.data and any(person.email for person in people)):
        letters = _one_each(draft, event, people, seen, reader.name)
        return render_template("circulars/new.html", form=form, event=event, letters=letters, people=people)
    if earlier := once.already(form, now):
        return redirect(earlier)
    me = db.session.get_one(Person, reader.id)
    actions.send_circular(draft, event, form.readership.data, people, seen, by=me, now=now)
    location = once.led_to(form, url_for("circulars.index", event_id=event_id))
    db.session.commit()
    number = sum(person.email is not None for person in people)
    flash(ngettext("%(num)d letter is in the outbox.", "%(num)d letters are in the outbox.", number), "success")
    return redirect(location)


def _one_each(
    draft: Draft, event: Event, people: Sequence[Person], seen: OfficeSeen, by: str
) -> list[tuple[str, Letter, list[str]]]:
    """Return each language of the readers with a letter in it and the names of those who get one like it."""
    names: dict[str, list[Person]] = {}
    for person in people:
        if person.email:
            names.setdefault(person.language, []).append(person)
    return [
        (code, write(draft, event, there[0], seen, by), [person.name for person in there])
        for code, there in sorted(names.items())
    ]


def _called(delegation: Delegation) -> str:
    name = str(translated(delegation.organisation.name))
    if delegation.via is None:
        return name
    return _("%(organisation)s via %(via)s", organisation=name, via=str(translated(delegation.via.name)))
