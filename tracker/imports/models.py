"""Spreadsheets that are taken over: how each is read, and what became of every line."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.language import Word, _lp
from tracker.people.models import Person


class ImportKind(Word):
    """What a spreadsheet holds a line each of."""

    ORGANISATIONS = "organisations", _lp("import", "organisations")
    PEOPLE = "people", _lp("import", "people and their functions")
    PARTNERSHIPS = "partnerships", _lp("import", "partnerships")
    PROJECTS = "projects", _lp("import", "projects")
    PARTICIPANTS = "participants", _lp("import", "participants and guests")
    LOG = "log", _lp("import", "log entries")


class ImportState(Word):
    """How far it is."""

    MATCHING = "matching", _lp("import", "columns to be checked")
    LOOKING = "looking", _lp("import", "is being looked through")
    LOOKED = "looked", _lp("import", "looked through")
    TAKING = "taking", _lp("import", "is being taken over")
    TAKEN = "taken", _lp("import", "taken over")
    TAKING_BACK = "taking_back", _lp("import", "is being taken back")
    TAKEN_BACK = "taken_back", _lp("import", "taken back")


#: Somebody else, the worker, is at it.
AT_WORK = (ImportState.LOOKING, ImportState.TAKING, ImportState.TAKING_BACK)


class Verdict(Word):
    """What a line is, beside what is there."""

    NEW = "new", _lp("line", "new")
    CHANGED = "changed", _lp("line", "changes something")
    ALIKE = "alike", _lp("line", "is it this one?")
    WRONG = "wrong", _lp("line", "wrong")
    SAME = "same", _lp("line", "is there already")
    LEFT_OUT = "left_out", _lp("line", "left out")


#: What is taken over.
RIGHT = (Verdict.NEW, Verdict.CHANGED)


class Import(Model):
    """A spreadsheet on its way in."""

    __tablename__ = "spreadsheet_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[ImportKind]
    state: Mapped[ImportState] = mapped_column(default=ImportState.MATCHING, index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    #: The file, until it is taken over.
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: How it is read: {"format", "encoding", "delimiter", "sheets", "sheet", "heading", "day_first", "language"},
    #: and "is_held" where it could not be taken back.
    how: Mapped[dict[str, Any]]
    #: Its headings, and for each the key of the field that it is ("": left out).
    headings: Mapped[list[str]]
    columns: Mapped[list[str]]
    #: How many lines of all are done with.
    lines_done: Mapped[int] = mapped_column(default=0)
    lines_all: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    #: The last line of the history by then: what is younger is somebody's work on what came in.
    history_until: Mapped[int | None]

    by: Mapped[Person] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name


class ImportLine(Model):
    """A line of it."""

    __tablename__ = "spreadsheet_line"
    __table_args__ = (
        Index("ix_spreadsheet_line_import_id_number", "import_id", "number", unique=True),
        Index("ix_spreadsheet_line_import_id_identity", "import_id", "identity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("spreadsheet_import.id"))
    #: As the spreadsheet counts.
    number: Mapped[int]
    cells: Mapped[list[str]]
    verdict: Mapped[Verdict | None]
    #: What makes two lines the same.
    identity: Mapped[str | None] = mapped_column(String(400))
    #: Whom or what it is about, as a page names it.
    called: Mapped[str | None] = mapped_column(String(200))
    #: Why it is wrong, as sentences in the language of whoever takes it over.
    reasons: Mapped[list[str]]
    #: What it changes: [[field, before, after]].
    changes: Mapped[list[Any]] = mapped_column(JSON)
    #: Those that it may be, or may name: [[what is asked about, id, name]].
    alike: Mapped[list[Any]] = mapped_column(JSON)
    #: What somebody said of those, by what was asked about: an id, 0 for none of them, -1 to leave the line out.
    choices: Mapped[dict[str, Any] | None]
    #: What it made or changed, "person:12", whether it made that, and what stood there before.
    subject: Mapped[str | None] = mapped_column(String(60))
    is_made: Mapped[bool] = mapped_column(default=False)
    before: Mapped[dict[str, Any] | None]
    #: What it made besides: ["contact:7"].
    more: Mapped[list[str]]


class ImportMatch(Model):
    """What a heading means, as somebody matched it once."""

    __tablename__ = "spreadsheet_match"

    kind: Mapped[ImportKind] = mapped_column(primary_key=True)
    #: As search compares it.
    heading: Mapped[str] = mapped_column(String(200), primary_key=True)
    field: Mapped[str] = mapped_column(String(40))
