"""The links in letters that ask when somebody can travel."""

from typing import ClassVar

from tracker.mail.links import Link


class TravelLink(Link):
    """Who is asked when they can travel: their row. It ends some time after the question."""

    PATH: ClassVar[str] = "/travel/answer/"
    TABLE: ClassVar[str] = "travel_asked"
    PURPOSE: ClassVar[str] = "travel"
