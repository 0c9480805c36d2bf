"""The maker of lists: it asks for the list at its own address, as who ordered it, by the code that shows the page."""

from tracker.downloads.making import ClosedError, Making
from tracker.web.access import OfficeSeen, Somebody
from tracker.web.background import Into, ask

_DONE = 204


def make(making: Making) -> None:
    """Write a list as who ordered it sees it now."""
    with making.path.open("wb") as file:
        if not _ask(making.reader, making.office, making.address, Into(file, making.tell)):
            raise ClosedError


def is_open(reader: Somebody, office: OfficeSeen, address: str) -> bool:
    """Whether somebody may see a list now."""
    return _ask(reader, office, address, Into(None, lambda _done: None))


def _ask(reader: Somebody, office: OfficeSeen, address: str, into: Into) -> bool:
    status = ask(address, reader, office, into)
    if into.trouble is not None:
        raise into.trouble
    if status >= 500:  # noqa: PLR2004 - a mistake of ours, which the log has
        message = f"the list answered {status}"
        raise RuntimeError(message)
    return into.is_list
