"""The page on which administrators take the whole office away."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import request as asked
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.documents.rules import named
from tracker.downloads.actions import order
from tracker.downloads.models import DownloadKind
from tracker.portability.actions import note_export
from tracker.portability.rules import may_export
from tracker.refusal import Refused
from tracker.web.access import found, office, require, sensitive, somebody

bp = Blueprint("portability", __name__)


@bp.route("/settings/office/files", methods=["GET", "POST"])
@sensitive
def index() -> str | Response:
    """An administrator orders the whole office as files, which the worker makes."""
    reader, seen, now = somebody(), found(office()), clock.now()
    require(may_export(reader))
    if asked.method == "GET":
        return render_template("portability/index.html")
    try:
        name = named(f"{seen.name} {clock.today(seen.zone)}.zip")
        order(DownloadKind.OFFICE, name=name, account_id=reader.account_id, now=now)
        note_export(by_id=reader.id, now=now)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    return redirect(url_for("downloads.index"))
