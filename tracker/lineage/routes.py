"""Pages of what led to what."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug import Response
from wtforms import Field

from tracker import clock
from tracker.db import Translated, db
from tracker.language import _, spoken
from tracker.lineage import queries
from tracker.lineage.actions import note_that_led_to, take_back
from tracker.lineage.forms import LedToForm
from tracker.lineage.rules import Thing, ThingKind, check_date, may_enter
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, require, somebody

bp = Blueprint("lineage", __name__)


@bp.get("/led-to/<thing>")
def show(thing: str) -> str:
    """Everybody who may know of something sees what led to it and what it led to."""
    reader = somebody()
    here = found(queries.thing(reader, thing))
    return render_template(
        "lineage/show.html",
        here=here,
        line=queries.line(reader, here.key),
        back=page_of(here),
        may_enter=may_enter(reader),
    )


@bp.route("/led-to/<thing>/came-out-of", methods=["GET", "POST"])
def came_out_of(thing: str) -> str | Response:
    """A coordinator says what something came out of."""
    return _entering(thing, _("This came out of"), is_outcome=True)


@bp.route("/led-to/<thing>/led-to", methods=["GET", "POST"])
def led_to(thing: str) -> str | Response:
    """A coordinator says what something led to."""
    return _entering(thing, _("This led to"), is_outcome=False)


@bp.post("/led-to/<int:led_to_id>/take-back")
def remove(led_to_id: int) -> Response:
    """A coordinator takes back that one thing led to another."""
    reader, now = somebody(), clock.now()
    row = found(queries.one(reader, led_to_id))
    require(may_enter(reader))
    ends = queries.things(reader, [row.origin, row.outcome])
    location = url_for("lineage.show", thing=row.outcome)
    take_back(row, ends[row.origin], ends[row.outcome], by_id=reader.id, now=now)
    db.session.commit()
    flash(_("It is taken back."), "success")
    return redirect(location)


def _entering(key: str, question: str, *, is_outcome: bool) -> str | Response:
    reader, now = somebody(), clock.now()
    here = found(queries.thing(reader, key))
    require(may_enter(reader))
    form = LedToForm()
    form.ask(question, queries.choices(reader, here))
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        other = found(queries.thing(reader, form.thing.data))
        origin, outcome = (other, here) if is_outcome else (here, other)
        if _enter(form, origin, outcome):
            location = once.led_to(form, page_of(here))
            db.session.commit()
            return redirect(location)
        db.session.rollback()
    return render_template("lineage/new.html", form=form, here=here, question=question, back=page_of(here))


def _enter(form: LedToForm, origin: Thing, outcome: Thing) -> bool:
    """Enter what a form says, or put a sentence beside the field that is wrong."""
    now = clock.now()
    wrong: Field = form.happened_on
    try:
        check_date(origin, form.happened_on.data, clock.today(somebody().zone))
        wrong = form.thing
        is_new = note_that_led_to(
            origin,
            outcome,
            happened_on=form.happened_on.data,
            note=Translated.of(spoken(), now, **{spoken(): form.note.data}) if form.note.data else None,
            by_id=somebody().id,
            now=now,
        )
    except Refused as refusal:
        wrong.errors = [refusal.sentence]
        return False
    flash(_("It is entered.") if is_new else _("This was entered before."), "success" if is_new else "info")
    return True


def page_of(thing: Thing) -> str:
    """Return the page of something; a log entry has none but the one of its line."""
    match thing.kind:
        case ThingKind.PROJECT:
            return url_for("overview.project", project_id=thing.id, _anchor="lineage")
        case ThingKind.PARTNERSHIP:
            return url_for("overview.partnership", partnership_id=thing.id, _anchor="lineage")
        case ThingKind.AGREEMENT:
            return url_for("overview.agreement", agreement_id=thing.id, _anchor="lineage")
        case ThingKind.ORGANISATION:
            return url_for("overview.organisation", organisation_id=thing.id, _anchor="lineage")
        case ThingKind.EVENT:
            return url_for("overview.event", event_id=thing.id, _anchor="lineage")
        case _:
            return url_for("lineage.show", thing=thing.key)
