"""Who hears of status updates, in which words; at most once an hour of each project."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from flask import render_template

from tracker.language import _, ngettext, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue, rewrite
from tracker.organisations.models import Office
from tracker.people.models import Person
from tracker.updates.models import StatusUpdate
from tracker.web.formats import long_day

#: Somebody hears at most so often of the same project; what is said meanwhile comes in one letter.
GATHERED_FOR = timedelta(hours=1)


def tell_coordinators(
    updates: Sequence[StatusUpdate],
    coordinators: Iterable[Person],
    office: Office,
    *,
    earlier: Mapping[int, Message],
    public_url: str,
    now: datetime,
) -> list[Message]:
    """Write to those who coordinate the project, each in their language; who said it gets none.

    `updates` are what was said in the last hours, the newest last; `earlier` the last such letter of each person within
    the hour. One that is not out yet is written anew with all of it; after one that is, the next waits for its hour.
    """
    newest = updates[-1]
    return [
        _tell(updates, person, person.email, office, earlier.get(person.id), public_url=public_url, now=now)
        for person in coordinators
        if person.email and _hears(person, newest)
    ]


def _hears(person: Person, update: StatusUpdate) -> bool:
    gone = person.archived_at is not None or person.locked_at is not None
    return person.id != (update.taken_back_by_id or update.by_id) and not gone


def _tell(
    updates: Sequence[StatusUpdate],
    person: Person,
    address: str,
    office: Office,
    last: Message | None,
    *,
    public_url: str,
    now: datetime,
) -> Message:
    newest = updates[-1]
    with speaking(person.language):
        if last is not None:
            since = [one for one in updates if one.at >= last.created_at or one is newest]
            gathered = [one for one in since if one.by_id != person.id or one is newest]
            if rewrite(last, *_written(gathered, person, office, public_url)):
                return last
        subject, text, html = _written([newest], person, office, public_url)
        return enqueue(
            key=f"update|{newest.id}|{person.id}" + ("|back" if newest.taken_back_at else ""),
            kind=MessageKind.UPDATE,
            person_id=person.id,
            address=address,
            language=person.language,
            zone=person.zone or office.zone,
            subject=subject,
            text=text,
            html=html,
            now=now,
            send_at=now if last is None else max(now, last.send_at + GATHERED_FOR),
            subject_key=f"project:{newest.project_id}",
            reply_to=newest.by.email,
        )


def _written(updates: Sequence[StatusUpdate], person: Person, office: Office, public_url: str) -> tuple[str, str, str]:
    """Return subject, text and HTML of a letter about these updates of one project."""
    project = updates[-1].project
    words = {
        "updates": updates,
        "name": person.form_of_address or person.name,
        "office": office.name,
        "language": person.language,
        "url": f"{public_url}/projects/{project.id}",
    }
    text = render_template("updates/mail_update.txt", **words) + "\n"
    html = render_template("updates/mail_update.html", **words)
    if len(updates) == 1:
        return _subject(updates[0]), text, html
    title = str(translated(project.title))
    several = ngettext("“%(title)s”: %(num)s update", "“%(title)s”: %(num)s updates", len(updates), title=title)
    return several, text, html


def _subject(update: StatusUpdate) -> str:
    title = str(translated((update.milestone or update.project).title))
    if update.taken_back_at is not None:
        return _("“%(title)s”: an answer was taken back", title=title)
    if update.assessment is not None:
        return _("“%(title)s”: %(assessment)s", title=title, assessment=update.assessment.label)
    if update.new_due_on is not None:
        return _("“%(title)s”: new date %(date)s", title=title, date=long_day(update.new_due_on))
    return _("“%(title)s”: a comment", title=title)
