"""Pages on which mail that came in is looked at once."""

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.config import Settings
from tracker.db import PartialDate, db
from tracker.documents.routes import file_size, handed_out
from tracker.inbox import actions, queries
from tracker.inbox.forms import TakeForm
from tracker.inbox.models import Discard, IncomingFile, IncomingMail, IncomingState
from tracker.inbox.rules import KEPT, NOTES, TROUBLES, is_late, may_see_inbox
from tracker.language import _, speaking, spoken
from tracker.log.models import LogEntry, LogKind
from tracker.log.routes import line_of, offer, page_of, values_of
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, office, require, somebody
from tracker.web.fields import LINE
from tracker.web.formats import moment
from tracker.web.lists import Listing

bp = Blueprint("inbox", __name__)
#: What mail programs put before the subject of an answer, in our languages.
_ANSWERS = re.compile(r"(?:(?:re|aw|wg|fwd?|fw|r|i|vá|tov|rsp)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
#: More names make no line.
_MOST_NAMES = 3
People = Mapping[str, Sequence[Person]]


@bp.get("/inbox/")
def index() -> str:
    """A coordinator sees which mails wait for a look."""
    require(may_see_inbox(somebody()))
    listing = Listing[IncomingMail](queries.waiting(), sorts=queries.SORTS, start="sent", descending=True, per_page=20)
    aside, box, settings = queries.set_aside(), queries.mailbox(), _settings()
    senders = [mail.sender for mail in (*listing.rows, *aside) if mail.sender]
    return render_template(
        "inbox/index.html",
        listing=listing,
        aside=aside,
        known=queries.people_with(senders),
        reads_mail=settings.reads_mail,
        box=box,
        trouble=str(TROUBLES.get(box.trouble or "", "")) if box and is_late(box.failing_since, clock.now()) else None,
        days=KEPT.days,
        discards=Discard,
    )


@bp.route("/inbox/<int:mail_id>", methods=["GET", "POST"])
def show(mail_id: int) -> str | Response:
    """A coordinator looks at a mail, and puts it into the log as it stands there."""
    reader, now = somebody(), clock.now()
    require(may_see_inbox(reader))
    mail = queries.one(mail_id, to_settle=request.method == "POST")
    if mail is None and (entry_id := queries.logged_as(mail_id)):
        return redirect(page_of(db.session.get_one(LogEntry, entry_id)))
    mail = found(mail)
    known = queries.people_with(address for _name, address in _named(mail))
    form = _form(mail, known, reader)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            values = values_of(form) | {"summary": line_of(form)}
            today = clock.today(reader.zone)
            entry = actions.log_it(mail, form.files.data or (), by_id=reader.id, now=now, today=today, **values)
            db.session.flush()
            location = once.led_to(form, page_of(entry))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("It is in the log."), "success")
            return redirect(location)
    return render_template(
        "inbox/show.html",
        mail=mail,
        form=form if mail.state is IncomingState.WAITING else None,
        known=known,
        sender=_sender(mail, known),
        note=str(NOTES[mail.note]) if mail.note else None,
        discards=Discard,
        office_language=found(office()).language,
    )


@bp.post("/inbox/<int:mail_id>/<any(not_ours, spam):why>")
def discard(mail_id: int, why: str) -> Response:
    """A coordinator discards a mail, or brings it back."""
    reader, now = somebody(), clock.now()
    require(may_see_inbox(reader))
    mail = found(queries.one(mail_id, to_settle=True))
    try:
        words = once.switched(
            is_on=mail.state is IncomingState.DISCARDED,
            on=(
                lambda: actions.discard(mail, Discard(why), by_id=reader.id, now=now),
                _("The mail is discarded. It can be brought back for %(days)s days.", days=KEPT.days),
            ),
            off=(lambda: actions.bring_back(mail, by_id=reader.id, now=now), _("The mail waits again.")),
        )
        db.session.commit()
        flash(words, "success")
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    return redirect(url_for("inbox.index"))


@bp.get("/inbox/<int:mail_id>/files/<int:file_id>")
def file(mail_id: int, file_id: int) -> Response:
    """A coordinator gets a file that came along."""
    require(may_see_inbox(somebody()))
    row = found(queries.file(mail_id, file_id))
    return handed_out(found(row.file), row.name, or_else=url_for("inbox.show", mail_id=mail_id))


# ---- what is proposed


def _form(mail: IncomingMail, known: People, reader: Somebody) -> TakeForm:
    """Propose the entry that a mail may become."""
    sender = _sender(mail, known)
    language = sender.language if sender else spoken()
    zone = ZoneInfo(reader.zone)
    form = TakeForm(
        data={
            "happened_on": PartialDate.of(mail.sent_at.astimezone(zone).date()),
            "kind": LogKind.MAIL,
            "summary": _ANSWERS.sub("", mail.subject or "", count=1)[:LINE] or _("mail without a subject"),
            "project": mail.project_id,
            "details": _details(mail, known, language),
            "language": language,
            "people": [people[0].id for people in known.values() if len(people) == 1],
            "files": [one.id for one in mail.files if one.is_proposed],
        }
    )
    offer(form, reader, {"project": mail.project_id} if mail.project_id else {})
    form.files.offer([(one.id, _file_line(one)) for one in mail.files if one.file is not None])
    return form


def _file_line(one: IncomingFile) -> str:
    return f"{one.name} ({file_size(one.file.size_bytes)})" if one.file else one.name


def _details(mail: IncomingMail, known: People, language: str) -> str:
    """Return what a mail says, below a line that tells from whom, to whom and when: names, where there are any.

    The log is read by more people than addresses are.
    """
    sender, seen = _sender(mail, known), found(office())
    to_all = [(known.get(address.lower(), ()), name) for name, address in mail.recipients]
    others = [people[0].name if len(people) == 1 else name for people, name in to_all if people or name]
    with speaking(language):
        facts = {
            "sender": (sender.name if sender else mail.sender_name or mail.sender) or "?",
            "moment": moment(mail.sent_at, seen.zone),
        }
        if others:
            to = ", ".join(others[:_MOST_NAMES]) + (" …" if len(others) > _MOST_NAMES else "")
            line = _("Mail from %(sender)s to %(recipients)s, %(moment)s", recipients=to[:LINE], **facts)
        else:
            line = _("Mail from %(sender)s, %(moment)s", **facts)
    return f"{line}\n\n{mail.text or ''}".rstrip()


def _named(mail: IncomingMail) -> list[tuple[str, str]]:
    """Return name and address of everybody whom a mail names, the sender first."""
    sender = [(mail.sender_name or "", mail.sender)] if mail.sender else []
    return [*sender, *((name, address) for name, address in mail.recipients)]


def _sender(mail: IncomingMail, known: People) -> Person | None:
    """Return who wrote a mail, if one person alone has this address, or one of several has this name."""
    people = known.get((mail.sender or "").lower(), ())
    if len(people) == 1:
        return people[0]
    return next((one for one in people if one.name == mail.sender_name), None)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
