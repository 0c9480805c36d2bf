"""What happens at the entrance: signing in, asking for a code or a new password, using a mailed link."""

import hmac
import secrets
from datetime import datetime

import sqlalchemy as sa

from tracker.accounts.actions import new_link, set_password, shut
from tracker.accounts.mails import send_code, send_reset, tell_inviter, tell_of_sign_in
from tracker.accounts.models import Account, AccountLink, LinkPurpose, SignIn
from tracker.accounts.queries import account_with
from tracker.accounts.rules import ADDRESS_LENGTH, address_kept, hash_of
from tracker.db import db
from tracker.entrance import queries
from tracker.entrance.models import WayIn, WayKind
from tracker.entrance.rules import (
    CODE_LASTS,
    CODE_TRIES,
    DIGITS,
    SIGN_INS_KEPT,
    WAYS_KEPT,
    code_hash,
    sign_in_lengths,
    why_void,
)
from tracker.factors.queries import factors_of
from tracker.factors.rules import is_due
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.people.models import Person
from tracker.people.queries import zone_of
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen


def begin_sign_in(
    account: Account, *, secret: str, kept: bool, device: str, needs_factor: bool, now: datetime
) -> SignIn:
    """Sign a browser in that holds this secret. Whether the role needs a second factor is for the office to say."""
    idle, length = sign_in_lengths(account.role, kept=kept)
    was_here, has = account.last_sign_in_at is not None, bool(factors_of(account.id))
    sign_in = SignIn(
        secret_hash=hash_of(secret),
        account_id=account.id,
        created_at=now,
        used_at=now,
        confirmed_at=now,
        idle_seconds=int(idle.total_seconds()),
        expires_at=now + length,
        device=device,
        factor_due=is_due(account.role, required=needs_factor, was_here=was_here, has=has),
    )
    db.session.add(sign_in)
    # Not through the row: two browsers may sign in to one account at the same moment.
    seen = {"seen_until": Account.last_sign_in_at, "last_sign_in_at": now}
    db.session.execute(sa.update(Account).where(Account.id == account.id).values(seen))
    return sign_in


def renew_hash(account: Account, password_hash: str) -> None:
    """Keep the same password with today's parameters."""
    db.session.execute(sa.update(Account).where(Account.id == account.id).values(password_hash=password_hash))


def note_use(sign_in_id: int, now: datetime) -> None:
    """Write down that a sign-in is in use."""
    db.session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id, SignIn.used_at < now).values(used_at=now))


def forget_sign_ins(now: datetime) -> int:
    """Drop what ended, or could not be used any more, thirty days ago; return how many."""
    long_ago = now - SIGN_INS_KEPT
    old = sa.delete(SignIn).where(sa.or_(SignIn.ended_at < long_ago, SignIn.expires_at < long_ago))
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it


def tell_of_new_device(
    sign_in: SignIn, account: Account, *, office: OfficeSeen, public_url: str, now: datetime
) -> None:
    """Write to somebody that their account is used in a browser that it does not know, with a link to end that."""
    db.session.flush()
    _link, url = new_link(account, LinkPurpose.ALARM, public_url=public_url, by_id=None, now=now)
    zone = zone_of(account.person, now.date()) or office.zone
    tell_of_sign_in(sign_in, account, url=url, office=office, zone=zone, now=now)


# ---- codes and links that somebody at the door asks for


def ask_way_in(kind: WayKind, address: str, *, browser: str | None, earlier: str | None, now: datetime) -> WayIn:
    """Note that somebody asks for a code or a link by mail, whoever has this address; the worker sees to it.

    `browser` is the secret of the browser that may use a code, `earlier` that of its last request, whose code is void
    from now on. Codes of other browsers stay: else anybody could void somebody's.
    """
    if earlier:
        last = sa.update(WayIn).where(WayIn.browser_hash == hash_of(earlier), WayIn.used_at.is_(None))
        db.session.execute(last.values(used_at=now))
    known = hash_of(browser) if browser else None
    way = WayIn(kind=kind, address=address_kept(address)[:ADDRESS_LENGTH], browser_hash=known, asked_at=now, tries=0)
    db.session.add(way)
    return way


def answer_ways(*, office: OfficeSeen, key: str, public_url: str, now: datetime) -> int:
    """Write the letters that were asked for at the door, and return how many. Safe to run twice, or on two machines."""
    return sum(_answer(way, office=office, key=key, public_url=public_url, now=now) for way in queries.unanswered(now))


def _answer(way: WayIn, *, office: OfficeSeen, key: str, public_url: str, now: datetime) -> bool:
    ours = sa.update(WayIn).where(WayIn.id == way.id, WayIn.answered_at.is_(None)).values(answered_at=now)
    if not db.session.execute(ours).rowcount:  # type: ignore[attr-defined] # an UPDATE has it
        return False
    account = account_with(way.address)
    if account is None or not account.is_open or not account.is_accepted:
        return False
    zone = zone_of(account.person, now.date()) or office.zone
    if way.kind is WayKind.RESET:
        link, url = new_link(account, LinkPurpose.RESET, public_url=public_url, by_id=None, now=now)
        send_reset(link, url=url, office=office, zone=zone, now=now)
    else:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        way.code_hash = code_hash(key, way.id, code)
        send_code(way.id, account, code, until=way.asked_at + CODE_LASTS, office=office, zone=zone, now=now)
    way.account_id = account.id
    return True


def use_code(way: WayIn, typed: str, *, key: str, now: datetime) -> Account | None:
    """Try a code and return whom it lets in. A wrong one is counted, whether or not there is a right one."""
    tried = sa.update(WayIn).where(WayIn.id == way.id, WayIn.used_at.is_(None), WayIn.tries < CODE_TRIES)
    may_try = db.session.execute(tried.values(tries=WayIn.tries + 1)).rowcount  # type: ignore[attr-defined] # an UPDATE
    is_right = hmac.compare_digest(code_hash(key, way.id, typed), way.code_hash or "")
    # Asked for in any case, so that the work is the same.
    account = db.session.scalar(sa.select(Account).where(Account.id == way.account_id))
    if not may_try or not is_right or account is None or not account.is_open or now >= way.asked_at + CODE_LASTS:
        return None
    way.used_at = now
    return account


def forget_ways(now: datetime) -> int:
    """Drop the requests of more than a day ago, and return how many."""
    old = sa.delete(WayIn).where(WayIn.asked_at < now - WAYS_KEPT)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it


# ---- mailed links


def use_link(link: AccountLink, *, password_hash: str | None, office: OfficeSeen, now: datetime) -> None:
    """Take an invitation, or set the password that somebody chose; without one they get a code by mail each time.

    Who invited them is told. Raises Refused if the link opens nothing (any more).
    """
    _use(link, now)
    account = link.account
    if link.purpose is LinkPurpose.INVITATION:
        record(Verb.INVITATION_ACCEPTED, account, within=account.person, by_id=account.person_id, now=now)
        inviter = db.session.get(Person, link.made_by_id or 0)
        if inviter is not None:
            zone = zone_of(inviter, now.date()) or office.zone
            tell_inviter(link, inviter, office=office, zone=zone, now=now)
    if password_hash is not None:
        set_password(account, password_hash=password_hash, by_id=account.person_id, now=now)


def sound_alarm(link: AccountLink, *, now: datetime) -> None:
    """End all that is signed in to an account and take its password back: somebody says that it was not them.

    Raises Refused if the link opens nothing (any more).
    """
    _use(link, now)
    shut(link.account, now)
    record(Verb.ALARM_SOUNDED, link.account, within=link.account.person, by_id=link.account.person_id, now=now)


def _use(link: AccountLink, now: datetime) -> None:
    if reason := why_void(link, link.purpose, now):
        raise Refused(reason)
    used = sa.update(AccountLink).where(AccountLink.id == link.id, AccountLink.used_at.is_(None)).values(used_at=now)
    if not db.session.execute(used).rowcount:  # type: ignore[attr-defined] # an UPDATE has it
        raise Refused(_("This link has been used already, or a newer one has taken its place."))
