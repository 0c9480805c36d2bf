"""The pages on which what is open goes to a successor."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import PartialDate, db
from tracker.language import _, ngettext
from tracker.organisations import queries as organisations
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people import queries as people
from tracker.reforms.actions import wait_for_others
from tracker.refusal import Refused
from tracker.succession import actions, estate, queries
from tracker.succession.estate import Heir, Piece, chosen_pieces
from tracker.succession.forms import CarryOverForm, HandOverForm
from tracker.succession.rules import has_heirs, heirs, is_continued, may_hand_over
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody

bp = Blueprint("succession", __name__)

# ---- a person


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


# ---- an organisation


@bp.route("/organisations/<int:organisation_id>/carry-over", methods=["GET", "POST"])
def carry_over(organisation_id: int) -> str | Response:
    """A coordinator chooses what of an organisation that ended goes to those who succeed it."""
    reader, today = somebody(), clock.today(somebody().zone)
    organisation = found(organisations.one(reader, organisation_id))
    require(may_hand_over(reader))
    if request.method == "POST":
        wait_for_others(organisation)
    to = heirs(organisation) if has_heirs(organisation) else ()
    return _carrying(
        reader,
        organisation,
        list(to),
        estate.left_by(organisation, to, today) if to else [],
        since=organisation.ended_on,
        back=url_for("overview.organisation", organisation_id=organisation_id),
    )


# ---- a partnership


@bp.route("/partnerships/<int:partnership_id>/carry-over", methods=["GET", "POST"])
def carry_on(partnership_id: int) -> str | Response:
    """A coordinator chooses what of a partnership goes on under the one that continues it."""
    reader = somebody()
    partnership = found(partnerships.one(reader, partnership_id))
    require(may_hand_over(reader))
    if request.method == "POST":
        wait_for_others(partnership)
    heir = partnership.continued_by if is_continued(partnership) else None
    return _carrying(
        reader,
        partnership,
        [heir] if heir else [],
        estate.open_under(partnership) if heir else [],
        since=partnership.ended,
        back=url_for("overview.partnership", partnership_id=partnership_id),
    )


def _carrying(
    reader: Somebody,
    predecessor: Heir,
    to: Sequence[Heir],
    pieces: list[Piece],
    *,
    since: PartialDate | None,
    back: str,
) -> str | Response:
    """Show what is open, and let what was ticked go over."""
    now, today = clock.now(), clock.today(reader.zone)
    form = CarryOverForm()
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            chosen = chosen_pieces(form.things.data or [], {piece.key: piece for piece in pieces}, to)
            began = since or PartialDate.of(today)
            actions.carry_over(predecessor, chosen, since=began, today=today, by_id=reader.id, now=now)
            once.led_to(form, back)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(
                ngettext("%(num)s thing is carried over.", "%(num)s things are carried over.", len(chosen)), "success"
            )
            return redirect(back)
    sent = set(form.things.data or ()) if request.method == "POST" else None
    return render_template(
        "succession/carry_over.html",
        form=form,
        predecessor=predecessor,
        is_partnership=isinstance(predecessor, Partnership),
        heirs=to,
        pieces=pieces,
        sent=sent,
        today=today,
        back=back,
    )
