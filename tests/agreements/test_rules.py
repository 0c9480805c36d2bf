"""What can be said of an agreement."""

from datetime import date

import pytest
from flask import Flask

from tracker.agreements.rules import languages_of, wrong_end, wrong_parties, wrong_signing
from tracker.db import PartialDate
from tracker.language import speaking

TODAY = date(2027, 4, 16)


@pytest.mark.parametrize(
    ("signed_on", "sentence"),
    [
        (None, None),
        ("2027", None),
        ("2027-04-16", None),
        ("2027-04-17", "This date has not come yet."),
        ("2028", "This date has not come yet."),
    ],
)
def test_nothing_is_signed_in_the_future(app: Flask, signed_on: str | None, sentence: str | None) -> None:
    with app.app_context(), speaking("en"):
        assert wrong_signing(PartialDate(signed_on) if signed_on else None, TODAY) == sentence


@pytest.mark.parametrize(
    ("signed_on", "valid_until", "sentence"),
    [
        ("1992", None, None),
        (None, "1990", None),
        ("1992-05-02", "1992", None),
        ("1992-05-02", "1992-05-01", "This is before it was signed."),
        ("1992", "1991-12", "This is before it was signed."),
        (None, "2127", None),
        (None, "2128", "This is more than 100 years away. Please check the year."),
    ],
)
def test_it_ends_after_it_was_signed_and_before_everybody_is_dead(
    app: Flask, signed_on: str | None, valid_until: str | None, sentence: str | None
) -> None:
    signed, until = (PartialDate(one) if one else None for one in (signed_on, valid_until))

    with app.app_context(), speaking("en"):
        assert wrong_end(signed, until, TODAY) == sentence


def test_nobody_agrees_alone(app: Flask) -> None:
    with app.app_context(), speaking("en"):
        said = [wrong_parties(parties) for parties in ([], [1], [1, 2], [1, 2, 3])]

    assert said == [None, "An agreement has at least two parties.", None, None]


def test_the_languages_of_the_parties_come_first_and_none_twice() -> None:
    assert languages_of({"AT", "DE", "PL"}, besides=["de", "fr"]) == ["de", "pl", "en", "it", "hu", "ro", "fr"]
