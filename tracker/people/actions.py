"""What people do with persons, functions and accounts."""

import secrets
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.db import db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.people import mails, queries
from tracker.people.models import Account, AccountLink, Contact, LinkPurpose, Person, Role, SignIn
from tracker.people.rules import (
    LINK_LENGTHS,
    RESETS,
    RESETS_WITHIN,
    SIGN_INS_KEPT,
    address_kept,
    check_function,
    hash_of,
    link_address,
    overlap,
    sign_in_lengths,
    why_void,
)
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen

# ---- persons


def create_person(*, by_id: int | None, now: datetime, **values: Any) -> Person:
    """Enter a person."""
    person = Person(created_at=now, **values)
    db.session.add(person)
    record(Verb.PERSON_CREATED, person, by_id=by_id, now=now)
    return person


def change_person(person: Person, *, by_id: int, now: datetime, **values: Any) -> bool:
    """Change what differs; return whether anything did."""
    changes = change(person, values)
    if changes:
        record(Verb.PERSON_CHANGED, person, by_id=by_id, now=now, changes=changes)
    return bool(changes)


def archive_person(person: Person, *, by_id: int, now: datetime) -> None:
    """Put a person out of the lists; what others wrote about them stays. Their account is closed.

    Raises Refused for the last administrator.
    """
    _close(person, now)
    person.archived_at = now
    record(Verb.PERSON_ARCHIVED, person, by_id=by_id, now=now)


def restore_person(person: Person, *, by_id: int, now: datetime) -> None:
    """Bring a person back into the lists; their account is open again."""
    person.archived_at = None
    record(Verb.PERSON_RESTORED, person, by_id=by_id, now=now)


def lock(person: Person, *, by_id: int, now: datetime) -> None:
    """Lock a person out, at once and wherever they are signed in. Raises Refused for the last administrator."""
    _close(person, now)
    person.locked_at = now
    record(Verb.PERSON_LOCKED, person, by_id=by_id, now=now)


def unlock(person: Person, *, by_id: int, now: datetime) -> None:
    """Let a person in again; they sign in with the password they had."""
    person.locked_at = None
    record(Verb.PERSON_UNLOCKED, person, by_id=by_id, now=now)


def _close(person: Person, now: datetime) -> None:
    account = queries.account_of(person.id)
    if account is None:
        return
    _keep_an_administrator(account)
    end_sign_ins(account.id, now)
    _void_links(account, now)


def _keep_an_administrator(account: Account) -> None:
    if account.role is Role.ADMINISTRATOR and not queries.is_another_administrator(account):
        raise Refused(_("This is the last administrator. Please let somebody else be one first."))


# ---- functions


def add_function(
    person: Person,
    *,
    organisation_id: int,
    function: str | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    is_first: bool = False,
    deputy_id: int | None = None,
    by_id: int | None,
    now: datetime,
) -> Contact:
    """Enter a function at an organisation. Raises Refused for dates in the wrong order and one's own deputy."""
    check_function(person_id=person.id, deputy_id=deputy_id, from_on=from_on, until_on=until_on)
    contact = Contact(
        person=person,
        organisation_id=organisation_id,
        function=function,
        from_on=from_on,
        until_on=until_on,
        is_first=is_first,
        deputy_id=deputy_id,
        created_at=now,
    )
    db.session.add(contact)
    record(Verb.CONTACT_ADDED, contact, within=person, by_id=by_id, now=now)
    _follow_first(contact, by_id=by_id, now=now)
    return contact


def change_function(contact: Contact, *, by_id: int, now: datetime, **values: Any) -> bool:
    """Change what differs; return whether anything did. Raises Refused as `add_function` does."""
    check_function(
        person_id=contact.person_id,
        deputy_id=values["deputy_id"],
        from_on=values["from_on"],
        until_on=values["until_on"],
    )
    changes = change(contact, values)
    if not changes:
        return False
    told = {_FACTS.get(name, name): fact for name, fact in changes.items()}
    record(Verb.CONTACT_CHANGED, contact, within=contact.person, by_id=by_id, now=now, changes=told)
    _follow_first(contact, by_id=by_id, now=now)
    return True


#: Columns that a sentence of the history names otherwise.
_FACTS = {"organisation_id": "organisation", "deputy_id": "deputy"}


def end_function(contact: Contact, *, today: date, by_id: int, now: datetime) -> None:
    """Let a function end today; one that has not begun is taken back."""
    if contact.from_on is not None and contact.from_on > today:
        contact.archived_at = now
        record(Verb.CONTACT_ARCHIVED, contact, within=contact.person, by_id=by_id, now=now)
        return
    changes = change(contact, {"until_on": today})
    record(Verb.CONTACT_CHANGED, contact, within=contact.person, by_id=by_id, now=now, changes=changes)


def _follow_first(contact: Contact, *, by_id: int | None, now: datetime) -> None:
    """Let nobody else be the first contact at the same time."""
    if not contact.is_first:
        return
    db.session.flush()
    for other in queries.first_contacts(contact.organisation_id):
        if other is not contact and overlap(other, contact):
            changes = change(other, {"is_first": False})
            record(Verb.CONTACT_CHANGED, other, within=other.person, by_id=by_id, now=now, changes=changes)


# ---- accounts


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
    return _link(account, LinkPurpose.INVITATION, public_url=public_url, by_id=by_id, now=now)[1]


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
    if account is None:
        account = create_account(email=email, role=role, person=person, by_id=by_id, now=now)
    elif account.password_hash is not None:
        raise Refused(_("This person has an account already."))
    else:
        _readdress(account, email)
        account.role = role
        record(Verb.ACCOUNT_INVITED, account, within=person, by_id=by_id, now=now, role=role)
    link, url = _link(account, LinkPurpose.INVITATION, public_url=public_url, by_id=by_id, now=now)
    zone = queries.zone_of(person, now.date()) or office.zone
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


def ask_for_reset(account: Account, *, office: OfficeSeen, public_url: str, now: datetime) -> bool:
    """Send a link for a new password, and return whether it was: not to closed or unused accounts, nor too often."""
    if not account.is_open or account.password_hash is None:
        return False
    if queries.resets_since(account, now - RESETS_WITHIN) >= RESETS:
        return False
    link, url = _link(account, LinkPurpose.RESET, public_url=public_url, by_id=None, now=now)
    zone = queries.zone_of(account.person, now.date()) or office.zone
    mails.send_reset(link, url=url, office=office, zone=zone, now=now)
    return True


def use_link(link: AccountLink, *, password_hash: str, now: datetime) -> None:
    """Set the password that somebody chose through a mailed link. Raises Refused if it opens nothing (any more)."""
    if reason := why_void(link, link.purpose, now):
        raise Refused(reason)
    used = sa.update(AccountLink).where(AccountLink.id == link.id, AccountLink.used_at.is_(None)).values(used_at=now)
    if not db.session.execute(used).rowcount:  # type: ignore[attr-defined] # an UPDATE has it
        raise Refused(_("This link has been used already, or a newer one has taken its place."))
    set_password(link.account, password_hash=password_hash, by_id=link.account.person_id, now=now)


def set_password(account: Account, *, password_hash: str, by_id: int | None, now: datetime) -> None:
    """Set a password (`passwords.hash_password` made the hash). All sign-ins and open links end."""
    account.password_hash = password_hash
    end_sign_ins(account.id, now)
    _void_links(account, now)
    record(Verb.PASSWORD_SET, account, within=account.person, by_id=by_id, now=now)


def _link(
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


def _void_links(account: Account, now: datetime) -> None:
    unused = sa.update(AccountLink).where(AccountLink.account_id == account.id, AccountLink.used_at.is_(None))
    db.session.execute(unused.values(used_at=now))


# ---- sign-ins


def begin_sign_in(account: Account, *, secret: str, kept: bool, device: str, now: datetime) -> SignIn:
    """Sign a browser in that holds this secret."""
    idle, length = sign_in_lengths(account.role, kept=kept)
    sign_in = SignIn(
        secret_hash=hash_of(secret),
        account_id=account.id,
        created_at=now,
        used_at=now,
        idle_seconds=int(idle.total_seconds()),
        expires_at=now + length,
        device=device,
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


def end_sign_in(account_id: int, sign_in_id: int, now: datetime) -> None:
    """End one sign-in of an account; the browser that held it is signed out."""
    _end(now, SignIn.account_id == account_id, SignIn.id == sign_in_id)


def end_sign_ins(account_id: int, now: datetime, *, besides: int = 0) -> int:
    """End all sign-ins of an account, perhaps but for one, and return how many."""
    return _end(now, SignIn.account_id == account_id, SignIn.id != besides)


def forget_sign_ins(now: datetime) -> int:
    """Drop what ended, or could not be used any more, thirty days ago; return how many."""
    long_ago = now - SIGN_INS_KEPT
    old = sa.delete(SignIn).where(sa.or_(SignIn.ended_at < long_ago, SignIn.expires_at < long_ago))
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it


def _end(now: datetime, *which: sa.ColumnElement[bool]) -> int:
    ended = sa.update(SignIn).where(SignIn.ended_at.is_(None), *which).values(ended_at=now)
    return int(db.session.execute(ended).rowcount)  # type: ignore[attr-defined] # an UPDATE has it
