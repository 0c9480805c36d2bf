"""Whether all files are there and are what they were, for operators."""

from collections.abc import Iterator
from pathlib import Path

from tracker.documents import queries, store


def troubles(folder: Path) -> Iterator[str]:
    """Yield a sentence for each file that is lost, changed or cannot be read."""
    for one in queries.all_files():
        path = store.path_of(folder, one.sha256)
        called = f"The file of the document “{queries.called(one.id)}” ({path})"
        try:
            if not store.is_sound(folder, one.sha256):
                yield f"{called} is not what it was; please bring it back from a backup."
        except FileNotFoundError:
            yield f"{called} is lost; please bring it back from a backup."
        except OSError as error:
            yield f"{called} cannot be read ({error.strerror})."
