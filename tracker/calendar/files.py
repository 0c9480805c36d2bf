"""The file by which events get into somebody's own calendar: from a page, or from a letter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from tracker.calendar import feeds, ical
from tracker.calendar.feeds import Site
from tracker.calendar.ical import Organiser
from tracker.config import Settings
from tracker.language import speaking
from tracker.mail import changes
from tracker.mail.letters import Attachment, Sender
from tracker.mail.models import Message

#: The type of the file in a letter: the method stands there too (RFC 6047, 2.4).
_MIME = f"text/calendar; method={ical.METHOD}; charset=utf-8"


def organiser_of(settings: Settings) -> Organiser:
    """Return in whose name events are published: who all mail is from."""
    sender = Sender.of(settings.mail_from)
    return Organiser(sender.name or settings.host, sender.address)


def events_of(message: Message) -> list[int]:
    """Return the ids of the events whose file a letter carries."""
    return [int(one.removeprefix("event:")) for one in (message.attached or "").split()]


def name_of(event_ids: Sequence[int]) -> str:
    """Return what the file is called, in letters that every program knows."""
    return f"event-{event_ids[0]}.ics" if len(event_ids) == 1 else "events.ics"


def name_in(message: Message) -> str:
    """Return what the file is called that a letter carries."""
    return name_of(events_of(message))


@dataclass
class Files:
    """The files of letters. A thousand guests of one event get the same: it is written once in each language."""

    site: Site
    organiser: Organiser
    #: What a letter names and in which language, to the number of changes by then and the file.
    _made: dict[tuple[str, str], tuple[int, Attachment | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return those of an installation. Who gets a letter may have no account: nothing in it leads here."""
        return cls(Site(None, settings.host), organiser_of(settings))

    def carried(self, message: Message) -> Attachment | None:
        """Return the file that a letter carries, as things stand now; None if it names none, or there is none."""
        if not message.attached:
            return None
        key, number = (message.attached, message.language), changes.number()
        if key not in self._made or self._made[key][0] != number:
            self._made[key] = (number, self._written(message))
        return self._made[key][1]

    def _written(self, message: Message) -> Attachment | None:
        event_ids = events_of(message)
        with speaking(message.language):
            occasions = feeds.of_letters(event_ids, self.site)
            if not occasions:
                return None
            return Attachment(name_of(event_ids), _MIME, ical.published(occasions, self.organiser))
