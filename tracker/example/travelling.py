"""The invented question when those who prepare the next edition can travel to their meeting."""

from datetime import timedelta

from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.travel.models import Fit, TravelAnswer, TravelAsked, TravelPeriod, TravelQuestion

#: So many days from today the first week may begin at the earliest.
_FIRST_IN = 160
_WEEKS = 6
_FRIDAY = timedelta(days=4)


def ask_when(pen: Pen, project: Project, cast: Cast) -> None:
    """Ask all sides which of six weeks suit them; three have answered."""
    title = pen.text(
        "de",
        de="Auswertungstreffen in Kassel (erfundenes Beispiel)",
        en="Meeting in Kassel to look back (invented example)",
        it="Incontro di bilancio a Kassel (esempio inventato)",
        hu="Értékelő találkozó Kasselben (kitalált példa)",
        ro="Întâlnire de evaluare la Kassel (exemplu inventat)",
    )
    question = TravelQuestion(
        project=project, title=title, by=cast.coordinator, asked_at=pen.moment(-5), answer_until=pen.day(16)
    )
    first = pen.day(_FIRST_IN)
    first += timedelta(days=-first.weekday() % 7)
    begins = [first + timedelta(weeks=number) for number in range(_WEEKS)]
    question.periods = [TravelPeriod(first_on=one, last_on=one + _FRIDAY) for one in begins]
    pen.keep(question)
    pen.tell(Verb.TRAVEL_ASKED, question, by=cast.coordinator, at=pen.moment(-5), within=project, title=title)
    suits, rather_not, no = Fit
    by_phone = {cast.waldviertel.id}
    said: tuple[tuple[Person, tuple[Fit | None, ...], str | None], ...] = (
        (cast.waldviertel, (suits, suits, rather_not, rather_not, suits, suits), None),
        (cast.region, (no, suits, suits, None, rather_not, suits), "Meglio all’inizio della settimana (inventato)"),
        (cast.bistrita, (no, suits, suits, suits, no, suits), None),
        (cast.csepel, (), None),
        (cast.dane, (), None),
    )
    for person, fits, remark in said:
        at = pen.moment(-3) if fits else None
        body = person.contacts[0].organisation
        asked = TravelAsked(question=question, person=person, organisation=body, remark=remark, answered_at=at)
        asked.by_link = bool(fits) and person.id not in by_phone
        asked.entered_by = cast.coordinator if fits and not asked.by_link else None
        pairs = zip(question.periods, fits, strict=False)
        asked.answers = [TravelAnswer(period_id=period.id, fit=fit) for period, fit in pairs if fit]
        pen.keep(asked)
        if at and asked.entered_by:
            about = {"title": title, "person": person.name}
            pen.tell(Verb.TRAVEL_ANSWER_ENTERED, question, by=asked.entered_by, at=at, within=project, **about)
        elif at:
            pen.tell(Verb.TRAVEL_ANSWERED, question, by=person, at=at, within=project, title=title)
