"""Dates as people type them: as far as they are known, in the order of their language."""

import re

from tracker.db import PartialDate
from tracker.language import spoken

FIRST_YEAR, LAST_YEAR = 1000, 2999
#: As readers type dates: year first anywhere, else the day first, as all five languages' countries do.
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{1,2})\s*[./ -]\s*(\d{4})\.?")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[./ -]\s*(\d{1,2})(?:\s*[./ -]\s*(\d{1,2}))?\.?")
_MONTH_FIRST = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{4})\.?")


def partial_of(text: str) -> PartialDate:
    """Read "2007", "4/2007", "16.4.2007", "2007. 04. 16." or "2007-04". Raises ValueError."""
    text = text.strip()
    if parts := _YEAR_FIRST.fullmatch(text):
        numbers = [parts[1], parts[2], parts[3]]
    elif parts := _DAY_FIRST.fullmatch(text):
        numbers = [parts[3], parts[2], parts[1]]
    elif parts := _MONTH_FIRST.fullmatch(text):
        numbers = [parts[2], parts[1], None]
    else:
        numbers = [text.rstrip("."), None, None]
    written = "-".join(number if len(number) == len("2007") else f"{int(number):02}" for number in numbers if number)
    known = PartialDate(written)
    if not FIRST_YEAR <= known.year <= LAST_YEAR:
        raise ValueError(text)
    return known


#: How a known part of a date is typed in the language spoken now: a day, a month, in this order.
_ORDERS = {
    "de": ("{day}.{month}.{year}", "{month}/{year}"),
    "en": ("{day}/{month}/{year}", "{month}/{year}"),
    "it": ("{day}/{month}/{year}", "{month}/{year}"),
    "hu": ("{year}. {month}. {day}.", "{year}. {month}."),
    "ro": ("{day}.{month}.{year}", "{month}.{year}"),
}


def typed(known: PartialDate) -> str:
    """Return a date as the reader would type it; `partial_of` reads it back."""
    if known.month is None:
        return str(known.year)
    whole, month = _ORDERS[spoken()]
    return (whole if known.day else month).format(day=known.day, month=known.month, year=known.year)
