"""Pages on which files are ordered and fetched."""

from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response as Answered

from tracker import clock
from tracker.db import db
from tracker.documents.store import pieces
from tracker.downloads import actions, lists, queries, store
from tracker.downloads.models import OPEN, Download, DownloadKind, DownloadState
from tracker.downloads.rules import KEPT, TROUBLES
from tracker.language import _
from tracker.refusal import Refused
from tracker.web.access import Somebody, ask_again, found, office, somebody
from tracker.web.background import Wanted
from tracker.web.formats import number
from tracker.web.sheets import TYPES

bp = Blueprint("downloads", __name__)
#: How soon the page is asked for again while somebody waits.
AGAIN = timedelta(seconds=3)


@bp.route("/downloads/", methods=["GET", "POST"])
def index() -> str | Answered:
    """Everybody orders lists that are too long to wait for, and sees how far they are."""
    reader, now = somebody(), clock.now()
    wanted = _wanted(reader)
    if request.method == "POST":
        return _order(wanted)
    rows = queries.of(reader, now)
    at_work = any(row.state in OPEN for row in rows)
    page = Response(
        render_template(
            "downloads/index.html",
            rows=rows,
            wanted=wanted,
            at_work=at_work,
            troubles=TROUBLES,
            until=lambda row: row.asked_at + KEPT,
            number=number,
        )
    )
    if at_work and wanted is None:
        page.headers["Refresh"] = str(int(AGAIN.total_seconds()))
    return page


def _wanted(reader: Somebody) -> Wanted | None:
    """Return the list that its page has led here with, if it was theirs to see."""
    wanted = Wanted.read(request.args.get("of", ""))
    return wanted if wanted and wanted.account_id == reader.account_id else None


def _order(wanted: Wanted | None) -> Answered:
    if wanted is None:
        flash(_("Please ask for the list once more, on its own page."), "warning")
        return redirect(url_for("downloads.index"))
    try:
        actions.order(
            DownloadKind.LIST,
            address=wanted.address,
            name=wanted.name,
            rows=wanted.rows,
            account_id=wanted.account_id,
            now=clock.now(),
        )
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    return redirect(url_for("downloads.index"))


@bp.get("/downloads/<int:download_id>/file")
def file(download_id: int) -> Answered:
    """Whoever ordered a file gets it, as long as it is open to them."""
    reader, now = somebody(), clock.now()
    row = found(queries.one(reader, download_id, now))
    found(row.state is DownloadState.READY or None)
    if row.kind is DownloadKind.OFFICE and (again := ask_again()):
        return again
    path = store.path_of(store.folder_in(_instance()), row.mark or "")
    if not path.is_file():
        flash(_("This file is gone. Please order it once more."), "warning")
        return redirect(url_for("downloads.index"))
    found(_is_open(row, reader) or None)
    kind = TYPES.get(Path(row.name).suffix[1:], "application/zip")
    response = Response(pieces(path), mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=row.name)
    response.content_length = path.stat().st_size
    return response


def _is_open(row: Download, reader: Somebody) -> bool:
    """Whether somebody with the same rights as then may still see what the file holds."""
    seen = office()
    return row.kind is not DownloadKind.LIST or (seen is not None and lists.is_open(reader, seen, row.address))


def _instance() -> Path:
    return Path(current_app.config["SETTINGS"].instance)
