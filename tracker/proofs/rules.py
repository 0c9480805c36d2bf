"""What an account is asked for, and how often somebody may try."""

from datetime import timedelta
from enum import StrEnum

from tracker.factors.rules import Factors
from tracker.web.limits import Limit

TRIES = Limit("second proof", each=10, client=30, site=1_000, within=timedelta(hours=1))
#: Of all browsers together that an account does not know: three codes of a million are right at a time, so that whoever
#: has the password and many addresses guesses one in some years. Those that it knows are not held up by this.
UNKNOWN = Limit("second proof of an account", each=50, client=50, site=50, within=timedelta(days=1))


class Way(StrEnum):
    """With what somebody proves once more who they are."""

    FACTOR = "factor"
    PASSWORD = "password"  # noqa: S105 - a word, no password
    MAIL = "mail"


def way_of(has: Factors, *, has_password: bool) -> Way:
    """Return the strongest that an account has."""
    if has:
        return Way.FACTOR
    return Way.PASSWORD if has_password else Way.MAIL
