"""Pages of persons and their functions."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _
from tracker.organisations import queries as organisations
from tracker.people import actions, queries, sheets
from tracker.people.forms import WHEREABOUTS, FunctionForm, NewPersonForm, PeopleFilters, PersonForm
from tracker.people.models import MailRhythm, Person
from tracker.people.rules import may_edit, may_see_contact_data
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, path_of_ours, require, row_id, somebody
from tracker.web.kept import kept
from tracker.web.lists import Listing

bp = Blueprint("people", __name__)


# ---- persons


@bp.get("/people/")
@kept
def index() -> str | Response:
    """Everybody finds the people they may know of."""
    reader = somebody()
    today = clock.today(reader.zone)
    filters = PeopleFilters(request.args)
    filters.organisation.offer(organisations.choices(reader))
    listing = Listing[Person](
        queries.listed(reader, today=today, **filters.chosen()),
        sorts=queries.sorts(today),
        start="name",
        filters=filters,
        sheet=sheets.people(reader, today),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "people/index.html",
        listing=listing,
        functions=queries.functions_of((person.id for person in listing.rows), reader, today),
        may_edit=may_edit(reader),
        may_see_contact_data=may_see_contact_data(reader),
    )


@bp.route("/people/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A coordinator enters a person, perhaps with a function."""
    reader, now = somebody(), clock.now()
    require(may_edit(reader))
    form = NewPersonForm(organisation=request.args.get("organisation", type=row_id), mail_rhythm=MailRhythm.WEEKLY)
    form.organisation.offer(organisations.choices(reader))
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        person = actions.create_person(by_id=reader.id, now=now, **_person_values(form))
        if form.organisation.data:
            held = {"organisation_id": form.organisation.data, "function": form.function.data}
            actions.add_function(person, by_id=reader.id, now=now, **held)
        db.session.flush()
        location = once.led_to(form, url_for("overview.person", person_id=person.id))
        db.session.commit()
        flash(_("The person is entered."), "success")
        return redirect(location)
    return render_template("people/edit.html", form=form, person=None)


@bp.route("/people/<int:person_id>/edit", methods=["GET", "POST"])
def edit(person_id: int) -> str | Response:
    """A coordinator changes a person."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
    require(may_edit(reader))
    form = PersonForm(obj=person)
    if form.sent() and not form.outdated(person):
        actions.change_person(person, by_id=reader.id, now=now, **_person_values(form))
        db.session.commit()
        flash(_("The person is saved."), "success")
        return redirect(url_for("overview.person", person_id=person_id))
    return render_template("people/edit.html", form=form, person=person)


@bp.post("/people/<int:person_id>/confirm")
def confirm(person_id: int) -> Response:
    """A coordinator says that the office knows somebody whom another person named."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
    require(may_edit(reader))
    is_news = actions.confirm_person(person, by_id=reader.id, now=now)
    db.session.commit()
    if is_news:
        flash(_("%(name)s is confirmed.", name=person.name), "success")
    return redirect(path_of_ours(request.args.get("next")) or url_for("overview.person", person_id=person_id))


def _person_values(form: PersonForm) -> dict[str, Any]:
    mine = ("name", "form_of_address", "email", "subdivision", "phone", "postal_address", "notes")
    return {name: form[name].data for name in (*mine, *WHEREABOUTS)}


# ---- functions


@bp.route("/people/<int:person_id>/functions/new", methods=["GET", "POST"])
def new_function(person_id: int) -> str | Response:
    """A coordinator enters a function of a person."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
    require(may_edit(reader))
    form = FunctionForm()
    form.organisation.offer(organisations.choices(reader))
    form.deputy.offer(queries.choices(reader))
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            actions.add_function(person, by_id=reader.id, now=now, **_function_values(form))
            location = once.led_to(form, url_for("overview.person", person_id=person_id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("The function is entered."), "success")
            return redirect(location)
    return render_template("people/function.html", form=form, person=person, contact=None)


@bp.route("/functions/<int:contact_id>/edit", methods=["GET", "POST"])
def edit_function(contact_id: int) -> str | Response:
    """A coordinator changes a function."""
    reader, now = somebody(), clock.now()
    contact = found(queries.function(reader, contact_id))
    require(may_edit(reader))
    shown = FunctionForm.shown(contact)
    form = FunctionForm(obj=contact, data=shown)
    form.organisation.offer(organisations.choices(reader, besides=contact.organisation_id))
    form.deputy.offer(queries.choices(reader, besides=contact.deputy_id))
    if form.sent() and not form.outdated(contact, shown):
        try:
            actions.change_function(contact, by_id=reader.id, now=now, **_function_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            flash(_("The function is saved."), "success")
            return redirect(url_for("overview.person", person_id=contact.person_id))
    return render_template("people/function.html", form=form, person=contact.person, contact=contact)


@bp.post("/functions/<int:contact_id>/end")
def end_function(contact_id: int) -> Response:
    """A coordinator says that today is the last day of a function."""
    reader, now = somebody(), clock.now()
    contact = found(queries.function(reader, contact_id))
    require(may_edit(reader))
    today = clock.today(reader.zone)
    actions.end_function(contact, today=today, by_id=reader.id, now=now)
    db.session.commit()
    flash(_("The function has ended."), "success")
    return redirect(url_for("overview.person", person_id=contact.person_id))


def _function_values(form: FunctionForm) -> dict[str, Any]:
    same = {name: form[name].data for name in ("function", "is_first", "from_on", "until_on")}
    return {"organisation_id": form.organisation.data, "deputy_id": form.deputy.data, **same}
