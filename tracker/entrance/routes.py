"""The way in and out, mailed links, and changing one's password."""

import logging
import secrets

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug import Response

from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.actions import end_sign_in, set_password
from tracker.accounts.models import Account, AccountLink, LinkPurpose
from tracker.accounts.queries import account_of, account_with, known_device
from tracker.accounts.rules import address_kept
from tracker.db import db
from tracker.entrance import actions, queries
from tracker.entrance.arrivals import arrive, let_in
from tracker.entrance.forms import (
    CODE,
    AcceptForm,
    AlarmForm,
    ChangePasswordForm,
    CodeForm,
    ForgottenForm,
    NewPasswordField,
    NewPasswordForm,
    SignInForm,
)
from tracker.entrance.models import WayIn, WayKind
from tracker.entrance.rules import LETTERS, LINKS, PROOFS, opens, why_void
from tracker.factors.queries import factors_of
from tracker.language import _
from tracker.refusal import Refused
from tracker.web import limits, once
from tracker.web.access import (
    ask_again,
    browser_secret,
    forget,
    found,
    office,
    on_the_way_in,
    path_of_ours,
    public,
    signed_in,
    somebody,
)
from tracker.web.errors import waiting_words
from tracker.web.limits import TooOftenError

bp = Blueprint("entrance", __name__)
log = logging.getLogger("tracker")


# ---- the way in and out


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | Response | tuple[str, int]:
    """Anybody who has an account signs in with a password, or asks for a code by mail."""
    form, status = SignInForm(next=request.args.get("next")), 200
    if request.method == "GET" and signed_in():
        return redirect(path_of_ours(form.next.data) or _start())
    if form.sent():
        location = path_of_ours(form.next.data) or _start()
        try:
            if form.wants_code:
                return _ask_code(form.email.data or "", location, kept=form.keep.data)
            if account := _proven(form.email.data or "", form.password.data or ""):
                return _let_in(account, location, proof="password", kept=form.keep.data)
            form.refuse(_("Address and password do not fit together, or this account is not open. Please try again."))
        except TooOftenError as limit:
            status = _limited(form, limit)
    return render_template("entrance/sign_in.html", form=form), status


def _proven(address: str, password: str) -> Account | None:
    """Return the account whose password this is, if it is open. Does the same work whatever is wrong."""
    account = account_with(address)
    device_id = _device_id(account)
    kept = account.password_hash if account else None
    limits.count(PROOFS, address_kept(address), now=clock.now(), device_id=device_id)
    # Counted, whatever becomes of it; and nobody waits for the database while a password is tried.
    db.session.commit()
    right = passwords.is_right(password, kept)
    renewed = passwords.hash_password(password) if right and kept and passwords.is_old_hash(kept) else None
    account = account_with(address)
    if not right or account is None or account.password_hash != kept or not account.is_open:
        log.info("sign-in refused", extra={"facts": {"account": account.id if account else None}})
        return None
    if renewed:
        actions.renew_hash(account, renewed)
    limits.take_back(PROOFS, address_kept(address), device_id=device_id)
    return account


def _device_id(account: Account | None) -> int | None:
    """Return as which device an account knows this browser; it is asked for an account that is none as well."""
    device = known_device(account.id if account else 0, browser_secret())
    return device.id if device else None


def _limited(form: SignInForm | CodeForm | ForgottenForm, limit: TooOftenError) -> int:
    db.session.rollback()
    log.info("tries limited", extra={"facts": {"endpoint": request.endpoint, "until": limit.until.isoformat()}})
    form.refuse(waiting_words(limit))
    return limit.code


# ---- a code by mail

_ASKED = "way_in"


def _ask_code(address: str, location: str, *, kept: bool) -> Response:
    """Ask for a code; the answer is the same whoever has this address."""
    account = account_with(address)
    limits.count(LETTERS, address_kept(address), now=clock.now(), device_id=_device_id(account))
    earlier, secret = session.get(_ASKED, {}).get("secret"), secrets.token_urlsafe(32)
    actions.ask_way_in(WayKind.CODE, address, browser=secret, earlier=earlier, now=clock.now())
    log.info("code asked for", extra={"facts": {"account": account.id if account else None}})
    db.session.commit()
    session[_ASKED] = {"secret": secret, "location": location, "kept": kept}
    return redirect(url_for("entrance.code", lang=request.args.get("lang")))


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> str | Response | tuple[str, int]:
    """Whoever asked for a code types it, in the same browser."""
    asked = session.get(_ASKED, {})
    way = queries.way_of(asked.get("secret", ""))
    if way is None:
        return redirect(url_for("entrance.sign_in"))
    form, status = CodeForm(), 200
    if form.sent():
        try:
            if account := _let_by_code(way, form.code.data or ""):
                return _let_in(account, asked["location"], proof="code", kept=asked["kept"])
            form.code.errors = [_("This is not the code of the newest letter. Please compare it once more.")]
        except TooOftenError as limit:
            status = _limited(form, limit)
        way = found(queries.way_of(asked["secret"]))
    again = SignInForm(formdata=None, email=way.address, way=CODE, next=asked["location"], keep=asked["kept"])
    is_open = opens(way, clock.now())
    return render_template("entrance/code.html", form=form, again=again, address=way.address, is_open=is_open), status


def _let_by_code(way: WayIn, typed: str) -> Account | None:
    """Return whom a code lets in; a wrong one is counted before anybody knows."""
    now, address, device_id = clock.now(), way.address, _device_id(account_with(way.address))
    limits.count(PROOFS, address, now=now, device_id=device_id)
    account = actions.use_code(way, typed, key=current_app.config["SETTINGS"].secret_key, now=now)
    if account is None:
        log.info("code refused", extra={"facts": {"account": way.account_id}})
    else:
        limits.take_back(PROOFS, address, device_id=device_id)
    db.session.commit()
    return account


def _let_in(account: Account, location: str, *, proof: str, kept: bool) -> Response:
    response = arrive(account, proof=proof, location=location, kept=kept, now=clock.now())
    db.session.commit()
    return response


def _start() -> str:
    return f"{request.script_root}/"


@bp.post("/sign-out")
@on_the_way_in
def sign_out() -> Response:
    """Everybody signs out."""
    reader = somebody()
    end_sign_in(reader.account_id, reader.sign_in_id, clock.now())
    log.info("signed out", extra={"facts": {"account": reader.account_id}})
    db.session.commit()
    session.clear()
    flash(_("You are signed out."), "success")
    response = redirect(url_for("entrance.sign_in"))
    forget(response)
    return response


# ---- mailed links


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> str | Response | tuple[str, int]:
    """Anybody asks for a link to a new password; the answer is the same whoever they are."""
    form, status = ForgottenForm(), 200
    if form.sent():
        address, now = form.email.data or "", clock.now()
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            account = account_with(address)
            limits.count(LETTERS, address_kept(address), now=now, device_id=_device_id(account))
            actions.ask_way_in(WayKind.RESET, address, browser=None, earlier=None, now=now)
            log.info("new password asked for", extra={"facts": {"account": account.id if account else None}})
            location = once.led_to(form, url_for("entrance.sign_in"))
            db.session.commit()
        except TooOftenError as limit:
            status = _limited(form, limit)
        else:
            flash(
                _("If an account has this address, a letter with a link is on its way. It works for 2 hours."), "info"
            )
            return redirect(location)
    return render_template("entrance/forgotten.html", form=form), status


@bp.route("/welcome/<secret>", methods=["GET", "POST"])
@public
def welcome(secret: str) -> str | Response | tuple[str, int]:
    """Whoever was invited chooses a password, or to get a code by mail each time, and is signed in."""
    link = queries.link_of(secret, LinkPurpose.INVITATION)
    if refused := _void(link, LinkPurpose.INVITATION):
        return refused
    form, account = AcceptForm(), found(link).account
    form.password.ask_for(_least(account))
    if form.sent():
        limits.count(LINKS, secret, now=clock.now())
        names = _names(account)
        # Nobody waits for the database while a password is made safe.
        db.session.commit()
        made = None if form.wants_code else _hash_of_new(form.password, names, passwords.LEAST)
        if made or form.wants_code:
            return _used(secret, LinkPurpose.INVITATION, made)
        account = found(queries.link_of(secret, LinkPurpose.INVITATION)).account
    return render_template("entrance/welcome.html", form=form, address=account.email)


@bp.route("/new-password/<secret>", methods=["GET", "POST"])
@public
def new_password(secret: str) -> str | Response | tuple[str, int]:
    """Whoever forgot their password chooses a new one and is signed in."""
    link = queries.link_of(secret, LinkPurpose.RESET)
    if refused := _void(link, LinkPurpose.RESET):
        return refused
    form, account = NewPasswordForm(), found(link).account
    least = _least(account)
    form.password.ask_for(least)
    if form.sent():
        limits.count(LINKS, secret, now=clock.now())
        names = _names(account)
        db.session.commit()
        if made := _hash_of_new(form.password, names, least):
            return _used(secret, LinkPurpose.RESET, made)
        account = found(queries.link_of(secret, LinkPurpose.RESET)).account
    return render_template("entrance/new_password.html", form=form, address=account.email)


@bp.route("/not-me/<secret>", methods=["GET", "POST"])
@public
def not_me(secret: str) -> str | Response | tuple[str, int]:
    """Whoever did not sign in themselves ends all sign-ins; a letter lets them choose a new password."""
    link = queries.link_of(secret, LinkPurpose.ALARM)
    if refused := _void(link, LinkPurpose.ALARM):
        return refused
    form, account = AlarmForm(), found(link).account
    if form.sent():
        limits.count(LINKS, secret, now=clock.now())
        try:
            actions.sound_alarm(found(link), now=clock.now())
        except Refused as refusal:
            db.session.rollback()
            return _nothing(refusal.sentence, 410)
        actions.ask_way_in(WayKind.RESET, account.email, browser=None, earlier=None, now=clock.now())
        log.warning("alarm sounded", extra={"facts": {"account": account.id}})
        db.session.commit()
        return render_template("entrance/not_me.html", form=None, address=account.email)
    return render_template("entrance/not_me.html", form=form, address=account.email)


def _void(link: AccountLink | None, purpose: LinkPurpose) -> tuple[str, int] | None:
    """Return the page that says why a link opens nothing, or None if it does."""
    if link is None:
        return _nothing(_("This link is not known. Please check that it is complete."), 404)
    reason = why_void(link, purpose, clock.now())
    return _nothing(reason, 410) if reason else None


def _nothing(reason: str, status: int) -> tuple[str, int]:
    return render_template("entrance/void.html", reason=reason), status


def _used(secret: str, purpose: LinkPurpose, password_hash: str | None) -> Response | tuple[str, int]:
    link, now = found(queries.link_of(secret, purpose)), clock.now()
    try:
        actions.use_link(link, password_hash=password_hash, office=found(office()), now=now)
    except Refused as refusal:
        db.session.rollback()
        return _nothing(refusal.sentence, 410)
    facts = {"account": link.account_id, "purpose": purpose.value, "password": password_hash is not None}
    log.info("link used", extra={"facts": facts})
    return _let_in(link.account, _start(), proof="link", kept=False)


# ---- a new password


@bp.route("/settings/password", methods=["GET", "POST"])
def password() -> str | Response:
    """Everybody changes their password, or sets one; every other browser is signed out."""
    reader = somebody()
    row = found(account_of(reader.id))
    has_one = row.password_hash is not None
    if not has_one and (asked := ask_again()):
        return asked
    form, least = ChangePasswordForm(), _least(row)
    form.password.ask_for(least)
    if not has_one:
        del form.old
    if form.sent():
        limits.count(PROOFS, f"account:{row.id}", now=clock.now(), device_id=_device_id(row))
        kept, names = row.password_hash, _names(row)
        # Counted; and nobody waits for the database while a password is tried.
        db.session.commit()
        if has_one and not passwords.is_right(form.old.data or "", kept):
            form.old.errors = [_("This is not your present password.")]
        elif made := _hash_of_new(form.password, names, least):
            row = found(account_of(reader.id))
            set_password(row, password_hash=made, by_id=reader.id, now=clock.now())
            log.info("password changed", extra={"facts": {"account": row.id}})
            _sign_in, answer = let_in(row, url_for("accounts.settings"), kept=False, now=clock.now())
            db.session.commit()
            flash(_("Your password is changed. Every other browser is signed out."), "success")
            return answer
    return render_template("entrance/password.html", form=form, has_one=has_one)


def _least(row: Account) -> int:
    """Return how long a password has to be."""
    return passwords.LEAST_BESIDES if factors_of(row.id) else passwords.LEAST


def _names(row: Account) -> list[str]:
    """Return what a password may not be made of: the person's names and address, and the office's."""
    seen = office()
    return [row.person.name, row.email, seen.name if seen else ""]


def _hash_of_new(field: NewPasswordField, names: list[str], least: int) -> str | None:
    """Return the hash of a password that will do, or say beside the field why it will not."""
    try:
        passwords.check_password(field.data or "", names=names, least=least)
    except Refused as refusal:
        field.refuse(refusal.sentence)
        return None
    return passwords.hash_password(field.data or "")
