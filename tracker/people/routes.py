"""Pages of persons, their functions and accounts, and the way in."""

import logging
import re
import secrets

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _
from tracker.people import actions, passwords, queries
from tracker.people.forms import SignInForm
from tracker.people.models import Account, Role
from tracker.people.rules import KEPT_SIGNED_IN
from tracker.web.access import forget, path_of_ours, public, remember, signed_in, somebody

bp = Blueprint("people", __name__)
log = logging.getLogger("tracker")


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
