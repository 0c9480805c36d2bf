"""Lists that sort, filter and page in the address."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import redirect, request, url_for
from werkzeug import Response

from tracker.db import db
from tracker.web import sheets
from tracker.web.access import somebody
from tracker.web.background import Wanted, into
from tracker.web.forms import Filters
from tracker.web.sheets import Sheet

PER_PAGE = 50
LAST_PAGE = 100_000
#: A file of more rows takes longer than one likes to wait: it is ordered.
AT_ONCE = 5_000
Row = TypeVar("Row")


class Listing(Generic[Row]):
    """One page of a list: two queries, whatever its length."""

    def __init__(
        self,
        query: sa.Select[Any],
        *,
        sorts: Mapping[str, Sequence[sa.ColumnElement[Any] | Any]],
        start: str,
        descending: bool = False,
        filters: Filters | None = None,
        per_page: int = PER_PAGE,
        sheet: Sheet[Row] | None = None,
    ) -> None:
        """Take what is listed, by what it can be sorted (the key in the address to columns), and how it starts.

        A list with a sheet can be downloaded.
        """
        asked = request.args.get("sort", start)
        self.sort = asked if asked in sorts else start
        self._start, self._downward = start, descending
        self.descending = _flag("descending", default=descending if self.sort == start else False)
        self.filters, self.sheet = filters, sheet
        self.total: int = (
            db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
        )
        self.pages = max(1, -(-self.total // per_page))
        self.page = min(_page(), self.pages)
        columns = [column.desc() if self.descending else column.asc() for column in sorts[self.sort]]
        self._ordered = query.order_by(None).order_by(*columns)
        shown = self._ordered.limit(per_page).offset((self.page - 1) * per_page)
        self.rows: Sequence[Row] = [] if self._is_wanted else db.session.scalars(shown).unique().all()

    @property
    def kept(self) -> dict[str, str]:
        """What the address holds besides the filters and the page."""
        return {name: request.args[name] for name in ("sort", "descending", "lang") if name in request.args}

    def url(self, **changes: object) -> str:
        """Return this address with changes; None takes something out of it."""
        return address(**changes)

    def as_file(self) -> Response | None:
        """Answer with all of the list if the address wants it as a file, else None."""
        return _as_file(self.sheet, self._batches(), self.total)

    @property
    def _is_wanted(self) -> bool:
        return self.sheet is not None and sheets.asked() is not None

    def _batches(self) -> Generator[Sequence[Row]]:
        options = self.sheet.options if self.sheet else ()
        query = self._ordered.options(*options).execution_options(yield_per=sheets.BATCH)
        found = db.session.scalars(query)
        try:
            yield from found.partitions()
        finally:
            # What is read half would keep its connection, whoever has it next, at what was there then.
            found.close()


def address(**changes: object) -> str:
    """Return the address of this page with changes; None takes something out of it."""
    state: dict[str, Any] = request.args.to_dict(flat=False)
    for name, value in changes.items():
        if value is None:
            state.pop(name, None)
        else:
            state[name] = [int(value) if isinstance(value, bool) else value]
    query = urlencode(state, doseq=True)
    return f"{request.path}?{query}" if query else request.path


class Page(Generic[Row]):
    """One page of a list that no query gives."""

    def __init__(
        self,
        found: Sequence[Row],
        *,
        filters: Filters | None = None,
        kept: Sequence[str] = (),
        per_page: int = PER_PAGE,
        begins: Sequence[int] = (),
        sheet: Sheet[Any] | None = None,
    ) -> None:
        """Take everything, in order, and which names in the address stay when the list is narrowed.

        Pages begin at the numbers given, else after so many. A list with a sheet can be downloaded.
        """
        self.filters, self.total, self.sheet, self._found = filters, len(found), sheet, found
        starts = begins or range(0, max(1, self.total), per_page)
        self.pages = len(starts)
        self.page = min(_page(), self.pages)
        self.rows = found[starts[self.page - 1] : starts[self.page] if self.page < self.pages else None]
        self.kept = {name: request.args[name] for name in kept if name in request.args}

    @staticmethod
    def url(**changes: object) -> str:
        """Return this address with changes; None takes something out of it."""
        return address(**changes)

    def as_file(self) -> Response | None:
        """Answer with all of the list if the address wants it as a file, else None."""
        return _as_file(self.sheet, (found for found in (self._found,)), self.total)


def _as_file(sheet: Sheet[Any] | None, batches: Generator[Sequence[Any]], total: int) -> Response | None:
    """Answer with a list as a file, or lead to where it can be ordered if it is too long to wait for."""
    kind = sheets.asked()
    if sheet is None or kind is None:
        return None
    if total > AT_ONCE and into() is None:
        wanted = Wanted(somebody().account_id, address(page=None), sheets.name_of(sheet, kind), total)
        return redirect(url_for("downloads.index", of=wanted.token(), lang=request.args.get("lang")))
    with closing(batches):
        return sheets.download(sheet, batches, kind)


def _flag(name: str, *, default: bool) -> bool:
    return request.args[name] == "1" if name in request.args else default


def _page() -> int:
    asked = request.args.get("page", "1")
    return max(1, min(int(asked), LAST_PAGE)) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1  # noqa: PLR2004 - digits
