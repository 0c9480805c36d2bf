"""Pages on which administrators look into who can see what, who signed in, and who did what."""

from flask import Blueprint, render_template, request
from werkzeug import Response

from tracker import clock
from tracker.accounts.models import Role, SignIn
from tracker.entrance.rules import SIGN_INS_KEPT
from tracker.history.models import HistoryLine
from tracker.history.telling import told
from tracker.oversight import queries, sheets
from tracker.oversight.forms import OfPerson
from tracker.oversight.rules import may_oversee, standing_of
from tracker.projects import queries as projects
from tracker.web.access import found, office, require, somebody
from tracker.web.lists import Listing, Page

bp = Blueprint("oversight", __name__)


@bp.get("/projects/<int:project_id>/access")
def access(project_id: int) -> str | Response:
    """An administrator sees who can see a project, and why."""
    reader = somebody()
    project = found(projects.one(reader, project_id))
    require(may_oversee(reader))
    seeing = queries.who_sees(project, clock.today(found(office()).zone))
    listing = Page[queries.Seeing](seeing, sheet=sheets.access(project))
    if file := listing.as_file():
        return file
    return render_template(
        "oversight/access.html",
        project=project,
        listing=listing,
        outside=sum(1 for one in seeing if one.role is Role.PARTNER),
    )


@bp.get("/sign-ins/")
def sign_ins() -> str | Response:
    """An administrator sees who signed in when, in which browser, and until when."""
    reader, now = somebody(), clock.now()
    require(may_oversee(reader))
    filters = OfPerson(request.args)
    filters.person.offer(queries.with_an_account())
    listing = Listing[SignIn](
        queries.sign_ins(**filters.chosen()),
        sorts={"created": (SignIn.created_at, SignIn.id)},
        start="created",
        descending=True,
        filters=filters,
        sheet=sheets.sign_ins(now),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "oversight/sign_ins.html",
        listing=listing,
        standing={one.id: standing_of(one, now) for one in listing.rows},
        here=reader.sign_in_id,
        kept=SIGN_INS_KEPT.days,
    )


@bp.get("/acts/")
def acts() -> str | Response:
    """An administrator sees what people did, the newest first."""
    reader = somebody()
    require(may_oversee(reader))
    filters = OfPerson(request.args)
    filters.person.offer(queries.with_an_account())
    listing = Listing[HistoryLine](
        queries.acts(**filters.chosen()),
        sorts={"at": (HistoryLine.id,)},
        start="at",
        descending=True,
        filters=filters,
        sheet=sheets.acts(),
    )
    if file := listing.as_file():
        return file
    names = queries.people(line.by_id for line in listing.rows)
    return render_template(
        "oversight/acts.html",
        listing=listing,
        lines=[(line, told(line, names.get(line.by_id or 0))) for line in listing.rows],
        named=queries.named(listing.rows),
    )
