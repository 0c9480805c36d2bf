"""Which spreadsheets came in, and how their lines stand."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from tracker.db import Model, db
from tracker.history.models import HistoryLine
from tracker.imports.models import AT_WORK, RIGHT, Import, ImportLine, Verdict
from tracker.lineage.models import LedTo


def latest(number: int = 20) -> Sequence[Import]:
    """Return the newest spreadsheets without their files."""
    query = sa.select(Import).options(defer(Import.content), joinedload(Import.by)).order_by(Import.id.desc())
    return db.session.scalars(query.limit(number)).all()


def one(import_id: int) -> Import | None:
    """Return a spreadsheet without its file."""
    query = sa.select(Import).options(defer(Import.content), joinedload(Import.by)).where(Import.id == import_id)
    return db.session.scalar(query)


def next_at_work() -> Import | None:
    """Return the spreadsheet that has waited longest to be worked on."""
    query = sa.select(Import).where(Import.state.in_(AT_WORK)).options(defer(Import.content))
    return db.session.scalar(query.order_by(Import.id).limit(1))


def line(import_id: int, number: int) -> ImportLine | None:
    """Return a line of a spreadsheet by its number."""
    return db.session.scalar(
        sa.select(ImportLine).where(ImportLine.import_id == import_id, ImportLine.number == number)
    )


def counted(row: Import) -> dict[Verdict, int]:
    """Return how many lines there are of each sort, those that somebody has to look at first."""
    query = sa.select(ImportLine.verdict, sa.func.count()).where(ImportLine.import_id == row.id)
    found = {verdict: number for verdict, number in db.session.execute(query.group_by(ImportLine.verdict))}  # noqa: C416
    order = (Verdict.WRONG, Verdict.ALIKE, *RIGHT, Verdict.SAME, Verdict.LEFT_OUT)
    return {verdict: found[verdict] for verdict in order if verdict in found}


def taken(row: Import) -> int:
    """Return how many lines were taken over."""
    query = sa.select(sa.func.count()).where(ImportLine.import_id == row.id, ImportLine.subject.is_not(None))
    return db.session.scalar(query) or 0


def lines_of(row: Import, verdict: Verdict | None = None) -> sa.Select[ImportLine]:
    """Select the lines of a spreadsheet, perhaps of one sort alone."""
    query = sa.select(ImportLine).where(ImportLine.import_id == row.id)
    return query.where(ImportLine.verdict == verdict) if verdict else query


def samples(row: Import, number: int = 3) -> list[list[str]]:
    """Return for each column what stands in it first."""
    some = db.session.scalars(
        sa.select(ImportLine.cells).where(ImportLine.import_id == row.id).order_by(ImportLine.number).limit(40)
    ).all()
    return [
        [cells[place] for cells in some if place < len(cells) and cells[place]][:number]
        for place in range(len(row.headings))
    ]


def left_out(row: Import) -> Sequence[ImportLine]:
    """Return the lines that were wrong or are still to be looked at."""
    some = (Verdict.WRONG, Verdict.ALIKE)
    return db.session.scalars(lines_of(row).where(ImportLine.verdict.in_(some)).order_by(ImportLine.number)).all()


def is_worked_on(row: Import) -> bool:
    """Whether somebody has worked on what came in with a spreadsheet, or something else hangs on it by now."""
    lines = sa.select(ImportLine.subject, ImportLine.is_made, ImportLine.more).where(
        ImportLine.import_id == row.id, ImportLine.subject.is_not(None)
    )
    keys: set[str] = set()
    made: dict[str, set[int]] = {}
    for subject, is_made, more in db.session.execute(lines):
        own = [subject] if subject else []
        keys.update(own, more)
        for key in (*(own if is_made else []), *more):
            table, _colon, id_ = key.partition(":")
            made.setdefault(table, set()).add(int(id_))
    since = sa.select(HistoryLine.subject, HistoryLine.within).where(HistoryLine.id > (row.history_until or 0))
    led = sa.select(LedTo.origin, LedTo.outcome)
    if any(keys.intersection(pair) for query in (since, led) for pair in db.session.execute(query)):
        return True
    return any(_hangs_on(table, made) for table in made)


def _hangs_on(table: str, made: Mapping[str, set[int]]) -> bool:
    """Whether a row refers to one of those of a table that were made, and was not made with them."""
    model, ids = model_of(table), made[table]
    ties = sa.inspect(model).relationships
    parts = {tie.mapper.class_.__tablename__ for tie in ties if tie.cascade.delete}
    parts |= {str(tie.secondary) for tie in ties if tie.secondary is not None}
    for other in db.metadata.sorted_tables:
        for column in other.c if other.name not in parts else ():
            if any(key.column.table.name == table for key in column.foreign_keys):
                # What comes in together lies together: one range holds nearly nothing else.
                itself = other.c.get("id", sa.literal(0))
                query = sa.select(column, itself).where(column.between(min(ids), max(ids)))
                theirs = made.get(other.name, set())
                if any(to in ids and id_ not in theirs for to, id_ in db.session.execute(query)):
                    return True
    return False


def model_of(table: str) -> type[Model]:
    """Return what a row of a table is."""
    return next(one.class_ for one in Model.registry.mappers if one.class_.__tablename__ == table)
