"""Which outline stands for a place, how the maps are cut and numbered, and how the outlines are made."""

import gzip
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import combinations
from math import dist
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from tests.builders import text
from tracker.partnerships import regions
from tracker.partnerships.models import PartnershipStatus
from tracker.partnerships.outlines import FILE, NAMES, Box, View, atlas, extent, inside, name_of
from tracker.partnerships.regions import Found, Line
from tracker.web.formats import country_name

SCRIPT = Path(__file__).parents[2] / ".ci" / "outlines"
SQUARE = "M10 20l100 0 0 100-100 0z"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Return the program that makes the outlines; it has no ending, so it is found by its path."""
    loader = SourceFileLoader("outlines_script", str(SCRIPT))
    spec = spec_from_loader("outlines_script", loader)
    assert spec is not None
    module = module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return module


def found(number: int, country: str | None, subdivision: str | None = None, **more: Any) -> Found:
    """Return a partnership with an organisation there."""
    name = text(de=f"Stelle {number}") if country else None
    values = {"status": PartnershipStatus.ACTIVE, "place": None, "position": None} | more
    return Found(
        partnership_id=number,
        title=text(de=f"Partnerschaft {number}"),
        organisation_id=(country and number) or None,
        organisation=name,
        country=country,
        subdivision=subdivision,
        **values,
    )


def codes(lines: list[Line]) -> list[tuple[int, str]]:
    """Return each line as a partnership and the place that it stands at."""
    return [(line.partnership.partnership_id, line.code) for line in lines]


def laid_out(*rows: Found) -> list[Line]:
    """Return the lines of the table."""
    return regions.lines(rows, atlas(), country_name)


# ---- the data


def test_the_outlines_take_at_most_a_hundred_thousand_bytes() -> None:
    assert len(gzip.compress(FILE.read_bytes())) <= 100_000
    assert len(gzip.compress(NAMES.read_bytes())) <= 30_000


def test_where_the_outlines_come_from_stands_beside_them() -> None:
    words = FILE.with_suffix(".md").read_text(encoding="utf-8")

    assert "public domain" in words
    assert words.count("THE SOFTWARE IS PROVIDED") == 2
    assert words.count('ARE PROVIDED "AS IS"') == 1


def test_every_outline_can_be_drawn() -> None:
    paths = [*atlas().near.values(), *atlas().back]
    paths += [path for alone in atlas().far.values() for path in alone.paths.values()]

    wrong = [path[:40] for path in paths if extent(path).width <= 0 or extent(path).height <= 0]

    assert wrong == []
    assert len(paths) > 1500


@pytest.mark.parametrize(
    ("country", "subdivision", "code", "frame"),
    [
        ("DE", "DE-HE", "DE-HE", ""),
        ("IT", "IT-FC", "IT-FC", ""),
        ("RO", "RO-BN", "RO-BN", ""),
        ("AT", "AT-3", "AT-3", ""),
        ("HU", "HU-PE", "HU-PE", ""),
        ("US", "US-WI", "US-WI", "US"),
        # A region that the source knows by its provinces alone.
        ("IT", "IT-45", "IT-45", ""),
        # Without a known region the country stands for it.
        ("IT", None, "IT", ""),
        ("IT", "IT-XX", "IT", ""),
        ("US", "US-XX", "US", "US"),
        # A region of another country is a slip, and moves nobody there.
        ("IT", "DE-HE", "IT", ""),
    ],
)
def test_a_place_is_found_by_its_codes(country: str, subdivision: str | None, code: str, frame: str) -> None:
    shape = atlas().shape(country, subdivision)

    assert shape is not None
    assert (shape.code, shape.frame) == (code, frame)


@pytest.mark.parametrize(("country", "subdivision"), [(None, None), ("XX", None), ("XX", "XX-1"), ("", "")])
def test_a_country_that_is_not_on_the_map_has_no_shape(country: str | None, subdivision: str | None) -> None:
    assert atlas().shape(country, subdivision) is None


def test_a_region_made_of_provinces_holds_each_of_them() -> None:
    whole, province = atlas().shape("IT", "IT-45"), atlas().shape("IT", "IT-FC")

    assert whole is not None
    assert province is not None
    assert province.path in whole.path
    assert len(whole.path) > 5 * len(province.path)


def test_places_lie_where_they_do_on_earth() -> None:
    shapes = {code: atlas().shape(code[:2], code) for code in ("DE-HE", "IT-FC", "AT-3", "RO-BN")}
    middles = {code: inside(shape.path) for code, shape in shapes.items() if shape}

    east = sorted(middles, key=lambda code: middles[code][0])
    south = sorted(middles, key=lambda code: middles[code][1])
    assert east == ["DE-HE", "IT-FC", "AT-3", "RO-BN"]
    assert south == ["DE-HE", "AT-3", "RO-BN", "IT-FC"]


@pytest.mark.parametrize(
    ("code", "there", "english"),
    [
        ("DE-HE", "Hessen", "Hesse"),
        ("IT-FC", "Forlì-Cesena", "Forlì-Cesena"),
        ("IT-45", "Emilia-Romagna", "Emilia-Romagna"),
        ("IT-52", "Toscana", "Tuscany"),
        ("AT-3", "Niederösterreich", "Lower Austria"),
        ("RO-BN", "Bistrița-Năsăud", "Bistrița-Năsăud"),
        ("RO-B", "București", "Bucharest"),
        ("US-WI", "Wisconsin", "Wisconsin"),
        ("IT-XX", "IT-XX", "IT-XX"),
    ],
)
def test_a_part_of_a_country_has_a_name(code: str, there: str, english: str) -> None:
    assert [name_of(code, language) for language in ("de", "ro", "en")] == [there, there, english]


def test_every_part_that_is_drawn_has_a_name() -> None:
    drawn = {*atlas().near, *atlas().parts, *(code for alone in atlas().far.values() for code in alone.paths)}

    assert [code for code in drawn if "-" in code and name_of(code, "de") == code] == []


@pytest.mark.parametrize(
    ("country", "position", "region"),
    [
        ("DE", "51.428, 9.48", "DE-HE"),
        ("IT", "44.159, 11.793", "IT-FC"),
        ("HU", "47.161, 18.945", "HU-PE"),
        ("US", "43.07, -89.4", "US-WI"),
    ],
)
def test_a_point_lies_in_its_region(country: str, position: str, region: str) -> None:
    point, around = atlas().point(country, position), atlas().shape(country, region)

    assert point is not None
    assert around is not None
    outside, (x, y) = extent(around.path), inside(point.path)
    assert (point.frame, point.is_country, point.is_point) == (around.frame, False, True)
    assert (outside.left < x < outside.right, outside.top < y < outside.bottom) == (True, True)


@pytest.mark.parametrize(("country", "position"), [("DE", "0, -150"), ("US", "51, 9"), ("US", "-43.07, 90.6")])
def test_a_point_that_its_map_does_not_reach_has_no_shape(country: str, position: str) -> None:
    assert atlas().point(country, position) is None


# ---- paths


def test_the_extent_of_a_path_is_the_box_around_it() -> None:
    assert extent(SQUARE) == Box(10, 20, 110, 120)


def test_the_number_stands_inside_a_shape_whose_centre_is_outside() -> None:
    horseshoe = "M0 0l100 0 0 100-20 0 0-80-60 0 0 80-20 0z"

    x, y = inside(horseshoe)

    assert inside(SQUARE) == (60, 70)
    assert x < 20 or x > 80 or y < 20


# ---- what the map shows


def test_two_partnerships_in_one_region_share_a_number() -> None:
    lines = laid_out(found(1, "IT", "IT-FC"), found(2, "RO", "RO-BN"), found(3, "IT", "IT-FC"))

    places = regions.regions(lines)

    assert codes(lines) == [(1, "IT-FC"), (3, "IT-FC"), (2, "RO-BN")]
    assert [(place.number, place.shape.code, len(place.lines)) for place in places] == [
        (1, "IT-FC", 2),
        (2, "RO-BN", 1),
    ]


def test_a_point_has_a_number_of_its_own_and_is_called_as_its_place(app: Flask) -> None:
    there = {"place": "Bertinoro", "position": "44.148, 12.134"}
    with app.test_request_context("/?lang=de"):
        lines = laid_out(found(1, "IT", "IT-FC", **there), found(2, "IT", "IT-FC"), found(3, "IT", "IT-45"))
        called = [(line.code, line.where) for line in lines]

    assert called == [("44.148, 12.134", "Bertinoro"), ("IT-45", "Emilia-Romagna"), ("IT-FC", "Forlì-Cesena")]
    (europe,) = regions.frames(regions.regions(lines), atlas())
    # The greatest is drawn first, so that each can be clicked.
    assert [place.shape.code for place in europe.regions] == ["IT-45", "IT-FC", "44.148, 12.134"]


def test_a_point_that_no_map_reaches_is_shown_by_its_region() -> None:
    assert codes(laid_out(found(1, "IT", "IT-FC", position="-44.148, -150"))) == [(1, "IT-FC")]


def test_two_organisations_of_a_partnership_in_one_place_are_one_line() -> None:
    lines = laid_out(found(1, "IT", "IT-FC"), found(1, "IT", "IT-FC"), found(1, "RO", "RO-BN"))

    assert [(line.code, len(line.found)) for line in lines] == [("IT-FC", 2), ("RO-BN", 1)]


def test_what_no_map_shows_stands_at_the_end_of_the_table() -> None:
    lines = laid_out(found(1, "XX"), found(2, None), found(3, "US", "US-WI"))

    assert codes(lines)[0] == (3, "US-WI")
    assert sorted(codes(lines)[1:]) == [(1, ""), (2, "")]
    assert [place.shape.code for place in regions.regions(lines)] == ["US-WI"]


def test_a_place_looks_as_what_is_most_alive_there() -> None:
    ended, dormant = PartnershipStatus.ENDED, PartnershipStatus.DORMANT
    lines = laid_out(found(1, "IT", "IT-FC", status=ended), found(2, "IT", "IT-FC", status=dormant))

    assert [place.status for place in regions.regions(lines)] == [dormant]


def test_very_many_regions_are_shown_by_their_countries() -> None:
    many = [code for code in atlas().near if code.startswith(("IT-", "RO-"))]
    assert len(many) > regions.MOST_REGIONS

    lines = laid_out(*(found(number, code[:2], code) for number, code in enumerate(many)))

    assert {line.code for line in lines} == {"IT", "RO"}
    assert len(lines) == len(many)


def test_few_countries_elsewhere_get_a_map_those_with_most_partnerships() -> None:
    elsewhere = sorted(atlas().far)[: regions.MOST_FRAMES + 2]
    rows = [found(number, country) for number, country in enumerate([*elsewhere, *elsewhere[2:]])]

    lines = laid_out(*rows)

    assert {line.code for line in lines if line.shape} == set(elsewhere[2:])
    assert {line.partnership.country for line in lines if not line.shape} == set(elsewhere[:2])


def test_the_office_is_in_the_picture_and_what_is_far_has_its_own() -> None:
    home = atlas().shape("DE", "DE-HE")
    assert home is not None
    places = regions.regions(laid_out(found(1, "IT", "IT-FC"), found(2, "US", "US-WI")))

    europe, america = regions.frames(places, atlas(), home)

    assert (europe.country, america.country) == ("", "US")
    assert europe.box.top < extent(home.path).top
    assert europe.box.width < atlas().box.width
    assert [place.shape.code for place in america.regions] == ["US-WI"]


def test_a_cut_out_never_leaves_the_map_and_is_no_strip() -> None:
    whole = Box(0, 0, 1000, 900)

    corner = regions.cut_out([Box(990, 880, 995, 890)], whole)
    strip = regions.cut_out([Box(0, 400, 990, 410)], whole)

    assert (corner.right, corner.bottom) == (1000, 900)
    assert (corner.width, corner.height) == (420, 380)
    assert strip == Box(0, 30, 1000, 780)


def test_numbers_do_not_hide_each_other() -> None:
    box = Box(-440, -430, 560, 570)

    points = regions.spread((SQUARE,) * 6, box)

    assert min(dist(*pair) for pair in combinations(points, 2)) > 0.8 * regions.APART * box.width


def test_the_number_of_a_small_place_stands_above_it() -> None:
    dot = "M50 46l4 4-4 4-4-4z"

    ((x, y),) = regions.spread((dot,), Box(-440, -430, 560, 570))

    assert x == 50
    assert y < extent(dot).top


def test_a_line_leads_from_a_number_to_a_place_that_it_does_not_stand_in() -> None:
    rows = [found(1, "AT", "AT-3"), found(2, "HU", "HU-PE", position="47.161, 18.945")]

    (frame,) = regions.frames(regions.regions(laid_out(*rows)), atlas())

    middle = inside(frame.regions[1].shape.path)
    assert [place.foot for place in frame.regions] == [None, middle]


# ---- how the outlines are made


def test_the_projection_keeps_the_middle_distances_and_areas(script: ModuleType) -> None:
    place = script.equal_area(13, 52, 1)

    # Points are drawn later, by the page.
    assert View(13, 52, 1).place(44.148, 12.134) == pytest.approx(place(12.134, 44.148))
    assert place(13, 52) == pytest.approx((0, 0))
    # A degree of a meridian is 111.2 km, to the north upwards; one of a parallel shrinks with its cosine.
    assert place(13, 53) == pytest.approx((0, -111.2), abs=0.1)
    assert place(14, 52) == pytest.approx((68.5, -0.5), abs=0.1)
    degree = [place(*corner) for corner in ((30, 40), (31, 40), (31, 41), (30, 41))]
    assert script.extent(degree) == pytest.approx(9401, rel=0.001)


def test_what_is_behind_the_earth_has_no_place(script: ModuleType) -> None:
    assert script.equal_area(13, 52, 1)(-167, -52) is None


def test_lines_lose_their_small_corners_and_keep_their_ends(script: ModuleType) -> None:
    line = [(0, 0), (1, 0.1), (2, 0), (3, 5), (4, 0)]

    assert script.simpler(line, 1) == [(0, 0), (2, 0), (3, 5), (4, 0)]
    assert script.simpler(line, 0) == line
    assert script.simpler(line[:2], 100) == line[:2]


def test_what_reaches_beyond_the_map_is_cut(script: ModuleType) -> None:
    square = [(-5, -5), (5, -5), (5, 5), (-5, 5)]

    assert script.extent(script.cut(square, [0, 0, 10, 10])) == pytest.approx(25)
    assert script.cut(square, [6, 6, 10, 10]) == []


def test_a_file_that_is_not_the_known_one_is_refused(script: ModuleType, tmp_path: Path) -> None:
    fetched = tmp_path / "package.tgz"
    fetched.write_bytes(b"something else")

    with pytest.raises(SystemExit, match="not the file that is known"):
        script.checked(fetched, "0" * 64)
