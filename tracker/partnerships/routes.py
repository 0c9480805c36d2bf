"""Pages of partnerships."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.accounts import queries as accounts
from tracker.db import PartialDate, db
from tracker.folding import fold
from tracker.language import _, ngettext, translated
from tracker.organisations import queries as organisations
from tracker.partnerships import actions, queries, regions, sheets
from tracker.partnerships.forms import PartnershipFilters, PartnershipForm, PillarForm
from tracker.partnerships.models import Partnership, PartnershipStatus, Pillar, PillarText
from tracker.partnerships.outlines import atlas
from tracker.partnerships.rules import may_edit, may_list
from tracker.partnerships.tree import branches, tree_of
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody
from tracker.web.formats import country_name
from tracker.web.kept import kept
from tracker.web.lists import PER_PAGE, Listing, Page
from tracker.web.sheets import asked as wanted

bp = Blueprint("partnerships", __name__)
#: So many lines stand beside the map, which takes its part of the page.
PER_MAP = 40
#: What a form and a row have alike.
PLAIN = (
    *("kind", "pillar", "status", "what_we_call_them", "what_they_call_us"),
    *("contact_since", "formal_since", "ended", "contact_interval_days", "publicity"),
)


@bp.get("/partnerships/")
@kept
def index() -> str | Response:
    """Everybody in the office finds the partnerships: as a tree below each pillar, or narrowed and sorted as a list."""
    reader = somebody()
    require(may_list(reader))
    filters = PartnershipFilters(request.args)
    chosen = filters.chosen()
    if not chosen and request.args.get("sort", "pillar") == "pillar" and not wanted():
        return _by_pillar(reader, filters)
    listing = Listing[Partnership](
        queries.listed(reader, **chosen),
        sorts=queries.SORTS,
        start="pillar",
        filters=filters,
        sheet=sheets.partnerships(),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "partnerships/index.html",
        listing=listing,
        groups=_groups(listing),
        may_edit=may_edit(reader),
        narrowed=_narrowed(filters),
    )


def _by_pillar(reader: Somebody, filters: PartnershipFilters) -> str:
    """Show what the office says of each pillar, and below it what stands in it, umbrellas above what they cover."""
    tree = tree_of(queries.stubs(reader))
    listing = Page(
        tree.places, filters=filters, kept=("lang",), begins=tree.begins(PER_PAGE), sheet=sheets.partnerships()
    )
    rows = queries.by_id(reader, (step.id for place in listing.rows for step in place.way))
    here = {pillar: branches(places) for pillar, places in groupby(listing.rows, lambda place: place.pillar)}
    first = {place.pillar: place for place in reversed(tree.places)}
    # Of a pillar in which nothing stands one learns where the others end.
    pillars = [one for one in Pillar if one in here or (one not in first and listing.page == listing.pages)]
    return render_template(
        "partnerships/pillars.html",
        listing=listing,
        pillars=pillars,
        branches=here,
        rows=rows,
        numbers=tree.numbers,
        introductions=queries.introductions(),
        begun=[one for one in pillars if one not in first or first[one] in listing.rows],
        may_edit=may_edit(reader),
        narrowed=_narrowed(filters),
    )


@bp.route("/partnerships/pillars/<pillar>", methods=["GET", "POST"])
def describe(pillar: str) -> str | Response:
    """A coordinator writes what the office says of a pillar."""
    reader, now = somebody(), clock.now()
    which = found(next((one for one in Pillar if one.value == pillar), None))
    require(may_edit(reader))
    row = queries.pillar_text(which) or PillarText(pillar=which, version=1)
    form = PillarForm(obj=row)
    if form.sent():
        row = actions.pillar_text(which)
        if not form.outdated(row):
            actions.describe_pillar(row, form.introduction.read(now), by_id=reader.id, now=now)
            db.session.commit()
            flash(_("The text is saved."), "success")
            return redirect(url_for("partnerships.index", _anchor=f"pillar-{pillar}"))
        db.session.rollback()
    return render_template("partnerships/describe.html", form=form, pillar=which)


@bp.get("/partnerships/map")
@kept
def on_map() -> str:
    """Everybody in the office sees where the partnerships run: those that the list shows, on a map and in a table."""
    reader = somebody()
    require(may_list(reader))
    filters = PartnershipFilters(request.args)
    chosen = filters.chosen()
    found = queries.with_places(queries.narrowed(reader, **chosen))
    lines = regions.lines(found, atlas(), country_name)
    places = regions.regions(lines)
    region = next((place for place in places if place.shape.code == request.args.get("region")), None)
    listing = Page(region.lines if region else lines, filters=filters, kept=("lang",), per_page=PER_MAP)
    office = organisations.office()
    home = atlas().shape(office.country, office.subdivision) if office else None
    return render_template(
        "partnerships/on_map.html",
        frames=regions.frames(places, atlas(), home),
        home=home,
        numbers={place.shape.code: place.number for place in places},
        numbered=regions.numbered(places),
        statuses=[status for status in PartnershipStatus if any(place.status is status for place in places)],
        region=region,
        listing=listing,
        groups=[(code, list(group)) for code, group in groupby(listing.rows, lambda line: line.code)],
        narrowed=_narrowed(filters),
    )


@bp.route("/partnerships/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A coordinator enters a partnership."""
    reader, now = somebody(), clock.now()
    require(may_edit(reader))
    form = PartnershipForm(coordinator=reader.id, here=_ours())
    _offer(form, reader, None)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        alike = queries.alike(form.here.data or [], form.there.data or [], reader)
        if alike and not form.is_another.data:
            _ask_whether_it_is(alike, form)
            db.session.rollback()
            return render_template("partnerships/edit.html", form=form, partnership=None, alike=alike)
        try:
            partnership = actions.create_partnership(by_id=reader.id, now=now, **_values(form))
            db.session.flush()
            location = once.led_to(form, url_for("overview.partnership", partnership_id=partnership.id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The partnership is entered."), "success")
            return redirect(location)
    return render_template("partnerships/edit.html", form=form, partnership=None)


@bp.route("/partnerships/<int:partnership_id>/edit", methods=["GET", "POST"])
def edit(partnership_id: int) -> str | Response:
    """A coordinator changes a partnership."""
    reader, now = somebody(), clock.now()
    partnership = found(queries.one(reader, partnership_id))
    require(may_edit(reader))
    shown = PartnershipForm.shown(partnership)
    form = PartnershipForm(obj=partnership, data=shown)
    _offer(form, reader, partnership)
    if form.sent() and not form.outdated(partnership, shown):
        try:
            last_project = _last_project(partnership)
            actions.change_partnership(
                partnership, last_project=last_project, by_id=reader.id, now=now, **_values(form)
            )
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The partnership is saved."), "success")
            return redirect(url_for("overview.partnership", partnership_id=partnership_id))
    return render_template("partnerships/edit.html", form=form, partnership=partnership)


@bp.post("/partnerships/<int:partnership_id>/archive")
def archive(partnership_id: int) -> Response:
    """A coordinator archives a partnership, or brings it back."""
    reader, now = somebody(), clock.now()
    partnership = found(queries.one(reader, partnership_id))
    require(may_edit(reader))
    words = once.switched(
        is_on=partnership.archived_at is not None,
        on=(
            lambda: actions.archive_partnership(partnership, by_id=reader.id, now=now),
            _("The partnership is in the archive. What was written about it stays."),
        ),
        off=(lambda: actions.restore_partnership(partnership, by_id=reader.id, now=now), _("The partnership is back.")),
    )
    flash(words, "success")
    db.session.commit()
    return redirect(url_for("overview.partnership", partnership_id=partnership_id))


def _groups(listing: Listing[Partnership]) -> list[tuple[Pillar | None, list[Partnership]]]:
    """Return the rows under their pillars, or all under none where they are sorted otherwise."""
    if listing.sort != "pillar":
        return [(None, list(listing.rows))]
    return [(pillar, list(rows)) for pillar, rows in groupby(listing.rows, lambda row: row.pillar)]


def _narrowed(filters: PartnershipFilters) -> dict[str, str]:
    """Return what leads from the list to the same partnerships on the map, and back."""
    return {name: request.args[name] for name in (*filters.data, "lang") if request.args.get(name)}


def _last_project(partnership: Partnership) -> tuple[str, PartialDate] | None:
    """Return title and end of the last project under it to end; projects know partnerships, and not the other way."""
    handed: Callable[[int], tuple[str, PartialDate] | None] = current_app.extensions["last_project"]
    return handed(partnership.id)


def _ours() -> list[int]:
    """Return the id of the office's own organisation: it is on our side, as a rule."""
    office = organisations.office()
    return [office.organisation_id] if office and office.organisation_id else []


def _offer(form: PartnershipForm, reader: Somebody, partnership: Partnership | None) -> None:
    offered = organisations.choices(reader)
    known = {id_ for id_, _name in offered}
    coordinating = [partnership.coordinator_id] if partnership and partnership.coordinator_id else []
    parties = partnership.parties if partnership else []
    # A party that went to the archive stays a party.
    kept = [
        (party.organisation_id, str(translated(party.organisation.name)))
        for party in parties
        if party.organisation_id not in known
    ]
    form.offer(
        organisations=sorted([*offered, *kept], key=lambda pair: fold(pair[1])),
        partnerships=queries.choices(reader, besides=partnership.continued_by_id if partnership else None),
        coordinators=accounts.coordinators_choices(besides=coordinating),
        besides=partnership.id if partnership else None,
    )


def _ask_whether_it_is(known: Sequence[Partnership], form: PartnershipForm) -> None:
    form.refuse(
        ngettext(
            "A partnership between these is entered. Is it this one?",
            "%(num)s partnerships between these are entered. Is it one of them?",
            len(known),
        ),
        "there",
    )


def _values(form: PartnershipForm) -> dict[str, Any]:
    now = clock.now()
    return {
        "title": form.title.read(now),
        "summary": form.summary.read(now),
        "public_text": form.public_text.read(now),
        "umbrella": db.session.get(Partnership, form.umbrella.data) if form.umbrella.data else None,
        "continued_by": db.session.get(Partnership, form.continued_by.data) if form.continued_by.data else None,
        "coordinator": db.session.get(Person, form.coordinator.data) if form.coordinator.data else None,
        "here": form.here.data,
        "there": form.there.data,
        **{name: form[name].data for name in PLAIN},
    }
