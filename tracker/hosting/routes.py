"""Pages that say who takes guests in, and who stays with whom."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.attendance import queries as attendance
from tracker.attendance.models import Attendance
from tracker.attendance.rules import THERE, called, first_of, heads_of, last_of
from tracker.db import db
from tracker.events import queries as events
from tracker.events.models import Event
from tracker.events.telling import when
from tracker.guests.queries import given_by
from tracker.guests.rules import kept_until, may_see_needs
from tracker.hosting import actions, mails, queries, sheets
from tracker.hosting.forms import OfferForm, TellForm
from tracker.hosting.links import HostLink
from tracker.hosting.models import HostOffer
from tracker.hosting.rules import Placed, may_arrange, placed
from tracker.language import LANGUAGES, _, ngettext, speaking, translated
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, office, public, require, somebody
from tracker.web.headers import unlisted
from tracker.web.lists import Page

bp = Blueprint("hosting", __name__)
PLAIN = ("places", "from_on", "until_on", "any_diet", "address", "conditions", "language")


@bp.get("/events/<int:event_id>/hosts/")
def index(event_id: int) -> str | Response:
    """A coordinator sees who takes guests in, what does not fit, and who has no bed yet."""
    reader = somebody()
    event = found(events.one(reader, event_id))
    require(may_arrange(reader))
    there = _there(event)
    needs = given_by(one.id for one in there) if may_see_needs(reader, event) else {}
    rows = placed(queries.of(event), {one.id: called(one.participant) for one in there}, needs)
    listing = Page[Placed](rows, per_page=max(1, len(rows)), sheet=sheets.stays(event))
    if file := listing.as_file():
        return file
    housed = {guest.id for row in rows for guest in row.guests}
    homeless = [one for one in there if one.answer in THERE and one.id not in housed]
    return render_template(
        "hosting/index.html",
        event=event,
        rows=rows,
        listing=listing,
        homeless=[(called(one.participant), first_of(one), last_of(one), one.id) for one in homeless],
        without_bed=sum(heads_of(one) for one in homeless),
        places=sum(row.offer.places for row in rows),
        taken=sum(row.heads for row in rows),
        called=lambda one: called(one.participant),
        host_of=_host_of,
        needs=needs,
    )


@bp.route("/events/<int:event_id>/hosts/new", methods=["GET", "POST"])
def new(event_id: int) -> str | Response:
    """A coordinator enters who takes guests in, and perhaps at once who stays there."""
    reader, now = somebody(), clock.now()
    event = found(events.one(reader, event_id))
    require(may_arrange(reader))
    form = OfferForm()
    there = _offer(form, event, reader)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            actions.enter_offer(event, by_id=reader.id, now=now, **_values(form, there))
            location = once.led_to(form, _page_of(event_id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The host is entered."), "success")
            return redirect(location)
    return render_template("hosting/edit.html", form=form, event=event, offer=None)


@bp.route("/hosts/<int:offer_id>/edit", methods=["GET", "POST"])
def edit(offer_id: int) -> str | Response:
    """A coordinator changes what a host offers, and who stays there."""
    reader, now = somebody(), clock.now()
    offer = found(queries.one(reader, offer_id))
    require(may_arrange(reader))
    shown = OfferForm.shown(offer)
    form = OfferForm(obj=offer, data=shown)
    there = _offer(form, offer.event, reader, offer)
    if form.sent() and not form.outdated(offer, shown):
        try:
            actions.change_offer(offer, by_id=reader.id, now=now, **_values(form, there))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The host is saved."), "success")
            return redirect(_page_of(offer.event_id))
    return render_template("hosting/edit.html", form=form, event=offer.event, offer=offer)


@bp.post("/hosts/<int:offer_id>/take-off")
def take_off(offer_id: int) -> Response:
    """A coordinator takes a host off the list."""
    reader, now = somebody(), clock.now()
    offer = found(queries.one(reader, offer_id))
    require(may_arrange(reader))
    event_id = offer.event_id
    if offer.archived_at is None:
        actions.take_off(offer, by_id=reader.id, now=now)
        db.session.commit()
    flash(_("The host is taken off the list."), "success")
    return redirect(_page_of(event_id))


@bp.route("/hosts/<int:offer_id>/tell", methods=["GET", "POST"])
def tell(offer_id: int) -> str | Response:
    """A coordinator reads what host and guests will be told of each other, and lets it leave."""
    reader, now = somebody(), clock.now()
    offer = found(queries.one(reader, offer_id))
    require(may_arrange(reader))
    if offer.archived_at is not None:
        abort(404)
    me = db.session.get_one(Person, reader.id)
    host = queries.contact_of(offer, clock.today(reader.zone))
    seen, public_url = found(office()), current_app.config["SETTINGS"].public_url
    letters = [
        mails.write(one, offer, host, seen, reply_to=me, public_url=public_url) for one in mails.readers(offer, host)
    ]
    form = TellForm()
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        sent = mails.send(letters, offer, seen, reply_to=me.email, now=now)
        location = once.led_to(form, _page_of(offer.event_id))
        db.session.commit()
        words = ngettext("%(num)d letter is in the outbox.", "%(num)d letters are in the outbox.", len(sent))
        flash(words, "success")
        return redirect(location)
    return render_template("hosting/tell.html", form=form, event=offer.event, offer=offer, letters=letters)


# ---- behind the link


@bp.get("/host/<token>")
@public
def host(token: str) -> Response:
    """Whoever has the letter to a host reads who stays with them, and what these speak, eat and need."""
    link = HostLink.of(token, current_app.config["SIGNING_KEYS"])
    seen = queries.host(link, clock.now()) if link else None
    if seen is None:
        return unlisted(render_template("answers/unknown.html", is_copy=HostLink.is_reference(token)), 404)
    with speaking(asked if (asked := request.args.get("lang")) in LANGUAGES else seen.person.language):
        if seen.is_over:
            return unlisted(render_template("hosting/over.html"), 410)
        page = render_template(
            "hosting/host.html",
            host=seen,
            event=seen.event,
            called=called,
            first_of=first_of,
            last_of=last_of,
            when=when(seen.event),
            kept_until=kept_until(seen.event),
        )
        return unlisted(page, 200)


def _page_of(event_id: int) -> str:
    return url_for("hosting.index", event_id=event_id)


def _there(event: Event) -> Sequence[Attendance]:
    return attendance.at(event)


def _host_of(offer: HostOffer) -> str:
    """Return how a host is called."""
    return offer.person.name if offer.person else str(translated(found(offer.organisation).name))


def _offer(form: OfferForm, event: Event, reader: Somebody, offer: HostOffer | None = None) -> dict[int, Attendance]:
    """Offer everybody who may take guests in, and who comes; return who can stay somewhere, by id."""
    there = {one.id: one for one in _there(event) if one.answer in THERE}
    there |= {one.id: one for one in (offer.guests if offer else ())}
    form.offer(
        people=people.choices(reader, besides=offer.person_id if offer else None),
        organisations=organisations.choices(reader, besides=offer.organisation_id if offer else None),
        guests=[(one.id, called(one.participant)) for one in there.values()],
    )
    return there


def _values(form: OfferForm, there: dict[int, Attendance]) -> dict[str, Any]:
    return {
        "person": db.session.get(Person, form.person.data) if form.person.data else None,
        "organisation": db.session.get(Organisation, form.organisation.data) if form.organisation.data else None,
        "guests": [there[id_] for id_ in form.guests.data or ()],
        **{name: form[name].data for name in PLAIN},
    }
