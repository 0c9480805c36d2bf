"""How long files are kept, how many one may wait for, and who somebody is to whom a file belongs."""

import hashlib
from datetime import timedelta

from tracker.language import _l
from tracker.web.access import Somebody

#: So long a file can be fetched.
KEPT = timedelta(days=1)
#: So many one may wait for at a time.
MOST_OPEN = 10
#: A worker that is silent for so long about what it makes has died; somebody begins anew …
LEASE = timedelta(minutes=2)
#: … but not for ever: what it dies of may be the file.
MOST_TRIES = 3
#: How often the worker says how far it is.
TOLD_EVERY = timedelta(seconds=3)

#: What is said of those that did not work, by the value of their state.
TROUBLES = {
    "full": _l(
        "There is no room left on the disk of this program. Please tell whoever looks after it, and ask again later."
    ),
    "closed": _l("What you asked for is not open to you any more."),
    "broken": _l("This did not work. Please try again; if it fails once more, tell whoever looks after this program."),
}


def seen_as(reader: Somebody) -> str:
    """Return what differs as soon as somebody has other rights."""
    rights = f"{reader.role} {sorted(reader.organisation_ids)}"
    return hashlib.sha256(rights.encode()).hexdigest()
