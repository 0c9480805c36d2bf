"""The links in letters to hosts."""

from typing import ClassVar

from tracker.mail.links import Link


class HostLink(Link):
    """Who takes guests in: the row of an offer. It ends with the event, or when somebody else is the host."""

    PATH: ClassVar[str] = "/host/"
    TABLE: ClassVar[str] = "host_offer"
    PURPOSE: ClassVar[str] = "host"
