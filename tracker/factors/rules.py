"""Who needs a second factor, and for how long a device is spared it."""

from dataclasses import dataclass
from datetime import timedelta

from tracker.accounts.models import Role
from tracker.language import Word, _lp
from tracker.web.access import Somebody

#: Who can change what others rely on.
NEED_ONE = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR})
#: How long a device is spared the second factor, for those who want that.
SPARED = timedelta(days=30)


class FactorKind(Word):
    """What somebody may have beside a password."""

    APP = "app", _lp("second factor", "authenticator app")
    PASSKEY = "passkey", _lp("second factor", "passkey")


@dataclass(frozen=True)
class Factors:
    """What an account has beside its password."""

    app: bool
    passkeys: int

    def __bool__(self) -> bool:
        """Whether it has any."""
        return self.app or self.passkeys > 0

    @property
    def number(self) -> int:
        """How many."""
        return self.app + self.passkeys


def is_needed(role: str, *, required: bool) -> bool:
    """Whether this installation wants a second factor of a role."""
    return required and role in NEED_ONE


def is_due(role: str, *, required: bool, was_here: bool, has: bool) -> bool:
    """Whether somebody has to set one up before anything else: from their second sign-in on."""
    return is_needed(role, required=required) and was_here and not has


def may_remove_factors(reader: Somebody) -> bool:
    """Whether they help somebody who has lost their second factor."""
    return reader.is_administrator
