"""Dates, times, countries, amounts and texts as the reader is used to them."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_name
from babel.numbers import format_currency, format_decimal
from flask import Flask, has_request_context

from tracker.db import Doubt, PartialDate, Translated
from tracker.language import Wording, _, language_name, spoken, translated
from tracker.web.access import office, signed_in

_LETTERS_BEFORE_NUMBER = re.compile(r"(?<=[A-Za-z])(?=\d)")


def long_day(day: date | None, language: str | None = None) -> str:
    """Return "16 April 2027" in a language, else the one spoken now."""
    return _long(day.toordinal(), language or spoken()) if day else ""


def short_day(day: date | None) -> str:
    """Return "16 Apr 2027" in the language spoken now."""
    return _medium(day.toordinal(), spoken()) if day else ""


def weekday(day: date | None) -> str:
    """Return "Fri, 16 Apr 2027" in the language spoken now, where one has to know what day of the week it is."""
    return _with_weekday(day.toordinal(), spoken()) if day else ""


def weekday_name(day: date, *, short: bool = False) -> str:
    """Return "Friday" or "Fri" in the language spoken now."""
    return _name_of_weekday(day.toordinal(), "ccc" if short else "cccc", spoken())


def month_name(day: date) -> str:
    """Return "April 2027" in the language spoken now."""
    return format_skeleton("yMMMM", day, locale=_locale())


@lru_cache(maxsize=8192)
def _long(ordinal: int, language: str) -> str:
    return format_date(date.fromordinal(ordinal), "long", locale=_locale(language))


@lru_cache(maxsize=8192)
def _with_weekday(ordinal: int, language: str) -> str:
    return format_skeleton("yMMMEd", date.fromordinal(ordinal), locale=_locale(language))


@lru_cache(maxsize=1024)
def _name_of_weekday(ordinal: int, form: str, language: str) -> str:
    return format_date(date.fromordinal(ordinal), form, locale=_locale(language))


@lru_cache(maxsize=8192)
def _medium(ordinal: int, language: str) -> str:
    return format_date(date.fromordinal(ordinal), "medium", locale=_locale(language))


def partial_date(known: PartialDate | None) -> str:
    """Return "2007", "April 2007" or "16 April 2007": never more than is known."""
    if known is None:
        return ""
    if known.day is not None:
        return long_day(known.earliest)
    return format_skeleton("yMMMM", known.earliest, locale=_locale()) if known.month is not None else str(known.year)


def number(value: Decimal) -> str:
    """Return "1.234,5" as the language spoken now writes it."""
    return format_decimal(value, locale=_locale())


def money(amount: Decimal, currency: str) -> str:
    """Return "3.500 €" or "3.500,50 €": no digits behind the point where they would say nothing."""
    pattern = str(_locale().currency_formats["standard"].pattern)
    whole = amount == int(amount)
    shown = format_currency(
        amount, currency, pattern.replace(".00", "") if whole else None, locale=_locale(), currency_digits=not whole
    )
    # A sign stands close to its number, letters do not.
    return _LETTERS_BEFORE_NUMBER.sub("\N{NO-BREAK SPACE}", shown)


def reader_zone() -> str:
    """Return the zone that this reader's times are shown in."""
    if has_request_context() and (reader := signed_in()):
        return reader.zone
    seen = office()
    return seen.zone if seen else "UTC"


def moment(instant: datetime | None, zone: str | None = None) -> str:
    """Return day and time in the reader's zone or another; the zone is named where the office's clock differs."""
    if instant is None:
        return ""
    place = zone or reader_zone()
    local = instant.astimezone(ZoneInfo(place))
    words = short_day(local) + ", " + local.strftime("%H:%M")
    seen = office()
    same = seen is not None and instant.astimezone(ZoneInfo(seen.zone)).utcoffset() == local.utcoffset()
    return words if same else f"{words} ({zone_name(place)})"


def zone_name(zone: str) -> str:
    """Return a zone as people say it: "Central European Time"."""
    return get_timezone_name(ZoneInfo(zone), locale=_locale(), return_zone=False)


def country_name(code: str | None) -> str:
    """Return a country's name in the language spoken now."""
    return _territory(code or "", spoken())


@lru_cache(maxsize=2048)
def _territory(code: str, language: str) -> str:
    return str(_locale(language).territories.get(code, code))


def wording(text: object) -> object:
    """Return a translated text as this reader gets it; anything else as it is."""
    return translated(text) if isinstance(text, Translated) else text


def plain(text: Translated | Wording | str | None) -> str:
    """Return the words alone, for titles and choices."""
    return str(wording(text) or "")


def doubted(doubt: Doubt) -> str:
    """Return why a translation needs a look, as a sentence."""
    if doubt.by_machine:
        return _("Translated by a machine, not looked through yet.")
    return _("The original changed on %(day)s.", day=short_day(doubt.since.astimezone(ZoneInfo(reader_zone()))))


def _locale(language: str | None = None) -> Locale:
    return locale_of(language or spoken())


@cache
def locale_of(code: str) -> Locale:
    """Return how a language writes days, numbers and countries here."""
    # English readers here are partners in Europe, and hosts in America who are used to them: the day comes first.
    return Locale("en", "GB") if code == "en" else Locale.parse(code)


def install(app: Flask) -> None:
    """Let templates use all of this."""
    app.jinja_env.filters.update(
        day=short_day,
        long_day=long_day,
        weekday=weekday,
        weekday_name=weekday_name,
        month_name=month_name,
        partial_date=partial_date,
        instant=moment,
        wording=wording,
        plain=plain,
        language_name=language_name,
        country_name=country_name,
        doubted=doubted,
        zone_name=zone_name,
    )
