"""The outbox: every mail, what became of it, and what can be done about it."""

from collections.abc import Callable, Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.calendar.files import name_in
from tracker.db import db
from tracker.language import _, _l
from tracker.mail import queries as outbox
from tracker.mail.models import Message
from tracker.mail.rules import sentence
from tracker.people.models import Person
from tracker.postbox import actions, queries, sheets
from tracker.postbox.forms import CorrectionForm, OutboxFilters
from tracker.postbox.rules import (
    can_be_copied,
    can_be_dropped,
    can_be_readdressed,
    can_be_retried,
    may_see_outbox,
)
from tracker.postbox.telling import folder_of, what_happened, why
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, require, somebody
from tracker.web.lists import Listing

bp = Blueprint("postbox", __name__)


@bp.get("/outbox/")
def index() -> str | Response:
    """A coordinator sees every mail and what became of it."""
    reader, now = somebody(), clock.now()
    require(may_see_outbox(reader))
    filters = OutboxFilters(request.args)
    filters.person.offer(queries.recipients())
    listing = Listing[Message](
        queries.messages(now, **filters.chosen()),
        sorts={"created": (Message.created_at, Message.id)},
        start="created",
        descending=True,
        filters=filters,
        per_page=20,
        sheet=sheets.messages(),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "postbox/index.html",
        listing=listing,
        names=queries.names({message.person_id for message in listing.rows}),
        attempts=outbox.attempts_of([message.id for message in listing.rows]),
        pause=outbox.queue_pause(),
        reason_of=sentence,
        what_happened=what_happened,
        why=why,
        can=CAN,
        file_of=name_in,
        now=now,
        folder=folder_of(current_app.config["SETTINGS"].mail_url),
    )


#: What a button of the page is called to what has to be true of its message.
CAN: Mapping[str, Callable[[Message], bool]] = {
    "retry": can_be_retried,
    "address": can_be_readdressed,
    "copy": can_be_copied,
    "drop": can_be_dropped,
}
_DONE: Mapping[str, str] = {
    "retry": _l("The message is tried again in the next minutes."),
    "drop": _l("The message is given up and will not be sent."),
    "copy": _l("A copy is on its way to you."),
}


@bp.post("/outbox/<int:message_id>/<any(retry, drop, copy):act>")
def settle(message_id: int, act: str) -> Response:
    """A coordinator has a message tried once more, gives it up, or wants a copy."""
    reader, now = somebody(), clock.now()
    require(may_see_outbox(reader))
    message = found(outbox.message(message_id))
    try:
        if act == "retry":
            actions.send_once_more(message, by_id=reader.id, now=now)
        elif act == "drop":
            actions.give_up(message, by_id=reader.id, now=now)
        else:
            actions.send_copy(message, db.session.get_one(Person, reader.id), zone=reader.zone, now=now)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    else:
        flash(str(_DONE[act]), "success")
    return _back_to(message_id)


@bp.route("/outbox/<int:message_id>/address", methods=["GET", "POST"])
def address(message_id: int) -> str | Response:
    """A coordinator sends a message to another address, and may keep that in the person's record."""
    reader, now = somebody(), clock.now()
    require(may_see_outbox(reader))
    message = found(outbox.message(message_id))
    person = db.session.get_one(Person, message.person_id)
    form = CorrectionForm(email=message.address, for_good=person.email == message.address)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            new, for_good = form.email.data or "", form.for_good.data
            actions.correct_address(message, new, for_good=for_good, by_id=reader.id, now=now)
            location = once.led_to(form, _page_with(message_id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("The message goes to %(address)s in the next minutes.", address=new), "success")
            return redirect(location)
    if not form.is_submitted() and not can_be_readdressed(message):
        flash(_("The address of this message cannot be changed any more."), "danger")
        return _back_to(message_id)
    return render_template("postbox/address.html", form=form, message=message, person=person)


def _back_to(message_id: int) -> Response:
    return redirect(_page_with(message_id))


def _page_with(message_id: int) -> str:
    return url_for("postbox.index", _anchor=f"message-{message_id}")
