"""Pages of one's own second factors, and of somebody's who has lost theirs."""

import logging

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug import Response

from tracker import clock
from tracker.accounts.actions import ask_devices_again
from tracker.accounts.models import Account
from tracker.accounts.queries import account_of
from tracker.config import Settings
from tracker.db import db
from tracker.factors import actions, queries
from tracker.factors.codes import app_address, app_secret, new_nonce, recovery_codes
from tracker.factors.forms import AppForm, PasskeyForm
from tracker.factors.passkeys import Site, to_register
from tracker.factors.rules import is_needed, may_remove_factors
from tracker.language import _
from tracker.people import queries as people
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, office, on_the_way_in, require, sensitive, somebody
from tracker.web.forms import Form
from tracker.web.headers import with_script

bp = Blueprint("factors", __name__)
log = logging.getLogger("tracker")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _own() -> Account:
    return found(account_of(somebody().id))


# ---- one's own


@bp.get("/settings/second-factor")
@on_the_way_in
def index() -> str:
    """Everybody sees their second factors, and sets up the first one."""
    reader, now = somebody(), clock.now()
    return render_template(
        "factors/index.html",
        app=queries.app_of(reader.account_id),
        passkeys=queries.passkeys_of(reader.account_id),
        codes_left=queries.codes_left(reader.account_id),
        devices=queries.spared_devices(reader.account_id, now),
        is_needed=is_needed(reader.role, required=_settings().needs_second_factor),
        is_due=reader.factor_due,
        offers_passkeys=Site.of(_settings()).has_passkeys,
    )


@bp.route("/settings/second-factor/app", methods=["GET", "POST"])
@on_the_way_in
@sensitive
def app() -> str | Response:
    """Everybody sets up an app, or another one in its place, and shows a code of it."""
    reader, now = somebody(), clock.now()
    account, seen, site = _own(), found(office()), Site.of(_settings())
    form = AppForm(nonce=new_nonce())
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            here, nonce, typed = reader.sign_in_id, form.nonce.data or "", form.code.data or ""
            actions.set_up_app(account, nonce, typed, site=site, here=here, office=seen, now=now)
            return _set_up(form)
        except Refused as refusal:
            db.session.rollback()
            form.code.errors = [refusal.sentence]
    secret = app_secret(site.keys[-1], reader.account_id, form.nonce.data or "")
    address = app_address(secret, who=account.email, office=seen.name)
    drawn = segno.make(address, error="m").svg_inline(scale=1, border=4, omitsize=True, light="#fff")
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template(
        "factors/app.html",
        form=form,
        drawing=Markup(drawn),  # noqa: S704 - drawn by us, of numbers
        key=grouped,
        address=address,
        has_one=queries.app_of(reader.account_id) is not None,
    )


def _set_up(form: Form) -> Response:
    """Go on to the recovery codes, or back to the list if there are some."""
    reader = somebody()
    has_codes = queries.codes_left(reader.account_id) > 0
    location = once.led_to(form, url_for("factors.index" if has_codes else "factors.codes"))
    db.session.commit()
    log.info("second factor set up", extra={"facts": {"account": reader.account_id}})
    flash(_("Your second factor is set up. Every other browser is signed out."), "success")
    return redirect(location)


@bp.post("/settings/second-factor/app/remove")
@sensitive
def remove_app() -> Response:
    """Everybody removes their app; who needs a second factor keeps one."""
    found(queries.app_of(somebody().account_id))
    try:
        needs, here = _settings().needs_second_factor, somebody().sign_in_id
        actions.remove_app(_own(), needs_factor=needs, here=here, office=found(office()), now=clock.now())
        return _removed()
    except Refused as refusal:
        return _kept(refusal)


@bp.route("/settings/second-factor/passkey", methods=["GET", "POST"])
@on_the_way_in
@sensitive
def passkey() -> Response:
    """Everybody adds a passkey, which the browser makes."""
    reader, now = somebody(), clock.now()
    account, seen, site = _own(), found(office()), Site.of(_settings())
    found(site.has_passkeys or None)
    form = PasskeyForm()
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            here, name, answer = reader.sign_in_id, form.name.data or "", form.answer.data or ""
            actions.add_passkey(account, answer, name=name, site=site, here=here, office=seen, now=now)
            return _set_up(form)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
    known = queries.passkeys_of(reader.account_id)
    form.answer.data = ""
    asked = to_register(
        site, reader.account_id, address=account.email, name=reader.name, office=seen.name, known=known, now=now
    )
    return with_script(render_template("factors/passkey.html", form=form, asked=asked))


@bp.post("/settings/second-factor/passkeys/<int:passkey_id>/remove")
@sensitive
def remove_passkey(passkey_id: int) -> Response:
    """Everybody removes a passkey of theirs; who needs a second factor keeps one."""
    reader = somebody()
    found(next((one for one in queries.passkeys_of(reader.account_id) if one.id == passkey_id), None))
    try:
        needs, seen = _settings().needs_second_factor, found(office())
        actions.remove_passkey(
            _own(), passkey_id, needs_factor=needs, here=reader.sign_in_id, office=seen, now=clock.now()
        )
        return _removed()
    except Refused as refusal:
        return _kept(refusal)


def _removed() -> Response:
    db.session.commit()
    log.info("second factor removed", extra={"facts": {"account": somebody().account_id}})
    flash(_("It is removed. Every other browser is signed out."), "success")
    return redirect(url_for("factors.index"))


def _kept(refusal: Refused) -> Response:
    db.session.rollback()
    flash(refusal.sentence, "danger")
    return redirect(url_for("factors.index"))


@bp.route("/settings/second-factor/codes", methods=["GET", "POST"])
@sensitive
def codes() -> str:
    """Everybody who has a second factor has recovery codes made, and sees them once."""
    reader, now = somebody(), clock.now()
    found(queries.factors_of(reader.account_id) or None)
    form = Form()
    made = None
    if form.sent():
        # Of the form's key: a double click shows the set that counts.
        made = recovery_codes(_settings().secret_key, reader.account_id, form.submission.data or "")
        if not once.already(form, now):
            actions.renew_codes(_own(), made, office=found(office()), now=now)
            once.led_to(form, url_for("factors.index"))
            db.session.commit()
    return render_template(
        "factors/codes.html", form=form, codes=made, left=queries.codes_left(reader.account_id), address=_own().email
    )


@bp.post("/settings/second-factor/devices/<int:device_id>/forget")
def forget_device(device_id: int) -> Response:
    """Everybody has a device of theirs asked for the second factor again."""
    account_id, now = somebody().account_id, clock.now()
    found(next((one for one in queries.spared_devices(account_id, now) if one.id == device_id), None))
    ask_devices_again(account_id, device_id)
    db.session.commit()
    flash(_("This device is asked for a code again."), "success")
    return redirect(url_for("factors.index"))


# ---- somebody who has lost theirs


@bp.route("/people/<int:person_id>/second-factor", methods=["GET", "POST"])
@sensitive
def of_person(person_id: int) -> str | Response:
    """An administrator removes the second factor of somebody who has lost it."""
    reader = somebody()
    person = found(people.one(reader, person_id))
    require(may_remove_factors(reader))
    account = found(account_of(person_id))
    form = Form()
    if form.sent():
        try:
            actions.remove_all(account, by_id=reader.id, office=found(office()), now=clock.now())
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence)
        else:
            log.info("second factors removed", extra={"facts": {"account": account.id, "by": reader.account_id}})
            flash(_("The second factor is removed. The person is told by mail."), "success")
            return redirect(url_for("accounts.account", person_id=person_id))
    return render_template("factors/of_person.html", form=form, person=person, has=queries.factors_of(account.id))
