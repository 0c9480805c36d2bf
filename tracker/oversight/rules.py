"""Who looks into this, who sees every project, and how a sign-in stands."""

from datetime import datetime, timedelta

from tracker.accounts.models import Role, SignIn
from tracker.language import Word, _lp
from tracker.web.access import Somebody


class Standing(Word):
    """How a sign-in stands."""

    OPEN = "open", _lp("sign-in", "signed in")
    ENDED = "ended", _lp("sign-in", "signed out")
    IDLE = "idle", _lp("sign-in", "ended, not used for too long")
    OVER = "over", _lp("sign-in", "ended, its time was up")


def may_oversee(reader: Somebody) -> bool:
    """Whether they look into who can see what, who signed in when, and what an account did."""
    return reader.is_administrator


#: Those who see every project; partners see those in which an organisation of theirs takes part.
SEE_EVERYTHING = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.READER)


def standing_of(sign_in: SignIn, now: datetime) -> tuple[Standing, datetime | None]:
    """Return how a sign-in stands, and since when it is over."""
    if sign_in.ended_at is not None:
        return Standing.ENDED, sign_in.ended_at
    idle_at = sign_in.used_at + timedelta(seconds=sign_in.idle_seconds)
    over_at = min(idle_at, sign_in.expires_at)
    if now < over_at:
        return Standing.OPEN, None
    return (Standing.IDLE if idle_at < sign_in.expires_at else Standing.OVER), over_at
