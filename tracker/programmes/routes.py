"""The page into which a programme is pasted."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import Translated, db
from tracker.events import actions, queries
from tracker.events.rules import first_day, last_day, may_edit
from tracker.language import _, ngettext
from tracker.programmes.forms import ProgrammeForm
from tracker.programmes.reading import Line, read
from tracker.programmes.rules import judge
from tracker.web import once
from tracker.web.access import found, require, somebody

bp = Blueprint("programmes", __name__)


@bp.route("/events/<int:event_id>/programme/paste", methods=["GET", "POST"])
def paste(event_id: int) -> str | Response:
    """A coordinator pastes a programme: what is right is saved, what is not comes back with its reason."""
    reader, now = somebody(), clock.now()
    event = found(queries.whole(reader, event_id))
    require(may_edit(reader))
    form = ProgrammeForm()
    if not form.sent():
        return render_template("programmes/paste.html", form=form, event=event, wrong=[])
    page = url_for("overview.event", event_id=event_id, _anchor="programme")
    if earlier := once.already(form, now):
        return redirect(earlier)
    years = range(first_day(event).year, last_day(event).year + 1)
    points = judge(read(form.text.data or "", years), event)
    wrong = [point for point in points if point.reason]
    right = [_values(point.line, form.language.data, now) for point in points if not point.reason]
    if right:
        actions.add_items(event, right, by_id=reader.id, now=now)
        location = once.led_to(form, page)
        db.session.commit()
        words = ngettext("%(num)d point is on the programme.", "%(num)d points are on the programme.", len(right))
        flash(words, "success")
        if not wrong:
            return redirect(location)
    else:
        db.session.rollback()
    lines = "\n".join(point.line.text for point in wrong)
    rest = ProgrammeForm(formdata=None, data={"text": lines, "language": form.language.data})
    if not points:
        rest.refuse(_("No line says what happens."), "text")
    return render_template("programmes/paste.html", form=rest, event=event, wrong=wrong)


def _values(line: Line, language: str, now: datetime) -> dict[str, Any]:
    title = Translated.of(language, now, **{language: line.title})
    hours = {"begins_at": line.begins_at, "ends_at": line.ends_at}
    return {"on": line.on, **hours, "title": title, "place": line.place, "who": None}
