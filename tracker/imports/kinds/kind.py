"""What a kind of spreadsheet is: how a line is read, what it is beside what is there, how it is taken over and back."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from tracker.db import Model
from tracker.imports.fields import Field, How, WrongError
from tracker.imports.models import Verdict
from tracker.language import Word, _
from tracker.organisations.models import Organisation
from tracker.web.formats import plain

#: Somebody said of a line: it is none of those that it is like, or it stays out.
ANOTHER, STAYS_OUT = 0, -1


@dataclass(frozen=True)
class Parsed:
    """The cells of a line as values, and what is wrong with them."""

    values: Mapping[str, Any]
    reasons: tuple[str, ...]

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
    #: Field, before, after.
    changes: tuple[tuple[str, str, str], ...] = ()
    alike: tuple[tuple[int, str], ...] = ()
    #: The row that it is about, if that is there.
    row: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Taken:
    """What was made or changed, and what stood there before."""

    row: Model
    is_made: bool
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class By:
    """Who takes something over, when, and in which language the texts are."""

    id: int
    now: datetime
    today: date
    language: str


class Kind(ABC):
    """A kind of spreadsheet. It knows what was there when it was made."""

    fields: tuple[Field, ...]

    def __init__(self, by: By) -> None:
        """Look what is there."""
        self.by = by

    def parsed(self, cells: Sequence[str], columns: Sequence[str], how: How) -> Parsed:
        """Read the cells of a line; a field that stands in two columns is taken from the first that says something."""
        known = {one.key: one for one in self.fields}
        given: dict[str, str] = {}
        for key, cell in zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False):
            if key in known and not given.get(key):
                given[key] = cell
        values, reasons = {}, []
        for key, one in known.items():
            try:
                values[key] = one.value(given.get(key, ""), how)
            except WrongError as wrong:
                reasons.append(str(wrong))
        return Parsed(values, tuple(reasons))

    @abstractmethod
    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is; `chosen` is what somebody said of those that it may be."""

    @abstractmethod
    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken]:
        """Take right lines over."""

    @abstractmethod
    def take_back(self, row: Any, before: Mapping[str, Any]) -> None:  # noqa: ANN401 - of this kind
        """Give a row that was changed what it had before."""

    @abstractmethod
    def unmake(self, row: Any) -> None:  # noqa: ANN401 - of this kind
        """Delete a row that was made, with all that was made with it."""


def wrong(parsed: Parsed, called: str, *more: str) -> Looked:
    return Looked(Verdict.WRONG, called, reasons=(*parsed.reasons, *more))


def listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def where(row: Organisation) -> str:
    return " · ".join(one for one in (plain(row.name), row.place, row.country) if one)


def differences(
    fields: Iterable[Field],
    parsed: Parsed,
    row: Model,
    names: Sequence[str],
) -> tuple[tuple[str, str, str], ...]:
    """Return what a line says otherwise than a row; an empty cell says nothing."""
    labels = {one.key: _(one.label) for one in fields}
    changed = before(row, parsed, names)
    return tuple((labels[name], shown(getattr(row, name)), shown(parsed[name])) for name in changed)


def before(row: Model, parsed: Parsed, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row has where a line says something else."""
    return {name: getattr(row, name) for name in names if parsed[name] not in {None, getattr(row, name)}}


def shown(value: object) -> str:
    return str(value.label) if isinstance(value, Word) else str(value or "")


def give_back(row: Model, before: Mapping[str, Any], kinds: Mapping[str, type[Word]] = MappingProxyType({})) -> None:
    for name, value in before.items():
        if name not in {"aliases", "contact_id"}:
            setattr(row, name, kinds[name](value) if name in kinds and value is not None else value)
