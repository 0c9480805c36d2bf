"""Questions when one can travel, the periods they offer, who was asked, and what they say."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project


class Fit(Word):
    """How a period suits somebody."""

    SUITS = "suits", _lp("travel", "suits")
    RATHER_NOT = "rather_not", _lp("travel", "rather not")
    NOT_POSSIBLE = "not_possible", _lp("travel", "not possible")


class TravelQuestion(Model):
    """When can we travel? Asked in a project or under a partnership."""

    __tablename__ = "travel_question"
    __table_args__ = (CheckConstraint("(project_id IS NULL) <> (partnership_id IS NULL)", name="about_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    title: Mapped[Translated]
    #: Answers to the letters go to them.
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime]
    #: The last day on which one can answer, as clocks of the office show it.
    answer_until: Mapped[date]
    closed_at: Mapped[datetime | None]

    project: Mapped[Project | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    by: Mapped[Person] = relationship()
    periods: Mapped[list["TravelPeriod"]] = relationship(order_by="TravelPeriod.first_on, TravelPeriod.last_on")
    asked: Mapped[list["TravelAsked"]] = relationship(order_by="TravelAsked.id", back_populates="question")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name

    @property
    def home(self) -> Project | Partnership:
        """What it belongs to."""
        found = self.project or self.partnership
        if found is None:
            raise ValueError(self.id)
        return found

    @property
    def chosen(self) -> "TravelPeriod | None":
        """The period that somebody chose."""
        return next((one for one in self.periods if one.chosen_at), None)


class TravelPeriod(Model):
    """Days on which one could travel."""

    __tablename__ = "travel_period"
    __table_args__ = (
        UniqueConstraint("question_id", "first_on", "last_on"),
        CheckConstraint("first_on <= last_on", name="in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("travel_question.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    #: Since when it is the one that was chosen.
    chosen_at: Mapped[datetime | None]


class TravelAsked(Model):
    """Somebody who is asked for an organisation, and what else they say."""

    __tablename__ = "travel_asked"
    __table_args__ = (UniqueConstraint("question_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    question_id: Mapped[int] = mapped_column(ForeignKey("travel_question.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    remark: Mapped[str | None] = mapped_column(Text)
    #: None: nothing stands.
    answered_at: Mapped[datetime | None]
    by_link: Mapped[bool] = mapped_column(default=False)
    #: Who entered what they said by phone. None: they said it here themselves.
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    question: Mapped[TravelQuestion] = relationship(back_populates="asked")
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    organisation: Mapped[Organisation] = relationship()
    entered_by: Mapped[Person | None] = relationship(foreign_keys=entered_by_id)
    answers: Mapped[list["TravelAnswer"]] = relationship(cascade="all, delete-orphan", order_by="TravelAnswer.id")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name

    @property
    def fits(self) -> dict[int, Fit]:
        """Period id to how it suits them; what they left out is missing."""
        return {one.period_id: one.fit for one in self.answers}


class TravelAnswer(Model):
    """How a period suits somebody who was asked."""

    __tablename__ = "travel_answer"
    __table_args__ = (UniqueConstraint("asked_id", "period_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_id: Mapped[int] = mapped_column(ForeignKey("travel_asked.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("travel_period.id"), index=True)
    fit: Mapped[Fit]
