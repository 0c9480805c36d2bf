"""Who may add whom, who sees which names, and where somebody comes from."""

from tracker.language import _
from tracker.participants.models import Participant
from tracker.refusal import Refused
from tracker.web.access import Somebody


def may_add(reader: Somebody) -> bool:
    """Whether they add participants: coordinators all, partners those of their own organisations."""
    return reader.is_coordinator or reader.is_partner


def may_edit(reader: Somebody) -> bool:
    """Whether they change participants and archive them."""
    return reader.is_coordinator


def sees_name(reader: Somebody, participant: Participant) -> bool:
    """Whether a name is shown to them: partners see those whom their own organisations send."""
    return reader.sees_all or participant.organisation_id in reader.organisation_ids


def check_sender(reader: Somebody, organisation_id: int | None) -> None:
    """Raise Refused if a partner adds somebody whom another organisation sends."""
    if not reader.is_coordinator and organisation_id not in reader.organisation_ids:
        raise Refused(_("You can add participants of your own organisation only."))


def check_who(*, person: bool, name: bool, heads: bool) -> None:
    """Raise Refused unless exactly one of the three ways is taken."""
    if person + name + heads == 0:
        raise Refused(_("Please choose a person, write a name, or write a number of heads."))
    if person + name + heads > 1:
        raise Refused(_("Please take one way only: a person from the list, a new name, or a number of heads."))


def country_of(participant: Participant) -> str | None:
    """Return the country somebody comes from: the sender's, else their own."""
    if participant.organisation is not None:
        return participant.organisation.country
    return (participant.person.country if participant.person else None) or participant.country


def heads_of(participant: Participant) -> int:
    """Return how many they are; a person is one."""
    return participant.heads or 1
