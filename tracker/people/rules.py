"""Who may what with persons and accounts, how long a sign-in lasts, and which password will do."""

import hashlib
from datetime import date, datetime, timedelta

from tracker.people.models import Contact, Role
from tracker.web.access import Somebody

#: Idle and absolute length of a sign-in.
LENGTHS = {
    Role.ADMINISTRATOR: (timedelta(minutes=15), timedelta(hours=8)),
    Role.COORDINATOR: (timedelta(minutes=60), timedelta(hours=12)),
    Role.READER: (timedelta(minutes=60), timedelta(hours=12)),
    Role.PARTNER: (timedelta(minutes=60), timedelta(hours=12)),
}
#: What partners may choose: they sign in twice a year, on their own phone.
KEPT_SIGNED_IN = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=5)


def hash_of(secret: str) -> str:
    """Return what the database keeps of a secret: SHA-256, for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_current(contact: Contact, today: date) -> bool:
    """Whether somebody has this function today."""
    begun = contact.from_on is None or contact.from_on <= today
    return begun and (contact.until_on is None or today <= contact.until_on) and contact.archived_at is None


def is_over(used_at: datetime, idle_seconds: int, expires_at: datetime, now: datetime) -> bool:
    """Whether a sign-in was idle for too long, or has lasted long enough."""
    return now >= expires_at or now - used_at >= timedelta(seconds=idle_seconds)


def may_see_contact_data(reader: Somebody) -> bool:
    """Whether addresses and telephone numbers are shown to them."""
    return reader.is_coordinator
