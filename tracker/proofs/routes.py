"""Pages that ask for a proof: the second step of signing in, and once more before a sensitive act."""

import logging
import secrets

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug import Response as AnyResponse

from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.models import Account
from tracker.accounts.queries import account_of, known_device
from tracker.db import db
from tracker.entrance.actions import ask_way_in, use_code
from tracker.entrance.arrivals import arriving, let_in
from tracker.entrance.models import WayKind
from tracker.entrance.queries import way_of as mailed_way
from tracker.entrance.rules import LETTERS
from tracker.factors import actions as factors
from tracker.factors import queries
from tracker.factors.passkeys import Site, to_prove
from tracker.language import _, _l
from tracker.proofs.actions import note_proof
from tracker.proofs.forms import ConfirmForm, ProofForm, SecondForm
from tracker.proofs.rules import TRIES, UNKNOWN, Way, way_of
from tracker.web.access import (
    FRESH,
    SAFE_METHODS,
    Somebody,
    browser_secret,
    found,
    office,
    on_the_way_in,
    path_of_ours,
    public,
    signed_in,
    somebody,
)
from tracker.web.errors import waiting_words
from tracker.web.forms import AGAIN
from tracker.web.headers import with_script
from tracker.web.limits import TooOftenError, count, take_back

bp = Blueprint("proofs", __name__)
log = logging.getLogger("tracker")
#: Where the session keeps the secret of the browser that had a code sent.
_MAILED = "confirms"
_WRONG = {
    Way.FACTOR: _l("This is not right, or was used already. Please wait for the next code, or try once more."),
    Way.PASSWORD: _l("This is not your present password."),
    Way.MAIL: _l("This code is not right, or does not work any more."),
}


# ---- the second step of signing in


@bp.route("/sign-in/second", methods=["GET", "POST"])
@public
def second() -> AnyResponse:
    """Whoever has shown the first proof shows their second factor and is signed in."""
    now = clock.now()
    here = arriving(now)
    if here is None:
        if not signed_in():
            flash(_("Please sign in once more: it took too long."), "info")
        return redirect(url_for("entrance.sign_in"))
    arrival, account = here
    form = SecondForm()
    if form.sent() and _is_proven(account, form, Way.FACTOR):
        log.info("signed in", extra={"facts": {"account": account.id, "proof": f"{arrival.proof} and second factor"}})
        answer = let_in(account, arrival.location, kept=arrival.kept, spared=form.spare.data, now=now)[1]
        db.session.commit()
        return answer
    return _page("proofs/second.html", form, account)


# ---- before a sensitive act


@bp.route("/confirm", methods=["GET", "POST"])
@on_the_way_in
def confirm() -> AnyResponse:
    """Everybody proves once more who they are, and goes on to what they wanted."""
    reader, now = somebody(), clock.now()
    form = ConfirmForm(next=request.args.get("next"))
    location = path_of_ours(form.next.data) or url_for("overview.start")
    if request.method == "GET" and now - reader.confirmed_at < FRESH:
        return redirect(location)
    if form.sent() and _is_confirmed(reader, form):
        return redirect(location)
    return _asking(form)


def ask_again(reader: Somebody) -> AnyResponse | None:
    """Ask for a proof before what was asked for; what was typed there is carried on. None: it came with the request."""
    if request.method in SAFE_METHODS:
        return redirect(url_for("proofs.confirm", next=request.full_path.rstrip("?")))
    form = ConfirmForm()
    sent = list(request.form.items(multi=True))
    carried = [(name, value) for name, value in sent if not name.startswith(AGAIN)]
    if len(carried) < len(sent) and form.validate_on_submit() and _is_confirmed(reader, form):
        return None
    return _asking(form, carried=carried)


def _is_confirmed(reader: Somebody, form: ConfirmForm) -> bool:
    account = found(account_of(reader.id))
    way = _way(account)
    if way is Way.MAIL and form.send.data:
        _send_code(account, form)
        return False
    if not _is_proven(account, form, way):
        return False
    note_proof(reader.sign_in_id, clock.now())
    db.session.commit()
    log.info("confirmed", extra={"facts": {"account": reader.account_id}})
    return True


def _send_code(account: Account, form: ConfirmForm) -> None:
    now, secret = clock.now(), secrets.token_urlsafe(32)
    device = known_device(account.id, browser_secret())
    try:
        count(LETTERS, account.email, now=now, device_id=device.id if device else None)
    except TooOftenError as limited:
        _limited(form, limited)
        return
    ask_way_in(WayKind.CODE, account.email, browser=secret, earlier=session.get(_MAILED), now=now)
    session[_MAILED] = secret
    db.session.commit()


def _asking(form: ConfirmForm, *, carried: list[tuple[str, str]] | None = None) -> Response:
    account = found(account_of(somebody().id))
    return _page("proofs/confirm.html", form, account, way=_way(account), carried=carried, is_mailed=_MAILED in session)


def _way(account: Account) -> Way:
    return way_of(queries.factors_of(account.id), has_password=account.password_hash is not None)


# ---- what both share


def _is_proven(account: Account, form: ProofForm, way: Way) -> bool:
    """Say whether what was sent is right, and count the try; what is wrong is said in the form."""
    field = form.proof(way)
    if not field.data and not form.answer.data:
        field.errors = [_("This field is required.")]
        return False
    now, thing, kept = clock.now(), str(account.id), account.password_hash
    device = known_device(account.id, browser_secret())
    counted = [(TRIES, device.id)] if device else [(TRIES, None), (UNKNOWN, 0)]
    try:
        for limit, device_id in counted:
            count(limit, thing, now=now, device_id=device_id)
    except TooOftenError as limited:
        _limited(form, limited)
        return False
    # Counted whatever comes of it; and nobody waits for the database while a password is tried.
    db.session.commit()
    right = passwords.is_right(field.data, kept) if way is Way.PASSWORD else _is_right(account, form, way)
    if right:
        for limit, device_id in counted:
            take_back(limit, thing, device_id=device_id)
    else:
        log.info("proof refused", extra={"facts": {"account": account.id, "way": way.value}})
        field.errors = [_WRONG[way]]
        db.session.commit()
    return right


def _limited(form: ProofForm, limit: TooOftenError) -> None:
    """Say on the page, which keeps what was typed, until when somebody has to wait."""
    db.session.rollback()
    log.info("tries limited", extra={"facts": {"endpoint": request.endpoint, "until": limit.until.isoformat()}})
    form.status = limit.code
    form.refuse(waiting_words(limit))


def _is_right(account: Account, form: ProofForm, way: Way) -> bool:
    now, settings = clock.now(), current_app.config["SETTINGS"]
    typed, answer = form.code.data or "", form.answer.data
    if way is Way.MAIL:
        mailed = mailed_way(session.get(_MAILED, ""))
        used = use_code(mailed, typed, key=settings.secret_key, now=now) if mailed else None
        return used is not None and used.id == account.id
    site = Site.of(settings)
    if answer:
        return factors.prove_by_passkey(account.id, answer, site=site, now=now)
    return factors.prove(account, typed, site=site, office=found(office()), now=now)


def _page(template: str, form: ProofForm, account: Account, **words: object) -> Response:
    """Return a page that asks for a proof, with the question to a passkey where there may be one."""
    has, site, asked = queries.factors_of(account.id), Site.of(current_app.config["SETTINGS"]), None
    form.answer.data = ""
    if not has.app:
        form.call_code(_("Recovery code") if has else _("Code from the mail"))
    if has.passkeys and site.has_passkeys:
        asked = to_prove(site, account.id, known=queries.passkeys_of(account.id), now=clock.now())
    page = render_template(template, form=form, asked=asked, address=account.email, **words)
    answer = with_script(page) if asked else Response(page, mimetype="text/html")
    answer.status_code = form.status
    return answer
