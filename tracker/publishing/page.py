"""The public page: what is published, and in which order one reads it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from tracker.db import PartialDate, Translated
from tracker.events.models import EventKind
from tracker.folding import fold
from tracker.language import translated
from tracker.log.models import LogKind
from tracker.partnerships.models import PartnershipKind, PartnershipStatus, Pillar, Publicity, Side
from tracker.projects.models import ProjectRole, ProjectStatus

# ---- what there is: nothing but what everybody may know


class Party(NamedTuple):
    """An organisation, and on which side of a partnership or as what in a project."""

    name: Translated
    country: str
    place: Side | ProjectRole


class Paper(NamedTuple):
    """An agreement."""

    id: int
    title: Translated
    signed_on: PartialDate | None
    valid_until: PartialDate | None
    languages: Sequence[str]

    @property
    def key(self) -> str:
        """How statements name it."""
        return f"agreement:{self.id}"


class Entry(NamedTuple):
    """A line of the log that was published."""

    id: int
    #: The key of what it is about.
    about: str
    happened_on: PartialDate
    kind: LogKind
    title: Translated

    @property
    def key(self) -> str:
        """How statements name it."""
        return f"log_entry:{self.id}"


class PublicEvent(NamedTuple):
    """An event, where nothing else on the page tells of it."""

    id: int
    #: The key of what it belongs to.
    about: str
    title: Translated
    kind: EventKind
    begins_on: PartialDate
    ends_on: PartialDate | None
    place: str | None

    @property
    def key(self) -> str:
        """How statements name it."""
        return f"event:{self.id}"


class PublicPartnership(NamedTuple):
    """A partnership, as far as everybody may know it."""

    id: int
    title: Translated
    text: Translated | None
    kind: PartnershipKind
    pillar: Pillar
    status: PartnershipStatus
    publicity: Publicity
    umbrella_id: int | None
    continued_by_id: int | None
    contact_since: PartialDate | None
    formal_since: PartialDate | None
    ended: PartialDate | None

    @property
    def key(self) -> str:
        """How statements name it."""
        return f"partnership:{self.id}"


class PublicProject(NamedTuple):
    """A project, as far as everybody may know it."""

    id: int
    title: Translated
    text: Translated | None
    status: ProjectStatus
    begins: PartialDate | None
    ends: PartialDate | None
    edition_label: str | None
    series_id: int | None
    series: Translated | None

    @property
    def key(self) -> str:
        """How statements name it."""
        return f"project:{self.id}"

    @property
    def says_status(self) -> bool:
        """Whether its status says what its dates do not."""
        return self.status is not ProjectStatus.COMPLETED or self.begins is None


@dataclass(frozen=True)
class Contents:
    """All that is published, as the tables hold it."""

    pillars: Mapping[Pillar, Translated] = field(default_factory=dict)
    partnerships: Sequence[PublicPartnership] = ()
    projects: Sequence[PublicProject] = ()
    #: By the keys of the partnerships and projects in which they are.
    parties: Mapping[str, Sequence[Party]] = field(default_factory=dict)
    #: By the keys of partnerships.
    papers: Mapping[str, Sequence[Paper]] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    events: Sequence[PublicEvent] = ()
    #: Pairs of keys: a partnership, and a project under it.
    under: Collection[tuple[str, str]] = ()
    #: Pairs of keys: what led to what.
    led_to: Sequence[tuple[str, str]] = ()
    #: Key to name of the organisations that led to something, or came out of something.
    organisations: Mapping[str, Translated] = field(default_factory=dict)
    #: When any of this was changed last.
    as_of: date | None = None


# ---- the page


@dataclass(frozen=True)
class Named:
    """Something that is named, and where on the page it stands; an organisation stands nowhere by itself."""

    title: Translated
    key: str | None = None

    @property
    def anchor(self) -> str | None:
        """What a link leads to."""
        return anchor(self.key) if self.key else None


def anchor(key: str) -> str:
    """Return the name of a place on the page."""
    return key.replace(":", "-")


@dataclass(frozen=True)
class Branch:
    """A partnership in its pillar, with those that stand under it there."""

    partnership: PublicPartnership
    below: Sequence["Branch"]
    #: How many more stand under it that are not named.
    unnamed: int

    @property
    def number(self) -> int:
        """How many stand under it."""
        return len(self.below) + self.unnamed


@dataclass(frozen=True)
class Group:
    """Partnerships of a pillar that stand under one of another pillar, or under none."""

    umbrella: Named | None
    branches: Sequence[Branch]
    unnamed: int

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.branches) + self.unnamed


@dataclass(frozen=True)
class Part:
    """A pillar with what the office says of it."""

    pillar: Pillar
    text: Translated | None
    groups: Sequence[Group]


@dataclass(frozen=True)
class Shelf:
    """The editions of a series, or one project alone; the newest first."""

    series: Translated | None
    projects: Sequence[PublicProject]


class Page:
    """What is published, in the order in which one reads it in a language."""

    def __init__(self, contents: Contents, language: str) -> None:
        """Take what there is."""
        self.contents, self._language = contents, language
        self._named = {one.id: one for one in contents.partnerships if one.publicity is Publicity.NAMED}
        self._projects = {one.key: one for one in contents.projects}
        self._things: dict[str, Named] = {
            **{key: Named(name) for key, name in contents.organisations.items()},
            **{one.key: Named(one.title, one.about) for one in contents.entries},
            **{one.key: Named(one.title, one.about) for one in contents.events},
            **{one.key: Named(one.title, key) for key, them in contents.papers.items() for one in them},
            **{one.key: Named(one.title, one.key) for one in self._named.values()},
            **{one.key: Named(one.title, one.key) for one in contents.projects},
        }
        self._outcomes: dict[str, list[str]] = defaultdict(list)
        self._origins: dict[str, list[str]] = defaultdict(list)
        for origin, outcome in contents.led_to:
            if origin in self._things and outcome in self._things:
                self._outcomes[origin].append(outcome)
                self._origins[outcome].append(origin)
        self._above: dict[str, list[PublicPartnership]] = defaultdict(list)
        self._below: dict[str, list[PublicProject]] = defaultdict(list)
        by_key = {one.key: one for one in self._named.values()}
        for partnership, project in contents.under:
            if partnership in by_key and project in self._projects:
                self._above[project].append(by_key[partnership])
                self._below[partnership].append(self._projects[project])
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(contents.entries, key=lambda one: (one.happened_on.text, one.id)):
            self._entries[entry.about].append(entry)
        self._events: dict[str, list[PublicEvent]] = defaultdict(list)
        for event in sorted(contents.events, key=lambda one: (one.begins_on.text, one.id)):
            self._events[event.about].append(event)

    @cached_property
    def parts(self) -> list[Part]:
        """The pillars of which there is something to say, in the office's order."""
        parts = [Part(pillar, self.contents.pillars.get(pillar), self._groups(pillar)) for pillar in Pillar]
        return [part for part in parts if part.text or part.groups]

    @cached_property
    def shelves(self) -> list[Shelf]:
        """The projects, those of a series together; what began last comes first."""
        together: dict[object, list[PublicProject]] = defaultdict(list)
        for one in self.contents.projects:
            together[one.series_id or one.key].append(one)
        shelves = [Shelf(them[0].series, sorted(them, key=_began, reverse=True)) for them in together.values()]
        return sorted(shelves, key=lambda shelf: _began(shelf.projects[0]), reverse=True)

    def parties(self, key: str, *places: Side | ProjectRole) -> list[Party]:
        """Return the organisations of a partnership or a project, everybody unless places are named."""
        return [one for one in self.contents.parties.get(key, ()) if not places or one.place in places]

    def papers(self, key: str) -> Sequence[Paper]:
        """Return the agreements of a partnership, the earliest first."""
        return self.contents.papers.get(key, ())

    def entries(self, key: str) -> Sequence[Entry]:
        """Return what happened, the earliest first."""
        return self._entries.get(key, ())

    def events(self, key: str) -> Sequence[PublicEvent]:
        """Return what people meet at, the earliest first."""
        return self._events.get(key, ())

    def projects_of(self, partnership: PublicPartnership) -> list[Named]:
        """Return the projects under a partnership, the earliest first."""
        return [self._things[one.key] for one in sorted(self._below.get(partnership.key, ()), key=_began)]

    def partnerships_of(self, project: PublicProject) -> list[Named]:
        """Return the partnerships that a project stands under."""
        return [self._things[one.key] for one in self._sorted(self._above.get(project.key, ()))]

    def continued_by(self, partnership: PublicPartnership) -> Named | None:
        """Return what continues a partnership, if that is published."""
        return self._things.get(f"partnership:{partnership.continued_by_id}")

    @cached_property
    def _continued(self) -> Mapping[int | None, list[PublicPartnership]]:
        found: dict[int | None, list[PublicPartnership]] = defaultdict(list)
        for one in self._sorted(self._named.values()):
            found[one.continued_by_id].append(one)
        return found

    def continues(self, partnership: PublicPartnership) -> list[Named]:
        """Return the partnerships that this one continues."""
        return [self._things[one.key] for one in self._continued.get(partnership.id, ())]

    def origins(self, key: str) -> list[Named]:
        """Return what something came out of."""
        return [self._things[one] for one in self._origins.get(key, ())]

    def outcomes(self, key: str) -> list[list[Named]]:
        """Return what something led to, and on from there as long as each led to one thing only."""
        return [[self._things[one] for one in self._way(key, outcome)] for outcome in self._outcomes.get(key, ())]

    def _way(self, start: str, first: str) -> list[str]:
        way = [first]
        # Two people may have closed a circle in the same moment.
        while len(onward := self._outcomes.get(way[-1], [])) == 1 and onward[0] not in {start, *way}:
            way.append(onward[0])
        return way

    def is_told_by_title(self, partnership: PublicPartnership) -> bool:
        """Whether its title says already who the parties are."""
        title = fold(self._wording(partnership.title))
        return all(fold(self._wording(one.name)) in title for one in self.parties(partnership.key))

    def _groups(self, pillar: Pillar) -> list[Group]:
        """Return what stands in a pillar: first what stands under nothing, then by umbrellas of other pillars."""
        under: dict[int | None, list[PublicPartnership]] = defaultdict(list)
        unnamed: dict[int | None, int] = defaultdict(int)
        for one in self.contents.partnerships:
            if one.pillar is pillar:
                umbrella = one.umbrella_id if one.umbrella_id in self._named else None
                if one.publicity is Publicity.NAMED:
                    under[umbrella].append(one)
                else:
                    unnamed[umbrella] += 1

        def branch(one: PublicPartnership) -> Branch:
            return Branch(one, [branch(each) for each in self._sorted(under.get(one.id, ()))], unnamed.get(one.id, 0))

        def group(key: int | None, umbrella: Named | None) -> Group:
            # Those in a circle, which two people may have closed in the same moment, are under nothing.
            branches = [branch(one) for one in self._sorted(under.get(key, ()))]
            return Group(umbrella, branches, unnamed.get(key, 0))

        elsewhere = self._sorted(one for one in self._named.values() if one.pillar is not pillar)
        groups = [group(None, None), *(group(one.id, self._things[one.key]) for one in elsewhere)]
        return [one for one in groups if one.number]

    def _wording(self, text: Translated) -> str:
        return str(translated(text, self._language))

    def _sorted(self, partnerships: Iterable[PublicPartnership]) -> list[PublicPartnership]:
        return sorted(partnerships, key=lambda one: (fold(self._wording(one.title)), one.id))


def _began(project: PublicProject) -> tuple[str, int]:
    """Sort by beginnings; what is not known stands before all."""
    return (project.begins.text if project.begins else "", project.id)
