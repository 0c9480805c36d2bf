"""Outlines of countries, and of their parts with names: where a code of ISO 3166 or a point lies on a map.

`.ci/outlines` makes the files.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import cos, radians, sin, sqrt
from pathlib import Path
from typing import Self

FILE, NAMES = Path(__file__).with_suffix(".json"), Path(__file__).with_name("names.json")
_RING = re.compile(r"M(-?\d+) (-?\d+)l([^z]*)z")
_STEP = re.compile(r"-?\d+")

Point = tuple[float, float]
#: Kilometres from the middle of the earth to where people live.
_EARTH = 6371
#: Half the width of the sign that stands for a point, in units of its map.
_DOT = 4


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
    """What stands for a place on a map: its own region, its country where the map has no such region, or a point."""

    #: ISO 3166-2 or 3166-1, or degrees north and east: "IT-FC", "IT", "47.166, 18.953".
    code: str
    #: A path of SVG.
    path: str
    #: The country that is drawn by itself; nothing on the map of Europe.
    frame: str = ""

    @property
    def is_country(self) -> bool:
        return len(self.code) == len("IT")

    @property
    def is_point(self) -> bool:
        return "," in self.code


@dataclass(frozen=True)
class View:
    """How a map is drawn: Lambert's azimuthal equal-area projection around a point in degrees."""

    east: float
    north: float
    #: Units for a kilometre.
    scale: float

    def place(self, north: float, east: float) -> Point | None:
        """Return where a point in degrees lies on the map; nothing if it is on the other side of the earth."""
        along, up, middle = radians(east - self.east), radians(north), radians(self.north)
        near = 1 + sin(middle) * sin(up) + cos(middle) * cos(up) * cos(along)
        if near <= 0:
            return None
        reach = _EARTH * self.scale * sqrt(2 / near)
        return reach * cos(up) * sin(along), -reach * (cos(middle) * sin(up) - sin(middle) * cos(up) * cos(along))


@dataclass(frozen=True)
class Alone:
    """A country that is drawn by itself."""

    box: Box
    view: View
    #: Code to path.
    paths: Mapping[str, str]


@dataclass(frozen=True)
class Atlas:
    """The map of Europe, and each other country by itself."""

    box: Box
    view: View
    #: Code to path, on the map of Europe.
    near: Mapping[str, str]
    #: Paths that are drawn behind, and stand for nothing.
    back: tuple[str, ...]
    far: Mapping[str, Alone]
    #: A region without a shape of its own to the provinces that it is made of.
    parts: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `.ci/outlines` wrote."""
        kept = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            box=Box(*kept["box"]),
            view=View(*kept["at"]),
            near=kept["near"],
            back=tuple(kept["back"]),
            far={c: Alone(Box(*one["box"]), View(*one["at"]), one["paths"]) for c, one in kept["far"].items()},
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

    def point(self, country: str | None, position: str) -> Shape | None:
        """Return what stands for a point of a country, by its degrees; None if its map does not reach so far."""
        alone = self.far.get(country or "")
        box, view = (alone.box, alone.view) if alone else (self.box, self.view)
        north, east = map(float, position.split(", "))
        found = view.place(north, east)
        if found is None or not box.meets(Box(*found, *found)):
            return None
        across, down = map(round, found)
        path = f"M{across} {down - _DOT}l{_DOT} {_DOT} {-_DOT} {_DOT} {-_DOT} {-_DOT}z"
        return Shape(position, path, (country or "") if alone else "")

    def paths_of(self, country: str) -> Mapping[str, str]:
        """Return code to path of a country that is drawn by itself."""
        return self.far[country].paths if country in self.far else {}

    def land(self, box: Box) -> str:
        """Return the path of every country of Europe that a box shows."""
        countries = (path for code, path in self.near.items() if "-" not in code)
        return "".join(path for path in (*self.back, *countries) if box.meets(extent(path)))


@cache
def atlas() -> Atlas:
    """Return the outlines, read once in each process."""
    return Atlas.read(FILE)


@cache
def _names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    kept = json.loads(NAMES.read_text(encoding="utf-8"))
    return kept["names"], kept["english"]


def name_of(code: str, language: str) -> str:
    """Return what a part of a country is called, in English or as it is called there; its code if nobody knows."""
    names, english = _names()
    return (english.get(code) if language == "en" else None) or names.get(code, code)


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
