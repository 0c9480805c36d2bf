"""What was given: the school furniture of 2010, and what the invented edition of Euarca lives on."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tracker.contributions.models import Contribution, ContributionKind
from tracker.db import PartialDate, Translated
from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project


def give(
    pen: Pen,
    project: Project,
    by: Organisation,
    kind: ContributionKind,
    summary: Translated,
    *,
    entered_by: Person,
    amount: str | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Contribution:
    """Enter a contribution."""
    values: dict[str, Any] = {
        "project": project,
        "organisation": by,
        "kind": kind,
        "summary": summary,
        "amount": None if amount is None else Decimal(amount),
        "added_by_id": entered_by.id,
        "created_at": at or pen.now,
    }
    row = pen.keep(Contribution(**(values | more)))
    pen.tell(Verb.CONTRIBUTION_ENTERED, row, by=entered_by, at=row.created_at, within=project, kind=kind)
    return row


def give_furniture(pen: Pen, project: Project, bodies: Bodies, by: Person) -> None:
    """Enter what went to Romania in 2010. Nobody wrote down what it was worth."""
    furniture = pen.text(
        "de",
        de="Zwei Lastwagen mit Schulmöbeln",
        en="Two lorries of school furniture",
        ro="Două camioane cu mobilier școlar",
    )
    drive = pen.text(
        "de",
        de="Transport der Schulmöbel",
        en="Transport of the school furniture",
        ro="Transportul mobilierului școlar",
    )
    for body, summary in ((bodies.kassel, furniture), (bodies.carrier, drive)):
        give(pen, project, body, ContributionKind.IN_KIND, summary, entered_by=by, given_on=PartialDate("2010-04"))


def give_to_camp(pen: Pen, project: Project, bodies: Bodies, cast: Cast) -> None:
    """Enter what was given to the invented edition."""

    def month(days: int) -> PartialDate:
        return PartialDate(pen.day(days).isoformat()[:7])

    def day(days: int) -> PartialDate:
        return PartialDate.of(pen.day(days))

    def given(by: Organisation, kind: ContributionKind, summary: Translated, amount: str, **more: Any) -> None:
        give(pen, project, by, kind, summary, amount=amount, entered_by=cast.coordinator, **more)

    grant = pen.german("Zuschuss aus dem Kulturhaushalt", "Grant from the budget for culture")
    paid: dict[str, Any] = {"currency": "EUR", "given_on": day(-120), "thanked_on": day(-110), "at": pen.moment(-120)}
    given(bodies.kassel, ContributionKind.CASH, grant, "3500", **paid)
    travel = pen.text("en", en="Part of the costs of travel", de="Teil der Reisekosten")
    paid = {"currency": "USD", "given_on": day(-40), "at": pen.moment(-39)}
    given(bodies.dane, ContributionKind.CASH, travel, "1200", **paid)
    paint = pen.text("ro", ro="Vopsele și pânze", de="Farben und Leinwand", en="Paints and canvas")
    worth: dict[str, Any] = {"currency": "RON", "given_on": month(-35), "thanked_on": day(-20), "at": pen.moment(-30)}
    given(bodies.bistrita, ContributionKind.IN_KIND, paint, "2450.50", person=cast.bistrita, **worth)
    setting_up = pen.german("Hilfe beim Aufbau der Ausstellung", "Help with setting up the exhibition")
    given(bodies.waldviertel, ContributionKind.HOURS, setting_up, "40", given_on=month(-15), at=pen.moment(-12))
    beds = pen.german("Zimmer für vier Kunstschaffende, drei Nächte", "Rooms for four artists, three nights")
    hosted: dict[str, Any] = {"given_on": month(-15), "thanked_on": day(-10), "at": pen.moment(-10)}
    given(bodies.kaufungen, ContributionKind.NIGHTS, beds, "12", person=cast.kaufungen, **hosted)
