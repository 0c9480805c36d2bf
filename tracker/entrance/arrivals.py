"""Between the first proof and being signed in: what a browser that is on its way in still has to show."""

import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app, redirect, request, session, url_for
from werkzeug import Response

from tracker.accounts.actions import end_sign_in, know_device
from tracker.accounts.models import Account, Role, SignIn
from tracker.db import db
from tracker.entrance.actions import begin_sign_in, tell_of_new_device
from tracker.entrance.devices import device_of
from tracker.entrance.rules import ARRIVES_WITHIN, KEPT_SIGNED_IN
from tracker.factors.actions import spare_device
from tracker.factors.queries import is_asked
from tracker.web.access import browser_secret, found, know_browser, office, remember, signed_in

_KEY = "arrival"
log = logging.getLogger("tracker")


@dataclass(frozen=True)
class Arrival:
    """A first proof that was right, kept in the signed cookie of forms."""

    account_id: int
    #: Of the account: another password, role or address since then makes this void.
    version: int
    #: What was shown: "password", "code" or "link".
    proof: str
    location: str
    kept: bool
    #: In seconds since 1970.
    at: float


def arrive(account: Account, *, proof: str, location: str, kept: bool, now: datetime) -> Response:
    """Go on after the first proof: to where the second is asked for, or in. The caller commits."""
    facts = {"account": account.id, "proof": proof}
    if is_asked(account.id, browser_secret(), now):
        session.clear()
        session[_KEY] = asdict(
            Arrival(account.id, account.version, proof, location, kept=kept, at=now.timestamp()),
        )
        log.info("second proof asked for", extra={"facts": facts})
        return redirect(url_for("proofs.second"))
    log.info("signed in", extra={"facts": facts})
    return let_in(account, location, kept=kept, now=now)[1]


def arriving(now: datetime) -> tuple[Arrival, Account] | None:
    """Return who stands between the two proofs in this browser, if anybody (still) does."""
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None:
        return None
    arrival = Arrival(**kept)
    account = db.session.get(Account, arrival.account_id)
    if account is None or account.version != arrival.version or not account.is_open:
        return None
    return (arrival, account) if now - datetime.fromtimestamp(arrival.at, UTC) < ARRIVES_WITHIN else None


def let_in(
    account: Account, location: str, *, kept: bool, now: datetime, spared: bool = False
) -> tuple[SignIn, Response]:
    """Sign this browser in, with new secrets all round, and perhaps spare it the second proof. The caller commits."""
    secret = secrets.token_urlsafe(32)
    if earlier := signed_in():
        end_sign_in(earlier.account_id, earlier.sign_in_id, now)
    kept = kept and account.role is Role.PARTNER
    name, was_here = device_of(request.user_agent.string), account.last_sign_in_at is not None
    needed = current_app.config["SETTINGS"].needs_second_factor
    sign_in = begin_sign_in(account, secret=secret, kept=kept, device=name, needs_factor=needed, now=now)
    browser = browser_secret() or secrets.token_urlsafe(32)
    is_new = know_device(account.id, browser, name=name, now=now)
    if is_new and was_here:
        url, seen = current_app.config["SETTINGS"].public_url, found(office())
        tell_of_new_device(sign_in, account, office=seen, public_url=url, now=now)
    if spared:
        spare_device(account.id, browser, now)
    session.clear()
    response = redirect(location)
    remember(response, secret, seconds=int(KEPT_SIGNED_IN.total_seconds()) if kept else None)
    know_browser(response, browser)
    return sign_in, response
