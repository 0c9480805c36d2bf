"""What people do with second factors: set up, remove, prove who they are, spare a device."""

from datetime import datetime

import sqlalchemy as sa

from tracker.accounts.actions import ask_devices_again, end_sign_ins
from tracker.accounts.models import Account, SignIn
from tracker.accounts.queries import known_device
from tracker.accounts.rules import hash_of
from tracker.db import db, insert_new
from tracker.factors import mails, queries
from tracker.factors.codes import app_secrets, code_hash, is_app_code, step_of
from tracker.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from tracker.factors.passkeys import Site, credential_of, registered, shown
from tracker.factors.rules import SPARED, FactorKind, is_needed
from tracker.history.actions import record
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb
from tracker.language import _
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen
from tracker.web.models import Submission

# ---- setting up and removing


def set_up_app(
    account: Account, nonce: str, typed: str, *, site: Site, here: int, office: OfficeSeen, now: datetime
) -> None:
    """Let an app's codes count, in the place of an earlier app's. Every other browser is signed out.

    `here` is the sign-in that does it. Raises Refused if the code is not one of this app's.
    """
    _hold(account)
    step = step_of(typed, app_secrets(site.keys[-1:], account.id, nonce), now)
    if step is None:
        raise Refused(_("This code is not right. Please type the one that the app shows now."))
    db.session.execute(sa.delete(AuthenticatorApp).where(AuthenticatorApp.account_id == account.id))
    app = AuthenticatorApp(account_id=account.id, nonce=nonce, created_at=now, used_at=now, used_step=step)
    db.session.add(app)
    line = _changed(account, Verb.FACTOR_ADDED, here=here, by_id=account.person_id, now=now, what=FactorKind.APP)
    mails.tell_of_new(account, line, FactorKind.APP, office=office, now=now)


def add_passkey(
    account: Account, answer: str, *, name: str, site: Site, here: int, office: OfficeSeen, now: datetime
) -> None:
    """Let a new passkey count, beside those there are. Every other browser is signed out.

    Raises Refused if the browser's answer is not right, or the passkey is known already.
    """
    made, question = registered(site, account.id, answer, now)
    _hold(account)
    if not _is_first_answer(question, now) or queries.passkey_called(made.credential):
        raise Refused(_("This passkey is known already."))
    passkey = Passkey(
        account_id=account.id,
        name=name,
        credential=made.credential,
        public_key=made.public_key,
        uses=made.uses,
        transports=made.transports,
        created_at=now,
    )
    db.session.add(passkey)
    line = _changed(account, Verb.FACTOR_ADDED, here=here, by_id=account.person_id, now=now, what=FactorKind.PASSKEY)
    mails.tell_of_new(account, line, FactorKind.PASSKEY, office=office, now=now)


def remove_app(account: Account, *, needs_factor: bool, here: int, office: OfficeSeen, now: datetime) -> None:
    """Let the app's codes count no more. Raises Refused if it is the last factor of somebody who needs one."""
    _keep_one(account, needs_factor=needs_factor)
    db.session.execute(sa.delete(AuthenticatorApp).where(AuthenticatorApp.account_id == account.id))
    _removed(account, FactorKind.APP, here=here, office=office, now=now)


def remove_passkey(
    account: Account, passkey_id: int, *, needs_factor: bool, here: int, office: OfficeSeen, now: datetime
) -> None:
    """Let a passkey count no more. Raises Refused if it is the last factor of somebody who needs one."""
    _keep_one(account, needs_factor=needs_factor)
    db.session.execute(sa.delete(Passkey).where(Passkey.account_id == account.id, Passkey.id == passkey_id))
    _removed(account, FactorKind.PASSKEY, here=here, office=office, now=now)


def remove_all(account: Account, *, by_id: int | None, office: OfficeSeen, now: datetime) -> None:
    """Help somebody who has lost their second factor: they sign in without one. Raises Refused if there is none."""
    _hold(account)
    if not queries.factors_of(account.id):
        raise Refused(_("This account has no second factor."))
    for table in (AuthenticatorApp, Passkey, RecoveryCode):
        db.session.execute(sa.delete(table).where(table.account_id == account.id))
    line = _changed(account, Verb.FACTORS_REMOVED, here=0, by_id=by_id, now=now)
    mails.tell_of_all_removed(account, line, office=office, now=now)


def renew_codes(account: Account, codes: list[str], *, office: OfficeSeen, now: datetime) -> None:
    """Let these recovery codes count, and no earlier ones."""
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    for code in codes:
        db.session.add(RecoveryCode(account_id=account.id, code_hash=code_hash(account.id, code), created_at=now))
    line = record(Verb.RECOVERY_CODES_MADE, account, within=account.person, by_id=account.person_id, now=now)
    db.session.flush()
    mails.tell_of_new_codes(account, line, office=office, now=now)


def _keep_one(account: Account, *, needs_factor: bool) -> None:
    _hold(account)
    if is_needed(account.role, required=needs_factor) and queries.factors_of(account.id).number == 1:
        raise Refused(_("Your role needs a second factor. Please set up another one before you remove this one."))


def _removed(account: Account, kind: FactorKind, *, here: int, office: OfficeSeen, now: datetime) -> None:
    if not queries.factors_of(account.id):
        # They stand in for something that is not there any more.
        db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    line = _changed(account, Verb.FACTOR_REMOVED, here=here, by_id=account.person_id, now=now, what=kind)
    mails.tell_of_removed(account, line, kind, office=office, now=now)


def _hold(account: Account) -> None:
    """Let nobody else change the factors of an account at the same moment."""
    db.session.execute(sa.select(Account.id).where(Account.id == account.id).with_for_update())


def _changed(
    account: Account, verb: Verb, *, here: int, by_id: int | None, now: datetime, **facts: object
) -> HistoryLine:
    """Sign out every other browser, spare no device any more, and record it."""
    end_sign_ins(account.id, now, besides=here)
    db.session.execute(sa.update(SignIn).where(SignIn.id == here).values(factor_due=False))
    ask_devices_again(account.id)
    line = record(verb, account, within=account.person, by_id=by_id, now=now, **facts)
    db.session.flush()
    return line


# ---- proving


def prove(account: Account, typed: str, *, site: Site, office: OfficeSeen, now: datetime) -> bool:
    """Say whether a code of the app or a recovery code is right, and take it: it is right once."""
    if is_app_code(typed):
        return _takes_app_code(account.id, typed, site=site, now=now)
    return _takes_recovery_code(account, typed, office=office, now=now)


def _takes_app_code(account_id: int, typed: str, *, site: Site, now: datetime) -> bool:
    app = queries.app_of(account_id)
    if app is None:
        return False
    step = step_of(typed, app_secrets(site.keys, account_id, app.nonce), now)
    if step is None:
        return False
    # In the condition: two who type one code at the same moment are not both let in.
    unused = (AuthenticatorApp.id == app.id, AuthenticatorApp.used_step < step)
    taken = sa.update(AuthenticatorApp).where(*unused).values(used_step=step, used_at=now)
    return bool(db.session.execute(taken).rowcount)  # type: ignore[attr-defined] # an UPDATE has it


def _takes_recovery_code(account: Account, typed: str, *, office: OfficeSeen, now: datetime) -> bool:
    known = (RecoveryCode.account_id == account.id, RecoveryCode.code_hash == code_hash(account.id, typed))
    taken = sa.update(RecoveryCode).where(*known, RecoveryCode.used_at.is_(None)).values(used_at=now)
    if not db.session.execute(taken).rowcount:  # type: ignore[attr-defined] # an UPDATE has it
        return False
    line = record(Verb.RECOVERY_CODE_USED, account, within=account.person, by_id=account.person_id, now=now)
    db.session.flush()
    mails.tell_of_used_code(account, line, left=queries.codes_left(account.id), office=office, now=now)
    return True


def prove_by_passkey(account_id: int, answer: str, *, site: Site, now: datetime) -> bool:
    """Say whether a browser has shown a passkey of this account. Each question is answered once."""
    try:
        passkey = queries.passkey_called(credential_of(answer))
        if passkey is None or passkey.account_id != account_id:
            return False
        uses, question = shown(site, passkey, answer, now)
    except Refused:
        return False
    if not _is_first_answer(question, now):
        return False
    passkey.uses, passkey.used_at = uses, now
    return True


def _is_first_answer(question: bytes, now: datetime) -> bool:
    return insert_new(Submission, {"key": f"passkey {hash_of(question.decode())}", "at": now})


# ---- devices that are spared


def spare_device(account_id: int, browser: str | None, now: datetime) -> None:
    """Ask for no second factor in this browser for a while."""
    if device := known_device(account_id, browser):
        device.remembered_until = now + SPARED
