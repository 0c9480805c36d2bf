"""The pages of a long list of guests: pasted into, read page by page, counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response as Answered

from tracker import clock
from tracker.attendance import queries as attendance
from tracker.attendance.models import Attendance
from tracker.attendance.rules import may_edit, presence
from tracker.attendance.sheets import guests
from tracker.db import db
from tracker.events import queries as events
from tracker.events.models import Event
from tracker.events.telling import when
from tracker.guestlists import actions, queries
from tracker.guestlists.counting import HeadCount, answered, by_delegation, head_count
from tracker.guestlists.forms import GuestFilters, PasteForm, SheetForm
from tracker.guestlists.reading import Pasted, keepable, read
from tracker.guestlists.rules import Entry, Known, judge
from tracker.guestlists.sheets import sheets
from tracker.language import _, ngettext, pgettext
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody
from tracker.web.formats import country_name, plain
from tracker.web.kept import kept
from tracker.web.lists import Listing
from tracker.web.sheets import XLSX, Sheet, Value, asked, download

bp = Blueprint("guestlists", __name__)


@dataclass(frozen=True)
class Looked:
    """Lines as they were understood, and what there is already of those whom they name."""

    pasted: Pasted
    known: Known
    entries: Sequence[Entry]

    @property
    def wrong(self) -> list[Entry]:
        """Those that cannot be kept as they are."""
        return [one for one in self.entries if one.is_wrong]

    @property
    def asking(self) -> list[Entry]:
        """Those of which somebody has to say who it is."""
        return [one for one in self.entries if one.is_asking]

    @property
    def right(self) -> list[Entry]:
        """Those that can be saved."""
        return [one for one in self.entries if not one.is_wrong and one.who is not None]


@bp.route("/events/<int:event_id>/guests/paste", methods=["GET", "POST"])
def paste(event_id: int) -> str | Answered:
    """A coordinator pastes lines of a spreadsheet, looks at what they mean, and saves those that are right."""
    reader, now = somebody(), clock.now()
    event = found(events.one(reader, event_id))
    require(may_edit(reader))
    form = PasteForm()
    form.offer((one.id, one.name) for one in queries.senders(event))
    looked = None
    if form.sent():
        looked = _look(form, event, reader)
        if not looked.pasted.has_names or not looked.entries:
            form.refuse(_("No column says a name. Please give it a heading such as “Name”."), "text")
            looked = None
        elif form.save.data and form.looked_at.data == form.mark():
            return _save(form, event, looked, reader, now)
    return _page(form, event, looked)


def _page(form: PasteForm, event: Event, looked: Looked | None) -> str:
    # What no page can show comes back without it, and is asked about.
    form.text.data = "\n".join(map(keepable, (form.text.data or "").split("\n")))
    form.looked_at.data = form.mark() if looked else ""
    return render_template("guestlists/paste.html", form=form, event=event, looked=looked)


def _look(form: PasteForm, event: Event, reader: Somebody) -> Looked:
    pasted = read(form.text.data or "")
    known = queries.known(event, pasted.lines, reader, clock.today(reader.zone))
    return Looked(pasted, known, judge(pasted.lines, known, form.wanted(), form.who.data or {}, form.sure.data or ()))


def _save(form: PasteForm, event: Event, looked: Looked, reader: Somebody, now: datetime) -> str | Answered:
    """Save what is right; what is not comes back in the box."""
    left, right = [*looked.wrong, *looked.asking], looked.right
    page = url_for("guestlists.index", event_id=event.id)
    if once.already(form, now):
        # The first of two clicks saved these.
        left = [one for one in left if not one.is_there]
        words = _("The list is saved.")
    elif right:
        by: dict[str, Any] = {"language": reader.language, "by_id": reader.id, "now": now}
        actions.enter_guests(event, right, looked.known, answer=form.answer.data, **by)
        once.led_to(form, page)
        db.session.commit()
        words = ngettext("%(num)d guest is on the list.", "%(num)d guests are on the list.", len(right))
    else:
        db.session.rollback()
        return _page(form, event, looked)
    flash(words, "success")
    if not left:
        return redirect(page)
    lines = [one.line.text for one in sorted(left, key=lambda one: one.line.number)]
    heading = [looked.pasted.heading] if looked.pasted.heading is not None else []
    kept = {"role": form.role.data, "organisation": form.organisation.data, "answer": form.answer.data}
    rest = PasteForm(formdata=None, data={"text": "\n".join([*heading, *lines]), **kept})
    rest.offer((one.id, one.name) for one in looked.known.senders)
    return _page(rest, event, _look(rest, event, reader))


@bp.get("/events/<int:event_id>/guests/")
@kept
def index(event_id: int) -> str | Answered:
    """Everybody who may know of an event reads who comes: by name those whom they may know, all others by number."""
    reader = somebody()
    event = found(events.one(reader, event_id))
    sent = by_delegation(event, events.delegations_of(event))
    filters = GuestFilters(request.args)
    filters.offer([one.organisation for one in sent if one.organisation])
    query = attendance.listed(reader, event, **filters.chosen())
    listing = Listing[Attendance](query, sorts=attendance.SORTS, start="name", filters=filters, sheet=guests(event))
    if file := listing.as_file():
        return file
    return render_template(
        "guestlists/index.html",
        event=event,
        listing=listing,
        line_of=attendance.line_of,
        answered=answered(sent),
        may_edit=may_edit(reader),
        sees_people=reader.sees_all,
    )


@bp.get("/events/<int:event_id>/guests/numbers")
@kept
def numbers(event_id: int) -> str:
    """Everybody who may know of an event reads how many come from where, how old, on which day."""
    event = found(events.one(somebody(), event_id))
    return render_template(
        "guestlists/numbers.html",
        event=event,
        when=when,
        presence=presence(event, attendance.stays(event)),
        count=head_count(event),
    )


@bp.get("/events/<int:event_id>/guests/days")
def days(event_id: int) -> Answered:
    """How many from which country on which day, for a spreadsheet."""
    event = found(events.one(somebody(), event_id))
    return _file(f"{_('Days')} {plain(event.title)}", _by_day(event))


@bp.get("/events/<int:event_id>/guests/heads")
def heads(event_id: int) -> Answered:
    """How many by country, age and gender, for a spreadsheet."""
    event = found(events.one(somebody(), event_id))
    return _file(f"{_('Heads')} {plain(event.title)}", _by_head(head_count(event)))


def _file(title: str, rows: Iterator[list[Value]]) -> Answered:
    """Answer with a table, headings first, in the kind of file that the address asks for."""
    headings = [str(heading) for heading in next(rows)]
    return download(Sheet[list[Value]](title, headings, iter), [list(rows)], asked() or XLSX)


def _by_day(event: Event) -> Iterator[list[Value]]:
    there = presence(event, attendance.stays(event))
    yield [_("Day"), *(_country(one) for one in there.countries), _("Together")]
    for day in there.days:
        yield [day, *(there.at(one, day) for one in there.countries), there.on(day)]


def _by_head(count: HeadCount) -> Iterator[list[Value]]:
    unsaid = _("not said")
    words = [str(gender.label) if gender else unsaid for gender in count.genders]
    yield [_("Country"), _("Age"), *words, _("Together")]
    for country in count.countries:
        for age in count.ages(country):
            cells = [count.of(country, age, gender) for gender in count.genders]
            yield [_country(country), str(age.label) if age else unsaid, *cells, count.of_age(country, age)]
    yield [_("Together"), "", *(count.of_gender(gender) for gender in count.genders), count.total]


def _country(code: str | None) -> str:
    return country_name(code) if code else pgettext("country", "not known")


@bp.get("/events/<int:event_id>/guests/to-sign")
def to_sign(event_id: int) -> str:
    """A list to be printed and signed, in two languages; partners print that of those whom they send."""
    reader = somebody()
    event = found(events.one(reader, event_id))
    guests = db.session.scalars(attendance.expected(reader, event)).unique().all()
    sent = [
        one for one in events.delegations_of(event) if reader.sees_all or one.organisation_id in reader.organisation_ids
    ]
    form = SheetForm(request.args)
    form.offer(queries.sending(guests, sent))
    asked, sender = form.asked(), form.organisation.data
    if sender:
        guests = [one for one in guests if one.participant.organisation_id == sender]
        sent = [one for one in sent if one.organisation_id == sender]
    functions = queries.functions(guests, reader, clock.today(reader.zone))
    return render_template(
        "guestlists/to_sign.html",
        event=event,
        form=form,
        sheets=sheets(event, guests, sent, functions, asked),
        when=when,
    )
