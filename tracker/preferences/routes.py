"""Pages about the letters somebody gets: everybody's own choices, and what links in letters lead to."""

import logging

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from tracker import clock
from tracker.accounts.queries import account_of
from tracker.accounts.rules import hash_of
from tracker.db import db
from tracker.language import _
from tracker.people import queries as people
from tracker.people.models import MailChoice
from tracker.preferences import actions, queries
from tracker.preferences.forms import AddressForm, LettersForm
from tracker.preferences.rules import why_void, wish_of
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, office, public, sensitive, somebody

bp = Blueprint("preferences", __name__)
log = logging.getLogger("tracker")
#: What a mail program sends where it stops letters by itself (RFC 8058).
ONE_CLICK = "List-Unsubscribe"


# ---- one's own


@bp.route("/settings/letters", methods=["GET", "POST"])
def letters() -> str | AnyResponse:
    """Everybody chooses which letters come, and until when none."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, reader.id))
    form = LettersForm(paused_until=person.paused_until, **LettersForm.shown(people.stopped_by(person.id)))
    if form.sent():
        today, until = clock.today(reader.zone), form.paused_until.data
        try:
            actions.choose_letters(person, form.wanted(), until, today=today, now=now)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.paused_until.errors = [refusal.sentence]
        else:
            flash(_("Your choice is saved."), "success")
            return redirect(url_for("accounts.settings"))
    return render_template("preferences/letters.html", form=form)


@bp.route("/settings/address", methods=["GET", "POST"])
@sensitive
def address() -> str | AnyResponse:
    """Everybody changes their address; it counts once a letter to it is answered."""
    reader, now = somebody(), clock.now()
    form, person = AddressForm(), found(queries.person(reader.id))
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        new, public_url = form.email.data or "", current_app.config["SETTINGS"].public_url
        actions.ask_for_address(person, new, office=found(office()), public_url=public_url, now=now)
        location = once.led_to(form, url_for("accounts.settings"))
        db.session.commit()
        log.info("new address asked for", extra={"facts": {"person": reader.id}})
        flash(_("A letter is on its way to %(address)s. The link in it works for 72 hours.", address=new), "info")
        return redirect(location)
    return render_template("preferences/address.html", form=form, person=person, access=account_of(reader.id))


# ---- links in letters


@bp.route("/new-address/<secret>", methods=["GET", "POST"])
@public
def new_address(secret: str) -> Response:
    """Whoever reads mail at a new address says that it is right. Only the button changes something."""
    now = clock.now()
    change = queries.change_with(hash_of(secret))
    if change is None:
        return _apart(404, reason=_("This link is not known. Please check that it is complete."))
    if reason := why_void(change, now):
        return _apart(410, reason=reason)
    new = change.address
    if request.method != "POST":
        return _apart(200, address=new)
    try:
        actions.take_address(change, office=found(office()), now=now)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _apart(410, reason=refusal.sentence)
    log.info("address changed", extra={"facts": {"person": change.person_id}})
    return _apart(200, address=new, is_done=True)


def _apart(status: int, **words: object) -> Response:
    """Answer with a page whose address no other page learns of."""
    page = render_template("preferences/new_address.html", **words)
    return Response(page, status, {"Referrer-Policy": "no-referrer"}, mimetype="text/html")


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
@public
def unsubscribe(token: str) -> Response:
    """Whoever has a letter stops its like, or all but what is asked of them. Only a POST changes something."""
    now = clock.now()
    wish = wish_of(token, keys=current_app.config["SIGNING_KEYS"])
    person = queries.person(wish.person_id) if wish else None
    if wish is None or person is None:
        return _about_letters(404, reason=_("This link is not known. Please check that it is complete."))
    if now.date() > wish.until:
        return _about_letters(410, reason=_("This link has expired. A newer letter holds one that works."))
    stops_all = request.form.get("which") == "all" if request.method == "POST" else False
    chosen = frozenset(MailChoice) if stops_all else wish.choices
    if request.method == "POST":
        actions.stop_letters(person, chosen, now=now)
        db.session.commit()
        log.info("letters stopped", extra={"facts": {"person": wish.person_id, "all": stops_all}})
        if ONE_CLICK in request.form:
            return Response("OK\n", 200, mimetype="text/plain")
    return _about_letters(200, stopped=people.stopped_by(wish.person_id), chosen=chosen, own=wish.choices)


def _about_letters(status: int, **words: object) -> Response:
    page = render_template("preferences/unsubscribe.html", is_done=request.method == "POST", **words)
    return Response(page, status, {"Referrer-Policy": "no-referrer"}, mimetype="text/html")
