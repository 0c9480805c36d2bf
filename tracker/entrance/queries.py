"""Whom a cookie signs in, and what a mailed link opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account, AccountLink, LinkPurpose, SignIn
from tracker.accounts.rules import hash_of, is_over
from tracker.db import Instant, db
from tracker.entrance.models import WayIn
from tracker.entrance.rules import CODE_LASTS
from tracker.mail.changes import NUMBER
from tracker.mail.queries import Standing, standing_at, standing_columns
from tracker.organisations.models import Office, Organisation
from tracker.people.models import Contact, Person
from tracker.web.access import OfficeSeen, Somebody

#: So many requests at the door are seen to in one unit.
AT_ONCE = 50
_STANDING = standing_columns()
#: By their names alone: their rooms lie below, and every page says how it stands with the last backup and the mailbox.
_MAILBOX = sa.table("mailbox", sa.column("failing_since", Instant()), sa.column("trouble"))
_MAIL = sa.table("incoming_mail", sa.column("state"), sa.column("sort"))
_BACKUP = sa.table("backup", sa.column("night"), sa.column("trouble"), sa.column("finished_at", Instant()))
#: What is known of somebody, a line for each function of the person: only what pages need of five tables.
_KNOWN = (
    Account.id.label("account_id"),
    Account.role,
    Account.seen_until,
    Person.id.label("person_id"),
    Person.name,
    Person.language,
    Person.zone,
    Person.archived_at,
    Office.name.label("office_name"),
    Office.language.label("office_language"),
    Office.zone.label("office_zone"),
    Office.country.label("office_country"),
    Office.subdivision.label("office_subdivision"),
    Office.sending_paused,
    Contact.organisation_id,
    Contact.from_on,
    Contact.until_on,
    Organisation.zone.label("place_zone"),
    sa.select(sa.func.max(_BACKUP.c.finished_at)).scalar_subquery().label("backup_at"),
    sa.select(_BACKUP.c.trouble).order_by(_BACKUP.c.night.desc()).limit(1).scalar_subquery().label("backup_trouble"),
    sa.select(_MAILBOX.c.failing_since).scalar_subquery().label("inbox_failing_since"),
    sa.select(_MAILBOX.c.trouble).scalar_subquery().label("inbox_trouble"),
    sa.select(sa.func.count())
    .where(_MAIL.c.state == "waiting", _MAIL.c.sort == "person")
    .scalar_subquery()
    .label("inbox_waiting"),
    NUMBER.label("changes"),
    *_STANDING,
)


def _known(of: sa.Select[Any]) -> sa.Select[Any]:
    """Complete what asks for somebody by their account."""
    return (
        of.join(Person, Account.person_id == Person.id)
        .join(Office, sa.true())
        .outerjoin(Contact, sa.and_(Contact.person_id == Person.id, Contact.archived_at.is_(None)))
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Person.locked_at.is_(None))
        .order_by(Contact.is_first.desc(), Contact.id)
    )


#: Made once: every page asks this.
_SIGNED_IN = _known(
    sa.select(
        SignIn.id.label("sign_in_id"),
        SignIn.used_at,
        SignIn.idle_seconds,
        SignIn.expires_at,
        SignIn.confirmed_at,
        SignIn.factor_due,
        *_KNOWN,
    )
    .select_from(SignIn)
    .join(Account, SignIn.account_id == Account.id)
    .where(SignIn.secret_hash == sa.bindparam("secret_hash"), SignIn.ended_at.is_(None))
)
_BY_ACCOUNT = _known(
    sa.select(sa.literal(0).label("sign_in_id"), *_KNOWN)
    .select_from(Account)
    .where(Account.id == sa.bindparam("account_id"))
)


@dataclass(slots=True)
class _Office:
    """What every page knows of the office."""

    name: str
    language: str
    zone: str
    country: str
    subdivision: str | None
    sending_paused: bool


def signed_in(secret: str, now: datetime) -> tuple[Somebody, OfficeSeen] | None:
    """Return whom a cookie's secret signs in, with how mail stands, and the office; one query."""
    values = {"secret_hash": hash_of(secret), **standing_at(now)}
    # Past the session, which has nothing to keep of it: each request asks this.
    rows: Sequence[Any] = db.session.connection().execute(_SIGNED_IN, values).all()
    if not rows or is_over(rows[0].used_at, rows[0].idle_seconds, rows[0].expires_at, now):
        return None
    one = rows[0]
    return _seen(rows, now, noted_at=one.used_at, confirmed_at=one.confirmed_at, factor_due=one.factor_due)


def by_account(account_id: int, now: datetime) -> tuple[Somebody, OfficeSeen] | None:
    """Return as whom an account is seen that has ordered something, with the office; None if nothing is open to it.

    What they ordered they saw before they did: they had proved then who they are.
    """
    rows: Sequence[Any] = db.session.execute(_BY_ACCOUNT, {"account_id": account_id, **standing_at(now)}).all()
    return _seen(rows, now, noted_at=now, confirmed_at=now, factor_due=False) if rows else None


def _seen(
    rows: Sequence[Any], now: datetime, *, noted_at: datetime, confirmed_at: datetime, factor_due: bool
) -> tuple[Somebody, OfficeSeen] | None:
    one = rows[0]
    if one.archived_at:
        return None
    office = _Office(
        one.office_name,
        one.office_language,
        one.office_zone,
        one.office_country,
        one.office_subdivision,
        one.sending_paused,
    )
    today = now.astimezone(ZoneInfo(office.zone)).date()
    places = [(row.organisation_id, row.place_zone) for row in rows if row.organisation_id and _holds(row, today)]
    reader = Somebody(
        id=one.person_id,
        name=one.name,
        role=one.role.value,
        language=one.language,
        zone=one.zone or (places[0][1] if places else office.zone),
        organisation_ids=frozenset(organisation_id for organisation_id, _zone in places),
        sign_in_id=one.sign_in_id,
        account_id=one.account_id,
        seen_until=one.seen_until,
        noted_at=noted_at,
        confirmed_at=confirmed_at,
        factor_due=factor_due,
        backup_at=one.backup_at,
        backup_trouble=one.backup_trouble,
        inbox_failing_since=one.inbox_failing_since,
        inbox_trouble=one.inbox_trouble,
        inbox_waiting=one.inbox_waiting,
        changes=one.changes,
        mail=Standing.of(*one[-len(_STANDING) :], now=now),
    )
    return reader, office


def _holds(row: Any, today: date) -> bool:  # noqa: ANN401 - a row of the query
    """Whether somebody has a function today (see `people.rules.is_current`)."""
    return (row.from_on is None or row.from_on <= today) and (row.until_on is None or today <= row.until_on)


def link_of(secret: str, purpose: LinkPurpose) -> AccountLink | None:
    """Return what a mailed link opens, with account and person, used or not."""
    known = (AccountLink.secret_hash == hash_of(secret), AccountLink.purpose == purpose)
    return db.session.scalar(
        sa.select(AccountLink).where(*known).options(joinedload(AccountLink.account).joinedload(Account.person))
    )


def way_of(secret: str) -> WayIn | None:
    """Return what the browser that holds this secret asked for last."""
    return db.session.scalar(sa.select(WayIn).where(WayIn.browser_hash == hash_of(secret)))


def is_anything_asked(now: datetime) -> bool:
    """Whether somebody at the door waits for a letter."""
    return db.session.scalar(sa.select(WayIn.id).where(*_waits(now)).limit(1)) is not None


def unanswered(now: datetime) -> Sequence[WayIn]:
    """Return what was asked for at the door and nobody saw to yet, the first first."""
    return db.session.scalars(sa.select(WayIn).where(*_waits(now)).order_by(WayIn.id).limit(AT_ONCE)).all()


def _waits(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    # What nobody saw to in time has no use any more.
    return WayIn.answered_at.is_(None), WayIn.asked_at > now - CODE_LASTS
