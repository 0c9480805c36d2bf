"""What can be said of a contribution, and how it is told."""

from decimal import Decimal

import pytest

from tracker.contributions.models import ContributionKind
from tracker.contributions.queries import Given, Sum
from tracker.contributions.rules import currency_of, wrong_amount, wrong_currency, wrong_day, wrong_thanks
from tracker.contributions.telling import together
from tracker.db import PartialDate
from tracker.language import speaking

CASH, IN_KIND, HOURS, NIGHTS = ContributionKind


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("kind", "amount", "currency", "wrong"),
    [
        (CASH, "12.34", "EUR", None),
        (CASH, "12.345", "EUR", "At most 2 digits are possible behind the decimal sign."),
        (CASH, "12.345", "TND", None),
        (CASH, "12.5", "JPY", "Please write a whole number."),
        (CASH, None, "EUR", "Please write how much was given."),
        (IN_KIND, None, None, None),
        (HOURS, "1.25", None, None),
        (HOURS, None, None, "Please write how much was given."),
        (NIGHTS, "2.5", None, "Please write a whole number."),
    ],
)
def test_an_amount_fits_what_was_given(
    kind: ContributionKind, amount: str | None, currency: str | None, wrong: str | None
) -> None:
    with speaking("en"):
        assert wrong_amount(kind, Decimal(amount) if amount else None, currency) == wrong


@pytest.mark.usefixtures("unit")
def test_money_has_a_currency_and_nothing_else_has_one() -> None:
    with speaking("en"):
        assert wrong_currency(CASH, Decimal(5), None) == "Please write in which currency."
        assert wrong_currency(IN_KIND, Decimal(5), None) == "Please write in which currency."
        assert wrong_currency(IN_KIND, None, None) is wrong_currency(HOURS, Decimal(5), None) is None
    kept = [currency_of(kind, Decimal(5), "EUR") for kind in ContributionKind]
    assert kept == ["EUR", "EUR", None, None]
    assert currency_of(IN_KIND, None, "EUR") is None


@pytest.mark.usefixtures("unit")
def test_dates_lie_in_the_past_and_in_their_order() -> None:
    today = PartialDate("2027-03-02")

    with speaking("en"):
        days = [wrong_day(PartialDate(text), today.earliest) for text in ("2027", "2027-03-02", "2027-03-03", "2028")]
        thanks = [wrong_thanks(PartialDate("2010-04"), PartialDate(text)) for text in ("2010", "2010-04-01", "2010-03")]

    assert days == [None, None, "This date has not come yet.", "This date has not come yet."]
    assert thanks == [None, None, "This is before it was given."]
    assert wrong_thanks(None, PartialDate("1990")) is None


def test_only_the_same_kind_and_currency_are_added() -> None:
    given = Given.of(
        [
            Sum(NIGHTS, None, Decimal(12), 2, 0),
            Sum(CASH, "USD", Decimal(1200), 1, 1),
            Sum(CASH, "EUR", Decimal(3000), 1, 1),
            Sum(IN_KIND, "EUR", Decimal(80), 1, 0),
            Sum(CASH, "EUR", Decimal("500.5"), 2, 0),
            Sum(IN_KIND, None, None, 1, 0),
            Sum(IN_KIND, None, None, 2, 0),
        ]
    )

    assert given.sums == [
        Sum(CASH, "EUR", Decimal("3500.5"), 3, 1),
        Sum(CASH, "USD", Decimal(1200), 1, 1),
        Sum(IN_KIND, "EUR", Decimal(80), 1, 0),
        Sum(IN_KIND, None, None, 3, 0),
        Sum(NIGHTS, None, Decimal(12), 2, 0),
    ]
    assert (given.number, given.not_thanked) == (10, 2)


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "€3,500 · US$1,200.50 · €80 in kind · 1 gift in kind of unknown worth · 1.5 hours · 1 night"),
        (
            "de",
            (
                "3.500 € · 1.200,50 $ · 80 € in Sachleistungen · 1 Sachleistung ohne Wertangabe"
                " · 1,5 Stunden · 1 Übernachtung"
            ),
        ),
    ],
)
def test_what_was_given_is_told_in_the_readers_figures(language: str, told: str) -> None:
    sums = [
        Sum(CASH, "EUR", Decimal(3500), 1, 0),
        Sum(CASH, "USD", Decimal("1200.5"), 1, 0),
        Sum(IN_KIND, "EUR", Decimal(80), 1, 0),
        Sum(IN_KIND, None, None, 1, 0),
        Sum(HOURS, None, Decimal("1.5"), 1, 0),
        Sum(NIGHTS, None, Decimal(1), 1, 0),
    ]

    with speaking(language):
        words = together(Given.of(sums)).replace("\xa0", " ")

    assert words == told
