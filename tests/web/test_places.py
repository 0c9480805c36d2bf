"""Where somebody is: points on earth as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.places import position_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("47.166, 18.953", "47.166, 18.953"),
        ("47.166,18.953", "47.166, 18.953"),
        ("47,166 18,953", "47.166, 18.953"),
        ("47,166, 18,953", "47.166, 18.953"),
        ("47,166; 18,953", "47.166, 18.953"),
        ("47,166;18,953", "47.166, 18.953"),
        ("47 18", "47, 18"),
        ("-33.92, 18.42", "-33.92, 18.42"),
        ("\u221233,92 18,42", "-33.92, 18.42"),
        ("43.0731234567, -89.4012345678", "43.07312, -89.40123"),
        ("-0.0000001, 0", "0, 0"),
        ("90, -180", "90, -180"),
    ],
)
def test_a_point_is_read_as_people_type_it(typed: str, kept: str) -> None:
    assert position_of(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "47",
            "47.166",
            "47,166",
            "47,166,18,953",
            "47.166, 18.953, 3",
            "91, 0",
            "0, 180.1",
            "1e1, 2",
            "NaN, NaN",
        ),
        *("47° 18°", "\u0664\u0667 18", "47.1.6, 18", "x, y", "999999999 1", "1, 2\n3, 4"),
    ],
)
def test_what_is_nowhere_on_earth_is_none(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the field's
        position_of(typed)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_what_is_kept_is_read_back(north: float, east: float) -> None:
    kept = position_of(f"{north:.7f}, {east:.7f}")

    assert position_of(kept) == kept
    assert len(kept) <= 24
    assert [float(one) for one in kept.split(", ")] == pytest.approx([north, east], abs=0.00001)
