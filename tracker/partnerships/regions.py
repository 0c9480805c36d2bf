"""What the map shows: regions with the partnerships that run there, and the table that says the same."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, groupby
from math import cos, dist, sin
from typing import NamedTuple

from tracker.db import Translated
from tracker.folding import fold
from tracker.language import spoken, translated
from tracker.partnerships.models import PartnershipStatus
from tracker.partnerships.outlines import Atlas, Box, Point, Shape, extent, inside, name_of

#: With more regions than these the map shows countries: small shapes side by side say nothing any more.
MOST_REGIONS = 70
#: With more shapes than these they have no numbers, which would hide them.
MOST_NUMBERS = 60
#: So many countries elsewhere get a map of their own: those with most partnerships.
MOST_FRAMES = 8
#: Units around what is shown, and the least that is.
AROUND, LEAST_WIDTH, LEAST_HEIGHT = 40, 420, 380
#: The least way between two numbers, as a part of the map's width.
APART = 0.045


class Found(NamedTuple):
    """A partnership and one organisation on its other side, or none."""

    partnership_id: int
    title: Translated
    status: PartnershipStatus
    organisation_id: int | None
    organisation: Translated | None
    country: str | None
    subdivision: str | None
    place: str | None
    #: Degrees north and east.
    position: str | None


@dataclass(frozen=True)
class Line:
    """A line of the table: a partnership, and those on its other side who are at home in one place."""

    found: Sequence[Found]
    shape: Shape | None

    @property
    def partnership(self) -> Found:
        return self.found[0]

    @property
    def code(self) -> str:
        return self.shape.code if self.shape else ""

    @property
    def where(self) -> str:
        """Return what the place within its country is called; nothing where the country stands for it."""
        return _called(self.partnership, self.shape)


@dataclass
class Region:
    """A place with its partnerships; the number stands on the map and in the table."""

    number: int
    shape: Shape
    lines: list[Line]
    #: Where the number stands, in units of its map.
    x: float = 0
    y: float = 0

    @property
    def foot(self) -> Point | None:
        """Return where a line from the number ends that stands beside its place; nothing where it stands in it."""
        x, y = inside(self.shape.path)
        return None if (round(x, 1), round(y, 1)) == (self.x, self.y) else (round(x, 1), round(y, 1))

    @property
    def status(self) -> PartnershipStatus:
        """Return what most alive runs here."""
        order = list(PartnershipStatus)
        return min((line.partnership.status for line in self.lines), key=order.index)


@dataclass
class Frame:
    """One map: Europe, or a country elsewhere."""

    country: str
    box: Box
    land: str
    regions: list[Region] = field(default_factory=list)

    @property
    def view(self) -> str:
        """Return the rectangle as SVG writes it."""
        return f"{self.box.left:g} {self.box.top:g} {self.box.width:g} {self.box.height:g}"

    @property
    def unit(self) -> float:
        """Return how many units of the map are a hundredth of the width that it is shown in.

        Countries elsewhere stand in frames that are half as wide again as high.
        """
        return max(self.box.width, self.box.height * 1.5 if self.country else 0) / 100


def lines(found: Iterable[Found], atlas: Atlas, named: Callable[[str | None], str]) -> list[Line]:
    """Return the lines of the table: by country, place and title; at the end those that no map shows."""
    placed = [(one, _shape(one, atlas)) for one in found]
    if len({shape.code for _one, shape in placed if shape}) > MOST_REGIONS:
        placed = [(one, atlas.shape(one.country)) for one, _shape in placed]
    kept = _drawn_frames(shape.frame for _one, shape in placed if shape)
    placed = [(one, shape if shape and shape.frame in kept else None) for one, shape in placed]

    def place(pair: tuple[Found, Shape | None]) -> tuple[bool, str, str, str, int]:
        one, shape = pair
        title = fold(str(translated(one.title)))
        where = f"{fold(_called(one, shape))} {shape.code}" if shape else ""
        return shape is None, fold(named(one.country)), where, title, one.partnership_id

    def same(pair: tuple[Found, Shape | None]) -> tuple[str, int]:
        return pair[1].code if pair[1] else "", pair[0].partnership_id

    grouped = [list(group) for _key, group in groupby(sorted(placed, key=place), same)]
    return [Line([one for one, _shape in group], group[0][1]) for group in grouped]


def _shape(one: Found, atlas: Atlas) -> Shape | None:
    """Return the point that an organisation says it lies at, or else its region or its country."""
    return (atlas.point(one.country, one.position) if one.position else None) or atlas.shape(
        one.country, one.subdivision
    )


def _called(one: Found, shape: Shape | None) -> str:
    if shape is None or shape.is_country:
        return ""
    if shape.code == one.position and one.place:
        return one.place
    return name_of(one.subdivision or "", spoken())


def regions(shown: Iterable[Line]) -> list[Region]:
    """Number the places in the order of the table."""
    places: dict[str, Region] = {}
    for line in shown:
        if line.shape:
            region = places.setdefault(line.code, Region(len(places) + 1, line.shape, []))
            region.lines.append(line)
    return list(places.values())


def frames(places: Sequence[Region], atlas: Atlas, home: Shape | None = None) -> list[Frame]:
    """Return the maps, Europe first; it is cut to what it shows, the office's own region with it."""
    of_frame: dict[str, list[Region]] = {}
    # What may lie within another is drawn upon it, so that it can be clicked.
    for place in sorted(places, key=lambda place: _depth(place.shape, atlas)):
        of_frame.setdefault(place.shape.frame, []).append(place)
    found = []
    for name, its in sorted(of_frame.items()):
        if name:
            alone = atlas.far[name]
            found.append(Frame(name, alone.box, alone.paths[name], its))
        else:
            seen = [place.shape for place in its] + ([home] if home and not home.frame else [])
            box = cut_out([extent(shape.path) for shape in seen], atlas.box)
            found.append(Frame("", box, atlas.land(box), its))
    for frame in found if numbered(places) else ():
        points = spread(tuple(place.shape.path for place in frame.regions), frame.box)
        for place, (x, y) in zip(frame.regions, points, strict=True):
            place.x, place.y = x, y
    return found


def _depth(shape: Shape, atlas: Atlas) -> int:
    """Return 0 for a country, 1 for a region that is made of provinces, 2 for any other, 3 for a point."""
    if shape.is_country:
        return 0
    return 3 if shape.is_point else 1 if shape.code in atlas.parts else 2


def numbered(places: Sequence[Region]) -> bool:
    """Whether the map has room for a number in each place."""
    return len(places) <= MOST_NUMBERS


def cut_out(boxes: Sequence[Box], whole: Box) -> Box:
    """Return the part of a map that holds all of these, with some room around, neither tiny nor a strip."""
    left = max(min(box.left for box in boxes) - AROUND, whole.left)
    top = max(min(box.top for box in boxes) - AROUND, whole.top)
    right = min(max(box.right for box in boxes) + AROUND, whole.right)
    bottom = min(max(box.bottom for box in boxes) + AROUND, whole.bottom)
    width, height = max(right - left, LEAST_WIDTH), max(bottom - top, LEAST_HEIGHT)
    width, height = max(width, height * 0.75), max(height, width * 0.75)
    width, height = min(width, whole.width), min(height, whole.height)
    # In the middle of what is shown, but never beyond the edge of the map.
    left = min(max((left + right - width) / 2, whole.left), whole.right - width)
    top = min(max((top + bottom - height) / 2, whole.top), whole.bottom - height)
    return Box(round(left), round(top), round(left + width), round(top + height))


@lru_cache(maxsize=256)
def spread(paths: tuple[str, ...], box: Box) -> tuple[Point, ...]:
    """Return where the numbers stand: inside these shapes or above small ones, moved apart where they would hide."""
    least = APART * box.width
    points = [
        ((its.left + its.right) / 2, its.top - least / 2) if (its := extent(path)).height < least else inside(path)
        for path in paths
    ]
    for _again in range(40):
        close = [pair for pair in combinations(range(len(points)), 2) if dist(*(points[one] for one in pair)) < least]
        for one, other in close:
            (x, y), (other_x, other_y) = points[one], points[other]
            way = dist(points[one], points[other])
            # Two at the very same point part in a direction of their own.
            across, down = ((other_x - x) / way, (other_y - y) / way) if way else (cos(other), sin(other))
            step = (least - way) / 2
            points[one] = x - across * step, y - down * step
            points[other] = other_x + across * step, other_y + down * step
        if not close:
            break
    edge = least / 2
    return tuple(
        (
            round(min(max(x, box.left + edge), box.right - edge), 1),
            round(min(max(y, box.top + edge), box.bottom - edge), 1),
        )
        for x, y in points
    )


def _drawn_frames(asked: Iterable[str]) -> set[str]:
    """Return the maps that are drawn: Europe, and the countries elsewhere with most partnerships."""
    counted: dict[str, int] = {}
    for frame in asked:
        counted[frame] = counted.get(frame, 0) + 1
    elsewhere = sorted((frame for frame in counted if frame), key=lambda frame: (-counted[frame], frame))
    return {"", *elsewhere[:MOST_FRAMES]}
