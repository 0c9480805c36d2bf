"""The way in and out, mailed links, and changing one's password."""

import logging

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug import Response

from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.actions import end_sign_in, set_password
from tracker.accounts.models import Account, LinkPurpose
from tracker.accounts.queries import account_of, account_with
from tracker.db import db
from tracker.entrance import actions, queries
from tracker.entrance.arrivals import arrive, let_in
from tracker.entrance.forms import ChangePasswordForm, ForgottenForm, NewPasswordField, NewPasswordForm, SignInForm
from tracker.entrance.rules import why_void
from tracker.language import _
from tracker.refusal import Refused
from tracker.web.access import forget, found, office, path_of_ours, public, signed_in, somebody

bp = Blueprint("entrance", __name__)
log = logging.getLogger("tracker")


# ---- the way in and out


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | Response:
    """Anybody who has an account signs in."""
    form = SignInForm(next=request.args.get("next"))
    if request.method == "GET" and signed_in():
        return redirect(path_of_ours(form.next.data) or _start())
    if form.sent():
        if account := _proven(form.email.data or "", form.password.data or ""):
            return _let_in(account, path_of_ours(form.next.data) or _start(), proof="password", kept=form.keep.data)
        log.info("sign-in refused")
        form.refuse(_("Address and password do not fit together, or this account is not open. Please try again."))
    return render_template("entrance/sign_in.html", form=form)


def _proven(address: str, password: str) -> Account | None:
    """Return the account whose password this is, if it is open. Takes the same time whatever is wrong."""
    account = account_with(address)
    kept = account.password_hash if account else None
    # Nobody waits for the database while a password is tried.
    db.session.rollback()
    right = passwords.is_right(password, kept)
    renewed = passwords.hash_password(password) if right and kept and passwords.is_old_hash(kept) else None
    account = account_with(address)
    if not right or account is None or account.password_hash != kept or not account.is_open:
        return None
    if renewed:
        actions.renew_hash(account, renewed)
    return account


def _let_in(account: Account, location: str, *, proof: str, kept: bool) -> Response:
    response = arrive(account, proof=proof, location=location, kept=kept, now=clock.now())
    db.session.commit()
    return response


def _start() -> str:
    return f"{request.script_root}/"


@bp.post("/sign-out")
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
def forgotten() -> str | Response:
    """Anybody asks for a link to a new password; the answer is the same whoever they are."""
    form = ForgottenForm()
    if form.sent():
        account = account_with(form.email.data or "")
        seen = office()
        if account and seen:
            sent = actions.ask_for_reset(
                account, office=seen, public_url=current_app.config["SETTINGS"].public_url, now=clock.now()
            )
            log.info("new password asked for", extra={"facts": {"account": account.id, "sent": sent}})
        db.session.commit()
        flash(_("If an account has this address, a letter with a link is on its way. It works for 2 hours."), "info")
        return redirect(url_for("entrance.sign_in"))
    return render_template("entrance/forgotten.html", form=form)


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
        return _unreferred(render_template("entrance/link.html", form=None, reason=reason), 410 if link else 404)
    form, names = NewPasswordForm(), _names(link.account)
    if form.sent():
        db.session.rollback()
        if made := _hash_of_new(form.password, names):
            return _used(secret, purpose, made)
        link = found(queries.link_of(secret, purpose))
    page = render_template("entrance/link.html", form=form, link=link, invited=purpose is LinkPurpose.INVITATION)
    return _unreferred(page, 200)


def _used(secret: str, purpose: LinkPurpose, password_hash: str) -> Response:
    link = found(queries.link_of(secret, purpose))
    try:
        actions.use_link(link, password_hash=password_hash, now=clock.now())
    except Refused as refusal:
        db.session.rollback()
        return _unreferred(render_template("entrance/link.html", form=None, reason=refusal.sentence), 410)
    log.info("password set by link", extra={"facts": {"account": link.account_id, "purpose": purpose.value}})
    return _let_in(link.account, _start(), proof="link", kept=False)


def _unreferred(page: str, status: int) -> Response:
    """Answer with a page whose address no other page learns of."""
    return Response(page, status, {"Referrer-Policy": "no-referrer"}, mimetype="text/html")


# ---- a new password


@bp.route("/settings/password", methods=["GET", "POST"])
def password() -> str | Response:
    """Everybody changes their password; every other browser is signed out."""
    reader = somebody()
    form = ChangePasswordForm()
    if form.sent():
        row = found(account_of(reader.id))
        kept, names = row.password_hash, _names(row)
        db.session.rollback()
        if not passwords.is_right(form.old.data or "", kept):
            form.old.errors = [_("This is not your present password.")]
        elif made := _hash_of_new(form.password, names):
            row = found(account_of(reader.id))
            set_password(row, password_hash=made, by_id=reader.id, now=clock.now())
            log.info("password changed", extra={"facts": {"account": row.id}})
            _sign_in, answer = let_in(row, url_for("accounts.settings"), kept=False, now=clock.now())
            db.session.commit()
            flash(_("Your password is changed. Every other browser is signed out."), "success")
            return answer
    return render_template("entrance/password.html", form=form)


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
