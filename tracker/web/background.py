"""Lists that nobody waits for: what the worker asks for as who ordered it, through the whole of the application.

It goes the way of any request, so what is allowed and shown is asked once, by the view. Only who is asking is said here
and not read from a cookie, by a word of the server's own that no browser can say.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TypeVar

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tracker.signing import timed_signer
from tracker.web.access import ACTING, OfficeSeen, Somebody

Row = TypeVar("Row")
_INTO = "tracker.into"
#: So long somebody may think about whether they want a list.
_LASTS = 3600


@dataclass
class Into:
    """Where a list is written."""

    #: None only asks whether there is a list.
    file: IO[bytes] | None
    #: Hears how many rows are done.
    tell: Callable[[int], None]
    is_list: bool = False
    #: What went wrong while it was written: pages of errors are for those who read.
    trouble: Exception | None = None

    def counted(self, batches: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
        """Yield the rows, and tell how many there were."""
        done = 0
        for batch in batches:
            self.tell(done)
            yield batch
            done += len(batch)
        self.tell(done)


def into() -> Into | None:
    """Return where this request has its list written, if it is the worker's."""
    found: Into | None = request.environ.get(_INTO)
    return found


def ask(address: str, reader: Somebody, office: OfficeSeen, where: Into) -> int:
    """Ask for a list as somebody; return the status of the answer."""
    builder = EnvironBuilder(
        path=address,
        base_url=current_app.config["SETTINGS"].public_url,
        environ_overrides={ACTING: (reader, office), _INTO: where},
    )
    try:
        _body, status, _headers = run_wsgi_app(current_app.wsgi_app, builder.get_environ(), buffered=True)
    finally:
        builder.close()
    return int(status.split(" ", 1)[0])


@dataclass(frozen=True)
class Wanted:
    """A list that is too long to wait for, as its own page told somebody."""

    account_id: int
    address: str
    name: str
    rows: int

    def token(self) -> str:
        """Return it as an address holds it."""
        return str(_signer().dumps([self.account_id, self.address, self.name, self.rows]))

    @classmethod
    def read(cls, token: str) -> "Wanted | None":
        """Return it, or None for what no list has told anybody, or too long ago."""
        try:
            return cls(*_signer().loads(token, max_age=_LASTS))
        except BadSignature:
            return None


def _signer() -> URLSafeTimedSerializer:
    return timed_signer(current_app.config["SIGNING_KEYS"], "download")
