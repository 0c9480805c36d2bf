"""Pages of organisations, of the office, and of what it must state by law."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _, ngettext
from tracker.organisations import actions, queries, sheets
from tracker.organisations.forms import (
    OfficeForm,
    OrganisationFilters,
    OrganisationForm,
    closed_days_of,
    other_names_of,
)
from tracker.organisations.models import Organisation
from tracker.organisations.rules import may_edit, may_edit_office
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, public, require, somebody
from tracker.web.kept import kept
from tracker.web.lists import Listing

bp = Blueprint("organisations", __name__)
#: What a form and a row have alike.
PLAIN = ("kind", "country", "subdivision", "place", "position", "language", "zone", "notes")


@bp.get("/organisations/")
@kept
def index() -> str | Response:
    """Everybody finds the organisations they may know of."""
    reader = somebody()
    filters = OrganisationFilters(request.args)
    listing = Listing[Organisation](
        queries.listed(reader, **filters.chosen()),
        sorts=queries.SORTS,
        start="name",
        filters=filters,
        sheet=sheets.organisations(reader),
    )
    if file := listing.as_file():
        return file
    return render_template("organisations/index.html", listing=listing, may_edit=may_edit(reader))


@bp.route("/organisations/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A coordinator enters an organisation."""
    reader, now = somebody(), clock.now()
    require(may_edit(reader))
    form = OrganisationForm()
    form.part_of.offer(queries.choices(reader))
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        known = _alike(form)
        if known and not form.is_another.data:
            _ask_whether_it_is(known, form)
            return render_template("organisations/edit.html", form=form, organisation=None, alike=known)
        organisation = actions.create_organisation(by_id=reader.id, now=now, **_values(form))
        db.session.flush()
        location = once.led_to(form, url_for("overview.organisation", organisation_id=organisation.id))
        db.session.commit()
        flash(_("The organisation is entered."), "success")
        return redirect(location)
    return render_template("organisations/edit.html", form=form, organisation=None)


@bp.route("/organisations/<int:organisation_id>/edit", methods=["GET", "POST"])
def edit(organisation_id: int) -> str | Response:
    """A coordinator changes an organisation."""
    reader, now = somebody(), clock.now()
    organisation = found(queries.one(reader, organisation_id))
    require(may_edit(reader))
    shown = OrganisationForm.shown(organisation)
    form = OrganisationForm(obj=organisation, data=shown)
    form.part_of.offer(queries.choices(reader, besides=organisation.part_of_id))
    if form.sent() and not form.outdated(organisation, shown):
        known = _alike(form, organisation)
        if known and not form.is_another.data:
            _ask_whether_it_is(known, form)
            return render_template("organisations/edit.html", form=form, organisation=organisation, alike=known)
        try:
            actions.change_organisation(organisation, by_id=reader.id, now=now, **_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The organisation is saved."), "success")
            return redirect(url_for("overview.organisation", organisation_id=organisation_id))
    return render_template("organisations/edit.html", form=form, organisation=organisation)


@bp.post("/organisations/<int:organisation_id>/archive")
def archive(organisation_id: int) -> Response:
    """A coordinator archives an organisation, or brings it back."""
    reader, now = somebody(), clock.now()
    organisation = found(queries.one(reader, organisation_id))
    require(may_edit(reader))
    words = once.switched(
        is_on=organisation.archived_at is not None,
        on=(
            lambda: actions.archive_organisation(organisation, by_id=reader.id, now=now),
            _("The organisation is in the archive. What was written about it stays."),
        ),
        off=(
            lambda: actions.restore_organisation(organisation, by_id=reader.id, now=now),
            _("The organisation is back."),
        ),
    )
    flash(words, "success")
    db.session.commit()
    return redirect(url_for("overview.organisation", organisation_id=organisation_id))


def _alike(form: OrganisationForm, before: Organisation | None = None) -> Sequence[Organisation]:
    """Return the organisations that this might be; one that keeps its names and its country is what it was."""
    name, country = form.name.read(clock.now()), form.country.data
    if name is None:
        return []
    if before and before.country == country and set(name.spellings) <= set(before.name.spellings):
        return []
    return queries.alike(name, country, besides=before.id if before else None)


def _ask_whether_it_is(known: Sequence[Organisation], form: OrganisationForm) -> None:
    form.refuse(
        ngettext(
            "An organisation of this name is entered in this country. Is it this one?",
            "%(num)s organisations of this name are entered in this country. Is it one of these?",
            len(known),
        ),
        "name",
    )


def _values(form: OrganisationForm) -> dict[str, Any]:
    part_of = form.part_of.data
    return {
        "name": form.name.read(clock.now()),
        "aliases": other_names_of(form.aliases.data),
        "closed_days": closed_days_of(form.closed_days.data),
        "school_holidays": closed_days_of(form.school_holidays.data),
        "part_of": db.session.get(Organisation, part_of) if part_of else None,
        **{name: form[name].data for name in PLAIN},
    }


@bp.route("/settings/office", methods=["GET", "POST"])
def office() -> str | Response:
    """An administrator changes the office."""
    reader, now = somebody(), clock.now()
    require(may_edit_office(reader))
    row = found(queries.office())
    shown = {"organisation": row.organisation_id}
    form = OfficeForm(obj=row, data=shown)
    form.organisation.offer(queries.choices(reader, besides=row.organisation_id))
    if form.sent() and not form.outdated(row, shown):
        actions.change_office(row, by_id=reader.id, now=now, **_office_values(form))
        db.session.commit()
        flash(_("The office is saved."), "success")
        return redirect(url_for("organisations.office"))
    return render_template("organisations/office.html", form=form, office=row)


def _office_values(form: OfficeForm) -> dict[str, Any]:
    organisation = form.organisation.data
    return {
        "organisation": db.session.get(Organisation, organisation) if organisation else None,
        "imprint": form.imprint.read(clock.now()),
        "accessibility": form.accessibility.read(clock.now()),
        **{name: form[name].data for name in ("name", "language", "zone", "country", "subdivision", "sending_paused")},
    }


@bp.get("/<any(imprint, accessibility):which>")
@public
def statement(which: str) -> str:
    """Anybody reads the imprint and the accessibility statement."""
    row = queries.office()
    title = _("Imprint") if which == "imprint" else _("Accessibility statement")
    text = getattr(row, which) if row else None
    return render_template("organisations/statement.html", title=title, text=text)
