"""Who may enter and see contributions, and what can be said of one."""

from datetime import date
from decimal import Decimal

from babel.numbers import get_currency_precision

from tracker.contributions.models import ContributionKind
from tracker.db import PartialDate
from tracker.language import _, ngettext
from tracker.projects.rules import ends_before_it_begins
from tracker.web.access import Somebody

#: What is worth something in a currency.
MONEY = frozenset({ContributionKind.CASH, ContributionKind.IN_KIND})
#: As many digits are kept behind the point (see `db.Amount`).
MOST_DIGITS = 3


def may_edit(reader: Somebody) -> bool:
    """Whether they enter contributions, change and archive them, and note that somebody was thanked."""
    return reader.is_coordinator


def sees_all(reader: Somebody) -> bool:
    """Whether they see what everybody gave: the office does, partners see what their own organisations gave."""
    return reader.sees_all


def currency_of(kind: ContributionKind, amount: Decimal | None, currency: str | None) -> str | None:
    """Return the currency of an amount; hours, nights and what nobody knows the worth of have none."""
    return currency if kind in MONEY and amount is not None else None


def wrong_amount(kind: ContributionKind, amount: Decimal | None, currency: str | None) -> str | None:
    """Say what is wrong with an amount, or return None."""
    if amount is None:
        return None if kind is ContributionKind.IN_KIND else _("Please write how much was given.")
    most = _digits(kind, currency)
    if amount == round(amount, most):
        return None
    if most == 0:
        return _("Please write a whole number.")
    return ngettext(
        "At most %(num)s digit is possible behind the decimal sign.",
        "At most %(num)s digits are possible behind the decimal sign.",
        most,
    )


def wrong_currency(kind: ContributionKind, amount: Decimal | None, currency: str | None) -> str | None:
    """Say what is wrong with a currency, or return None."""
    if kind in MONEY and amount is not None and currency is None:
        return _("Please write in which currency.")
    return None


def wrong_day(day: PartialDate | None, today: date) -> str | None:
    """Say what is wrong with the date on which something was given or somebody was thanked, or return None."""
    return _("This date has not come yet.") if day and day.earliest > today else None


def wrong_thanks(given_on: PartialDate | None, thanked_on: PartialDate | None) -> str | None:
    """Say what is wrong with the date of the thanks, or return None."""
    return _("This is before it was given.") if ends_before_it_begins(given_on, thanked_on) else None


def _digits(kind: ContributionKind, currency: str | None) -> int:
    if kind is ContributionKind.NIGHTS:
        return 0
    return min(get_currency_precision(currency), MOST_DIGITS) if kind in MONEY and currency else 2
