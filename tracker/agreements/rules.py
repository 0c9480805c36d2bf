"""Who may enter agreements, and what can be said of one."""

from collections.abc import Collection, Iterable
from datetime import date

from babel.languages import get_official_languages

from tracker.db import PartialDate
from tracker.language import LANGUAGES, _
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: An end further away than so many years is a slip of the finger.
MOST_YEARS = 100


def may_edit(reader: Somebody) -> bool:
    """Whether they enter agreements, change and archive them."""
    return reader.is_coordinator


def wrong_signing(signed_on: PartialDate | None, today: date) -> str | None:
    """Say what is wrong with the date on which something was signed, or return None."""
    return _("This date has not come yet.") if signed_on and signed_on.earliest > today else None


def wrong_end(signed_on: PartialDate | None, valid_until: PartialDate | None, today: date) -> str | None:
    """Say what is wrong with the last day of an agreement, or return None."""
    if valid_until is None:
        return None
    if signed_on and valid_until.latest < signed_on.earliest:
        return _("This is before it was signed.")
    if valid_until.year > today.year + MOST_YEARS:
        return _("This is more than %(years)s years away. Please check the year.", years=MOST_YEARS)
    return None


def languages_of(countries: Iterable[str], *, besides: Iterable[str] = ()) -> list[str]:
    """Return codes of the languages of some countries (ISO 3166-1), of those of this program, and of others."""
    spoken = [code for country in sorted(countries) for code in get_official_languages(country)]
    # Babel tells some languages with the script they are written in.
    return list(dict.fromkeys(code.partition("_")[0] for code in (*spoken, *LANGUAGES, *besides)))


def check_new(*, is_entered: bool) -> None:
    """Raise Refused if there is such an agreement already."""
    if is_entered:
        raise Refused(_("An agreement of this title and date is entered already."), "title")


def wrong_parties(parties: Collection[int]) -> str | None:
    """Say what is wrong with the organisations that signed (by their ids), or return None."""
    return _("An agreement has at least two parties.") if len(parties) == 1 else None
