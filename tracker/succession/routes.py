"""The page on which what is open with somebody goes to their successor."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _, ngettext
from tracker.people import queries as people
from tracker.refusal import Refused
from tracker.succession import actions, queries
from tracker.succession.forms import HandOverForm
from tracker.succession.rules import may_hand_over
from tracker.web import once
from tracker.web.access import found, require, somebody

bp = Blueprint("succession", __name__)


@bp.route("/people/<int:person_id>/hand-over", methods=["GET", "POST"])
def hand_over(person_id: int) -> str | Response:
    """A coordinator lets all that is open with one person go to another."""
    reader, now, today = somebody(), clock.now(), clock.today(somebody().zone)
    person = found(people.one(reader, person_id))
    require(may_hand_over(reader))
    able = {one.id: one for one in queries.successors(person, today)}
    usual = next((one for one in queries.deputies_of(person) if one in able), None)
    form = HandOverForm(data={"successor": usual})
    form.successor.offer([(one.id, one.name) for one in able.values()])
    what = queries.open_with(reader, person)
    if form.sent():
        location = url_for("overview.person", person_id=person_id)
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            successor = able[form.successor.data]
            number = actions.hand_over(what, person, successor, today=today, by_id=reader.id, now=now)
            once.led_to(form, location)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_told(number, successor.name), "success")
            return redirect(location)
    place = next((contact.organisation_id for contact in person.contacts), None)
    return render_template(
        "succession/hand_over.html", form=form, person=person, what=what, successors=able, place=place
    )


def _told(number: int, name: str) -> str:
    if not number:
        return _("Nothing was open any more.")
    return ngettext(
        "%(num)s thing is handed over to %(name)s.", "%(num)s things are handed over to %(name)s.", number, name=name
    )
