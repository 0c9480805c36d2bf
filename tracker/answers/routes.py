"""Pages behind the links in letters, which need no session; and what a coordinator does about answers."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from tracker import clock
from tracker.answers import actions, queries
from tracker.answers.forms import AnswerForm, MilestoneAnswerForm, PassOnForm
from tracker.answers.links import AnswerLink, is_reference
from tracker.answers.queries import Question
from tracker.answers.rules import DAY, Standing, can_be_taken_back, is_needed, may_take_back, why_over
from tracker.db import db
from tracker.language import LANGUAGES, _, speaking
from tracker.milestones.models import Assessment
from tracker.organisations import queries as organisations
from tracker.refusal import Refused
from tracker.reminders.mails import CHOSEN
from tracker.web import limits, once
from tracker.web.access import found, public, require, somebody
from tracker.web.limits import Limit
from tracker.web.linked import LinkForm

bp = Blueprint("answers", __name__)
log = logging.getLogger("tracker")
#: How many letters somebody brings about by links.
LETTERS = Limit("letters by link", each=5, client=20, site=500, within=DAY)


#: What a link may open while a new one can be had.
_SENDS_ANEW = frozenset({Standing.EXPIRED, Standing.ANSWERED})


# ---- behind a link


@bp.route("/answer/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> AnyResponse:
    """Whoever has a letter says how it stands, in the name of whom it asks. Only the button changes something."""
    now = clock.now()
    with _asked(token, now) as question:
        if question.standing is not Standing.OPEN:
            return _page(question, now)
        form = (MilestoneAnswerForm if question.milestone else AnswerForm)(data={"assessment": _chosen()})
        if form.sent():
            if once.already(form, now):
                return _back(token)
            office, public_url = found(organisations.office()), current_app.config["SETTINGS"].public_url
            try:
                today = question.today
                actions.answer(question, form.said, office=office, public_url=public_url, now=now, today=today)
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                form.refuse(refusal.sentence)
            else:
                log.info("answered by a link", extra={"facts": {"person": question.link.person_id}})
                return _back(token)
        return _page(question, now, form=form)


@bp.post("/answer/<token>/take-back")
@public
def take_back(token: str) -> AnyResponse:
    """Whoever has a letter takes back what was said through it."""
    now = clock.now()
    with _asked(token, now) as question:
        if question.said is None or question.standing is not Standing.ANSWERED or not LinkForm().sent():
            return _back(token)
        office, public_url = found(organisations.office()), current_app.config["SETTINGS"].public_url
        try:
            by_id = question.person.id
            actions.take_back(question.said, office=office, public_url=public_url, by_id=by_id, now=now)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            return _page(question, now, refused=refusal.sentence)
        log.info("answer taken back by its link", extra={"facts": {"person": question.link.person_id}})
        return _back(token)


@bp.route("/answer/<token>/pass-on", methods=["GET", "POST"])
@public
def pass_on(token: str) -> AnyResponse:
    """Whoever has a letter names somebody else who can be asked; the button lets them be asked."""
    now = clock.now()
    with _asked(token, now) as question:
        if question.standing is not Standing.OPEN:
            return _back(token)
        form = PassOnForm()
        if form.sent():
            limits.count(LETTERS, question.link.key, now=now)
            try:
                _pass_on(question, form, now)
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                form.refuse(refusal.sentence)
            else:
                return _back(token)
        return _page(question, now, template="answers/pass_on.html", form=form, deputy_form=LinkForm(formdata=None))


def _pass_on(question: Question, form: PassOnForm, now: datetime) -> None:
    actions.pass_on(
        question,
        name=form.name.data or "",
        address=form.email.data or "",
        language=form.language.data,
        office=found(organisations.office()),
        public_url=current_app.config["SETTINGS"].public_url,
        now=now,
    )
    log.info("question passed on by a link", extra={"facts": {"person": question.link.person_id}})


@bp.post("/answer/<token>/pass-on/deputy")
@public
def ask_deputy(token: str) -> AnyResponse:
    """Whoever has a letter lets their deputy be asked instead."""
    now = clock.now()
    with _asked(token, now) as question:
        if question.standing is not Standing.OPEN or question.deputy is None or not LinkForm().sent():
            return _back(token)
        office, public_url = found(organisations.office()), current_app.config["SETTINGS"].public_url
        actions.pass_on_to_deputy(question, question.deputy, office=office, public_url=public_url, now=now)
        db.session.commit()
        log.info("question passed on to the deputy by a link", extra={"facts": {"person": question.link.person_id}})
        return _back(token)


@bp.post("/answer/<token>/new-link")
@public
def new_link(token: str) -> AnyResponse:
    """Whoever has an old letter has a new one sent to the same person. The page says nothing of the address."""
    now = clock.now()
    with _asked(token, now) as question:
        matter = question.matter
        is_wanted = matter is not None and is_needed(matter, question.person.id) and not question.is_gone
        form = LinkForm()
        if matter is None or not is_wanted or not form.sent():
            return _back(token)
        if once.already(form, now) is None:
            limits.count(LETTERS, question.link.key, now=now)
            actions.send_new_link(question, matter, public_url=current_app.config["SETTINGS"].public_url, now=now)
            db.session.commit()
            log.info("new link asked for", extra={"facts": {"person": question.link.person_id}})
        return _back(token, sent="y")


#: They ask for no session: their forms are bound to the link instead.
BY_LINK = (answer, take_back, pass_on, ask_deputy, new_link)


@contextmanager
def _asked(token: str, now: datetime) -> Iterator[Question]:
    """Return what a link asks, in the language of whom it asks; answer 404 if it is none of ours."""
    link = AnswerLink.of(token, current_app.config["SIGNING_KEYS"])
    question = queries.question(link, now) if link else None
    if question is None:
        abort(_answered(render_template("answers/unknown.html", is_copy=is_reference(token)), 404))
    with speaking(asked if (asked := request.args.get("lang")) in LANGUAGES else question.person.language):
        yield question


def _back(token: str, *, sent: str | None = None) -> AnyResponse:
    """Lead to what the link opens now: sending a page anew sends nothing twice. `sent`: a new letter is on its way."""
    return redirect(url_for("answers.answer", token=token, lang=request.args.get("lang"), sent=sent))


def _chosen() -> Assessment | None:
    """Return the answer that a link chose beforehand."""
    return next((word for word in Assessment if word.value == request.args.get(CHOSEN)), None)


def _page(question: Question, now: datetime, *, template: str = "answers/answer.html", **words: object) -> Response:
    """Return what a link opens now."""
    standing, is_sent = question.standing, "sent" in request.args and question.standing in _SENDS_ANEW
    needed = is_needed(question.matter, question.person.id) and not question.is_gone
    page = render_template(
        template,
        question=question,
        token=request.view_args["token"] if request.view_args else "",
        standing=standing.value,
        reason=why_over(question.matter) if not question.is_gone else None,
        can_be_taken_back=question.said is not None and can_be_taken_back(question.said, now),
        offers_new_link=needed and standing in _SENDS_ANEW,
        is_sent=is_sent,
        button=LinkForm(formdata=None),
        **words,
    )
    return _answered(page, 410 if standing in {Standing.EXPIRED, Standing.OVER} and not is_sent else 200)


def _answered(page: str, status: int) -> Response:
    """Answer with a page whose address no other page and no search engine learns of."""
    return Response(
        page, status, {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}, mimetype="text/html"
    )


# ---- for coordinators


@bp.post("/updates/<int:update_id>/take-back")
def withdraw(update_id: int) -> AnyResponse:
    """A coordinator takes back what somebody said through a link."""
    reader, now = somebody(), clock.now()
    update = found(queries.update(reader, update_id))
    require(may_take_back(reader, update, now))
    office, public_url = found(organisations.office()), current_app.config["SETTINGS"].public_url
    done = actions.take_back(update, office=office, public_url=public_url, by_id=reader.id, now=now)
    location = url_for("overview.project", project_id=update.project_id, _anchor="updates")
    db.session.commit()
    if done.stays:
        flash(_("It is taken back. The milestone has been changed since, and stays as it is."), "info")
    elif done.is_news:
        flash(_("It is taken back, and what followed from it as well."), "success")
    return redirect(location)
