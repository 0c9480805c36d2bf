"""Numbers as people type them, and currencies."""

import re
from decimal import Decimal

import pytest

from tracker.language import LANGUAGES, speaking
from tracker.web.amounts import currency_in, number_of, typed
from tracker.web.formats import money


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "1.234,50"),
        ("de", "1234,5"),
        ("de", "1 234,50"),
        ("de", "1\N{NARROW NO-BREAK SPACE}234,50"),
        ("de", "1'234,50"),
        ("en", "1,234.50"),
        ("en", " 1234.5 "),
        ("it", "1.234,50"),
        ("hu", "1 234,50"),
        ("hu", "1\N{NO-BREAK SPACE}234,50"),
        ("ro", "1.234,50"),
    ],
)
def test_a_number_is_read_as_its_language_writes_it(language: str, text: str) -> None:
    with speaking(language):
        assert number_of(text) == Decimal("1234.5")


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "1,234.50"),
        ("de", "1234.50"),
        ("de", "12.34"),
        ("en", "1.234,50"),
        ("en", "1,23"),
        ("hu", "1.234,50"),
        *(("en", text) for text in (" ", "NaN", "Infinity", "1e5", "0x10", "٣", "½", "1_000", "--5", "5 €")),
    ],
)
def test_what_could_mean_something_else_is_no_number(language: str, text: str) -> None:
    with speaking(language), pytest.raises(ValueError, match=re.escape(text)):
        number_of(text)


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", ["3500", "1234.5", "0.125", "999999999.999"])
def test_what_is_shown_in_a_form_is_read_back(language: str, value: str) -> None:
    with speaking(language):
        assert number_of(typed(Decimal(value))) == Decimal(value)


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("de", ["3.500 €", "1.234,50 HUF"]),
        ("en", ["€3,500", "HUF 1,234.50"]),
        ("it", ["3.500 €", "1.234,50 HUF"]),
        ("hu", ["3 500 EUR", "1 234,50 Ft"]),
        ("ro", ["3.500 EUR", "1.234,50 HUF"]),
    ],
)
def test_money_keeps_its_currency_in_every_language(language: str, shown: list[str]) -> None:
    with speaking(language):
        told = [money(Decimal(3500), "EUR"), money(Decimal("1234.5"), "HUF")]

    assert [words.replace("\N{NO-BREAK SPACE}", " ") for words in told] == shown


def test_a_country_has_the_currency_of_today() -> None:
    assert [currency_in(country) for country in ("DE", "HU", "RO", "US")] == ["EUR", "HUF", "RON", "USD"]
