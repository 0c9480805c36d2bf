"""What people do with a spreadsheet: let it be read, match its columns, take it over, take it back.

What is long is done a chunk of lines at a time, each in a unit of its own: by the request while it is short, else by
the worker. A chunk that was cut off is done again from its first line.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from tracker.db import db
from tracker.folding import fold
from tracker.history.actions import record
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, key_of
from tracker.imports import queries
from tracker.imports.fields import How, matched
from tracker.imports.kinds.catalogue import KINDS, kind_of
from tracker.imports.kinds.kind import ITSELF, STAYS_OUT, Kind, Looked, Parsed
from tracker.imports.models import (
    RIGHT,
    Import,
    ImportKind,
    ImportLine,
    ImportMatch,
    ImportState,
    Verdict,
)
from tracker.imports.reading import Table, day_comes_first
from tracker.language import _, speaking
from tracker.refusal import Refused

_T = TypeVar("_T")
#: Lines that are done in one unit: while it lasts nobody else writes.
CHUNK = 1_000
#: So long it can be taken back, and what stood in the file is kept.
KEPT = timedelta(days=30)
_LISTS = ("reasons", "changes", "alike")
#: Rows above the headings that are looked at.
_HEADINGS_WITHIN = 15


def open_import(
    kind: ImportKind, table: Table, *, file_name: str, content: bytes, language: str, by_id: int, now: datetime
) -> Import:
    """Begin with a spreadsheet that was read."""
    row = Import(kind=kind, file_name=file_name[:200], content=content, by_id=by_id, created_at=now)
    row.how, row.headings, row.columns = {"language": language}, [], []
    db.session.add(row)
    read_again(row, table)
    return row


def read_again(row: Import, table: Table, heading: int | None = None) -> None:
    """Take the lines from a table; what was matched and said of lines before is gone. Raises Refused."""
    if row.state not in {ImportState.MATCHING, ImportState.LOOKED, None}:
        raise Refused(_("This is taken over already."))
    known = {one.heading: one.field for one in db.session.scalars(sa.select(ImportMatch).filter_by(kind=row.kind))}
    place = heading if heading is not None and heading < len(table.rows) else _heading_of(table, row.kind, known)
    headings = [cell[:200] for cell in table.rows[place]]
    width = max(len(headings), *(len(cells) for cells in table.rows[place + 1 :]), 1)
    headings += [""] * (width - len(headings))
    row.headings, row.columns = headings, _columns(headings, row.kind, known)
    below = [(number, cells) for number, cells in enumerate(table.rows[place + 1 :], place + 2) if cells]
    row.how = {
        "language": row.how["language"],
        "format": table.format,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheets": list(table.sheets),
        "sheet": table.sheet,
        "heading": place,
        "day_first": day_comes_first([cell for _number, cells in below for cell in cells]),
    }
    row.state, row.lines_done, row.lines_all = ImportState.MATCHING, 0, len(below)
    db.session.flush()
    db.session.execute(sa.delete(ImportLine).where(ImportLine.import_id == row.id))
    nothing: dict[str, Any] = {"is_made": False, "more": []} | {name: [] for name in _LISTS}
    lines = [{"import_id": row.id, "number": number, "cells": cells, **nothing} for number, cells in below]
    if lines:
        db.session.execute(sa.insert(ImportLine), lines)


def _heading_of(table: Table, kind: ImportKind, known: Mapping[str, str]) -> int:
    """Return the row that names most columns: above it may stand a title, or headings of headings."""
    fields = KINDS[kind].fields
    some = table.rows[:_HEADINGS_WITHIN]
    named = [len({matched(cell, fields, known) for cell in cells} - {""}) for cells in some]
    if max(named):
        return named.index(max(named))
    return next(place for place, cells in enumerate(some) if cells) if any(some) else 0


def _columns(headings: Sequence[str], kind: ImportKind, known: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for heading in headings:
        key = matched(heading, KINDS[kind].fields, known)
        found.append("" if key in found else key)
    return found


def match(row: Import, columns: Sequence[str], *, day_first: bool, language: str) -> None:
    """Say what each column is, and remember it for the next file. Raises Refused if what is needed is missing."""
    if row.state not in {ImportState.MATCHING, ImportState.LOOKED}:
        raise Refused(_("This is taken over already."))
    fields = {one.key: one for one in KINDS[row.kind].fields}
    for key, one in fields.items():
        if one.needed and key not in columns:
            raise Refused(_("Please choose the column for “%(field)s”.", field=str(one.label)))
    for heading, key in zip(row.headings, columns, strict=True):
        if folded := fold(heading)[:200]:
            db.session.merge(ImportMatch(kind=row.kind, heading=folded, field=key))
    row.columns, row.how = list(columns), {**row.how, "day_first": day_first, "language": language}
    row.state, row.lines_done = ImportState.LOOKING, 0
    nothing: dict[str, Any] = dict.fromkeys(("verdict", "identity", "choices")) | {name: [] for name in _LISTS}
    db.session.execute(sa.update(ImportLine).where(ImportLine.import_id == row.id).values(**nothing))


def take_over(row: Import) -> None:
    """Let the right lines be taken over. Raises Refused if there are none."""
    right = sa.select(ImportLine.id).where(ImportLine.import_id == row.id, ImportLine.verdict.in_(RIGHT))
    if row.state is not ImportState.LOOKED or db.session.scalar(right.limit(1)) is None:
        raise Refused(_("There is no line that could be taken over."))
    row.state, row.lines_done = ImportState.TAKING, 0


def work(row: Import, now: datetime, today: date, chunk: int = CHUNK) -> bool:
    """Do the next lines; return whether there are more. The caller commits."""
    number = ImportLine.number.desc() if row.state is ImportState.TAKING_BACK else ImportLine.number
    query = sa.select(ImportLine).where(ImportLine.import_id == row.id).order_by(number)
    lines = db.session.scalars(query.offset(row.lines_done).limit(chunk)).all()
    # What is said of lines is kept, and compared when they are taken over: in one language, whoever does the work.
    with speaking(row.by.language):
        if row.state is ImportState.TAKING_BACK:
            if not _give_back(row, lines, now, today):
                return False
        elif row.state is ImportState.TAKING:
            _take(row, lines, kind_of(row, now, today, _made(row)))
        else:
            _look_through(row, lines, kind_of(row, now, today))
    row.lines_done += len(lines)
    if row.lines_done < row.lines_all and lines:
        return True
    if row.state is ImportState.LOOKING:
        row.state = ImportState.LOOKED
    elif row.state is ImportState.TAKING:
        _close(row, now)
    else:
        row.state = ImportState.TAKEN_BACK
    return False


def _made(row: Import) -> frozenset[int]:
    """Return the ids of what this file made so far: a namesake further down is somebody else."""
    query = sa.select(ImportLine.subject).where(ImportLine.import_id == row.id, ImportLine.is_made.is_(True))
    return frozenset(_id_of(key) for key in db.session.scalars(query) if key)


def _close(row: Import, now: datetime) -> None:
    number = queries.taken(row)
    record(Verb.IMPORTED, row, by_id=row.by_id, now=now, kind=row.kind, number=number, file=row.file_name)
    db.session.flush()
    row.state, row.taken_at, row.content = ImportState.TAKEN, now, None
    row.history_until = db.session.scalar(sa.select(sa.func.max(HistoryLine.id)))


def _how(row: Import) -> How:
    return How(day_first=row.how["day_first"], language=row.how["language"])


def _look_through(row: Import, lines: Sequence[ImportLine], kind: Kind) -> None:
    for line, _parsed, looked in _looked(row, lines, kind):
        _note(line, looked)
    db.session.flush()
    _compare(row, lines)


def _looked(row: Import, lines: Sequence[ImportLine], kind: Kind) -> list[tuple[ImportLine, Parsed, Looked]]:
    how = _how(row)
    each = [kind.parsed(line.cells, row.columns, how, line.choices or {}) for line in lines]
    kind.meet(each)
    looked = [kind.look(parsed, line.choices or {}) for line, parsed in zip(lines, each, strict=True)]
    return list(zip(lines, each, looked, strict=True))


def _note(line: ImportLine, looked: Looked) -> None:
    line.verdict, line.called, line.identity = looked.verdict, looked.called[:200], looked.identity[:400] or None
    line.reasons, line.changes = list(looked.reasons), [list(one) for one in looked.changes]
    asked = looked.question
    line.alike = [[asked.about, *answer] for answer in asked.answers] if asked else []


def _compare(row: Import, lines: Sequence[ImportLine]) -> None:
    """Say which of these lines say the same as an earlier one."""
    wanted = {line.identity for line in lines if line.identity}
    query = (
        sa.select(ImportLine.identity, sa.func.min(ImportLine.number))
        .where(ImportLine.import_id == row.id, ImportLine.identity.in_(wanted))
        .where(ImportLine.verdict.in_((*RIGHT, Verdict.ALIKE)))
        .group_by(ImportLine.identity)
    )
    first = {identity: number for identity, number in db.session.execute(query)}  # noqa: C416 - a row is no pair
    for line in lines:
        number = first.get(line.identity, line.number)
        if number < line.number and line.verdict in {*RIGHT, Verdict.ALIKE}:
            line.verdict, line.changes, line.alike = Verdict.SAME, [], []
            line.reasons = [_("As in line %(number)s.", number=number)]
            if row.kind in {ImportKind.PEOPLE, ImportKind.PARTICIPANTS}:
                # It may say something else of the same person: somebody has to look.
                line.verdict, line.reasons = Verdict.WRONG, [_("Line %(number)s names the same person.", number=number)]


def choose(row: Import, line: ImportLine, chosen: int, now: datetime, today: date) -> None:
    """Say which of those that a line may be, or may name, it is. Raises Refused."""
    if row.state is not ImportState.LOOKED:
        raise Refused(_("This is taken over already."))
    about = ITSELF if chosen == STAYS_OUT else asked_about(line)
    line.choices = {**(line.choices or {}), about: chosen}
    with speaking(row.by.language):
        _look_through(row, [line], kind_of(row, now, today))


def asked_about(line: ImportLine) -> str:
    """Return what is asked of a line: which row it is itself, or which one it names somewhere."""
    return next((about for about, _id, _name in line.alike), ITSELF)


def _take(row: Import, lines: Sequence[ImportLine], kind: Kind) -> None:
    waiting = [line for line in lines if line.verdict in RIGHT and line.subject is None]
    right: list[tuple[ImportLine, Parsed, Looked]] = []
    for line, parsed, looked in _looked(row, waiting, kind):
        # Somebody may have changed something since it was looked through.
        if looked.verdict is line.verdict and [list(one) for one in looked.changes] == line.changes:
            right.append((line, parsed, looked))
            continue
        _note(line, looked)
        if looked.verdict in RIGHT:
            line.verdict, line.reasons = Verdict.WRONG, [_("Somebody changed this meanwhile. Please look again.")]
    done = kind.take([(parsed, looked) for _line, parsed, looked in right])
    for (line, _cells, _judged), taken in zip(right, done, strict=True):
        if isinstance(taken, Refused):
            line.verdict, line.reasons, line.changes = Verdict.WRONG, [taken.sentence], []
            continue
        line.subject, line.is_made, line.before = key_of(taken.row), taken.is_made, dict(taken.before) or None
        line.more = [key_of(one) for one in taken.more]


def take_back(row: Import, *, by_id: int, now: datetime) -> None:
    """Let an import be undone as a whole. Raises Refused if somebody has worked on what came in."""
    if row.state is not ImportState.TAKEN:
        raise Refused(_("This is not taken over."))
    if queries.is_worked_on(row):
        raise Refused(_touched())
    number = queries.taken(row)
    record(Verb.IMPORT_TAKEN_BACK, row, by_id=by_id, now=now, kind=row.kind, number=number, file=row.file_name)
    row.state, row.lines_done = ImportState.TAKING_BACK, 0


def _give_back(row: Import, lines: Sequence[ImportLine], now: datetime, today: date) -> bool:
    """Undo some lines; return whether that was possible. Else all that is left of the import stays as it is."""
    taken = [line for line in lines if line.subject]
    made = [key for line in taken for key in (*([line.subject] if line.is_made and line.subject else []), *line.more)]
    if queries.is_worked_on(row) or not _is_undone(kind_of(row, now, today), taken, made):
        # Somebody came in between: what is left stays.
        row.state, row.lines_done, row.how = ImportState.TAKEN, 0, {**row.how, "is_held": True}
        return False
    for portion in _by_hundreds(made):
        theirs = sa.or_(HistoryLine.subject.in_(portion), HistoryLine.within.in_(portion))
        db.session.execute(sa.delete(HistoryLine).where(theirs))
    for line in taken:
        line.subject, line.more = None, []
    return True


def _is_undone(kind: Kind, taken: Sequence[ImportLine], made: Sequence[str]) -> bool:
    """Give back what was changed and delete what was made; return whether nothing hangs on that."""
    try:
        # All at once, so that what hangs on something else goes before it.
        with db.session.begin_nested(), db.session.no_autoflush:
            for line in taken:
                subject = None if line.is_made else db.session.get(kind.table, _id_of(line.subject or ""))
                if subject is not None:
                    kind.take_back(subject, line.before or {})
            for table, some in _by_table(made).items():
                model = queries.model_of(table)
                for ids in _by_hundreds(some):
                    for gone in db.session.scalars(sa.select(model).where(model.id.in_(ids))):
                        db.session.delete(gone)
            db.session.flush()
    except sa.exc.IntegrityError:
        return False
    return True


def _by_table(keys: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key in keys:
        found.setdefault(key.partition(":")[0], []).append(_id_of(key))
    return found


def _touched() -> str:
    return _("Somebody has worked on what came in with this file. It cannot be taken back as a whole any more.")


def _id_of(key: str) -> int:
    return int(key.partition(":")[2])


def _by_hundreds(some: Sequence[_T]) -> list[Sequence[_T]]:
    return [some[first : first + 500] for first in range(0, len(some), 500)]


def forget_old_imports(now: datetime) -> int:
    """Delete spreadsheets that came in long ago with their lines; return how many. What was taken over stays."""
    old = db.session.scalars(sa.select(Import.id).where(Import.created_at < now - KEPT)).all()
    db.session.execute(sa.delete(ImportLine).where(ImportLine.import_id.in_(old)))
    db.session.execute(sa.delete(Import).where(Import.id.in_(old)))
    return len(old)
