"""What a reader sees when something does not work, with a number that the log has too."""

import logging
import math
import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from tracker.db import db
from tracker.language import _, ngettext
from tracker.web import formats
from tracker.web.access import signed_in
from tracker.web.limits import TooOftenError

log = logging.getLogger("tracker")
#: What is longer is told by day and time.
_LONG = timedelta(hours=2)


def _words(code: int) -> tuple[str, str, str]:
    """Return title, sentence and advice."""
    return {
        400: (
            _("This request could not be read"),
            _("Your browser sent something this page does not expect."),
            _("Please go back, load the page again and try once more."),
        ),
        403: (
            _("You may not do this"),
            _("Your account does not allow it."),
            _("If you need it for your work, please ask the office."),
        ),
        404: (
            _("There is no such page"),
            _("It does not exist, or it is not open to you."),
            _("Please check the address, or look for it from the start page."),
        ),
        405: (
            _("This does not work this way"),
            _("The address exists, but not for what your browser asked."),
            _("Please start from the page before."),
        ),
        409: (
            _("Somebody else was faster"),
            _("This was changed at the same moment by somebody else; your change was not saved."),
            _("Please go back, load the page again and repeat it."),
        ),
        413: (
            _("This is too much"),
            _("What you sent is larger than this page takes; nothing was saved."),
            _("Please shorten it and send it again."),
        ),
        500: (
            _("Something went wrong"),
            _("The mistake is ours. Nothing was half saved."),
            _("Please try again in a moment."),
        ),
        507: (
            _("There is no room left"),
            _("What you sent does not fit on the disk of this program; nothing was saved."),
            _("Please tell whoever looks after it, and send it again later."),
        ),
    }.get(code, (_("This did not work"), _("The program could not answer this request."), ""))


def install(app: Flask) -> None:
    """Answer errors with pages."""

    @app.errorhandler(CSRFError)
    def expired(_error: CSRFError) -> tuple[str, int]:
        number = _note(400, "form expired")
        page = render_template(
            "web/error.html",
            title=_("This form has expired"),
            sentence=_("It was open for too long, or you signed in or out meanwhile. Nothing was saved."),
            advice=_("Please go back, load the page again and send it once more."),
            number=number,
        )
        return page, 400

    @app.errorhandler(SecurityError)
    def elsewhere(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
        # A page of ours would need addresses, and there is no name here to make them of.
        _note(400, "foreign host name")
        return "This site is not known by this name.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}

    @app.errorhandler(StaleDataError)
    def overtaken(_error: StaleDataError) -> tuple[str, int]:
        db.session.rollback()
        return _page(409, "stale row"), 409

    @app.errorhandler(TooOftenError)
    def too_often(error: TooOftenError) -> tuple[str, int, dict[str, str]]:
        number = _note(429, "too often")
        page = render_template(
            "web/error.html",
            title=_("Please wait a little"),
            sentence=waiting_words(error),
            advice=_("Nothing is locked. You need not do anything until then."),
            number=number,
        )
        return page, 429, {"Retry-After": str(_seconds(error))}

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> tuple[str, int] | HTTPException:
        if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is no error
            return error
        return _page(error.code, error.name), error.code

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> tuple[str, int]:
        db.session.rollback()
        return _page(500, type(error).__name__, error), 500


def waiting_words(error: TooOftenError) -> str:
    """Return until when somebody is asked to wait."""
    if error.wait > _LONG:
        return _("This was tried too often. Please wait until %(moment)s.", moment=formats.moment(error.until))
    return ngettext(
        "This was tried too often. Please wait for %(num)s minute, until %(time)s.",
        "This was tried too often. Please wait for %(num)s minutes, until %(time)s.",
        -(-_seconds(error) // 60),
        time=f"{error.until.astimezone(ZoneInfo(formats.reader_zone())):%H:%M}",
    )


def _seconds(error: TooOftenError) -> int:
    return max(1, math.ceil(error.wait.total_seconds()))


def _note(code: int, what: str, error: Exception | None = None) -> str:
    number = secrets.token_hex(4)
    level = logging.ERROR if code >= 500 else logging.INFO  # noqa: PLR2004 - ours from here on
    facts = {"number": number, "status": code, "method": request.method, "endpoint": request.endpoint, **_denied(code)}
    log.log(level, what, extra={"facts": facts}, exc_info=error)
    return number


def _denied(code: int) -> dict[str, object]:
    """Return who was refused what: numbers alone, no part of an address that opens something."""
    if code not in {403, 404}:
        return {}
    reader = signed_in()
    about = {name: value for name, value in (request.view_args or {}).items() if isinstance(value, int)}
    return {"account": reader.account_id if reader else None, **about}


def _page(code: int, what: str, error: Exception | None = None) -> str:
    title, sentence, advice = _words(code)
    return render_template(
        "web/error.html", title=title, sentence=sentence, advice=advice, number=_note(code, what, error)
    )
