"""What can have become of an organisation, and what it was called when."""

from datetime import date

import pytest

from tests.builders import text
from tracker.db import PartialDate
from tracker.organisations.forms import other_names_of, written_name
from tracker.organisations.models import (
    ChangeKind,
    FormerName,
    Organisation,
    OrganisationAlias,
    OrganisationChange,
    OtherName,
    name_on,
)
from tracker.reforms.rules import check_change, check_taking_back
from tracker.refusal import Refused

TODAY = date(2027, 3, 2)


def body(name: str, *changes: OrganisationChange) -> Organisation:
    """Return an organisation with what became of it."""
    ended = [one.happened_on for one in changes if one.kind is not ChangeKind.RENAMED]
    return Organisation(name=text(de=name), changes=list(changes), ended_on=ended[-1] if ended else None)


def became(kind: ChangeKind, day: str, *successors: Organisation) -> OrganisationChange:
    """Return a change on a day."""
    return OrganisationChange(kind=kind, happened_on=PartialDate(day), successors=list(successors))


def refused(
    organisation: Organisation,
    kind: ChangeKind,
    day: str,
    *successors: Organisation,
    name: str | None = None,
    last_project: tuple[str, PartialDate] | None = None,
) -> str | None:
    """Return beside what a change is refused, "form" if beside nothing, or None if it is not."""
    try:
        check_change(
            organisation,
            kind,
            PartialDate(day),
            successors,
            name=text(de=name) if name else None,
            last_project=last_project,
            today=TODAY,
        )
    except Refused as refusal:
        return refusal.field or "form"
    return None


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (PartialDate("1971"), "Erster"),
        (PartialDate("1972"), "Zweiter"),
        (PartialDate("1972-07"), "Erster"),
        (PartialDate("1972-08-01"), "Zweiter"),
        (date(1999, 12, 31), "Zweiter"),
        (PartialDate("2000"), "Dritter"),
        (date(2000, 1, 1), "Dritter"),
        (None, "Dritter"),
    ],
)
def test_it_has_the_name_of_the_day_and_that_of_now_where_nobody_can_say(
    day: PartialDate | date | None, name: str
) -> None:
    former = (
        FormerName(text(de="Erster"), PartialDate("1972-08")),
        FormerName(text(de="Zweiter"), PartialDate("2000")),
    )

    assert str(name_on(text(de="Dritter"), former, day)) == name


def test_it_is_refused_where_it_is_wrong() -> None:
    one, other = body("Eine"), body("Andere")
    ended = body("Frühere", became(ChangeKind.MERGED, "1990", other))
    renamed = body("Heutige", became(ChangeKind.RENAMED, "2010"))
    project = ("Radweg", PartialDate("2027-06"))

    assert {
        "ahead": refused(one, ChangeKind.MERGED, "2027-03-03", other),
        "itself": refused(one, ChangeKind.MERGED, "2027", one),
        "nothing": refused(one, ChangeKind.MERGED, "2027"),
        "only one": refused(one, ChangeKind.SPLIT, "2027", other),
        "same name": refused(one, ChangeKind.RENAMED, "2027", name="Eine"),
        "ended": refused(ended, ChangeKind.RENAMED, "2000", name="Neu"),
        "before a change": refused(renamed, ChangeKind.MERGED, "2009", other),
        "into what was gone": refused(one, ChangeKind.MERGED, "1991", ended),
        "before its project": refused(one, ChangeKind.DISSOLVED, "2027-02", last_project=project),
        "a project can go over": refused(one, ChangeKind.MERGED, "2027-02", other, last_project=project),
        "same year": refused(renamed, ChangeKind.MERGED, "2010", other),
        "into what ended that year": refused(one, ChangeKind.MERGED, "1990", ended),
        "today": refused(one, ChangeKind.SPLIT, "2027-03-02", other, renamed),
    } == {
        "ahead": "happened_on",
        "itself": "successors",
        "nothing": "successors",
        "only one": "successors",
        "same name": "name",
        "ended": "form",
        "before a change": "happened_on",
        "into what was gone": "successors",
        "before its project": "happened_on",
        "a project can go over": None,
        "same year": None,
        "into what ended that year": None,
        "today": None,
    }


def test_nothing_goes_round_in_a_circle() -> None:
    last = body("Letzte")
    middle = body("Mittlere", became(ChangeKind.SPLIT, "2027", last, body("Vierte")))
    first = body("Erste", became(ChangeKind.MERGED, "2027", middle))

    assert refused(last, ChangeKind.MERGED, "2027", first) == "successors"


def test_only_the_last_change_is_taken_back_and_only_before_anything_went_over() -> None:
    changes = [became(ChangeKind.RENAMED, "2000"), became(ChangeKind.MERGED, "2010", body("Andere"))]
    body("Eine", *changes)

    check_taking_back(changes[1], carried_over=False)
    for change, carried_over in ((changes[0], False), (changes[1], True)):
        with pytest.raises(Refused):
            check_taking_back(change, carried_over=carried_over)


# ---- names that somebody types


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Kreis Hofgeismar", OtherName("Kreis Hofgeismar")),
        ("Kassel (Land)", OtherName("Kassel (Land)")),
        ("Kreis Hofgeismar (– 1972)", OtherName("Kreis Hofgeismar", None, PartialDate("1972"))),
        ("Kreis Hofgeismar (1945 –)", OtherName("Kreis Hofgeismar", PartialDate("1945"), None)),
        ("Kreis (1945-1972)", OtherName("Kreis", PartialDate("1945"), PartialDate("1972"))),
        ("Kreis (1.4.1945 - 8/1972)", OtherName("Kreis", PartialDate("1945-04-01"), PartialDate("1972-08"))),
    ],
)
def test_dates_are_typed_in_brackets_behind_a_name(line: str, read: OtherName) -> None:
    assert other_names_of(f"\n{line}\n") == [read]


@pytest.mark.parametrize("line", ["Kreis (bis 1972)", "Kreis (1972)", "Kreis (1972 – 1945)", "Kreis (1. 13. 1972 –)"])
def test_dates_that_say_nothing_clear_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"Kreis"):
        other_names_of(line)


@pytest.mark.parametrize("line", ["Kreis", "Kreis (– 1972)", "Kreis (1945 –)", "Kreis (1945 – 1972)"])
def test_a_name_is_shown_as_it_is_typed(line: str) -> None:
    (name,) = other_names_of(line)

    assert written_name(OrganisationAlias(**name._asdict())) == line
