"""What was given, in words and in the reader's figures."""

from decimal import Decimal

from tracker.contributions.models import Contribution, ContributionKind
from tracker.contributions.queries import Given, Sum
from tracker.language import _, ngettext
from tracker.web.formats import money, number


def worth(contribution: Contribution) -> str:
    """Return "3.500 €", "40 hours" or "12 nights"; nothing where nobody knows."""
    if contribution.amount is None:
        return ""
    if contribution.currency is not None:
        return money(contribution.amount, contribution.currency)
    return _counted(contribution.kind, contribution.amount)


def together(given: Given) -> str:
    """Return "3.500 € · 1.200 $ · 40 hours · 12 nights"."""
    return " · ".join(_summed(one) for one in given.sums)


def _summed(one: Sum) -> str:
    if one.amount is None:
        return ngettext("%(num)s gift in kind of unknown worth", "%(num)s gifts in kind of unknown worth", one.number)
    if one.currency is None:
        return _counted(one.kind, one.amount)
    amount = money(one.amount, one.currency)
    return _("%(amount)s in kind", amount=amount) if one.kind is ContributionKind.IN_KIND else amount


def _counted(kind: ContributionKind, amount: Decimal) -> str:
    # Of a part of one there are several in the grammar of all five languages.
    many = int(amount) if amount == int(amount) else 2
    if kind is ContributionKind.HOURS:
        return ngettext("%(amount)s hour", "%(amount)s hours", many, amount=number(amount))
    return ngettext("%(amount)s night", "%(amount)s nights", many, amount=number(amount))
