"""Where templates and migrations lie: inside the installed package, or beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def bundled(folder: str) -> Path:
    """Return the folder of that name. Raises FileNotFoundError if it is in neither place."""
    for place in (PACKAGE / folder, PACKAGE.parent / folder):
        if place.is_dir():
            return place
    raise FileNotFoundError(folder)
