"""The links in letters to guests."""

from typing import ClassVar

from tracker.mail.links import Link


class GuestLink(Link):
    """Who is a guest where: the row of an attendance. It ends with the event, or when they are taken off its list."""

    PATH: ClassVar[str] = "/guest/"
    TABLE: ClassVar[str] = "attendance"
    PURPOSE: ClassVar[str] = "guest"
