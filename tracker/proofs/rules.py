"""What an account is asked for, and how often somebody may try."""

from datetime import timedelta
from enum import StrEnum

from tracker.factors.rules import Factors
from tracker.web.limits import Limit

#: Three codes of a million are right at a time, so the whole site guesses one in some years.
TRIES = Limit("proof", each=10, client=30, site=60, within=timedelta(hours=1))


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
