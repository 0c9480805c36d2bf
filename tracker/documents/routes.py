"""Pages that list, attach, describe and remove documents, and the files themselves."""

import logging
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.datastructures import FileStorage

from tracker import clock
from tracker.config import Settings
from tracker.db import Translated, db
from tracker.documents import actions, queries, sheets, store
from tracker.documents.contents import Content, content_of
from tracker.documents.forms import DocumentForm, ListForm, UploadForm, chosen
from tracker.documents.models import Document, StoredFile
from tracker.documents.queries import Line, Thing
from tracker.documents.rules import KEPT, SORTS, Subject, check_size, may_change, may_hide, named, possible
from tracker.events.actions import count_signed
from tracker.language import _, ngettext, spoken
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import NO_ROOM, NoRoomLeft, Somebody, found, require, somebody
from tracker.web.bodies import LARGEST_UPLOAD
from tracker.web.formats import number, plain
from tracker.web.lists import Listing

bp = Blueprint("documents", __name__)
log = logging.getLogger("tracker")
#: A file is opened by nothing that could act in our name.
_SHUT = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
#: A small picture never changes; who signs out takes it from the browser.
_AN_HOUR = 3600


@bp.route("/documents/of/<about>", methods=["GET", "POST"])
def index(about: str) -> str | Response:
    """Everybody who may know of something sees its documents; who works on it attaches some."""
    reader, now = somebody(), clock.now()
    here = found(queries.thing(reader, about))
    if request.method == "POST":
        require(here.may_attach)
    form = _form(here)
    if form.sent():
        # Looking into files takes time, in which others want to write.
        db.session.rollback()
        taken, wrong = _taken_in(form)
        here = found(queries.thing(reader, about))
        require(here.may_attach)
        if taken and (earlier := once.already(form, now)):
            return redirect(earlier)
        if taken and _attach(form, here, taken, reader):
            location = once.led_to(form, _list_of(here.key))
            db.session.commit()
            for sentence in wrong:
                flash(sentence, "warning")
            return redirect(location)
        db.session.rollback()
        here = found(queries.thing(reader, about))
        form.files.errors = [*form.files.errors, *wrong]
    else:
        require(here.may_attach or not form.is_submitted())
    return _page(here, form, reader)


def _form(here: Thing) -> UploadForm:
    return ListForm(data={"signed": here.row.signed}) if here.kind is Subject.DELEGATION else UploadForm()


def _page(here: Thing, form: UploadForm, reader: Somebody) -> str | Response:
    settings = _settings()
    listing = Listing[Document](
        queries.hanging_on(reader, here.key),
        sorts=queries.SORTS,
        start="date",
        descending=True,
        sheet=sheets.documents(plain(here.title), sees_people=reader.sees_all),
    )
    if file := listing.as_file():
        return file
    removed = queries.hanging_on(reader, here.key, archived=True).limit(queries.MOST_REMOVED)
    return render_template(
        "documents/index.html",
        here=here,
        back=page_of(here),
        form=form if here.may_attach else None,
        listing=listing,
        line_of=Line.of,
        removed=[one for one in db.session.scalars(removed) if may_change(reader, one.by_id)],
        possible=possible(),
        most=settings.largest_document,
        together=LARGEST_UPLOAD // 2**20 - 2,
        days=KEPT.days,
        may_change=lambda document: may_change(reader, document.by_id),
        may_hide=may_hide(reader),
        sees_people=reader.sees_all,
    )


def _taken_in(form: UploadForm) -> tuple[list[tuple[str, Content]], list[str]]:
    """Look into the files and keep them in the folder; return those that are right, and a sentence for each other."""
    taken, wrong = list[tuple[str, Content]](), list[str]()
    settings = _settings()
    for sent in chosen(form.files.data):
        try:
            content = content_of(_read(sent, settings.largest_document), sent.filename)
            taken.append((actions.keep(_folder(), content), content))
        except Refused as refusal:
            wrong.append(_("“%(name)s”: %(sentence)s", name=named(sent.filename), sentence=refusal.sentence))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise NoRoomLeft from error
    return taken, wrong


def _read(sent: FileStorage, most_megabytes: int) -> bytes:
    sent.stream.seek(0, 2)
    check_size(sent.stream.tell(), most_megabytes)
    sent.stream.seek(0)
    return sent.stream.read()


def _attach(form: UploadForm, here: Thing, taken: list[tuple[str, Content]], reader: Somebody) -> bool:
    """Attach what is right; say beside the field if there is no room for it."""
    now = clock.now()
    words = form.description.data
    try:
        attached = actions.attach(
            here.row,
            taken,
            folder=_folder(),
            most_megabytes=_settings().room_for_documents,
            by_id=reader.id,
            now=now,
            description=Translated.of(spoken(), now, **{spoken(): words}) if words else None,
            language=form.language.data or None,
            coordinators_only=may_hide(reader) and form.coordinators_only.data,
        )
        if isinstance(form, ListForm):
            count_signed(here.row, form.signed.data, by_id=reader.id, now=now)
    except Refused as refusal:
        form.refuse(refusal.sentence, "files")
        return False
    if attached:
        sentence = ngettext("%(num)d document is attached.", "%(num)d documents are attached.", attached)
        flash(sentence, "success")
    else:
        flash(_("This was attached before."), "info")
    return True


@bp.route("/documents/<int:document_id>/edit", methods=["GET", "POST"])
def edit(document_id: int) -> str | Response:
    """A coordinator says what a document is and who may see it; a partner, of what they attached themselves."""
    reader, now = somebody(), clock.now()
    document, here = _document(reader, document_id)
    require(may_change(reader, document.by_id))
    form = DocumentForm(obj=document)
    if form.sent() and not form.outdated(document):
        values: dict[str, Any] = {"language": form.language.data or None}
        if may_hide(reader):
            values["coordinators_only"] = form.coordinators_only.data
        described = form.description.read(now)
        actions.change_document(document, here.row, description=described, by_id=reader.id, now=now, **values)
        location = _list_of(here.key)
        db.session.commit()
        flash(_("The document is saved."), "success")
        return redirect(location)
    return render_template(
        "documents/edit.html",
        form=form,
        document=document,
        shown=Line.of(document),
        here=here,
        back=page_of(here),
        may_hide=may_hide(reader),
    )


@bp.post("/documents/<int:document_id>/remove")
def remove(document_id: int) -> Response:
    """A coordinator removes a document, or brings it back; a partner, what they attached themselves."""
    reader, now = somebody(), clock.now()
    document, here = _document(reader, document_id)
    require(may_change(reader, document.by_id))
    words = once.switched(
        is_on=document.archived_at is not None,
        on=(
            lambda: actions.remove_document(document, here.row, by_id=reader.id, now=now),
            _("The document is removed. It can be brought back for %(days)s days.", days=KEPT.days),
        ),
        off=(
            lambda: actions.restore_document(document, here.row, by_id=reader.id, now=now),
            _("The document is back."),
        ),
    )
    flash(words, "success")
    location = _list_of(here.key)
    db.session.commit()
    return redirect(location)


@bp.get("/documents/<int:document_id>/file")
def file(document_id: int) -> Response:
    """Everybody who may see a document gets its file, to be kept and not opened in here."""
    reader = somebody()
    document = found(queries.one(reader, document_id))
    return handed_out(document.file, document.name, or_else=_list_of(document.subject))


def handed_out(file: StoredFile, name: str, *, or_else: str) -> Response:
    """Return a file, to be kept and not opened in here; if it is missing, say so on another page."""
    path = store.path_of(_folder(), file.sha256)
    if not path.is_file():
        log.error("a file is missing", extra={"facts": {"file": file.id}})
        flash(_("This file is missing on the server. Please tell whoever looks after this program."), "danger")
        return redirect(or_else)
    response = Response(store.pieces(path), mimetype=file.media_type, headers=_SHUT)
    response.headers.set("Content-Disposition", "attachment", **_called(named(name)))
    response.content_length = file.size_bytes
    response.set_etag(file.sha256)
    response.make_conditional(request)
    return response


def _called(name: str) -> dict[str, str]:
    """Return a name as headers take it (RFC 6266): in letters that any browser knows, and as it is."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return {"filename": plain} if plain == name else {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


@bp.get("/documents/<int:document_id>/small")
def small(document_id: int) -> Response:
    """Everybody who may see a document sees a small picture of it, if it is one."""
    document = found(queries.one(somebody(), document_id))
    path = store.small_of(_folder(), document.file.sha256)
    found(path if document.file.width and path.is_file() else None)
    response = Response(path.read_bytes(), mimetype="image/webp")
    response.cache_control.private, response.cache_control.max_age = True, _AN_HOUR
    response.vary.add("Cookie")
    response.set_etag(document.file.sha256)
    response.make_conditional(request)
    return response


@bp.app_template_filter()
def file_size(size_bytes: int) -> str:
    """Return how large a file is: "340 kB", "1,4 MB"."""
    kilobytes = max(1, round(size_bytes / 1000))
    if kilobytes < 1000:  # noqa: PLR2004 - a megabyte
        return f"{kilobytes}\N{NO-BREAK SPACE}kB"
    return f"{number(round(Decimal(size_bytes) / 1_000_000, 1))}\N{NO-BREAK SPACE}MB"


@bp.app_template_filter()
def sort_of_file(media_type: str) -> str:
    """Return of which sort a file is."""
    return SORTS[media_type].name


@bp.app_template_filter()
def document_kind(subject: str) -> str:
    """Return on what sort of thing a document hangs, to begin a line with."""
    words = str(Subject(subject.partition(":")[0]).label)
    return words[:1].upper() + words[1:]


def _document(reader: Somebody, document_id: int) -> tuple[Document, Thing]:
    document = found(queries.one(reader, document_id))
    return document, found(queries.thing(reader, document.subject))


def page_of(here: Thing) -> str:
    """Return the page on which a thing is shown."""
    row, page = here.row, actions.page_of(here.row)
    anchors = {Subject.MILESTONE: f"milestone-{row.id}", Subject.DELEGATION: "delegations", Subject.LOG_ENTRY: "log"}
    kind = page.__tablename__
    return url_for(f"overview.{kind}", **{f"{kind}_id": page.id}, _anchor=anchors.get(here.kind, "documents"))


def _list_of(key: str) -> str:
    return url_for("documents.index", about=key)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _folder() -> Path:
    return store.folder_in(_settings().instance)
