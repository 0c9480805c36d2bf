"""What people do about the letters they get."""

import secrets
from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa

from tracker.accounts.actions import change_account
from tracker.accounts.queries import account_of
from tracker.accounts.rules import address_kept, hash_of
from tracker.db import db, insert_new
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.people.actions import change_person
from tracker.people.models import MailChoice, MailStop, Person
from tracker.people.queries import stopped_by, zone_of
from tracker.preferences import mails
from tracker.preferences.models import AddressChange
from tracker.preferences.rules import ADDRESS_LINK_LASTS, check_pause, why_void
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen


def stop_letters(person: Person, choices: Collection[MailChoice], *, now: datetime) -> bool:
    """Switch kinds of letters off by a link in one of them; return whether that changed anything."""
    values = [{"person_id": person.id, "kind": choice.value, "at": now} for choice in sorted(choices)]
    # A list: each of them is to be written.
    is_news = any([insert_new(MailStop, row) for row in values])  # noqa: C419 - as said above
    if is_news:
        record(Verb.LETTERS_STOPPED, person, by_id=person.id, now=now)
    return is_news


def choose_letters(
    person: Person, wanted: Collection[MailChoice], paused_until: date | None, *, today: date, now: datetime
) -> bool:
    """Let a person choose which letters come and until when none; return whether anything changed.

    Raises Refused for a pause that is over or too long.
    """
    if paused_until != person.paused_until:
        check_pause(paused_until, today)
    before = stopped_by(person.id)
    unwanted = frozenset(MailChoice) - frozenset(wanted)
    if (unwanted, paused_until) == (before, person.paused_until):
        return False
    again = sa.delete(MailStop).where(MailStop.person_id == person.id, MailStop.kind.in_(sorted(before - unwanted)))
    db.session.execute(again)
    for choice in sorted(unwanted - before):
        insert_new(MailStop, {"person_id": person.id, "kind": choice.value, "at": now})
    person.paused_until = paused_until
    record(Verb.LETTERS_CHOSEN, person, by_id=person.id, now=now)
    return True


# ---- another address


def ask_for_address(
    person: Person, address: str, *, office: OfficeSeen, public_url: str, now: datetime
) -> AddressChange:
    """Write to a new address, which counts once its owner says so; earlier links open nothing any more."""
    _void(person.id, now)
    secret = secrets.token_urlsafe(32)
    change = AddressChange(
        person=person,
        secret_hash=hash_of(secret),
        address=address,
        created_at=now,
        expires_at=now + ADDRESS_LINK_LASTS,
    )
    db.session.add(change)
    db.session.flush()
    zone = zone_of(person, now.date()) or office.zone
    mails.ask_new_address(change, url=f"{public_url}/new-address/{secret}", office=office, zone=zone, now=now)
    return change


def take_address(change: AddressChange, *, office: OfficeSeen, now: datetime) -> None:
    """Let a new address count, for letters and for signing in; the old one is told, and all sign in anew.

    Raises Refused if the link opens nothing (any more), or somebody else signs in with the address.
    """
    if reason := why_void(change, now):
        raise Refused(reason)
    used = sa.update(AddressChange).where(AddressChange.id == change.id, AddressChange.used_at.is_(None))
    if not db.session.execute(used.values(used_at=now)).rowcount:  # type: ignore[attr-defined] # an UPDATE has it
        raise Refused(_("This link has been used already, or a newer one has taken its place."))
    person, account = change.person, account_of(change.person_id)
    old = {address_kept(address): address for address in (person.email, account.email if account else None) if address}
    if account is not None:
        change_account(account, email=change.address, role=account.role, by_id=person.id, now=now)
    change_person(person, by_id=person.id, now=now, email=change.address)
    zone = zone_of(person, now.date()) or office.zone
    for key, address in sorted(old.items()):
        if key != address_kept(change.address):
            mails.tell_old_address(change, address, office=office, zone=zone, now=now)


def _void(person_id: int, now: datetime) -> None:
    unused = sa.update(AddressChange).where(AddressChange.person_id == person_id, AddressChange.used_at.is_(None))
    db.session.execute(unused.values(used_at=now))
