"""A process of its own that fetches mail, and is killed."""

from datetime import UTC, datetime

from tracker.app import create_app
from tracker.config import load
from tracker.inbox.fetching import fetch_new
from tracker.inbox.imap import new_watch


def fetch() -> None:
    """Fetch once, at the moment of the tests."""
    settings = load()
    app = create_app(settings)
    with app.app_context():
        fetch_new(settings, lambda: datetime(2027, 3, 2, 9, tzinfo=UTC), new_watch())
