"""Who takes part: a person, or a number of heads without names."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Model
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.people.models import Person


class ParticipantRole(Word):
    """As what somebody takes part."""

    ARTIST = "artist", _lp("participant", "artist")
    CURATOR = "curator", _lp("participant", "curator")
    DELEGATE = "delegate", _lp("participant", "delegate")
    YOUTH = "youth", _lp("participant", "youth")
    GROUP_LEADER = "group_leader", _lp("participant", "group leader")
    INTERPRETER = "interpreter", _lp("participant", "interpreter")
    HOST = "host", _lp("participant", "host")
    VOLUNTEER = "volunteer", _lp("participant", "volunteer")
    SPEAKER = "speaker", _lp("participant", "speaker")


class AgeBand(Word):
    """How old they are, roughly; nobody has to say."""

    CHILD = "child", _lp("age", "under 14")
    YOUTH = "youth", _lp("age", "14 to 17")
    YOUNG = "young", _lp("age", "18 to 26")
    ADULT = "adult", _lp("age", "27 to 64")
    SENIOR = "senior", _lp("age", "65 and older")


class Gender(Word):
    """As they say; nobody has to."""

    FEMALE = "female", _lp("gender", "female")
    MALE = "male", _lp("gender", "male")
    DIVERSE = "diverse", _lp("gender", "diverse")


class Participant(Editable, Model):
    """A person, or some heads, sent by an organisation, perhaps via another; to a project, or an event outside any."""

    __tablename__ = "participant"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (heads IS NULL)", name="person_or_heads"),
        CheckConstraint("heads IS NULL OR heads > 0", name="some_heads"),
        CheckConstraint("(project_id IS NULL) <> (event_id IS NULL)", name="project_or_event"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    #: Only for events that belong to no project.
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    heads: Mapped[int | None]
    role: Mapped[ParticipantRole]
    #: Who sends them; its country is theirs.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: A member municipality that found them.
    via_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: ISO 3166-1 alpha-2, where nobody sends them.
    country: Mapped[str | None] = mapped_column(String(2))
    age_band: Mapped[AgeBand | None]
    gender: Mapped[Gender | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    organisation: Mapped[Organisation | None] = relationship(foreign_keys=organisation_id)
    via: Mapped[Organisation | None] = relationship(foreign_keys=via_id)
