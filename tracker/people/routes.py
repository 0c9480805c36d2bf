"""Pages of persons, their functions and accounts, and the way in."""

import logging
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _, speaking
from tracker.organisations import queries as organisations
from tracker.organisations.rules import may_edit_office
from tracker.people import actions, passwords, queries
from tracker.people.forms import (
    AccountForm,
    ChangePasswordForm,
    ForgottenForm,
    FunctionForm,
    InviteForm,
    NewPasswordField,
    NewPasswordForm,
    NewPersonForm,
    PeopleFilters,
    PersonForm,
    SettingsForm,
    SignInForm,
)
from tracker.people.models import Account, LinkPurpose, MailRhythm, Person, Role
from tracker.people.rules import (
    KEPT_SIGNED_IN,
    may_archive,
    may_edit,
    may_edit_accounts,
    may_invite,
    may_see_contact_data,
    part_kept,
    roles_to_invite,
    why_void,
)
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import forget, found, office, path_of_ours, public, remember, require, signed_in, somebody
from tracker.web.lists import Listing

bp = Blueprint("people", __name__)
log = logging.getLogger("tracker")
WHEREABOUTS = ("language", "zone", "country", "mail_rhythm")


# ---- the way in


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | Response:
    """Anybody who has an account signs in."""
    form = SignInForm(next=request.args.get("next"))
    if request.method == "GET" and signed_in():
        return redirect(path_of_ours(form.next.data) or _start())
    if form.sent():
        if account := _proven(form.email.data or "", form.password.data or ""):
            return _let_in(account, path_of_ours(form.next.data) or _start(), kept=form.keep.data)
        log.info("sign-in refused")
        form.refuse(_("Address and password do not fit together, or this account is not open. Please try again."))
    return render_template("people/sign_in.html", form=form)


def _proven(address: str, password: str) -> Account | None:
    """Return the account whose password this is, if it is open. Takes the same time whatever is wrong."""
    account = queries.account_with(address)
    kept = account.password_hash if account else None
    # Nobody waits for the database while a password is tried.
    db.session.rollback()
    right = passwords.is_right(password, kept)
    renewed = passwords.hash_password(password) if right and kept and passwords.is_old_hash(kept) else None
    account = queries.account_with(address)
    if not right or account is None or account.password_hash != kept or not account.is_open:
        return None
    if renewed:
        actions.renew_hash(account, renewed)
    return account


def _let_in(account: Account, location: str, *, kept: bool) -> Response:
    """Sign this browser in, with new secrets all round."""
    now, secret = clock.now(), secrets.token_urlsafe(32)
    if earlier := signed_in():
        actions.end_sign_in(earlier.account_id, earlier.sign_in_id, now)
    kept = kept and account.role is Role.PARTNER
    actions.begin_sign_in(account, secret=secret, kept=kept, device=_device(), now=now)
    log.info("signed in", extra={"facts": {"account": account.id}})
    db.session.commit()
    session.clear()
    response = redirect(location)
    remember(response, secret, seconds=int(KEPT_SIGNED_IN.total_seconds()) if kept else None)
    return response


def _start() -> str:
    return f"{request.script_root}/"


#: The first that is found names the browser, or the system: most call themselves by the others' names too.
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def _device() -> str:
    """Return browser and system in a few words, or nothing."""
    agent = request.user_agent.string
    found = [
        next((name for sign, name in known.items() if re.search(rf"\b{sign}\b", agent)), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


@bp.post("/sign-out")
def sign_out() -> Response:
    """Everybody signs out."""
    reader = somebody()
    actions.end_sign_in(reader.account_id, reader.sign_in_id, clock.now())
    log.info("signed out", extra={"facts": {"account": reader.account_id}})
    db.session.commit()
    session.clear()
    flash(_("You are signed out."), "success")
    response = redirect(url_for("people.sign_in"))
    forget(response)
    return response


# ---- persons


@bp.get("/people/")
def index() -> str:
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
    )
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
    form = NewPersonForm(organisation=request.args.get("organisation", type=int), mail_rhythm=MailRhythm.AS_DUE)
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


def _person_values(form: PersonForm) -> dict[str, Any]:
    mine = ("name", "form_of_address", "email", "subdivision", "phone", "postal_address", "notes")
    return {name: form[name].data for name in (*mine, *WHEREABOUTS)}


@bp.post("/people/<int:person_id>/archive")
def archive(person_id: int) -> Response:
    """A coordinator archives a person, or brings them back; an administrator also those of the office."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
    require(may_archive(reader, queries.account_of(person_id)))
    if person.archived_at is None:
        act, words = actions.archive_person, _("The person is in the archive. What they wrote stays.")
    else:
        act, words = actions.restore_person, _("The person is back.")
    return _acted(person, lambda: act(person, by_id=reader.id, now=now), words)


def _acted(person: Person, act: Callable[[], None], words: str) -> Response:
    """Do what one button asks for, or say why not, and go back to the person."""
    person_id = person.id
    try:
        act()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    else:
        flash(words, "success")
    return redirect(url_for("overview.person", person_id=person_id))


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


# ---- accounts


@bp.route("/people/<int:person_id>/invite", methods=["GET", "POST"])
def invite(person_id: int) -> str | Response:
    """A coordinator invites partners, an administrator anybody."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
    account = queries.account_of(person_id)
    require(may_invite(reader, account))
    form = InviteForm(email=account.email if account else person.email, role=account.role if account else Role.PARTNER)
    form.offer(roles_to_invite(reader))
    if form.sent():
        location = url_for("overview.person", person_id=person_id)
        if earlier := once.already(form, now):
            return redirect(earlier)
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
    return render_template("people/invite.html", form=form, person=person, until=until)


def _invite(person: Person, form: InviteForm, now: datetime) -> None:
    reader = somebody()
    inviting = db.session.get(Person, reader.id)
    actions.invite(
        person,
        email=form.email.data or "",
        role=form.role.data,
        office=found(office()),
        public_url=_public_url(),
        by_id=reader.id,
        reply_to=inviting.email if inviting else None,
        now=now,
    )


@bp.route("/people/<int:person_id>/account", methods=["GET", "POST"])
def account(person_id: int) -> str | Response:
    """An administrator changes the role of an account and its address."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
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
    return render_template("people/account.html", form=form, person=person, access=row)


@bp.post("/people/<int:person_id>/lock")
def lock(person_id: int) -> Response:
    """An administrator locks a person out at once, or lets them in again."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, person_id))
    require(may_edit_accounts(reader))
    if person.locked_at is None:
        act, words = actions.lock, _("The person is locked out, wherever they were signed in.")
    else:
        act, words = actions.unlock, _("The person may sign in again.")
    answer = _acted(person, lambda: act(person, by_id=reader.id, now=now), words)
    facts = {"person": person_id, "locked": person.locked_at is not None, "by": reader.account_id}
    log.info("lock asked for", extra={"facts": facts})
    return answer


# ---- one's own


@bp.route("/settings/", methods=["GET", "POST"])
def settings() -> str | Response:
    """Everybody chooses their language, their time zone and how often mail comes, and sees where they are signed in."""
    reader, now = somebody(), clock.now()
    person = found(queries.one(reader, reader.id))
    form = SettingsForm(obj=person)
    if form.sent() and not form.outdated(person):
        values = {name: form[name].data for name in WHEREABOUTS}
        part = part_kept(person.subdivision, form.country.data)
        actions.change_person(person, by_id=reader.id, now=now, subdivision=part, **values)
        db.session.commit()
        with speaking(person.language):
            flash(_("Your settings are saved."), "success")
        return redirect(url_for("people.settings"))
    return render_template(
        "people/settings.html",
        form=form,
        sign_ins=queries.sign_ins_of(reader.account_id, now),
        here=reader.sign_in_id,
        may_edit_office=may_edit_office(reader),
    )


@bp.route("/settings/password", methods=["GET", "POST"])
def password() -> str | Response:
    """Everybody changes their password; every other browser is signed out."""
    reader = somebody()
    form = ChangePasswordForm()
    if form.sent():
        row = found(queries.account_of(reader.id))
        kept, names = row.password_hash, _names(row)
        db.session.rollback()
        if not passwords.is_right(form.old.data or "", kept):
            form.old.errors = [_("This is not your present password.")]
        elif made := _hash_of_new(form.password, names):
            row = found(queries.account_of(reader.id))
            actions.set_password(row, password_hash=made, by_id=reader.id, now=clock.now())
            log.info("password changed", extra={"facts": {"account": row.id}})
            answer = _let_in(row, url_for("people.settings"), kept=False)
            flash(_("Your password is changed. Every other browser is signed out."), "success")
            return answer
    return render_template("people/password.html", form=form)


@bp.post("/settings/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> Response:
    """Everybody signs out another browser of theirs."""
    reader = somebody()
    actions.end_sign_in(reader.account_id, sign_in_id, clock.now())
    db.session.commit()
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("people.settings"))


@bp.post("/settings/sign-ins/end")
def end_other_sign_ins() -> Response:
    """Everybody signs out all other browsers of theirs."""
    reader = somebody()
    actions.end_sign_ins(reader.account_id, clock.now(), besides=reader.sign_in_id)
    db.session.commit()
    flash(_("All other browsers are signed out."), "success")
    return redirect(url_for("people.settings"))


# ---- mailed links


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> str | Response:
    """Anybody asks for a link to a new password; the answer is the same whoever they are."""
    form = ForgottenForm()
    if form.sent():
        account = queries.account_with(form.email.data or "")
        seen = office()
        if account and seen:
            sent = actions.ask_for_reset(account, office=seen, public_url=_public_url(), now=clock.now())
            log.info("new password asked for", extra={"facts": {"account": account.id, "sent": sent}})
        db.session.commit()
        flash(_("If an account has this address, a letter with a link is on its way. It works for 2 hours."), "info")
        return redirect(url_for("people.sign_in"))
    return render_template("people/forgotten.html", form=form)


@bp.route("/welcome/<secret>", methods=["GET", "POST"])
@public
def welcome(secret: str) -> Response:
    """Whoever was invited chooses a password and is signed in."""
    return _by_link(secret, LinkPurpose.INVITATION)


@bp.route("/new-password/<secret>", methods=["GET", "POST"])
@public
def new_password(secret: str) -> Response:
    """Whoever forgot their password chooses a new one and is signed in."""
    return _by_link(secret, LinkPurpose.RESET)


def _by_link(secret: str, purpose: LinkPurpose) -> Response:
    """Show what a mailed link opens; a POST sets the password."""
    link = queries.link_of(secret, purpose)
    reason = (
        why_void(link, purpose, clock.now()) if link else _("This link is not known. Please check that it is complete.")
    )
    if link is None or reason:
        return _unreferred(render_template("people/link.html", form=None, reason=reason), 410 if link else 404)
    form, names = NewPasswordForm(), _names(link.account)
    if form.sent():
        db.session.rollback()
        if made := _hash_of_new(form.password, names):
            return _used(secret, purpose, made)
        link = found(queries.link_of(secret, purpose))
    page = render_template("people/link.html", form=form, link=link, invited=purpose is LinkPurpose.INVITATION)
    return _unreferred(page, 200)


def _used(secret: str, purpose: LinkPurpose, password_hash: str) -> Response:
    link = found(queries.link_of(secret, purpose))
    try:
        actions.use_link(link, password_hash=password_hash, now=clock.now())
    except Refused as refusal:
        db.session.rollback()
        return _unreferred(render_template("people/link.html", form=None, reason=refusal.sentence), 410)
    log.info("password set by link", extra={"facts": {"account": link.account_id, "purpose": purpose.value}})
    return _let_in(link.account, _start(), kept=False)


def _unreferred(page: str, status: int) -> Response:
    """Answer with a page whose address no other page learns of."""
    return Response(page, status, {"Referrer-Policy": "no-referrer"}, mimetype="text/html")


def _names(row: Account) -> list[str]:
    """Return what a password may not be made of: the person's names and address, and the office's."""
    seen = office()
    return [row.person.name, row.email, seen.name if seen else ""]


def _hash_of_new(field: NewPasswordField, names: list[str]) -> str | None:
    """Return the hash of a password that will do, or say beside the field why it will not."""
    try:
        passwords.check_password(field.data or "", names=names)
    except Refused as refusal:
        field.refuse(refusal.sentence)
        return None
    return passwords.hash_password(field.data or "")


def _public_url() -> str:
    return str(current_app.config["SETTINGS"].public_url)
