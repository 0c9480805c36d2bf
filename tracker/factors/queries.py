"""Which second factors an account has."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tracker.accounts.models import Device
from tracker.accounts.queries import known_device
from tracker.db import db
from tracker.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from tracker.factors.rules import Factors


def factors_of(account_id: int) -> Factors:
    """Return what an account has, in one query."""
    apps = sa.select(sa.func.count()).select_from(AuthenticatorApp).where(AuthenticatorApp.account_id == account_id)
    passkeys = sa.select(sa.func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
    app, keys = db.session.execute(sa.select(apps.scalar_subquery(), passkeys.scalar_subquery())).one()
    return Factors(app=bool(app), passkeys=keys)


def is_asked(account_id: int, browser: str | None, now: datetime) -> bool:
    """Whether an account's second factor is asked for in the browser that holds this secret."""
    device = known_device(account_id, browser)
    spared = device is not None and device.remembered_until is not None and now < device.remembered_until
    return not spared and bool(factors_of(account_id))


def app_of(account_id: int) -> AuthenticatorApp | None:
    """Return the app of an account."""
    return db.session.scalar(sa.select(AuthenticatorApp).where(AuthenticatorApp.account_id == account_id))


def passkeys_of(account_id: int) -> Sequence[Passkey]:
    """Return the passkeys of an account, the first one first."""
    return db.session.scalars(sa.select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()


def passkey_called(credential: str) -> Passkey | None:
    """Return the passkey that a browser names."""
    return db.session.scalar(sa.select(Passkey).where(Passkey.credential == credential))


def codes_left(account_id: int) -> int:
    """Return how many recovery codes are unused."""
    unused = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode).where(*unused)) or 0


def spared_devices(account_id: int, now: datetime) -> Sequence[Device]:
    """Return the devices that are spared the second factor, the last seen first."""
    spared = (Device.account_id == account_id, Device.remembered_until > now)
    return db.session.scalars(sa.select(Device).where(*spared).order_by(Device.last_seen_at.desc())).all()
