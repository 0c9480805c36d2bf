"""What goes into a backup beside the database, by the settings of this installation."""

from datetime import datetime
from importlib import metadata

from tracker.backups.archive import Source
from tracker.backups.rules import settings_file
from tracker.config import Settings
from tracker.documents.store import folder_in


def source_of(settings: Settings, made_at: datetime, *, secrets: bool = False) -> Source:
    """Return it as it is now."""
    chosen = dict(settings.chosen) | ({"secret_key": settings.secret_key} if secrets else {})
    return Source(folder_in(settings.instance), settings_file(chosen, secrets=secrets), release(), made_at)


def release() -> str:
    """Name the release that runs."""
    try:
        return metadata.version("tracker")
    except metadata.PackageNotFoundError:
        return "a checkout"
