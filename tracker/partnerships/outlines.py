"""Outlines of countries and of their parts: where a code of ISO 3166 lies on a map. `.ci/outlines` makes the file."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

FILE = Path(__file__).with_suffix(".json")
_RING = re.compile(r"M(-?\d+) (-?\d+)l([^z]*)z")
_STEP = re.compile(r"-?\d+")

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle in units of the map; y grows to the south."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def meets(self, other: Self) -> bool:
        """Whether they share anything."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom


@dataclass(frozen=True)
class Shape:
    """What stands for a place on a map: its own region, or its country where the map has no such region."""

    #: ISO 3166-2 or 3166-1: "IT-FC", "IT".
    code: str
    #: A path of SVG.
    path: str
    #: The country that is drawn by itself; nothing on the map of Europe.
    frame: str = ""

    @property
    def is_country(self) -> bool:
        return "-" not in self.code


@dataclass(frozen=True)
class Atlas:
    """The map of Europe, and each other country by itself."""

    box: Box
    #: Code to path, on the map of Europe.
    near: Mapping[str, str]
    #: Paths that are drawn behind, and stand for nothing.
    back: tuple[str, ...]
    #: Country to its own box and its paths.
    far: Mapping[str, tuple[Box, Mapping[str, str]]]
    #: A region without a shape of its own to the provinces that it is made of.
    parts: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `.ci/outlines` wrote."""
        kept = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            box=Box(*kept["box"]),
            near=kept["near"],
            back=tuple(kept["back"]),
            far={country: (Box(*one["box"]), one["paths"]) for country, one in kept["far"].items()},
            parts={code: tuple(parts) for code, parts in kept["parts"].items()},
        )

    def shape(self, country: str | None, subdivision: str | None = None) -> Shape | None:
        """Return what stands for a place: its region, or else its country; None if the map has neither."""
        country = country or ""
        for frame, paths in (("", self.near), (country, self.paths_of(country))):
            if subdivision and subdivision.startswith(f"{country}-"):
                codes = (subdivision,) if subdivision in paths else self.parts.get(subdivision, ())
                if path := "".join(paths.get(code, "") for code in codes):
                    return Shape(subdivision, path, frame)
        for frame, paths in (("", self.near), (country, self.paths_of(country))):
            if country in paths:
                return Shape(country, paths[country], frame)
        return None

    def paths_of(self, country: str) -> Mapping[str, str]:
        """Return code to path of a country that is drawn by itself."""
        return self.far[country][1] if country in self.far else {}

    def land(self, box: Box) -> str:
        """Return the path of every country of Europe that a box shows."""
        countries = (path for code, path in self.near.items() if "-" not in code)
        return "".join(path for path in (*self.back, *countries) if box.meets(extent(path)))


@cache
def atlas() -> Atlas:
    """Return the outlines, read once in each process."""
    return Atlas.read(FILE)


def rings(path: str) -> Iterable[list[Point]]:
    """Return the corners of each ring of a path."""
    for x, y, steps in _RING.findall(path):
        here = (int(x), int(y))
        ring: list[Point] = [here]
        numbers = [int(step) for step in _STEP.findall(steps)]
        for along, down in zip(numbers[::2], numbers[1::2], strict=True):
            here = (here[0] + along, here[1] + down)
            ring.append(here)
        yield ring


@lru_cache(maxsize=2048)
def extent(path: str) -> Box:
    """Return the smallest rectangle around a path."""
    points = [point for ring in rings(path) for point in ring]
    across, down = [x for x, _y in points], [y for _x, y in points]
    return Box(min(across), min(down), max(across), max(down))


@lru_cache(maxsize=2048)
def inside(path: str) -> Point:
    """Return a point within the greatest ring: the middle of the widest place at the height of its centre."""
    ring = max(rings(path), key=_area)
    sides, turns = list(zip(ring, ring[1:] + ring[:1], strict=True)), _turns(ring)
    down = sum((y + next_y) * turn for ((_x, y), (_nx, next_y)), turn in zip(sides, turns, strict=True))
    down = down / (3 * sum(turns)) if sum(turns) else ring[0][1]
    crossed = sorted(
        x + (down - y) / (next_y - y) * (next_x - x)
        for (x, y), (next_x, next_y) in sides
        if (y > down) != (next_y > down)
    )
    spans = list(zip(crossed[::2], crossed[1::2], strict=False))
    if not spans:
        return ring[0]
    left, right = max(spans, key=lambda span: span[1] - span[0])
    return (left + right) / 2, down


def _area(ring: list[Point]) -> float:
    return abs(sum(_turns(ring)))


def _turns(ring: list[Point]) -> list[float]:
    """Return twice the area between each side and the origin, with its sign."""
    return [a * d - c * b for (a, b), (c, d) in zip(ring, ring[1:] + ring[:1], strict=True)]
