"""Pages that list, enter and change events, their programme and their delegations."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import Translated, db
from tracker.events import actions, queries, sheets
from tracker.events.forms import DelegationForm, EventFilters, EventForm, ItemForm
from tracker.events.models import Delegation, Event
from tracker.events.rules import first_day, is_over, may_edit, may_send
from tracker.events.telling import when_in_short
from tracker.language import LANGUAGES, _, spoken, translated
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, office, require, somebody
from tracker.web.days import partial_of
from tracker.web.fields import LINE, RowField
from tracker.web.kept import kept
from tracker.web.lists import Listing

bp = Blueprint("events", __name__)
#: What a form and a row have alike.
PLAIN = ("kind", "status", *actions.WHEN, "place", "address", "places", "reminders_paused", "asks_needs", "published")


@bp.get("/events/")
@kept
def index() -> str | Response:
    """Everybody finds the events that they may know of: what comes, or what was."""
    reader = somebody()
    day = clock.today(reader.zone)
    filters = EventFilters(request.args)
    filters.project.offer(lambda: projects.choices(reader))
    is_past = request.args.get("which") == "past"
    query = queries.listed(reader, **filters.chosen())
    query = queries.past(query, day) if is_past else queries.to_come(query, day)
    listing = Listing[Event](
        query,
        sorts=queries.SORTS,
        start="date",
        descending=is_past,
        filters=filters,
        sheet=sheets.events(sees_partnerships=reader.sees_all),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "events/index.html",
        listing=listing,
        heads=queries.heads_of(event.id for event in listing.rows),
        is_past=is_past,
        may_edit=may_edit(reader),
        sees_partnerships=reader.sees_all,
        when=when_in_short,
    )


@bp.route("/events/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A coordinator enters an event, in a project or under a partnership."""
    reader, now = somebody(), clock.now()
    require(may_edit(reader))
    start = {name: request.args[name] for name in ("project", "partnership") if request.args.get(name, "").isdigit()}
    seen = found(office())
    known = {name: int(one[:9]) for name, one in start.items()} | _planned(now)
    form = EventForm(data={"zone": seen.zone, **known})
    _offer(form, reader)
    if form.sent() and _stands_somewhere(form):
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            event = actions.create_event(by_id=reader.id, now=now, **_values(form))
            db.session.flush()
            location = once.led_to(form, url_for("overview.event", event_id=event.id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The event is entered."), "success")
            return redirect(location)
    return render_template("events/edit.html", form=form, event=None, told=[])


def _planned(now: datetime) -> dict[str, Any]:
    """Return what the address says of an event that somebody has found the days for."""
    asked, found_there = request.args, dict[str, Any]()
    if asked.get("title"):
        code = asked["written_in"] if asked.get("written_in") in LANGUAGES else spoken()
        found_there["title"] = Translated.of(code, now, **{code: asked["title"][:LINE]})
    for name in ("begins_on", "ends_on"):
        with suppress(ValueError):
            found_there[name] = partial_of(asked.get(name, ""))
    return found_there


@bp.route("/events/<int:event_id>/edit", methods=["GET", "POST"])
def edit(event_id: int) -> str | Response:
    """A coordinator changes an event."""
    reader, now = somebody(), clock.now()
    event = found(queries.whole(reader, event_id))
    require(may_edit(reader))
    shown = EventForm.shown(event)
    form = EventForm(obj=event, data=shown)
    _offer(form, reader, event)
    if form.sent() and _stands_somewhere(form) and not form.outdated(event, shown):
        try:
            actions.change_event(event, by_id=reader.id, now=now, tell=form.tell.data, **_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The event is saved."), "success")
            return redirect(_page_of(event_id))
    return render_template("events/edit.html", form=form, event=event, told=_told(event))


@bp.post("/events/<int:event_id>/archive")
def archive(event_id: int) -> Response:
    """A coordinator archives an event, or brings it back."""
    reader, now = somebody(), clock.now()
    event = found(queries.one(reader, event_id))
    require(may_edit(reader))
    words = once.switched(
        is_on=event.archived_at is not None,
        on=(
            lambda: actions.archive_event(event, by_id=reader.id, now=now),
            _("The event is in the archive. What was written about it stays."),
        ),
        off=(lambda: actions.restore_event(event, by_id=reader.id, now=now), _("The event is back.")),
    )
    db.session.commit()
    flash(words, "success")
    return redirect(_page_of(event_id))


@bp.post("/events/<int:event_id>/copy")
def copy(event_id: int) -> Response:
    """A coordinator enters the same event once more, without those who come, and goes on with the copy's form."""
    reader, now = somebody(), clock.now()
    event = found(queries.whole(reader, event_id))
    require(may_edit(reader))
    twin = actions.copy_event(event, by_id=reader.id, now=now)
    db.session.commit()
    flash(_("This is a copy, without those who come. Please look through its days; reminders are paused."), "info")
    return redirect(url_for("events.edit", event_id=twin.id))


# ---- programme


@bp.route("/events/<int:event_id>/programme/new", methods=["GET", "POST"])
def new_item(event_id: int) -> str | Response:
    """A coordinator puts a point on the programme, and perhaps the next one."""
    reader, now = somebody(), clock.now()
    event = found(queries.whole(reader, event_id))
    require(may_edit(reader))
    last = event.programme[-1] if event.programme else None
    form = ItemForm(data={"on": last.on if last else first_day(event), "begins_at": last.ends_at if last else None})
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            actions.add_item(event, by_id=reader.id, now=now, **_item_values(form))
            again = url_for("events.new_item", event_id=event_id)
            location = once.led_to(form, again if form.another.data else _page_of(event_id, "programme"))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The programme is saved."), "success")
            return redirect(location)
    return render_template("events/item.html", form=form, event=event, item=None)


@bp.route("/programme/<int:item_id>/edit", methods=["GET", "POST"])
def edit_item(item_id: int) -> str | Response:
    """A coordinator changes a point of a programme."""
    reader, now = somebody(), clock.now()
    event, item = found(queries.item(reader, item_id))
    require(may_edit(reader))
    form = ItemForm(obj=item)
    if form.sent() and not form.outdated(item):
        try:
            actions.change_item(event, item, by_id=reader.id, now=now, **_item_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The programme is saved."), "success")
            return redirect(_page_of(event.id, "programme"))
    return render_template("events/item.html", form=form, event=event, item=item)


@bp.post("/programme/<int:item_id>/remove")
def remove_item(item_id: int) -> Response:
    """A coordinator takes a point off a programme."""
    reader, now = somebody(), clock.now()
    event, item = found(queries.item(reader, item_id))
    require(may_edit(reader))
    actions.remove_item(event, item, by_id=reader.id, now=now)
    db.session.commit()
    flash(_("It is taken off the programme."), "success")
    return redirect(_page_of(event.id, "programme"))


# ---- delegations


@bp.route("/events/<int:event_id>/delegations/new", methods=["GET", "POST"])
def new_delegation(event_id: int) -> str | Response:
    """A coordinator enters who sends how many; a partner, whom their own organisation sends."""
    reader, now = somebody(), clock.now()
    event = found(queries.one(reader, event_id))
    require(may_send(reader))
    own = next(iter(reader.organisation_ids)) if len(reader.organisation_ids) == 1 and reader.is_partner else None
    form = DelegationForm(data={"organisation": own})
    _offer_senders(form, event, reader)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            actions.send(event, by_id=reader.id, now=now, **_delegation_values(form))
            location = once.led_to(form, _page_of(event_id, "delegations"))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The delegation is entered."), "success")
            return redirect(location)
    return render_template("events/delegation.html", form=form, event=event, delegation=None)


@bp.route("/delegations/<int:delegation_id>/edit", methods=["GET", "POST"])
def edit_delegation(delegation_id: int) -> str | Response:
    """A coordinator changes a delegation; a partner, that of their own organisation."""
    reader, now = somebody(), clock.now()
    delegation = found(queries.delegation(reader, delegation_id))
    require(may_send(reader, delegation.organisation_id))
    event = delegation.event
    shown = DelegationForm.shown(delegation)
    form = DelegationForm(obj=delegation, data=shown)
    _offer_senders(form, event, reader, delegation)
    if form.sent() and not form.outdated(delegation, shown):
        try:
            actions.change_delegation(delegation, by_id=reader.id, now=now, **_delegation_values(form))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The delegation is saved."), "success")
            return redirect(_page_of(event.id, "delegations"))
    return render_template("events/delegation.html", form=form, event=event, delegation=delegation)


@bp.post("/delegations/<int:delegation_id>/archive")
def take_back(delegation_id: int) -> Response:
    """A coordinator takes a delegation off the list; a partner, that of their own organisation."""
    reader, now = somebody(), clock.now()
    delegation = found(queries.delegation(reader, delegation_id))
    require(may_send(reader, delegation.organisation_id))
    event_id = delegation.event_id
    if delegation.archived_at is None:
        actions.take_back(delegation, by_id=reader.id, now=now)
        db.session.commit()
    flash(_("The delegation is taken off the list. Enter it again, and it is back."), "success")
    return redirect(_page_of(event_id, "delegations"))


def _page_of(event_id: int, anchor: str | None = None) -> str:
    return url_for("overview.event", event_id=event_id, _anchor=anchor)


def _told(event: Event) -> list[tuple[str, bool]]:
    """Return who hears of a change, by name, and whether mail reaches them; nobody of what is over."""
    day = clock.today(event.zone)
    if event.archived_at is not None or is_over(event, day):
        return []
    handed: Callable[[Event, date], list[tuple[str, bool]]] = current_app.extensions["told_of_event"]
    return handed(event, day)


def _stands_somewhere(form: EventForm) -> bool:
    """Whether the form says where the event belongs; else say so beside the field."""
    if form.project.data or form.partnership.data:
        return True
    form.project.errors = [_("Please choose a project, or a partnership.")]
    return False


def _keep(field: RowField, pairs: Iterable[tuple[int, str]], present: tuple[int, str] | None) -> None:
    """Offer what there is; what stands there stays, even if it would no longer be offered."""
    offered = dict(pairs)
    if present:
        offered.setdefault(*present)
    field.offer(offered.items())


def _named(body: Organisation | None) -> tuple[int, str] | None:
    return (body.id, str(translated(body.name))) if body else None


def _offer(form: EventForm, reader: Somebody, event: Event | None = None) -> None:
    _keep(form.host, organisations.choices(reader), _named(event.host) if event else None)
    form.project.offer(projects.choices(reader, besides=event.project_id if event else None))
    form.partnership.offer(partnerships.choices(reader, besides=event.partnership_id if event else None))
    form.on_the_spot.offer(people.choices(reader, besides=event.on_the_spot_id if event else None))


def _offer_senders(form: DelegationForm, event: Event, reader: Somebody, delegation: Delegation | None = None) -> None:
    """Offer the organisations of the project, or the parties of the partnership; a partner, their own."""
    there = projects.organisations_in(event.project) if event.project else _parties(event.partnership)
    senders = there if reader.is_coordinator else [pair for pair in there if pair[0] in reader.organisation_ids]
    _keep(form.organisation, senders, _named(delegation.organisation) if delegation else None)
    via = organisations.choices(reader) if reader.is_coordinator else there
    _keep(form.via, via, _named(delegation.via) if delegation else None)
    heads = people.choices(reader, besides=delegation.head_id if delegation else None)
    form.head.offer(heads)


def _parties(partnership: Partnership | None) -> list[tuple[int, str]]:
    parties = partnership.parties if partnership else []
    return [(party.organisation_id, str(translated(party.organisation.name))) for party in parties]


def _values(form: EventForm) -> dict[str, Any]:
    now = clock.now()
    return {
        "title": form.title.read(now),
        "summary": form.summary.read(now),
        "host": db.session.get(Organisation, form.host.data) if form.host.data else None,
        "project": db.session.get(Project, form.project.data) if form.project.data else None,
        "partnership": db.session.get(Partnership, form.partnership.data) if form.partnership.data else None,
        "on_the_spot": db.session.get(Person, form.on_the_spot.data) if form.on_the_spot.data else None,
        **{name: form[name].data for name in PLAIN},
    }


def _item_values(form: ItemForm) -> dict[str, Any]:
    return {
        "title": form.title.read(clock.now()),
        **{name: form[name].data for name in ("on", "begins_at", "ends_at", "place", "who")},
    }


def _delegation_values(form: DelegationForm) -> dict[str, Any]:
    return {
        "organisation": db.session.get_one(Organisation, form.organisation.data),
        "via": db.session.get(Organisation, form.via.data) if form.via.data else None,
        "head": db.session.get(Person, form.head.data) if form.head.data else None,
        **{name: form[name].data for name in ("planned", "actual", "signed", "nights", "arrives_on", "leaves_on")},
    }
