"""When a backup is due, which files are kept, and when the last one is too old."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.language import _l

#: When the night's backup begins, on the clock of the office.
AT_NIGHT = time(2)
DAYS, WEEKS = 7, 4
DAY = timedelta(days=1)
#: A machine that was off for a night makes the backup when it is on again; after two nights somebody has to look.
TOO_OLD = timedelta(hours=48)
#: Who began a backup and said nothing for so long is gone.
LEASE = timedelta(hours=2)
#: When one that failed is tried again.
AGAIN = timedelta(hours=1)
TROUBLES = {
    "full": _l("There is no room left where backups are kept."),
    "folder": _l("The folder for backups cannot be written to."),
    "broken": _l("What was written could not be read again."),
    "damaged": _l("The database file is damaged. Please keep the older backups."),
    "error": _l("An error stopped it; the log tells more."),
}
_NAME = re.compile(r"tracker-(\d{4}-\d{2}-\d{2})-\d{6}\.(?:zip|sealed)")
#: What a killed process leaves.
_HALF = re.compile(r"\.tracker-(\d{4}-\d{2}-\d{2})-\d{6}\.(?:zip|sealed)\.half")


def night_of(now: datetime, zone: str) -> date:
    """Return the local date of the night that has begun last."""
    there = now.astimezone(ZoneInfo(zone))
    return there.date() if there.time() >= AT_NIGHT else there.date() - DAY


def begins(night: date, zone: str) -> datetime:
    """Return the instant at which a night's backup is due."""
    return datetime.combine(night, AT_NIGHT, ZoneInfo(zone)).astimezone(UTC)


def is_too_old(last_at: datetime | None, since: datetime, now: datetime) -> bool:
    """Whether the last backup, or the beginning of an office without any, lies too far back."""
    return (last_at or since) + TOO_OLD < now


def name_of(made_at: datetime, *, sealed: bool) -> str:
    """Return the name of a backup's file: tracker-2026-11-22-010000.zip, in UTC."""
    return f"tracker-{made_at.astimezone(UTC):%Y-%m-%d-%H%M%S}.{'sealed' if sealed else 'zip'}"


def not_kept(names: Collection[str], today: date) -> set[str]:
    """Return the files that go: all but those of seven days, and the newest of each of the last four weeks."""
    backups = {name: date.fromisoformat(match[1]) for name in names if (match := _NAME.fullmatch(name))}
    newest_of_week: dict[tuple[int, int], str] = {}
    # What a clock that was ahead has dated is kept, and counts as no week.
    for name in sorted(name for name, day in backups.items() if day <= today + DAY):
        newest_of_week[backups[name].isocalendar()[:2]] = name
    weekly = set([newest_of_week[week] for week in sorted(newest_of_week)][-WEEKS:])
    old = {name for name, day in backups.items() if name not in weekly and day <= today - DAYS * DAY}
    return old | {name for name in names if (match := _HALF.fullmatch(name)) and match[1] < today.isoformat()}


# ---- settings

_SECRET = re.compile(r".*_(?:keys?|password|secret|token)")
#: A user may be an address.
_PASSWORD = re.compile(r"(?<=://)([^/:]*):[^/]*(?=@)")


def settings_file(chosen: Mapping[str, str], *, secrets: bool) -> str:
    """Return settings as a config.toml holds them: without secrets unless they are asked for, and never this key."""
    kept = {name: text for name, text in sorted(chosen.items()) if name not in {"instance", "backup_key"}}
    if not secrets:
        kept = {name: _PASSWORD.sub(r"\1:…", text) for name, text in kept.items() if not _SECRET.fullmatch(name)}
    return "".join(f"{name} = {json.dumps(text, ensure_ascii=False)}\n" for name, text in kept.items())
