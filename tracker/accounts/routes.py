"""Pages of accounts: inviting, changing, locking out, archiving; and everybody's own settings."""

import logging
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug import Response

from tracker import clock
from tracker.accounts import actions, queries
from tracker.accounts.forms import AccountForm, InviteForm
from tracker.accounts.models import Role
from tracker.accounts.rules import INVITATIONS, may_archive, may_edit_accounts, may_invite, roles_to_invite
from tracker.db import db
from tracker.language import _, speaking
from tracker.organisations.rules import may_edit_office
from tracker.people import queries as people
from tracker.people.actions import change_person
from tracker.people.forms import WHEREABOUTS, SettingsForm
from tracker.people.models import Person
from tracker.people.rules import is_paused, part_kept
from tracker.refusal import Refused
from tracker.web import limits, once
from tracker.web.access import found, office, require, sensitive, somebody

bp = Blueprint("accounts", __name__)
log = logging.getLogger("tracker")


# ---- somebody's account


@bp.route("/people/<int:person_id>/invite", methods=["GET", "POST"])
@sensitive
def invite(person_id: int) -> str | Response:
    """A coordinator invites partners, an administrator anybody."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, person_id))
    account = queries.account_of(person_id)
    require(may_invite(reader, account))
    form = InviteForm(email=account.email if account else person.email, role=account.role if account else Role.PARTNER)
    form.offer(roles_to_invite(reader))
    if form.sent():
        location = url_for("overview.person", person_id=person_id)
        if earlier := once.already(form, now):
            return redirect(earlier)
        limits.count(INVITATIONS, f"account:{reader.account_id}", now=now)
        try:
            _invite(person, form, now)
            once.led_to(form, location)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            log.info("invited", extra={"facts": {"person": person_id, "by": reader.account_id}})
            flash(_("The invitation is on its way. The link in it works for 72 hours."), "success")
            return redirect(location)
    until = queries.invited_until(account, now) if account else None
    return render_template("accounts/invite.html", form=form, person=person, until=until)


def _invite(person: Person, form: InviteForm, now: datetime) -> None:
    reader = somebody()
    inviting = db.session.get(Person, reader.id)
    actions.invite(
        person,
        email=form.email.data or "",
        role=form.role.data,
        office=found(office()),
        public_url=current_app.config["SETTINGS"].public_url,
        by_id=reader.id,
        reply_to=inviting.email if inviting else None,
        now=now,
    )


@bp.route("/people/<int:person_id>/account", methods=["GET", "POST"])
@sensitive
def account(person_id: int) -> str | Response:
    """An administrator changes the role of an account and its address."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, person_id))
    require(may_edit_accounts(reader))
    row = found(queries.account_of(person_id))
    form = AccountForm(obj=row)
    if form.sent() and not form.outdated(row):
        try:
            actions.change_account(row, email=form.email.data or "", role=form.role.data, by_id=reader.id, now=now)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            log.info("account changed", extra={"facts": {"account": row.id, "by": reader.account_id}})
            flash(_("The account is saved. Whoever used it signs in anew."), "success")
            return redirect(url_for("overview.person", person_id=person_id))
    sign_ins = len(queries.sign_ins_of(row.id, now))
    return render_template("accounts/account.html", form=form, person=person, access=row, sign_ins=sign_ins)


@bp.post("/people/<int:person_id>/sign-out")
def sign_out(person_id: int) -> Response:
    """An administrator signs a person out wherever they are; they may sign in again."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, person_id))
    require(may_edit_accounts(reader))
    row = found(queries.account_of(person_id))
    log.info("signed out by an administrator", extra={"facts": {"account": row.id, "by": reader.account_id}})

    def act() -> str:
        actions.sign_out(row, by_id=reader.id, now=now)
        return _("The person is signed out everywhere.")

    return _acted(person, act)


@bp.post("/people/<int:person_id>/lock")
@sensitive
def lock(person_id: int) -> Response:
    """An administrator locks a person out at once, or lets them in again."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, person_id))
    require(may_edit_accounts(reader))

    def act() -> str:
        return once.switched(
            is_on=person.locked_at is not None,
            on=(
                lambda: actions.lock(person, by_id=reader.id, now=now),
                _("The person is locked out, wherever they were signed in."),
            ),
            off=(lambda: actions.unlock(person, by_id=reader.id, now=now), _("The person may sign in again.")),
        )

    answer = _acted(person, act)
    facts = {"person": person_id, "locked": person.locked_at is not None, "by": reader.account_id}
    log.info("lock asked for", extra={"facts": facts})
    return answer


@bp.post("/people/<int:person_id>/archive")
def archive(person_id: int) -> Response:
    """A coordinator archives a person, or brings them back; an administrator also those of the office."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, person_id))
    require(may_archive(reader, queries.account_of(person_id)))

    def act() -> str:
        return once.switched(
            is_on=person.archived_at is not None,
            on=(
                lambda: actions.archive_person(person, by_id=reader.id, now=now),
                _("The person is in the archive. What they wrote stays."),
            ),
            off=(lambda: actions.restore_person(person, by_id=reader.id, now=now), _("The person is back.")),
        )

    return _acted(person, act)


def _acted(person: Person, act: Callable[[], str]) -> Response:
    """Do what one button asks for and say so, or why not, and go back to the person."""
    person_id = person.id
    try:
        words = act()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    else:
        flash(words, "success")
    return redirect(url_for("overview.person", person_id=person_id))


# ---- one's own


@bp.route("/settings/", methods=["GET", "POST"])
def settings() -> str | Response:
    """Everybody chooses their language, their time zone and how often mail comes, and sees where they are signed in."""
    reader, now = somebody(), clock.now()
    person = found(people.one(reader, reader.id))
    form = SettingsForm(obj=person)
    if form.sent() and not form.outdated(person):
        values = {name: form[name].data for name in WHEREABOUTS}
        part = part_kept(person.subdivision, form.country.data)
        change_person(person, by_id=reader.id, now=now, subdivision=part, **values)
        db.session.commit()
        with speaking(person.language):
            flash(_("Your settings are saved."), "success")
        return redirect(url_for("accounts.settings"))
    return render_template(
        "accounts/settings.html",
        form=form,
        sign_ins=queries.sign_ins_of(reader.account_id, now),
        here=reader.sign_in_id,
        has_password=found(queries.account_of(reader.id)).password_hash is not None,
        stopped=people.stopped_by(person.id),
        address=person.email or "–",
        refused=person.address_refused_at is not None,
        paused_until=person.paused_until if is_paused(person, clock.today(reader.zone)) else None,
        may_edit_office=may_edit_office(reader),
        may_see_texts=reader.is_coordinator,
    )


@bp.post("/settings/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> Response:
    """Everybody signs out another browser of theirs."""
    reader = somebody()
    actions.end_sign_in(reader.account_id, sign_in_id, clock.now())
    db.session.commit()
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("accounts.settings"))


@bp.post("/settings/sign-ins/end")
def end_other_sign_ins() -> Response:
    """Everybody signs out all other browsers of theirs."""
    reader = somebody()
    actions.end_sign_ins(reader.account_id, clock.now(), besides=reader.sign_in_id)
    db.session.commit()
    flash(_("All other browsers are signed out."), "success")
    return redirect(url_for("accounts.settings"))
