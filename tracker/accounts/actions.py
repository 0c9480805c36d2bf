"""What people do with accounts: invite, change, lock, archive, set a password, sign out."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from tracker.accounts import mails, queries
from tracker.accounts.models import Account, AccountLink, Device, LinkPurpose, Role, SignIn
from tracker.accounts.rules import DEVICES_KEPT, LINK_LENGTHS, address_kept, device_hash, hash_of, link_address
from tracker.db import db, insert_new
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.mail.actions import cancel_waiting
from tracker.people.actions import add_function, create_person
from tracker.people.models import Person
from tracker.people.queries import zone_of
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen

# ---- opening and changing


def create_account(
    *,
    email: str,
    role: Role,
    by_id: int | None,
    now: datetime,
    person: Person | None = None,
    name: str | None = None,
    language: str = "en",
    organisation_id: int | None = None,
) -> Account:
    """Open an account, for a person or for a new one of this name, perhaps with a function at an organisation.

    Nobody can sign in to it before a password is set. Raises Refused if the address belongs to another account.
    """
    if queries.account_with(email) is not None:
        raise Refused(_("Somebody already signs in with this address."))
    if person is None:
        person = create_person(name=name or email, email=email, language=language, by_id=by_id, now=now)
    if organisation_id is not None:
        add_function(person, organisation_id=organisation_id, by_id=by_id, now=now)
    account = Account(person=person, email=address_kept(email), role=role, created_at=now)
    db.session.add(account)
    record(Verb.ACCOUNT_INVITED, account, within=person, by_id=by_id, now=now, role=role)
    return account


def invitation_link(account: Account, *, public_url: str, by_id: int | None, now: datetime) -> str:
    """Return a link that sets the first password, once; earlier ones open nothing any more."""
    return new_link(account, LinkPurpose.INVITATION, public_url=public_url, by_id=by_id, now=now)[1]


def invite(
    person: Person,
    *,
    email: str,
    role: Role,
    office: OfficeSeen,
    public_url: str,
    by_id: int,
    reply_to: str | None,
    now: datetime,
) -> Account:
    """Open an account for a person, or one that was never used once more, and send the link.

    Raises Refused if they have signed in already, are locked out, or the address belongs to another account.
    """
    account = queries.account_of(person.id)
    if person.locked_at or person.archived_at:
        raise Refused(_("This person is locked out or in the archive."))
    if person.unconfirmed_since:
        raise Refused(_("Somebody else named this person. Please confirm them first."))
    if account is None:
        account = create_account(email=email, role=role, person=person, by_id=by_id, now=now)
    elif account.is_accepted:
        raise Refused(_("This person has an account already."))
    else:
        _readdress(account, email)
        account.role = role
        record(Verb.ACCOUNT_INVITED, account, within=person, by_id=by_id, now=now, role=role)
    link, url = new_link(account, LinkPurpose.INVITATION, public_url=public_url, by_id=by_id, now=now)
    zone = zone_of(person, now.date()) or office.zone
    mails.send_invitation(link, url=url, office=office, zone=zone, reply_to=reply_to, now=now)
    return account


def _readdress(account: Account, email: str) -> None:
    other = queries.account_with(email)
    if other is not None and other is not account:
        raise Refused(_("Somebody already signs in with this address."))
    account.email = address_kept(email)


def change_account(account: Account, *, email: str, role: Role, by_id: int, now: datetime) -> bool:
    """Give an account another role or address; whoever is signed in to it signs in anew. Return whether it differs.

    Raises Refused if the last administrator would be none any more, or the address belongs to another account.
    """
    before, was = account.role, account.email
    if role is not before:
        _keep_an_administrator(account)
        account.role = role
        record(Verb.ACCOUNT_ROLE_CHANGED, account, within=account.person, by_id=by_id, now=now, old=before, new=role)
    _readdress(account, email)
    if account.email != was:
        record(Verb.ACCOUNT_ADDRESS_CHANGED, account, within=account.person, by_id=by_id, now=now)
        _void_links(account, now)
    if role is before and account.email == was:
        return False
    end_sign_ins(account.id, now)
    return True


def set_password(account: Account, *, password_hash: str, by_id: int | None, now: datetime) -> None:
    """Set a password (`passwords.hash_password` made the hash). All sign-ins and open links end."""
    account.password_hash = password_hash
    end_sign_ins(account.id, now)
    ask_devices_again(account.id)
    _void_links(account, now)
    record(Verb.PASSWORD_SET, account, within=account.person, by_id=by_id, now=now)


# ---- closing


def archive_person(person: Person, *, by_id: int, now: datetime) -> None:
    """Put a person out of the lists; what others wrote about them stays. Their account is closed.

    Raises Refused for the last administrator.
    """
    _close(person, "person_archived", now)
    person.archived_at = now
    record(Verb.PERSON_ARCHIVED, person, by_id=by_id, now=now)


def restore_person(person: Person, *, by_id: int, now: datetime) -> None:
    """Bring a person back into the lists; their account is open again."""
    person.archived_at = None
    record(Verb.PERSON_RESTORED, person, by_id=by_id, now=now)


def lock(person: Person, *, by_id: int, now: datetime) -> None:
    """Lock a person out, at once and wherever they are signed in. Raises Refused for the last administrator."""
    _close(person, "locked", now)
    person.locked_at = now
    record(Verb.PERSON_LOCKED, person, by_id=by_id, now=now)


def unlock(person: Person, *, by_id: int, now: datetime) -> None:
    """Let a person in again; they sign in with the password they had."""
    person.locked_at = None
    record(Verb.PERSON_UNLOCKED, person, by_id=by_id, now=now)


def shut(account: Account, now: datetime) -> None:
    """End all that is signed in to an account, and its links; know no browser of it; its password opens no more."""
    account.password_hash = None
    end_sign_ins(account.id, now)
    forget_devices(account.id)
    _void_links(account, now)


def _close(person: Person, reason: str, now: datetime) -> None:
    """End all at once that a person could do or get. What still waits for them in the outbox is not sent."""
    cancel_waiting(person.id, reason, now)
    account = queries.account_of(person.id)
    if account is None:
        return
    _keep_an_administrator(account)
    end_sign_ins(account.id, now)
    forget_devices(account.id)
    _void_links(account, now, *LinkPurpose)


def _keep_an_administrator(account: Account) -> None:
    if account.role is Role.ADMINISTRATOR and not queries.is_another_administrator(account):
        raise Refused(_("This is the last administrator. Please let somebody else be one first."))


# ---- mailed links


def new_link(
    account: Account, purpose: LinkPurpose, *, public_url: str, by_id: int | None, now: datetime
) -> tuple[AccountLink, str]:
    """Return a new link, whose secret only the letter holds, and its address."""
    db.session.flush()
    if purpose is LinkPurpose.INVITATION:
        # A link for a new password stays good beside a newer one: who asked twice opens whichever letter came.
        _void_links(account, now)
    secret = secrets.token_urlsafe(32)
    link = AccountLink(
        secret_hash=hash_of(secret),
        purpose=purpose,
        account=account,
        role=account.role,
        made_by_id=by_id,
        created_at=now,
        expires_at=now + LINK_LENGTHS[purpose],
    )
    db.session.add(link)
    db.session.flush()
    return link, link_address(public_url, purpose, secret)


def _void_links(account: Account, now: datetime, *purposes: LinkPurpose) -> None:
    """Let no link set a password any more. One to sound the alarm stays: a thief would void it first."""
    chosen = AccountLink.purpose.in_(purposes or (LinkPurpose.INVITATION, LinkPurpose.RESET))
    unused = sa.update(AccountLink).where(AccountLink.account_id == account.id, AccountLink.used_at.is_(None), chosen)
    db.session.execute(unused.values(used_at=now))


# ---- sign-ins


def end_sign_in(account_id: int, sign_in_id: int, now: datetime) -> None:
    """End one sign-in of an account; the browser that held it is signed out."""
    _end(now, SignIn.account_id == account_id, SignIn.id == sign_in_id)


def sign_out(account: Account, *, by_id: int, now: datetime) -> None:
    """Sign somebody out wherever they are, and know none of their browsers any more."""
    end_sign_ins(account.id, now)
    forget_devices(account.id)
    record(Verb.SIGNED_OUT, account, within=account.person, by_id=by_id, now=now)


def end_sign_ins(account_id: int, now: datetime, *, besides: int = 0) -> int:
    """End all sign-ins of an account, perhaps but for one, and return how many."""
    return _end(now, SignIn.account_id == account_id, SignIn.id != besides)


def _end(now: datetime, *which: sa.ColumnElement[bool]) -> int:
    ended = sa.update(SignIn).where(SignIn.ended_at.is_(None), *which).values(ended_at=now)
    return int(db.session.execute(ended).rowcount)  # type: ignore[attr-defined] # an UPDATE has it


# ---- devices


def know_device(account_id: int, secret: str, *, name: str, now: datetime) -> bool:
    """Write down that an account is used in the browser that holds this secret; return whether that is new."""
    known = device_hash(account_id, secret)
    seen = {"first_seen_at": now, "last_seen_at": now}
    values = {"account_id": account_id, "secret_hash": known, "name": name} | seen
    if insert_new(Device, values):
        return True
    again = sa.update(Device).where(Device.secret_hash == known)
    db.session.execute(again.values(last_seen_at=now, name=name))
    return False


def ask_devices_again(account_id: int, device_id: int | None = None) -> None:
    """Spare one browser of an account the second factor no more, or none of them."""
    which = [Device.account_id == account_id, *([Device.id == device_id] if device_id is not None else [])]
    db.session.execute(sa.update(Device).where(*which).values(remembered_until=None))


def forget_unused_devices(now: datetime) -> int:
    """Drop what no browser can show any more, and return how many."""
    unused = sa.delete(Device).where(Device.last_seen_at < now - DEVICES_KEPT)
    return int(db.session.execute(unused).rowcount)  # type: ignore[attr-defined] # a DELETE has it


def forget_devices(account_id: int) -> None:
    """Know no browser of an account any more: none is spared the second factor, and each is news again."""
    db.session.execute(sa.delete(Device).where(Device.account_id == account_id))
