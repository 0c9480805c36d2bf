"""What guests do by their link, and what is done with what they said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from tracker.attendance.actions import change_attendance
from tracker.attendance.models import Answer, Attendance
from tracker.db import db
from tracker.events.models import Event
from tracker.guests import mails, queries
from tracker.guests.models import Consent, GuestConsent, GuestNeeds
from tracker.guests.queries import Guest
from tracker.guests.rules import MINORS, can_be_written_to, check_guardian
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.organisations.models import Office
from tracker.participants.actions import change_participant
from tracker.participants.models import AgeBand
from tracker.people.models import Person

#: What a guest needs, by column.
NEEDS = ("languages", "diet", "accessibility", "emergency")


@dataclass(frozen=True)
class Said:
    """What a guest says by their link."""

    comes: bool
    arrives_on: date | None
    leaves_on: date | None
    age_band: AgeBand | None
    guardian: str | None
    guardian_agrees: bool
    #: Column to words; a column that was not asked for is missing.
    needs: dict[str, str | None]


# ---- the letters


def send_links(
    event: Event, rows: Iterable[Attendance], office: Office, *, by: Person, public_url: str, now: datetime
) -> int:
    """Send guests of an event their links; return how many letters are new. Safe to run twice: one a day."""
    sent = 0
    for row in rows:
        if can_be_written_to(row.participant.person):
            message = mails.send_link(row, event, office, by=by, public_url=public_url, now=now)
            if message.created_at == now:
                record(Verb.GUEST_WRITTEN_TO, row, by_id=by.id, now=now, within=event)
                sent += 1
    return sent


# ---- by the link


def answer(guest: Guest, said: Said, *, now: datetime) -> None:
    """Keep whether a guest comes, when, and what they need. Who does not come needs nothing. Raises Refused."""
    attendance, by_id = guest.attendance, guest.person.id
    check_guardian(age_band=said.age_band, comes=said.comes, guardian=said.guardian, agrees=said.guardian_agrees)
    came = attendance.answer is Answer.CAME and said.comes
    change_attendance(
        attendance,
        answer=Answer.CAME if came else Answer.COMING if said.comes else Answer.NOT_COMING,
        arrives_on=said.arrives_on,
        leaves_on=said.leaves_on,
        by_id=by_id,
        now=now,
    )
    participant = attendance.participant
    change_participant(participant, guest.event.project or guest.event, age_band=said.age_band, by_id=by_id, now=now)
    _keep_needs(guest, said.needs if said.comes else dict.fromkeys(NEEDS), now=now)
    guardian = said.guardian if said.guardian_agrees and said.age_band in MINORS else None
    _agree(guest, {Consent.TAKING_PART} if guardian else set(), {Consent.TAKING_PART}, guardian=guardian, now=now)
    _touch(attendance)


def consent(guest: Guest, wanted: Iterable[Consent], *, now: datetime) -> None:
    """Keep what a guest lets be published, each with its moment; what is not among it is revoked."""
    guardian = guest.consents.get(Consent.TAKING_PART)
    _agree(
        guest,
        set(wanted),
        set(Consent) - {Consent.TAKING_PART},
        guardian=guardian.guardian if guardian else None,
        now=now,
    )
    _touch(guest.attendance)


def take_back(guest: Guest, *, now: datetime) -> bool:
    """Remove what a guest said they need; say whether there was anything."""
    if not guest.has_given:
        return False
    _keep_needs(guest, dict.fromkeys(NEEDS), now=now)
    _touch(guest.attendance)
    return True


def _touch(attendance: Attendance) -> None:
    # What else is said stands in rows of its own: the version counts it too, for another tab.
    flag_modified(attendance, "answer")
    db.session.flush()


def _keep_needs(guest: Guest, words: dict[str, str | None], *, now: datetime) -> None:
    attendance, needs = guest.attendance, guest.needs
    before = {name: getattr(needs, name) if needs else None for name in words}
    if words == before:
        return
    if needs is None:
        needs = GuestNeeds(attendance_id=attendance.id, given_at=now)
        db.session.add(needs)
    _write(needs, words)
    is_empty = not any(getattr(needs, name) for name in NEEDS)
    if is_empty:
        needs.taken_back_at = now
    else:
        needs.given_at, needs.taken_back_at, needs.erased_at = now, None, None
    verb = Verb.NEEDS_TAKEN_BACK if is_empty else Verb.NEEDS_GIVEN
    record(verb, attendance, by_id=guest.person.id, now=now, within=guest.event)


def _write(needs: GuestNeeds, words: dict[str, Any]) -> None:
    for name, value in words.items():
        setattr(needs, name, value)


def _agree(guest: Guest, wanted: set[Consent], asked: set[Consent], *, guardian: str | None, now: datetime) -> None:
    """Give and revoke, so that of what was asked just what is wanted stands."""
    given = {one for one in asked & set(guest.consents) if guest.consents[one].guardian == guardian}
    for one in asked & set(guest.consents):
        if one not in wanted or one not in given:
            guest.consents[one].revoked_at = now
    # Before the new ones: nobody agrees twice at a time.
    db.session.flush()
    for one in sorted(wanted - given, key=list(Consent).index):
        row = GuestConsent(attendance_id=guest.attendance.id, consent=one, guardian=guardian, given_at=now)
        db.session.add(row)
    if wanted != given or given != asked & set(guest.consents):
        record(Verb.CONSENTS_CHANGED, guest.attendance, by_id=guest.person.id, now=now, within=guest.event)


# ---- afterwards


def erase_needs(now: datetime) -> int:
    """Erase what guests needed whose event is over for long enough; return of how many. Safe to run twice, or late."""
    rows = queries.to_erase(now)
    for needs, _attendance in rows:
        _write(needs, dict.fromkeys(NEEDS))
        needs.erased_at = now
    for event in {attendance.event_id: attendance.event for _needs, attendance in rows}.values():
        record(Verb.NEEDS_ERASED, event, by_id=None, now=now)
    return len(rows)
