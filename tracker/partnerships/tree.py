"""The partnerships of each pillar as a tree: what stands under an umbrella, in the order in which it is read.

What stands under an umbrella of another pillar stands in its own, under a line that names the umbrella: municipalities
are twinned via the district's partnership with a province.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.partnerships.models import Pillar

#: Deeper levels stand beside one another: a phone has no room for more.
MOST_LEVELS = 5


class Stub(NamedTuple):
    """A partnership, as far as its place in the tree needs."""

    id: int
    pillar: Pillar
    umbrella_id: int | None


@dataclass(frozen=True)
class Step:
    """One step on the way to a partnership: an umbrella above it, or itself."""

    id: int
    #: An umbrella of another pillar: it is named here, and stands elsewhere.
    is_via: bool = False


@dataclass(frozen=True)
class Place:
    """Where a partnership stands: its pillar, and the way there, itself last."""

    pillar: Pillar
    way: tuple[Step, ...]

    @property
    def family(self) -> tuple[Pillar, Step]:
        """What it belongs to, and would be torn from on another page."""
        return self.pillar, self.way[0]


@dataclass
class Branch:
    """A partnership or an umbrella of another pillar, and what stands below it on this page."""

    step: Step
    #: It stands on an earlier page, and is named again for what stands below it.
    is_repeated: bool = True
    below: list["Branch"] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    """All partnerships of a list in their places, and how many stand right under each, by pillar."""

    places: Sequence[Place]
    numbers: Mapping[int, Mapping[Pillar, int]]

    def begins(self, per_page: int) -> list[int]:
        """Return the places with which pages begin. A family is torn only where it is longer than a page."""
        starts = [0]
        for start, end in self._families():
            if end - starts[-1] > per_page and start > starts[-1]:
                starts.append(start)
            while end - starts[-1] > per_page:
                starts.append(starts[-1] + per_page)
        return starts

    def _families(self) -> Iterator[tuple[int, int]]:
        start = 0
        for number, place in enumerate(self.places):
            if place.family != self.places[start].family:
                yield start, number
                start = number
        if self.places:
            yield start, len(self.places)


def tree_of(stubs: Iterable[Stub]) -> Tree:
    """Put partnerships, in the order in which they would be listed, into their places."""
    known = {stub.id: stub for stub in stubs}
    order = {id_: place for place, id_ in enumerate(known)}
    below: dict[int, list[Stub]] = defaultdict(list)
    for stub in known.values():
        if stub.umbrella_id in known and stub.umbrella_id != stub.id:
            below[stub.umbrella_id].append(stub)
    places: list[Place] = []
    seen: set[int] = set()
    for pillar in Pillar:
        roots = sorted(_roots(pillar, known), key=lambda root: (order[root[0].id], order[root[1].id]))
        for head, stub in roots:
            start = () if head is stub else (Step(head.id, is_via=True),)
            places += _walk(stub, start, below, seen)
        # Two who changed umbrellas at once may have closed a circle: it is opened where it is met first.
        for stub in known.values():
            if stub.pillar is pillar and stub.id not in seen:
                places += _walk(stub, (), below, seen)
    numbers = {id_: Counter(stub.pillar for stub in stubs_below) for id_, stubs_below in below.items()}
    return Tree(places, numbers)


def _roots(pillar: Pillar, known: Mapping[int, Stub]) -> Iterator[tuple[Stub, Stub]]:
    """Yield what stands at the top of a pillar, each with what it is listed by: itself, or an umbrella elsewhere."""
    for stub in known.values():
        umbrella = known.get(stub.umbrella_id or 0)
        if stub.pillar is pillar and (umbrella is None or umbrella.pillar is not pillar):
            yield umbrella or stub, stub


def _walk(stub: Stub, start: tuple[Step, ...], below: Mapping[int, Sequence[Stub]], seen: set[int]) -> Iterator[Place]:
    """Yield a partnership and all of its pillar that stands under it, from the top, the way in depth."""
    waiting = [(stub, start)]
    while waiting:
        one, above = waiting.pop()
        if one.id in seen:
            continue
        seen.add(one.id)
        way = (*above[: MOST_LEVELS - 1], Step(one.id))
        yield Place(one.pillar, way)
        waiting += [(under, way) for under in reversed(below.get(one.id, ())) if under.pillar is one.pillar]


def branches(places: Iterable[Place]) -> list[Branch]:
    """Return the places of one pillar on a page as branches; what stands above them on another page is repeated."""
    ground = Branch(Step(0))
    for place in places:
        branch = ground
        for step in place.way:
            if not branch.below or branch.below[-1].step != step:
                branch.below.append(Branch(step))
            branch = branch.below[-1]
        branch.is_repeated = False
    return ground.below
