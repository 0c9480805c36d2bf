"""Pages on which spreadsheets come in."""

import io
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from werkzeug import Response as Answered

from tracker import clock
from tracker.db import db
from tracker.imports import actions, queries, sheets
from tracker.imports.forms import ReadingForm, UploadForm, match_form
from tracker.imports.kinds.catalogue import KINDS
from tracker.imports.kinds.kind import ANOTHER, ITSELF, STAYS_OUT
from tracker.imports.models import AT_WORK, RIGHT, Import, ImportKind, ImportLine, ImportState, Verdict
from tracker.imports.reading import LARGEST_FILE, Table, read
from tracker.imports.rules import may_import
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, require, somebody
from tracker.web.lists import Listing, address
from tracker.web.sheets import TYPES, XLSX, download

bp = Blueprint("imports", __name__)
#: So many lines are done while one waits; more are left to the worker.
AT_ONCE = 1_000
#: How soon the page of one that is at work is asked for again.
AGAIN = timedelta(seconds=2)


@bp.route("/imports/", methods=["GET", "POST"])
def index() -> str | Answered:
    """A coordinator brings in a spreadsheet, and sees those that came in."""
    reader, now = somebody(), clock.now()
    require(may_import(reader))
    form = UploadForm(kind=_kind())
    if form.sent():
        try:
            content = form.file.data.read(LARGEST_FILE + 1)
            table = _read(content)
            if earlier := once.already(form, now):
                return redirect(earlier)
            by: dict[str, Any] = {"language": reader.language, "by_id": reader.id, "now": now}
            row = actions.open_import(form.kind.data, table, file_name=form.file.data.filename, content=content, **by)
            location = once.led_to(form, url_for("imports.match", import_id=row.id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, "file")
        else:
            return redirect(location)
    return render_template("imports/index.html", form=form, latest=queries.latest(), kinds=ImportKind)


def _read(content: bytes, **how: Any) -> Table:
    """Read a file while nobody waits for the pen: that may take some seconds."""
    db.session.rollback()
    return read(content, **how)


def _kind() -> ImportKind | None:
    return next((one for one in ImportKind if one.value == request.args.get("kind")), None)


@bp.get("/imports/template/<kind>")
def template(kind: str) -> Answered:
    """Get an empty spreadsheet, for oneself or to be filled by a partner."""
    require(may_import(somebody()))
    wanted = found(next((one for one in ImportKind if one.value == kind), None))
    file = io.BytesIO(sheets.template(wanted))
    name = f"{str(wanted.label).capitalize()}.{XLSX}"
    return send_file(file, mimetype=TYPES[XLSX], as_attachment=True, download_name=name)


@bp.route("/imports/<int:import_id>/columns", methods=["GET", "POST"])
def match(import_id: int) -> str | Answered:
    """A coordinator looks what each column was taken for, and has the lines looked through."""
    row = _mine(import_id)
    form = match_form(row)
    if form.sent() and not form.outdated(row):
        try:
            columns = [field.data for field in form.columns]
            day_first = bool(form.day_first.data) if "day_first" in form else row.how["day_first"]
            actions.match(row, columns, day_first=day_first, language=form.language.data)
            _go_on(row)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            return redirect(url_for("imports.show", import_id=import_id))
    return _matching(row, form)


@bp.post("/imports/<int:import_id>/reading")
def reread(import_id: int) -> str | Answered:
    """A coordinator says how the file is to be read."""
    row = _mine(import_id)
    form = ReadingForm(obj=row)
    form.shape(row)
    if form.sent() and not form.outdated(row):
        how = {one.name: one.data for one in form if one.name in {"sheet", "encoding", "delimiter"}}
        # Another sheet has its headings elsewhere.
        heading = form.heading.data if how.get("sheet") == row.how["sheet"] else None
        try:
            table = _read(row.content or b"", **how)
            actions.read_again(_mine(import_id), table, heading)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            return redirect(url_for("imports.match", import_id=import_id))
    return _matching(row, match_form(row), form)


def _matching(row: Import, form: Any, reading: ReadingForm | None = None) -> str:  # noqa: ANN401 - a form of its own
    if reading is None:
        reading = ReadingForm(formdata=None, obj=row, data=dict(row.how))
        reading.shape(row)
    return render_template("imports/match.html", row=row, form=form, reading=reading, samples=queries.samples(row))


@bp.get("/imports/<int:import_id>")
def show(import_id: int) -> str | Answered:
    """A coordinator sees line by line what is new, what changes, what is wrong and why."""
    require(may_import(somebody()))
    row = found(queries.one(import_id))
    if row.state is ImportState.MATCHING:
        return redirect(url_for("imports.match", import_id=import_id))
    if row.state in AT_WORK:
        page = Response(render_template("imports/at_work.html", row=row))
        page.headers["Refresh"] = str(int(AGAIN.total_seconds()))
        return page
    counted = queries.counted(row)
    wanted = next((one for one in counted if one.value == request.args.get("which")), next(iter(counted), None))
    query = queries.lines_of(row, wanted)
    sheet = sheets.lines(row)
    listing = Listing[ImportLine](query, sorts={"number": (ImportLine.number,)}, start="number", sheet=sheet)
    if file := listing.as_file():
        return file
    return render_template(
        "imports/show.html",
        row=row,
        listing=listing,
        counted=counted,
        wanted=wanted,
        views=[
            (
                f"{str(one.label)[:1].upper()}{str(one.label)[1:]} ({number})",
                address(which=one.value, page=None),
                one is wanted,
            )
            for one, number in counted.items()
        ],
        right=sum(counted.get(one, 0) for one in RIGHT),
        taken=queries.taken(row),
        same=Verdict.SAME,
        left_out=Verdict.LEFT_OUT,
        another=ANOTHER,
        itself=ITSELF,
        stays_out=STAYS_OUT,
        fields={one.key: str(one.label) for one in KINDS[row.kind].fields},
    )


@bp.post("/imports/<int:import_id>/lines/<int:number>")
def choose(import_id: int, number: int) -> Answered:
    """A coordinator says which of those that a line may be it is."""
    row, line, today = _mine(import_id), found(queries.line(import_id, number)), clock.today(somebody().zone)
    known = {STAYS_OUT, *(id_ for _about, id_, _name in line.alike)}
    # A line may be somebody new; what it names has to be there.
    known |= {ANOTHER} if actions.asked_about(line) == ITSELF else set()
    asked = request.form.get("is", "")
    if asked.lstrip("-").isdigit() and int(asked) in known:
        try:
            actions.choose(row, line, int(asked), clock.now(), today)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            flash(refusal.sentence, "danger")
    return redirect(url_for("imports.show", import_id=import_id, which=Verdict.ALIKE.value))


@bp.post("/imports/<int:import_id>/take")
def take(import_id: int) -> Answered:
    """A coordinator lets the right lines in."""
    row = _mine(import_id)
    try:
        actions.take_over(row)
        _go_on(row)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    return redirect(url_for("imports.show", import_id=import_id))


@bp.post("/imports/<int:import_id>/back")
def back(import_id: int) -> Answered:
    """A coordinator takes back all that came in with a file."""
    row = _mine(import_id)
    try:
        actions.take_back(row, by_id=somebody().id, now=clock.now())
        _go_on(row)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    return redirect(url_for("imports.show", import_id=import_id))


@bp.get("/imports/<int:import_id>/left")
def left(import_id: int) -> Answered:
    """Get the lines that stayed out, with the reason in a column more."""
    require(may_import(somebody()))
    row = found(queries.one(import_id))
    return download(sheets.left(row), [queries.left_out(row)], XLSX)


def _mine(import_id: int) -> Import:
    require(may_import(somebody()))
    return found(queries.one(import_id))


def _go_on(row: Import) -> None:
    """Do what is short at once; the rest is the worker's."""
    if row.lines_all > AT_ONCE:
        return
    today = clock.today(somebody().zone)
    while actions.work(row, clock.now(), today):
        db.session.flush()
