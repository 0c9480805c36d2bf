"""Dates and moments as the program shows them in German, made by hand."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MONTHS: tuple[str, ...] = ("Januar", "Februar", "März", "April", "Mai", "Juni")
MONTHS += ("Juli", "August", "September", "Oktober", "November", "Dezember")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ZONE = ZoneInfo("Europe/Berlin")


def day(text: str) -> str:
    """Return "22.11.2026" of "2026-11-22"."""
    return f"{text[8:10]}.{text[5:7]}.{text[:4]}" if _DAY.fullmatch(text) else ""


def long_day(text: str) -> str:
    """Return "22. November 2026" of "2026-11-22"."""
    return f"{int(text[8:10])}. {MONTHS[int(text[5:7]) - 1]} {text[:4]}" if _DAY.fullmatch(text) else ""


def moment(text: str) -> str:
    """Return "22.11.2026, 10:36" in Kassel's time of what SQLite keeps of an instant."""
    if not _DAY.match(text) or len(text) < len("2026-11-22 10:36"):
        return ""
    return f"{_local(text):%d.%m.%Y, %H:%M}"


def iso(text: str) -> str:
    """Return the same instant as the datetime attribute has it."""
    if not _DAY.match(text) or len(text) < len("2026-11-22 10:36"):
        return ""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(_ZONE)


FORMATS: dict[str, Callable[[str], str]] = {"day": day, "long_day": long_day, "moment": moment, "iso": iso}
