"""The letter that one person gets on one day, in their language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tracker.language import Wording, _, language_name, ngettext, speaking, spoken, translated
from tracker.locations import bundled
from tracker.reminders.matters import Matter, Recipient, Why
from tracker.reminders.queries import Sender
from tracker.reminders.review import Topic
from tracker.reminders.rules import BEFORE_THE_DATE
from tracker.workdays.rules import instant_of, local_day, workdays_left

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """One topic in the words of the recipient."""

    title: Wording
    project: Wording
    sentences: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Letter:
    """What goes into the outbox."""

    subject: str
    text: str
    html: str


def letter_key(person_id: int, local_date: date) -> str:
    """Return what makes the letter of a person and a day one."""
    return f"letter|{person_id}|{local_date.isoformat()}"


def day_of_letter(key: str) -> date:
    """Return the local date a letter was written for."""
    return date.fromisoformat(key.rpartition("|")[2])


def compose(
    recipient: Recipient, topics: Iterable[Topic], office: Sender, *, today: date, public_url: str, reply_to: str | None
) -> Letter:
    """Write the letter of a person as of a local date. Needs an application context, for the language."""
    told = _one_per_matter(topics)
    with speaking(recipient.language):
        upcoming = [topic for topic in told if topic.subject in BEFORE_THE_DATE]
        overdue = [topic for topic in told if topic.subject not in BEFORE_THE_DATE]
        words: dict[str, object] = {
            "language": recipient.language,
            "name": recipient.form_of_address or recipient.name,
            "upcoming": [_line(topic, recipient, office, today, public_url) for topic in upcoming],
            "overdue": [_line(topic, recipient, office, today, public_url) for topic in overdue],
            "late": any(topic.meant_for < today for topic in told),
            "answerable": reply_to is not None,
            "office": office.name,
            "because": _because(told),
            "settings_url": f"{public_url}/settings/",
        }
        words["subject"] = subject = _subject(told, today)
        text = _templates().get_template("letters/reminders.txt").render(words)
        html = _templates().get_template("letters/reminders.html").render(words)
        return Letter(subject, text, html)


def _one_per_matter(topics: Iterable[Topic]) -> list[Topic]:
    """Keep one topic of each matter, the newest, in the order of their dates."""
    newest: dict[str, Topic] = {}
    for topic in sorted(topics, key=lambda one: one.meant_for):
        newest[topic.matter.key] = topic
    return sorted(newest.values(), key=lambda one: (one.matter.due_on, one.matter.key))


def _subject(topics: list[Topic], today: date) -> str:
    if len(topics) > 1:
        return ngettext("Reminder of %(num)s milestone", "Reminder of %(num)s milestones", len(topics))
    topic = topics[0]
    facts = {"title": str(translated(topic.matter.title)), "date": _long(topic.matter.due_on)}
    if topic.subject not in BEFORE_THE_DATE:
        return _("Overdue: “%(title)s” was due on %(date)s", **facts)
    if topic.matter.due_on == today:
        return _("Reminder: “%(title)s” is due today", **facts)
    return _("Reminder: “%(title)s” is due on %(date)s", **facts)


def _line(topic: Topic, recipient: Recipient, office: Sender, today: date, public_url: str) -> Line:
    matter = topic.matter
    title, project = translated(matter.title), translated(matter.project_title)
    if title is None or project is None:
        raise ValueError(f"{matter.key} has no title")
    say = _due if topic.subject in BEFORE_THE_DATE else _was_due
    sentences = [say(matter, recipient, today)]
    if topic.subject in BEFORE_THE_DATE:
        sentences += _other_clock(matter, recipient, office)
    if matter.moves:
        sentences.append(_moved(matter))
    return Line(title, project, tuple(sentences), f"{public_url}/projects/{matter.project_id}")


def _due(matter: Matter, recipient: Recipient, today: date) -> str:
    day = full_day(matter.due_on)
    if matter.due_on == today:
        return _("It is due today, %(date)s.", date=day)
    left = workdays_left(today, matter.due_on, recipient.calendar)
    if left < 1:
        return _("It is due on %(date)s.", date=day)
    return ngettext(
        "It is due on %(date)s, in %(num)s working day.",
        "It is due on %(date)s, in %(num)s working days.",
        left,
        date=day,
    )


def _was_due(matter: Matter, recipient: Recipient, today: date) -> str:
    day = full_day(matter.due_on)
    gone = workdays_left(matter.due_on + DAY, today + DAY, recipient.calendar)
    if gone < 1:
        return _("It was due on %(date)s.", date=day)
    return ngettext(
        "It was due on %(date)s, %(num)s working day ago.",
        "It was due on %(date)s, %(num)s working days ago.",
        gone,
        date=day,
    )


def _because(topics: list[Topic]) -> list[str]:
    """Return why this person gets the letter, each reason once."""
    sentences: list[str] = []
    for topic in topics:
        if topic.why is Why.RESPONSIBLE:
            sentences.append(_("You get this letter because you are named as responsible."))
        elif topic.why is Why.COORDINATOR:
            sentences.append(_("You get this letter because you coordinate the project."))
        else:
            name = str(translated(topic.matter.organisation_name) or "")
            sentences.append(
                _("You get this letter because you are the contact of %(organisation)s.", organisation=name)
            )
    return list(dict.fromkeys(sentences))


def _moved(matter: Matter) -> str:
    day = _long(matter.first_due_on)
    if matter.moves == 1:
        return _("The date was %(date)s at first; it has been moved once.", date=day)
    return ngettext(
        "The date was %(date)s at first; it has been moved %(num)s time.",
        "The date was %(date)s at first; it has been moved %(num)s times.",
        matter.moves,
        date=day,
    )


def _other_clock(matter: Matter, recipient: Recipient, office: Sender) -> list[str]:
    """Say when that day ends at the office and on the recipient's clock, where these differ."""
    end = instant_of(matter.due_on + DAY, time(0), office.zone)
    here, there = end.astimezone(ZoneInfo(office.zone)), end.astimezone(ZoneInfo(recipient.zone))
    if here.utcoffset() == there.utcoffset():
        return []
    facts = {
        "office": office.name,
        "office_time": "24:00",
        "office_zone": _zone_name(here),
        "time": format_time(there, "HH:mm", locale=_locale()),
        "zone": _zone_name(there),
    }
    if local_day(end, recipient.zone) == matter.due_on:
        return [
            _(
                "At %(office)s that day ends at %(office_time)s (%(office_zone)s): %(time)s where you are (%(zone)s).",
                **facts,
            )
        ]
    return [
        _(
            "At %(office)s that day ends at %(office_time)s (%(office_zone)s): "
            "%(time)s of the next day where you are (%(zone)s).",
            **facts,
        )
    ]


def _locale() -> Locale:
    # English readers are partners in Europe too: the day comes before the month.
    return Locale("en", "GB") if spoken() == "en" else Locale.parse(spoken())


def _long(day: date) -> str:
    return format_date(day, "long", locale=_locale())


def full_day(day: date) -> str:
    """Return "Tuesday, 2 March 2027" in the language that is spoken now."""
    return format_date(day, "full", locale=_locale())


def _zone_name(moment: datetime) -> str:
    return get_timezone_name(moment, locale=_locale())


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(bundled("templates")),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["_"] = _
    environment.filters["language_name"] = language_name
    return environment
