"""Pages that ask when one can travel, compare the weeks, and let people answer, signed in or by a link."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from tracker import clock
from tracker.db import Translated, db
from tracker.language import LANGUAGES, _, ngettext, speaking, translated
from tracker.organisations import queries as organisations
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people.models import Contact, Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.travel import actions, queries, sheets
from tracker.travel.actions import Post
from tracker.travel.forms import AskForm, QuestionForm, RangeForm, answer_form, days_of, name_of, shown
from tracker.travel.links import TravelLink
from tracker.travel.models import Fit, TravelPeriod, TravelQuestion
from tracker.travel.queries import Traveller
from tracker.travel.rules import (
    Line,
    Span,
    Standing,
    against,
    can_be_written_to,
    check_range,
    is_open,
    lines,
    may_answer,
    may_ask,
    sees_who,
    weeks,
)
from tracker.web import limits, once
from tracker.web.access import found, public, require, row_id, somebody
from tracker.web.limits import Limit
from tracker.web.lists import Listing, Page
from tracker.workdays.rules import local_day

bp = Blueprint("travel", __name__)
log = logging.getLogger("tracker")
#: How often something is sent through links that ask when one can travel.
SENT = Limit("travel by link", each=30, client=300, site=5_000, within=timedelta(days=1))


# ---- asking


@bp.get("/travel/")
def index() -> str | AnyResponse:
    """Everybody finds the questions that they may know of, the newest first."""
    reader, now = somebody(), clock.now()
    home = {name: request.args.get(name, 0, type=row_id) for name in ("project", "partnership")}
    listing = Listing[TravelQuestion](
        queries.listed(reader, **home),
        sorts=queries.SORTS,
        start="asked",
        descending=True,
        sheet=sheets.questions(_today(now)),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "travel/index.html",
        listing=listing,
        home={name: id_ for name, id_ in home.items() if id_},
        may_ask=may_ask(reader),
        is_open=lambda question: is_open(question, _today(now)),
        days_of=days_of,
    )


@bp.route("/travel/new", methods=["GET", "POST"])
def new() -> str | AnyResponse:
    """A coordinator says between which days, looks through the weeks, and asks; the range stands in the address."""
    reader, now = somebody(), clock.now()
    require(may_ask(reader))
    is_written = "from_on" in request.args
    start = {name: request.args.get(name, 0, type=row_id) or None for name in ("project", "partnership")}
    form = RangeForm(request.args if is_written else None, data=start)
    form.project.offer(projects.choices(reader))
    form.partnership.offer(partnerships.choices(reader))
    home: Project | Partnership | None = None
    spans: list[Span] = []
    if is_written and form.validate():
        if form.project.data:
            home = projects.one(reader, form.project.data)
        elif form.partnership.data:
            home = partnerships.one(reader, form.partnership.data)
        spans = _spans(form, now)
        if home is None:
            form.refuse(_("Please choose a project, or a partnership."), "project")
    if home is None or not spans or (request.method == "GET" and "change" in request.args):
        return render_template("travel/range.html", form=form)
    return _ask(home, spans)


def _spans(form: RangeForm, now: datetime) -> list[Span]:
    """Return the weeks in the range, or say beside the fields what is wrong with it."""
    # All three are required.
    first, last, days = cast("Any", (form.from_on.data, form.until_on.data, form.days.data))
    try:
        check_range(first, _today(now))
        return weeks(first, last, days)
    except Refused as refusal:
        form.refuse(refusal.sentence, refusal.field)
        return []


def _ask(home: Project | Partnership, spans: Sequence[Span]) -> str | AnyResponse:
    """Show what speaks against each week, and ask when that is sent."""
    reader, now = somebody(), clock.now()
    today, office = _today(now), found(organisations.office())
    contacts = queries.contacts_of(home, today)
    reachable = {one.person_id: one for one in reversed(contacts) if can_be_written_to(one.person)}
    known = queries.entries(reader, office, home, spans, list(reachable))
    form = AskForm(
        data={
            "answer_until": min(today + timedelta(days=21), spans[0].first_on - timedelta(days=1)),
            "weeks": [one.first_on.toordinal() for one in spans if not against(known, one)],
            "people": [id_ for id_, one in reachable.items() if one.is_first and id_ != reader.id],
        }
    )
    form.weeks.offer((one.first_on.toordinal(), days_of(one)) for one in spans)
    form.people.offer((id_, _called(one)) for id_, one in reversed(reachable.items()))
    if form.sent() and _is_asked(form):
        if earlier := once.already(form, now):
            return redirect(earlier)
        chosen, people = set(form.weeks.data or ()), set(form.people.data or ())
        try:
            question = actions.ask(
                home,
                [one for id_, one in reversed(reachable.items()) if id_ in people],
                [one for one in spans if one.first_on.toordinal() in chosen],
                title=cast("Translated", form.title.read(now)),
                answer_until=cast("date", form.answer_until.data),
                by=db.session.get_one(Person, reader.id),
                post=_post(),
                now=now,
                today=today,
            )
            location = once.led_to(form, _page_of(question))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The question is on its way."), "success")
            return redirect(location)
    return render_template(
        "travel/ask.html",
        form=form,
        home=home,
        spans=[(one, against(known, one)) for one in spans],
        days_of=days_of,
        unreached=sorted({one.person.name for one in contacts if one.person_id not in reachable}),
        back=url_for("travel.new", change="y", **_kept()),
    )


def _kept() -> dict[str, Any]:
    """Return what the address says of the range."""
    return {
        name: request.args[name]
        for name in ("project", "partnership", "from_on", "until_on", "days", "lang")
        if name in request.args
    }


def _is_asked(form: AskForm) -> bool:
    """Whether something is asked of somebody; else say so beside the fields."""
    if not form.weeks.data:
        form.refuse(_("Please choose at least one week."), "weeks")
    if not form.people.data:
        form.refuse(_("Please choose at least one person."), "people")
    return bool(form.weeks.data and form.people.data)


def _called(contact: Contact) -> str:
    return f"{contact.person.name}, {translated(contact.organisation.name)}"


# ---- one question


@bp.route("/travel/<int:question_id>", methods=["GET", "POST"])
def question(question_id: int) -> str | AnyResponse:
    """Everybody who may know of it compares the weeks; who was asked, and every partner, says what suits them."""
    reader, now = somebody(), clock.now()
    if request.method == "POST":
        queries.hold(question_id)
    row = found(queries.whole(reader, question_id))
    today, office = _today(now), found(organisations.office())
    mine = next((one for one in row.asked if one.person_id == reader.id), None)
    if request.method == "POST":
        require(may_answer(reader, mine))
    form = None
    if is_open(row, today) and may_answer(reader, mine):
        form = answer_form(mine, row.periods, by_link=False)
    if request.method == "POST" and form is None:
        flash(_("Nobody can answer any more. Please write to the office."), "info")
        return redirect(_page_of(row))
    if form is not None and form.sent() and not (mine and form.outdated(mine, shown(mine))):
        if earlier := once.already(form, now):
            return redirect(earlier)
        if mine is None:
            place = queries.place_of(row, reader)
            mine = actions.join(row, db.session.get_one(Person, reader.id), found(place))
        actions.answer(mine, form.fits(), form.remark.data, post=_post(), now=now, today=today)
        location = once.led_to(form, _page_of(row))
        db.session.commit()
        flash(_("Thank you, it is saved. You can change it here until the question is closed."), "success")
        return redirect(location)
    entries = queries.entries(reader, office, row.home, row.periods, [one.person_id for one in row.asked])
    compared = lines(row, entries)
    listing = Page[Line](compared, per_page=max(1, len(compared)), sheet=sheets.weeks(row, sees_who=sees_who(reader)))
    if file := listing.as_file():
        return file
    return render_template(
        "travel/question.html",
        question=row,
        is_open=is_open(row, today),
        listing=listing,
        lines=compared,
        fits=list(Fit),
        form=form,
        fields=[(one, form[name_of(one)], against(entries, one)) for one in row.periods] if form else [],
        mine=mine,
        people=sorted(row.asked, key=lambda one: one.answered_at is not None),
        waiting=sum(one.answered_at is None for one in row.asked),
        remarks=[one for one in row.asked if one.remark],
        written=queries.written_to(row) if may_ask(reader) else {},
        event_url=_event_of(row, row.chosen) if row.chosen and may_ask(reader) else None,
        may_ask=may_ask(reader),
        sees_who=sees_who(reader),
        days_of=days_of,
    )


@bp.route("/travel/<int:question_id>/answers/<int:asked_id>", methods=["GET", "POST"])
def enter(question_id: int, asked_id: int) -> str | AnyResponse:
    """A coordinator enters what somebody who was asked said by phone."""
    reader, now = somebody(), clock.now()
    if request.method == "POST":
        queries.hold(question_id)
    row = found(queries.whole(reader, question_id))
    asked = found(next((one for one in row.asked if one.id == asked_id), None))
    require(may_ask(reader))
    today, office = _today(now), found(organisations.office())
    if not is_open(row, today):
        flash(_("This question is closed. Nobody can answer any more."), "info")
        return redirect(_page_of(row))
    form = answer_form(asked, row.periods, by_link=False)
    if form.sent() and not form.outdated(asked, shown(asked)):
        if earlier := once.already(form, now):
            return redirect(earlier)
        who = db.session.get_one(Person, reader.id)
        actions.answer(asked, form.fits(), form.remark.data, entered_by=who, post=_post(), now=now, today=today)
        location = once.led_to(form, _page_of(row))
        db.session.commit()
        flash(_("The answer is saved."), "success")
        return redirect(location)
    entries = queries.entries(reader, office, row.home, row.periods, [one.person_id for one in row.asked])
    return render_template(
        "travel/enter.html",
        question=row,
        asked=asked,
        form=form,
        fields=[(one, form[name_of(one)], against(entries, one)) for one in row.periods],
    )


@bp.route("/travel/<int:question_id>/edit", methods=["GET", "POST"])
def edit(question_id: int) -> str | AnyResponse:
    """A coordinator changes what is asked, or gives people more time."""
    reader, now = somebody(), clock.now()
    row = found(queries.whole(reader, question_id))
    require(may_ask(reader))
    form = QuestionForm(obj=row)
    if form.sent() and not form.outdated(row):
        try:
            title = cast("Translated", form.title.read(now))
            until, today = cast("date", form.answer_until.data), _today(now)
            actions.change_question(row, title=title, answer_until=until, by_id=reader.id, now=now, today=today)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The question is saved."), "success")
            return redirect(_page_of(row))
    return render_template("travel/edit.html", form=form, question=row)


@bp.post("/travel/<int:question_id>/close")
def close(question_id: int) -> AnyResponse:
    """A coordinator closes a question, or opens it again."""
    reader, now = somebody(), clock.now()
    queries.hold(question_id)
    row = found(queries.whole(reader, question_id))
    require(may_ask(reader))
    words = once.switched(
        is_on=row.closed_at is not None,
        on=(lambda: actions.close(row, by_id=reader.id, now=now), _("The question is closed.")),
        off=(lambda: actions.reopen(row, by_id=reader.id, now=now), _("The question is open again.")),
    )
    db.session.commit()
    flash(words, "success")
    return redirect(_page_of(row))


@bp.post("/travel/<int:question_id>/again")
def again(question_id: int) -> AnyResponse:
    """A coordinator writes once more to those who have not answered."""
    reader, now = somebody(), clock.now()
    row = found(queries.whole(reader, question_id))
    require(may_ask(reader))
    if not is_open(row, _today(now)):
        flash(_("The question is closed: nobody is written to."), "info")
        return redirect(_page_of(row))
    left = queries.gone(row, _today(now))
    waiting = [one for one in row.asked if one.answered_at is None and one.id not in left]
    number = actions.write_again(row, waiting, by_id=reader.id, post=_post(), now=now)
    db.session.commit()
    if number:
        flash(ngettext("%(num)d letter is on its way.", "%(num)d letters are on their way.", number), "success")
    else:
        flash(_("Nobody is written to: each gets one such letter a day at most."), "info")
    return redirect(_page_of(row))


@bp.post("/travel/periods/<int:period_id>/choose")
def choose(period_id: int) -> AnyResponse:
    """A coordinator chooses the days, lets everybody know, and goes on to the event."""
    reader, now = somebody(), clock.now()
    period = found(queries.period(reader, period_id))
    require(may_ask(reader))
    queries.hold(period.question_id)
    row = found(queries.whole(reader, period.question_id))
    try:
        is_news = actions.choose(row, period, by_id=reader.id, post=_post(), now=now)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "info")
        return redirect(_page_of(row))
    if is_news:
        flash(_("The days are chosen, and those who were asked get a letter. Here you can enter the event."), "success")
    return redirect(_event_of(row, period))


def _event_of(row: TravelQuestion, period: TravelPeriod) -> str:
    """Return where the event is entered, with what is known of it."""
    title = translated(row.title)
    return url_for(
        "events.new",
        project=row.project_id,
        partnership=row.partnership_id,
        begins_on=period.first_on.isoformat(),
        ends_on=period.last_on.isoformat(),
        title=str(title),
        written_in=title.language if title else None,
    )


def _page_of(row: TravelQuestion) -> str:
    return url_for("travel.question", question_id=row.id)


def _post() -> Post:
    return Post(found(organisations.office()), current_app.config["SETTINGS"].public_url)


def _today(now: datetime) -> date:
    return local_day(now, found(organisations.office()).zone)


# ---- behind the link


@bp.route("/travel/answer/<token>", methods=["GET", "POST"])
@public
def by_link(token: str) -> AnyResponse:
    """Whoever has the letter sees the weeks and says which suit them. Only the button says it."""
    now = clock.now()
    with _asked(token, now) as seen:
        row, asked = seen.question, seen.asked
        if seen.standing is not Standing.OPEN:
            return _page(seen)
        form = answer_form(asked, row.periods, by_link=True)
        if form.sent() and not form.outdated(asked, shown(asked)):
            if once.already(form, now):
                db.session.rollback()
                return _back(token)
            limits.count(SENT, f"travel:{asked.id}", now=now)
            today = _today(now)
            actions.answer(asked, form.fits(), form.remark.data, by_link=True, post=_post(), now=now, today=today)
            db.session.commit()
            log.info("a traveller answered", extra={"facts": {"asked": seen.asked.id}})
            return _back(token, saved="y")
        if request.method == "POST":
            db.session.rollback()
        return _page(seen, form=form)


#: They ask for no session: their forms are bound to the link instead.
BY_LINK = (by_link,)


@contextmanager
def _asked(token: str, now: datetime) -> Iterator[Traveller]:
    """Return what a link is about, in the language of who was asked; answer 404 if it is none of ours."""
    link = TravelLink.of(token, current_app.config["SIGNING_KEYS"])
    if link and request.method == "POST":
        queries.hold_of(link.row_id)
    seen = queries.traveller(link, found(organisations.office()), now) if link else None
    if seen is None:
        abort(_answered(render_template("answers/unknown.html", is_copy=TravelLink.is_reference(token)), 404))
    with speaking(asked if (asked := request.args.get("lang")) in LANGUAGES else seen.asked.person.language):
        yield seen


def _back(token: str, *, saved: str | None = None) -> AnyResponse:
    """Lead to what the link opens now: sending a page anew sends nothing twice."""
    return redirect(url_for("travel.by_link", token=token, lang=request.args.get("lang"), saved=saved))


def _page(seen: Traveller, *, form: Any = None) -> Response:  # noqa: ANN401 - a form with a field for each period
    """Return what a link opens now; of one that is over, nothing about anybody."""
    if seen.standing is Standing.OVER:
        return _answered(render_template("travel/over.html"), 410)
    row = seen.question
    periods = row.periods if form else [row.chosen] if row.chosen else []
    office = found(organisations.office())
    entries = queries.entries(seen.reader, office, row.home, periods, ())
    page = render_template(
        "travel/answer.html",
        seen=seen,
        question=row,
        form=form,
        fields=[(one, form[name_of(one)], against(entries, one)) for one in periods] if form else [],
        token=request.view_args["token"] if request.view_args else "",
        days_of=days_of,
        is_saved="saved" in request.args and request.method == "GET",
    )
    return _answered(page, 200)


def _answered(page: str, status: int) -> Response:
    """Answer with a page whose address no other page and no search engine learns of."""
    return Response(
        page, status, {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}, mimetype="text/html"
    )
