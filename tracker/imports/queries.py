"""Which spreadsheets came in, and how their lines stand."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from tracker.db import db
from tracker.imports.models import AT_WORK, RIGHT, Import, ImportLine, Verdict


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
