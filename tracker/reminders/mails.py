"""The letter that one person gets on one day, in their language."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tracker.attendance import audience
from tracker.language import Wording, _, _l, language_name, ngettext, speaking, translated
from tracker.locations import bundled
from tracker.milestones.models import Assessment
from tracker.people.models import MailRhythm
from tracker.reminders.matters import Group, Matter, Part, Recipient, Section, Sender, Subject, Why
from tracker.reminders.overviews import things_open
from tracker.reminders.review import Topic
from tracker.reminders.wording import full_day, locale, other_clock

#: Where links to answers lead to; behind it a reference, "milestone:12", or in what leaves a token in its place.
ANSWER_PATH = "/answer/"
#: What names the chosen answer there.
CHOSEN = "say"
#: So many things of one kind are told one by one.
MOST_OF_A_KIND = 50
#: What one can answer by a click in a letter.
ANSWERS = (Assessment.ON_TRACK, Assessment.DELAYED, Assessment.DONE, Assessment.NEEDS_HELP)


@dataclass(frozen=True)
class Answer:
    """One answer of several, in the words of the recipient, and where it leads to."""

    label: str
    url: str


@dataclass(frozen=True)
class Line:
    """One topic in the words of the recipient."""

    #: None: it is called by its subject.
    title: Wording | None
    about: str | None
    sentences: tuple[str, ...]
    url: str
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Rest:
    """What is not told one by one: how many more there are of a kind, and where they are listed."""

    words: str
    url: str


@dataclass(frozen=True)
class Lines:
    """What stands under one heading."""

    shown: tuple[Line, ...]
    rest: tuple[Rest, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.shown)


@dataclass(frozen=True)
class Letter:
    """What goes into the outbox."""

    subject: str
    text: str
    html: str
    #: The events whose calendar file it carries, "event:12 event:14".
    attached: str | None = None


def letter_key(person_id: int, local_date: date) -> str:
    """Return what makes the letter of a person and a day one."""
    return f"letter|{person_id}|{local_date.isoformat()}"


def day_of_letter(key: str) -> date:
    """Return the local date a letter was written for."""
    return date.fromisoformat(key.rpartition("|")[2])


@dataclass(frozen=True)
class _Pen:
    """Who writes to whom, and when."""

    recipient: Recipient
    office: Sender
    today: date
    public_url: str
    #: The words of the answers, in the recipient's language.
    words: Mapping[Assessment, str]

    def line(self, matter: Matter, subject: Subject, *, whose: str | None = None) -> Line:
        """Put one thing into words."""
        sentences = subject.say(matter, self.recipient, self.office, self.today)
        if whose:
            sentences = [*sentences, _("Responsible: %(person)s", person=whose)]
        url = f"{self.public_url}{matter.own_path or matter.path}"
        return Line(translated(matter.title), _about(matter), tuple(sentences), url, self._answers(matter))

    def _answers(self, matter: Matter) -> tuple[Answer, ...]:
        """Return a reference for each answer; what leaves holds a link instead, and the outbox does not."""
        if not matter.asks(self.recipient.person_id):
            return ()
        url = f"{self.public_url}{ANSWER_PATH}{matter.key}?{CHOSEN}="
        return tuple(Answer(label, f"{url}{word.value}") for word, label in self.words.items())

    def rest(self, subject: Subject, number: int) -> Rest:
        """Say how many more there are of a kind."""
        facts = {"number": format_decimal(number, locale=locale()), "kind": subject.word.label}
        return Rest(_("and %(number)s more (%(kind)s):", **facts), f"{self.public_url}{subject.listed}")

    def owed(self, part: Part) -> Line:
        """Say who owes an answer since when."""
        matter = part.matter
        sentences = (
            _("%(person)s was asked and has not answered yet.", person=part.whose),
            _("The answer was wanted by %(date)s.", date=full_day(matter.due_on)),
        )
        project = f"{self.public_url}/projects/{matter.project_id}"
        return Line(translated(matter.title), _about(matter), sentences, project)


def compose(
    recipient: Recipient, topics: Iterable[Topic], office: Sender, *, today: date, public_url: str, reply_to: str | None
) -> Letter:
    """Write the letter of a person as of a local date. Needs an application context, for the language."""
    told = _one_per_matter(topics)
    with speaking(recipient.language):
        pen = _Pen(recipient, office, today, public_url, {word: _capital(word.label) for word in ANSWERS})
        overview = next((topic.matter for topic in told if topic.subject.section is Section.OPEN), None)
        alone = [topic for topic in told if topic.subject.section is not Section.OPEN]
        said = {topic.matter.key for topic in alone}
        parts = [
            part
            for part in (overview.parts if overview else ())
            if part.matter.key not in said and (part.from_on or today) <= today
        ]
        everything: list[Topic | Part] = [*alone, *parts]
        promised = [one for one in everything if one.subject.is_promise]
        lines = {section.value: _lines(alone, section, pen) for section in Section}
        lines[Section.OPEN.value] = _listed(parts, Group.MINE, pen)
        words: dict[str, object] = {
            **lines,
            "language": recipient.language,
            "name": recipient.form_of_address or recipient.name,
            "clickable": any(line.answers for section in lines.values() for line in section.shown),
            "late_elsewhere": _listed(parts, Group.LATE, pen),
            "owed": Lines(tuple(pen.owed(part) for part in parts if part.group is Group.OWED)),
            "more": _more(overview),
            "start_url": f"{public_url}/",
            "late": any(topic.meant_for < today for topic in told),
            "promised": bool(promised),
            "clocks": _clocks(promised, pen),
            "answerable": reply_to is not None,
            "office": office.name,
            "because": _because(told, recipient),
            "settings_url": f"{public_url}/settings/",
        }
        words["subject"] = subject = _subject(alone, parts, overview, today)
        text = _templates().get_template("letters/reminders.txt").render(words)
        html = _templates().get_template("letters/reminders.html").render(words)
        files = [topic.matter.attached for topic in told if topic.matter.attached]
        return Letter(subject, text, html, " ".join(files) or None)


def _lines(topics: Iterable[Topic], section: Section, pen: _Pen) -> Lines:
    """Tell of each kind what is most urgent, and how many more there are: nobody reads ten thousand."""
    shown: list[Line] = []
    number: Counter[Subject] = Counter()
    for topic in topics:
        if topic.subject.section is section:
            number[topic.subject] += 1
            if number[topic.subject] <= MOST_OF_A_KIND:
                shown.append(pen.line(topic.matter, topic.subject))
    rest = (pen.rest(subject, many - MOST_OF_A_KIND) for subject, many in number.items() if many > MOST_OF_A_KIND)
    return Lines(tuple(shown), tuple(rest))


def _listed(parts: Iterable[Part], group: Group, pen: _Pen) -> Lines:
    found = (pen.line(part.matter, part.subject, whose=part.whose) for part in parts if part.group is group)
    return Lines(tuple(found))


def _clocks(promised: Iterable[Topic | Part], pen: _Pen) -> list[str]:
    """Say once for all days to come when they end here and there; twice where a change of the clocks lies between."""
    days = sorted({one.matter.due_on for one in promised if one.matter.due_on >= pen.today})
    said = (sentence for day in days for sentence in other_clock(day, pen.recipient, pen.office))
    return list(dict.fromkeys(said))


def _one_per_matter(topics: Iterable[Topic]) -> list[Topic]:
    """Keep one topic of each matter, the newest, in the order of their dates."""
    newest: dict[str, Topic] = {}
    for topic in sorted(topics, key=lambda one: one.meant_for):
        newest[topic.matter.key] = topic
    return sorted(newest.values(), key=lambda one: (one.matter.due_on, one.matter.key))


def _subject(alone: list[Topic], parts: list[Part], overview: Matter | None, today: date) -> str:
    """Say what it is about: first what is asked, then the overview, then what is due."""
    asked = [topic for topic in alone if topic.subject.section is Section.ASKED]
    if asked or not overview:
        return _line_above(asked or alone, today)
    return things_open(len(alone) + len(parts) + overview.more)


def _line_above(topics: list[Topic], today: date) -> str:
    first = topics[0]
    if len(topics) == 1:
        return first.subject.headline(first.matter, today)
    if all(topic.subject.headlines == first.subject.headlines for topic in topics):
        return first.subject.headlines(len(topics))
    return ngettext("Reminder of %(num)s thing", "Reminder of %(num)s things", len(topics))


def _capital(label: str) -> str:
    words = str(label)
    return words[:1].upper() + words[1:]


def _about(matter: Matter) -> str | None:
    about = translated(matter.project_title)
    if about is None:
        return None
    return _("Project: %(project)s", project=about.text) if matter.project_id is not None else about.text


def _more(overview: Matter | None) -> str | None:
    if overview is None or not overview.more:
        return None
    return ngettext(
        "%(num)s more thing is open; you find it on your start page:",
        "%(num)s more things are open; you find them on your start page:",
        overview.more,
    )


def _because(topics: list[Topic], recipient: Recipient) -> list[str]:
    """Return why this person gets the letter, each reason once."""
    return list(dict.fromkeys(_reason(topic, recipient) for topic in topics))


def _reason(topic: Topic, recipient: Recipient) -> str:
    matter, why = topic.matter, topic.why
    if why is Why.CONTACT and matter.organisation_name is not None:
        name = str(translated(matter.organisation_name) or "")
        return _("You get this letter because you are the contact of %(organisation)s.", organisation=name)
    if why is Why.ASKED:
        return _("You get this letter because %(who)s asks you.", who=matter.facts["asked_by"])
    if why in {Why.DEPUTY, Why.CONTACT}:
        return _("You get this letter because you stand in for %(person)s.", person=matter.facts["person"])
    if why is Why.SUBSCRIBER:
        return str(REGULARLY[recipient.rhythm])
    return str(PLAINLY.get(why, PLAINLY[Why.RESPONSIBLE]))


#: Why somebody gets a letter, where nothing has to be filled in.
PLAINLY: Mapping[Why, str] = {
    Why.RESPONSIBLE: _l("You get this letter because you are named as responsible."),
    Why.COORDINATOR: _l("You get this letter because you coordinate the project."),
    Why.KEEPER: _l("You get this letter because you coordinate the partnership."),
    Why.AUTHOR: _l("You get this letter because you wrote the log entry."),
    Why.GUEST: audience.BECAUSE[audience.Part.GUEST],
    Why.HEAD: audience.BECAUSE[audience.Part.HEAD],
    Why.HOST: audience.BECAUSE[audience.Part.HOST],
    Why.HOUSE: _l("You get this letter because guests of this event stay with you."),
}
REGULARLY: Mapping[MailRhythm, str] = {
    MailRhythm.WEEKLY: _l("You get this overview once a week while something is open with you."),
    MailRhythm.DAILY: _l("You get this overview on every working day on which something is open with you."),
    MailRhythm.NEVER: _l("You get this letter because something is open with you."),
}


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
