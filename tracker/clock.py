"""The only reader of the time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift = timedelta(0)


def shift_by(difference: timedelta) -> None:
    """Let the program's clock differ from the machine's, for trials."""
    global _shift  # noqa: PLW0603 - one clock per process, set once at its start
    _shift = difference


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC) + _shift


def today(zone: str) -> date:
    """Return the calendar date it is now in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()
