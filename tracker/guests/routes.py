"""The page behind a guest's link, which needs no session; and what those who look after an event do and read."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from tracker import clock
from tracker.attendance.models import Answer, Attendance
from tracker.attendance.rules import may_edit
from tracker.db import db
from tracker.events import queries as events
from tracker.events.telling import hours, when
from tracker.guests import actions, mails, queries
from tracker.guests.forms import ConsentForm, ReplyForm, ReplyWithNeedsForm, WriteForm
from tracker.guests.links import GuestLink
from tracker.guests.models import Consent
from tracker.guests.queries import Guest
from tracker.guests.rules import MINORS, Standing, can_be_written_to, is_off, kept_until, may_see_needs
from tracker.language import LANGUAGES, _, language_name, ngettext, speaking
from tracker.organisations import queries as organisations
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web import limits, once
from tracker.web.access import found, public, require, somebody
from tracker.web.formats import moment
from tracker.web.headers import unlisted
from tracker.web.limits import Limit
from tracker.web.linked import LinkForm
from tracker.web.lists import Page
from tracker.workdays.rules import instant_of, local_day

bp = Blueprint("guests", __name__)
log = logging.getLogger("tracker")
#: How often something is sent through links of guests.
SENT = Limit("guest by link", each=30, client=300, site=5_000, within=timedelta(days=1))


# ---- behind the link


@bp.route("/guest/<token>", methods=["GET", "POST"])
@public
def guest(token: str) -> AnyResponse:
    """Whoever has the letter reads what a guest has to know, and says whether they come. Only the button says it."""
    now = clock.now()
    with _asked(token, now) as seen:
        if seen.standing is not Standing.OPEN:
            return _page(seen)
        shown = ReplyForm.shown(seen)
        form = (ReplyWithNeedsForm if seen.event.asks_needs else ReplyForm)(obj=seen.attendance, data=shown)
        if form.sent():
            if once.already(form, now):
                db.session.rollback()
                return _back(token)
            _count(seen, now)
            try:
                if not form.outdated(seen.attendance, shown):
                    actions.answer(seen, form.said, now=now)
                    db.session.commit()
                    log.info("a guest answered", extra={"facts": {"attendance": seen.link.row_id}})
                    return _back(token, saved="y")
                db.session.rollback()
            except Refused as refusal:
                db.session.rollback()
                # What the list calls its answer is their reply here.
                form.refuse(refusal.sentence, refusal.field if refusal.field in form else "reply")
        return _page(seen, form=form)


@bp.post("/guest/<token>/consents")
@public
def consents(token: str) -> AnyResponse:
    """Whoever has the letter says what may be published of the guest, and what no more."""
    now = clock.now()
    with _asked(token, now) as seen:
        if seen.standing is Standing.OVER:
            return _page(seen)
        shown = ConsentForm.shown(seen)
        form = ConsentForm(obj=seen.attendance, data=shown)
        if not form.sent() or form.outdated(seen.attendance, shown):
            db.session.rollback()
            return _page(seen, consent_form=form)
        _count(seen, now)
        if form.wanted - set(seen.consents) and _is_minor(seen) and Consent.TAKING_PART not in seen.consents:
            db.session.rollback()
            form.refuse(_("For somebody under 18 a guardian agrees first, further up on this page."))
            return _page(seen, consent_form=form)
        actions.consent(seen, form.wanted, now=now)
        db.session.commit()
        return _back(token, saved="y")


@bp.post("/guest/<token>/take-back")
@public
def take_back(token: str) -> AnyResponse:
    """Whoever has the letter removes what was said of what the guest needs."""
    now = clock.now()
    with _asked(token, now) as seen:
        if seen.standing is Standing.OVER or not LinkForm().sent():
            return _back(token)
        _count(seen, now)
        actions.take_back(seen, now=now)
        db.session.commit()
        return _back(token, saved="y")


#: They ask for no session: their forms are bound to the link instead.
BY_LINK = (guest, consents, take_back)


@contextmanager
def _asked(token: str, now: datetime) -> Iterator[Guest]:
    """Return what a link is about, in the guest's language; answer 404 if it is none of ours."""
    link = GuestLink.of(token, current_app.config["SIGNING_KEYS"])
    if link and request.method == "POST":
        queries.hold(link.row_id)
    seen = queries.guest(link, now) if link else None
    if seen is None:
        abort(unlisted(render_template("answers/unknown.html", is_copy=GuestLink.is_reference(token)), 404))
    with speaking(asked if (asked := request.args.get("lang")) in LANGUAGES else seen.person.language):
        yield seen


def _count(seen: Guest, now: datetime) -> None:
    limits.count(SENT, f"attendance:{seen.link.row_id}", now=now)


def _is_minor(seen: Guest) -> bool:
    return seen.attendance.participant.age_band in MINORS


def _back(token: str, *, saved: str | None = None) -> AnyResponse:
    """Lead to what the link opens now: sending a page anew sends nothing twice."""
    return redirect(url_for("guests.guest", token=token, lang=request.args.get("lang"), saved=saved))


def _page(
    seen: Guest,
    *,
    form: ReplyForm | None = None,
    consent_form: ConsentForm | None = None,
) -> Response:
    """Return what a link opens now; of one that is over, nothing about anybody."""
    if seen.standing is Standing.OVER:
        return unlisted(render_template("guests/over.html"), 410)
    row, event = seen.attendance, seen.event
    if form is None and seen.standing is Standing.OPEN:
        kind = ReplyWithNeedsForm if event.asks_needs else ReplyForm
        form = kind(formdata=None, obj=row, data=ReplyForm.shown(seen))
    page = render_template(
        "guests/guest.html",
        guest=seen,
        event=event,
        token=request.view_args["token"] if request.view_args else "",
        standing=seen.standing.value,
        form=form,
        consent_form=consent_form or ConsentForm(formdata=None, obj=row, data=ConsentForm.shown(seen)),
        button=LinkForm(formdata=None),
        has_answered=row.answer is not Answer.INVITED,
        when=when(event),
        begins_at=_begins_at(seen),
        hours=hours,
        kept_until=kept_until(event),
        hosts=_hosts(seen),
        is_saved="saved" in request.args and request.method == "GET",
    )
    return unlisted(page, 200)


def _hosts(seen: Guest) -> list[str]:
    """Return the names of those with whom a guest stays."""
    handed: Callable[[Attendance, date], list[str]] = current_app.extensions["hosts_of_guest"]
    return handed(seen.attendance, seen.today)


def _begins_at(seen: Guest) -> str | None:
    """Return when it begins by the guest's own clock, if that shows another hour."""
    event = seen.event
    if event.begins_at is None or event.begins_on.day is None or seen.zone is None:
        return None
    begins = instant_of(event.begins_on.earliest, event.begins_at, event.zone)
    there, here = (begins.astimezone(ZoneInfo(zone)) for zone in (event.zone, seen.zone))
    same = there.replace(tzinfo=None) == here.replace(tzinfo=None)
    return None if same else moment(begins, seen.zone)


# ---- for those who look after the event


@bp.route("/events/<int:event_id>/guests/letters", methods=["GET", "POST"])
def write(event_id: int) -> str | AnyResponse:
    """A coordinator looks at the letters, chooses who gets one, and sends them."""
    reader, now = somebody(), clock.now()
    event = found(events.whole(reader, event_id))
    require(may_edit(reader))
    office, public_url = found(organisations.office()), current_app.config["SETTINGS"].public_url
    named, written = queries.named_at(event), queries.written_to(event)
    is_over = is_off(event, local_day(now, event.zone))
    offered = [row for row in named if not is_over and can_be_written_to(row.participant.person)]
    today = {id_ for id_, at in written.items() if local_day(at, office.zone) == local_day(now, office.zone)}
    waiting = {row.id for row in offered if row.answer is Answer.INVITED and row.id not in today}
    listing = Page(offered)
    form = WriteForm(data={"guests": [row.id for row in listing.rows if row.id in waiting]})
    # Who moved to another page meanwhile can be written to all the same.
    rows = offered if request.method == "POST" else listing.rows
    form.offer((row.id, _called(row, written.get(row.id))) for row in rows)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        chosen = set(form.guests.data or ()) | (waiting if form.everybody.data else set())
        by = db.session.get_one(Person, reader.id)
        sent = [row for row in offered if row.id in chosen]
        number = actions.send_links(event, sent, office, by=by, public_url=public_url, now=now)
        location = once.led_to(form, url_for("overview.event", event_id=event_id, _anchor="guests"))
        db.session.commit()
        if number:
            flash(ngettext("%(num)d letter is on its way.", "%(num)d letters are on their way.", number), "success")
        else:
            flash(_("Nobody is written to: each guest gets one such letter a day at most."), "info")
        return redirect(location)
    return render_template(
        "guests/write.html",
        form=form,
        event=event,
        listing=listing,
        waiting=len(waiting),
        is_over=is_over,
        unreached=[row for row in named if not can_be_written_to(row.participant.person)],
        letters=mails.in_each_language(offered, event, office, public_url=public_url),
    )


def _called(row: Attendance, written_at: datetime | None) -> str:
    person = row.participant.person
    words = [language_name(person.language), str(row.answer.label)] if person else []
    if written_at is not None:
        words.append(_("written to on %(moment)s", moment=moment(written_at)))
    return f"{person.name} ({', '.join(words)})" if person else ""


@bp.get("/events/<int:event_id>/guests/needs")
def needs(event_id: int) -> str:
    """Who looks after the event reads what its guests need, and what they agree to."""
    reader = somebody()
    event = found(queries.event_of(reader, event_id))
    require(may_see_needs(reader, event))
    listing = Page(queries.named_at(event))
    return render_template(
        "guests/needs.html",
        event=event,
        listing=listing,
        rows=queries.told_by(listing.rows),
        kept_until=kept_until(event),
        taking_part=Consent.TAKING_PART,
        sees_event=events.one(reader, event_id) is not None,
        minors=MINORS,
    )
