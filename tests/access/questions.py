"""What is asked about access, and what is wrong with an answer.

A question is one request of one of those who ask. An answer is wrong if it has another status than the table says, if
words stand in it that are not for them, or if it leads to something that they are then refused.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.access.rows import HERE, THERE
from tests.access.stage import PRINCIPALS, SHUT_OUT, Stage, told
from tests.access.table import LINES, REFUSED, expected
from tests.access.words import SOUGHT
from tests.reading import Form, Page
from tracker import clock
from tracker.accounts.models import Role
from tracker.participants.models import ParticipantRole

#: What a link or a button may lead to, and a question that nobody has to be refused.
OPEN = frozenset({"200", "302", "in"})
#: Names of fields to what addresses call the same thing.
NAMES = {
    "coordinator": "person_id",
    "deputy": "person_id",
    "entry": "entry_id",
    "milestone": "milestone_id",
    "organisation": "organisation_id",
    "partnership": "partnership_id",
    "people": "person_id",
    "person": "person_id",
    "project": "project_id",
    "request": "request_id",
    "responsible_organisation": "organisation_id",
    "responsible_person": "person_id",
    "via": "organisation_id",
}
#: The beginning of what stands above every page of those who look after mail.
TOLD_THE_OFFICE = "Sending is paused"
PLACE_OF = {"partner": HERE, "elsewhere": THERE}


@dataclass(frozen=True)
class Question:
    """One request, and what may be answered."""

    who: str
    method: str
    path: str
    #: Words of the answer that are right; anything but an error if there are none.
    right: frozenset[str] = frozenset()
    sends: tuple[tuple[str, str], ...] = ()
    #: Whether it must not change anything, whatever is answered.
    changes_nothing: bool = False
    #: What must not stand in the page.
    hides: str = ""

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.who} {self.method} {self.path}"


@dataclass
class Asking:
    """Somebody who puts questions to a stage, and remembers where its pages lead."""

    stage: Stage
    #: In which pages are looked at that others lead to.
    plainly: Callable[[], AbstractContextManager[object]] = nullcontext
    _leads: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def answer(self, question: Question) -> tuple[str, bytes, bool]:
        """Return the answer in a word, its bytes, and whether something was changed, which is put back."""
        stage, before = self.stage, self.stage.state()
        data = list(question.sends) if question.method == "POST" else None
        with stage.browser(question.who).open(question.path, method=question.method, data=_several(data)) as answer:
            word, page = told(answer), answer.get_data()
        changed = stage.state() != before
        if changed:
            stage.put_back()
        return word, page, changed

    def complaints(self, question: Question) -> list[str]:
        """Return what is wrong with the answer to a question."""
        word, page, changed = self.answer(question)
        found = [f"answers {word}"] if not self._is_right(question, word) else []
        if changed and (question.changes_nothing or (word in REFUSED and "/sign-out" not in question.path)):
            found.append("changes something")
        found += [f"shows {one}" for one in self.stage.words.leaked(page, question.who, *self._self(question.who))]
        if question.hides and question.hides.encode() in page:
            found.append(f"shows {question.hides}")
        if word == "200" and question.who in self.stage.secrets and page.startswith(b"<!"):
            ways = self.ways(question, page)
            found += [f"leads to {' '.join(way)}" for way in ways if self.leads(question.who, *way) not in OPEN]
        return found

    def _is_right(self, question: Question, word: str) -> bool:
        return word in question.right if question.right else not word.startswith("5")

    def _self(self, who: str) -> tuple[int, ...]:
        return (self.stage.people[who],) if who in self.stage.people else ()

    def ways(self, question: Question, page: bytes) -> list[tuple[str, str]]:
        """Return methods and addresses that a page leads to, but for other forms of itself."""
        read, here = _read(page), urlsplit(question.path).path
        links = {("GET", link.partition("#")[0]) for link in read.links}
        forms = {(form.method, form.action) for form in read.forms if form.action}
        return sorted(way for way in links | forms if _is_elsewhere(way[1], here))

    def leads(self, who: str, method: str, path: str) -> str:
        """Return what somebody is answered who goes where a page leads; asked once."""
        asked = (who, method, path)
        if asked not in self._leads:
            with self.plainly():
                self._leads[asked] = self.answer(Question(who, method, path))[0]
        return self._leads[asked]


def _several(data: list[tuple[str, str]] | None) -> dict[str, list[str]] | None:
    """Return what a form sends as the browser of the tests takes it."""
    if data is None:
        return None
    several: dict[str, list[str]] = {}
    for name, value in data:
        several.setdefault(name, []).append(value)
    return several


def _read(page: bytes) -> Page:
    """Read a page; a file leads nowhere."""
    return Page.of(page.decode() if page.startswith(b"<!") else "")


def _is_elsewhere(path: str, here: str) -> bool:
    """Whether a way leads to another page, or from a project to one of its milestones."""
    if not path.startswith("/") or path.startswith(("/static/", "/sign-out")):
        return False
    return urlsplit(path).path != here or "milestone=" in path


# ---- which questions there are


def of_the_table(stage: Stage) -> Iterator[Question]:
    """Yield a question for every cell of the table, as it is written: the second place only changes two partners."""
    for (endpoint, method, of_office), answers in LINES.items():
        place = of_office or HERE
        right = expected(answers, place)
        for who in PRINCIPALS:
            yield Question(who, method, stage.address(who, endpoint, place), frozenset({right[who]}))


def of_those_shut_out(stage: Stage) -> Iterator[Question]:
    """Yield questions of browsers that were signed in, and are not any more."""
    for who in SHUT_OUT:
        yield Question(who, "GET", "/", frozenset({"in"}))


def of_others_in_the_same_project(stage: Stage) -> Iterator[Question]:
    """Yield questions of partners about what belongs to their project, but not to them."""
    refused, unknown = frozenset({"403"}), frozenset({"404"})
    for who, place in PLACE_OF.items():
        things = stage.things[place]
        project, person = f"/projects/{things['project_id']}", stage.people["coordinator"]
        heads = (("submission", "1"), ("organisation", ""), ("heads", "2"), ("role", ParticipantRole.ARTIST.value))
        yield Question(who, "GET", f"{project}/updates/new?milestone={things['milestone_of_others']}", refused)
        foreign = stage.things[THERE if place == HERE else HERE]
        there = f"/projects/{foreign['project_id']}/updates/new?milestone={foreign['milestone_id']}"
        yield Question(who, "GET", there, unknown)
        yield Question("coordinator", "GET", f"{project}/updates/new?milestone={foreign['milestone_id']}", unknown)
        # What was changed about people and organisations is for the office.
        for page in (f"/organisations/{things['organisation_id']}", f"/people/{things['person_id']}"):
            yield Question(who, "GET", f"{page}?lang=en", hides="What was changed")
        yield Question(who, "POST", f"/requests/{things['request_to_others']}/withdraw", unknown)
        yield Question(who, "POST", f"{project}/participants/new", sends=heads, changes_nothing=True)
        invited = (("submission", "2"), ("email", "neu@example.org"), ("role", Role.ADMINISTRATOR.value))
        path = f"/people/{things['asked_besides']}/invite"
        yield Question("coordinator", "POST", path, sends=invited, changes_nothing=True)
        # The office sent them, and who else takes part is the office's business.
        yield Question(who, "GET", f"/people/{person}?lang=en", hides=str(ParticipantRole.SPEAKER.value))
        # What others gave.
        series = f"/series/{things['series_id']}"
        for page in (project, f"{project}/contributions/", f"/organisations/{things['office_id']}", series):
            yield Question(who, "GET", f"{page}?lang=en", hides="654,321")
        # What others are asked, and what others promised, is not what this partner is asked.
        yield Question(who, "GET", project, hides=stage.words.at("person", things["asked_besides"], "name"))
        yield Question(who, "GET", "/", hides=stage.words.at("milestone", things["milestone_of_others"], "title"))


def of_what_the_office_is_told() -> Iterator[Question]:
    """Yield questions of those who are not told on every page how mail stands."""
    for who in ("partner", "elsewhere", "reader"):
        yield Question(who, "GET", "/?lang=en", frozenset({"200"}), hides=TOLD_THE_OFFICE)


def of_lists(stage: Stage) -> Iterator[Question]:
    """Yield questions that narrow lists: by a word that stands everywhere, and by things that are foreign to them."""
    for endpoint, method, of_office in LINES:
        if method != "GET" or of_office or stage.arguments(endpoint):
            continue
        for who, place in PLACE_OF.items():
            path, foreign = stage.address(who, endpoint, place), stage.things[THERE if place == HERE else HERE]
            yield Question(who, "GET", f"{path}?q={SOUGHT}")
            # As a file, in which nobody may read more than on the page.
            yield Question(who, "GET", f"{path}?as=csv")
            yield Question("coordinator", "GET", f"{path}?request={foreign['request_id']}")
            for name in sorted(set(NAMES) & {"milestone", "organisation", "partnership", "person", "project"}):
                yield Question(who, "GET", f"{path}?{name}={foreign[NAMES[name]]}")
    # What is due, and what is to be attended, lies in the weeks to come.
    today = clock.today("Europe/Berlin")
    for month in sorted({str(today + timedelta(days=days))[:7] for days in (0, 20, 30)}):
        for who in PLACE_OF:
            yield Question(who, "GET", f"/calendar/?month={month}")


def of_foreign_things(asking: Asking) -> Iterator[Question]:
    """Yield questions that send ids of foreign things in forms which partners may send, and in their addresses."""
    stage = asking.stage
    for who, place in PLACE_OF.items():
        foreign = stage.things[THERE if place == HERE else HERE]
        for (endpoint, method, of_office), answers in LINES.items():
            if method != "GET" or of_office or expected(answers, place)[who] != "200":
                continue
            path = stage.address(who, endpoint, place)
            if stage.arguments(endpoint):
                yield Question(who, "GET", f"{path}?milestone={foreign['milestone_id']}", changes_nothing=True)
            for form in _read(asking.answer(Question(who, "GET", path))[1]).forms:
                if form.method == "POST":
                    yield from _with_foreign(who, path, form, foreign)


def _with_foreign(who: str, path: str, form: Form, foreign: Mapping[str, Any]) -> Iterator[Question]:
    """Yield what a form would send with one foreign thing chosen, as it is and with a number beside it."""
    for name in sorted(form.names & set(NAMES)):
        kept = [(field, value) for field, value in form.sends() if field != name]
        chosen = (name, str(foreign[NAMES[name]]))
        for more in ((), (("heads", "2"),) if "heads" in form.names and name != "person" else ()):
            rest = [pair for pair in kept if pair[0] not in dict(more)]
            yield Question(who, "POST", form.action or path, sends=(*rest, chosen, *more), changes_nothing=True)


def of_what_a_partner_sees(asking: Asking) -> Iterator[Question]:
    """Yield every address that the partner meets, asked by the partner and by everybody else.

    Nobody else may learn anything from it that is not for them; the partner is never led into nothing.
    """
    met = crawl(asking, "partner")
    for who in PRINCIPALS:
        for method, path in met:
            if method == "GET":
                yield Question(who, method, path, OPEN if who == "partner" else frozenset())


def crawl(asking: Asking, who: str, start: str = "/", *, alike: int | None = None) -> list[tuple[str, str]]:
    """Return methods and addresses of all that somebody meets who follows every link and looks at every form.

    Of lists that sort and narrow, the first page: the others hold the same things. Of addresses that differ in their
    numbers alone perhaps only so many: they differ in what they are about, not in how they are made.
    """
    met: dict[tuple[str, str], None] = {("GET", start): None}
    shapes: Counter[tuple[str, str]] = Counter()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        word, page, _changed = asking.answer(Question(who, "GET", path))
        if word != "200" or not page.startswith(b"<!"):
            continue
        for method, link in asking.ways(Question(who, "GET", path), page):
            shape = (method, re.sub(r"\d+", "0", link))
            if (method, link) in met or (alike is not None and shapes[shape] >= alike):
                continue
            met[method, link] = None
            shapes[shape] += 1
            if method == "GET":
                waiting.append(link)
    return list(met)
