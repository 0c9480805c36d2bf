"""What a kind of spreadsheet is: how a line is read, what it is beside what is there, how it is taken over and back."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.db import Model, PartialDate, PartialDateType, db
from tracker.folding import fold
from tracker.imports.fields import Field, How, WrongError
from tracker.imports.kinds.known import Register
from tracker.imports.models import Verdict
from tracker.language import Word, _
from tracker.refusal import Refused
from tracker.web.formats import partial_date

#: Somebody said of a line: it is none of those that it is like, or it stays out.
ANOTHER, STAYS_OUT = 0, -1
#: What is asked of a line: which row it is itself. What else is asked is named by the field and what stands there.
ITSELF = ""


@dataclass(frozen=True)
class Question:
    """Which of several rows is meant: what is asked about, and those that it may be by id and name."""

    about: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Parsed:
    """The cells of a line as values, what is wrong with them, and what has to be asked first."""

    values: Mapping[str, Any]
    reasons: tuple[str, ...]
    question: Question | None = None

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - each field has its own
        """Return a value, None if there is none."""
        return self.values.get(key)


@dataclass(frozen=True)
class Looked:
    """What a line is."""

    verdict: Verdict
    called: str
    identity: str = ""
    reasons: tuple[str, ...] = ()
    #: Field, before, after; for something new what is filled in though the line does not say it.
    changes: tuple[tuple[str, str, str], ...] = ()
    question: Question | None = None
    #: The row that it is about, if that is there.
    row: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Taken:
    """What was made or changed, what stood there before, and what was made with it."""

    row: Model
    is_made: bool
    before: Mapping[str, Any] = field(default_factory=dict)
    more: Sequence[Model] = ()


@dataclass(frozen=True)
class By:
    """Who takes something over, when, and in which language the texts are."""

    id: int
    now: datetime
    today: date
    language: str

    @property
    def who(self) -> dict[str, Any]:
        """Who and when, as actions want to know it."""
        return {"by_id": self.id, "now": self.now}


class Kind(ABC):
    """A kind of spreadsheet. It knows what was there when it was made."""

    fields: tuple[Field, ...]
    #: The table that a line is a row of.
    table: type[Model]
    #: What cells refer to, by `Field.refers`.
    registers: Mapping[str, Register]

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there. `made`: rows that came in with this very file: nothing that was there before."""
        self.by, self.made = by, made
        self.registers = {}

    def parsed(self, cells: Sequence[str], columns: Sequence[str], how: How, choices: Mapping[str, int]) -> Parsed:
        """Read the cells of a line; a field that stands in two columns is taken from the first that says something."""
        given: dict[str, str] = {}
        for key, cell in zip(columns, cells, strict=False):
            if cell and key and key not in given:
                given[key] = cell
        values: dict[str, Any] = {}
        reasons: list[str] = []
        questions: list[Question] = []
        for one in self.fields:
            if not (one.needed or one.key in given):
                continue
            try:
                values[one.key] = one.value(given.get(one.key, ""), how)
                if one.refers and values[one.key]:
                    values[one.key] = self._meant(one, values[one.key], choices, questions)
            except WrongError as wrong:
                values[one.key] = None
                reasons.append(str(wrong))
        return self.complete(Parsed(values, tuple(reasons), questions[0] if questions else None))

    def _meant(self, one: Field, text: str, choices: Mapping[str, int], questions: list[Question]) -> Any:  # noqa: ANN401 - a row, or some
        """Return the row that a cell names, or the rows. Raises WrongError if there is none of that name."""
        register, rows = self.registers[one.refers], []
        for name in listed(text) if one.many else [text]:
            found = register.called(name)
            if not found:
                raise WrongError(register.missing(name))
            about = f"{one.key}:{fold(name)}"
            if len(found) > 1:
                chosen = [row for row in found if row.id == choices.get(about)]
                if not chosen:
                    questions.append(Question(about, tuple((row.id, register.told(row)) for row in found)))
                found = chosen or found
            rows.append(found[0])
        return list(dict.fromkeys(rows)) if one.many else rows[0]

    def complete(self, parsed: Parsed) -> Parsed:
        """Say what is wrong with a line as a whole, or what follows from it."""
        return parsed

    def meet(self, each: Sequence[Parsed]) -> None:  # noqa: B027 - most kinds know all from the beginning
        """Look who is there of those whom some lines name."""

    def look(self, parsed: Parsed, choices: Mapping[str, int]) -> Looked:
        """Say what a line is; `choices` is what somebody said of those that it may be."""
        called = self.called(parsed)[:200]
        if parsed.reasons:
            return Looked(Verdict.WRONG, called, reasons=parsed.reasons)
        if choices.get(ITSELF) == STAYS_OUT:
            return Looked(Verdict.LEFT_OUT, called)
        if parsed.question:
            return Looked(Verdict.ALIKE, called, question=parsed.question)
        return self.judged(parsed, choices.get(ITSELF))

    @abstractmethod
    def called(self, parsed: Parsed) -> str:
        """Return what a page calls a line."""

    @abstractmethod
    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is that is right in itself."""

    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken | Refused]:
        """Take right lines over. What a rule says no to only now is handed back, and nothing of it is kept."""
        done: list[Taken | Refused] = []
        for parsed, looked in lines:
            try:
                with db.session.begin_nested():
                    done.append(self.taken(parsed, looked))
            except Refused as refusal:
                done.append(refusal)
        return done

    @abstractmethod
    def taken(self, parsed: Parsed, looked: Looked) -> Taken:
        """Take a right line over. Raises Refused."""

    def take_back(self, row: Any, before: Mapping[str, Any]) -> None:  # noqa: ANN401 - of this kind
        """Give a row that was changed what it had before."""
        give_back(row, before)

    # ---- what they share

    def wrong(self, parsed: Parsed, *more: str) -> Looked:
        """Return that a line is wrong."""
        return Looked(Verdict.WRONG, self.called(parsed)[:200], reasons=(*parsed.reasons, *more))

    def differences(self, parsed: Parsed, row: Model, names: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
        """Return what a line says otherwise than a row; an empty cell says nothing."""
        labels = {one.key: str(one.label) for one in self.fields}
        changed = had(row, parsed, names)
        return tuple((labels[name], shown(getattr(row, name)), shown(parsed[name])) for name in changed)

    def filled(self, values: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
        """Return what something new gets though its line does not say it, as a page tells it."""
        labels = {one.key: str(one.label) for one in self.fields}
        return tuple((labels[name], "", shown(value)) for name, value in values.items())


def listed(text: str | None) -> list[str]:
    """Return what a cell lists."""
    return [part.strip() for part in (text or "").replace("\n", ";").split(";") if part.strip()]


def had(row: Model, parsed: Parsed, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row has where a line says something else."""
    return {name: getattr(row, name) for name in names if parsed[name] not in {None, getattr(row, name)}}


def shown(value: object) -> str:
    """Return a value as a page tells it."""
    if isinstance(value, Word):
        return str(value.label)
    if isinstance(value, PartialDate):
        return partial_date(value)
    if isinstance(value, date):
        return partial_date(PartialDate.of(value))
    return str(value or "")


def kept(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON keeps them; `give_back` reads them."""
    return {name: str(value) if isinstance(value, PartialDate | date) else value for name, value in before.items()}


def give_back(row: Model, before: Mapping[str, Any]) -> None:
    """Give a row what it had before."""
    for name, value in before.items():
        column = type(row).__table__.c[name].type
        if value is not None and (words := getattr(column, "enum_class", None)):
            setattr(row, name, words(value))
        elif value is not None and isinstance(column, PartialDateType):
            setattr(row, name, PartialDate(value))
        elif value is not None and isinstance(column, sa.Date):
            setattr(row, name, date.fromisoformat(value))
        else:
            setattr(row, name, value)


def missing(field_label: str) -> str:
    """Return that something is missing."""
    return _("“%(field)s” is missing.", field=field_label)


def first_of(rows: Iterable[Any], id_: int | None) -> Any:  # noqa: ANN401 - a row
    """Return the row of an id, None if it is none of these."""
    return next((row for row in rows if row.id == id_), None)
