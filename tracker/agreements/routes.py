"""Pages that enter and change agreements; overview shows them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug import Response

from tracker import clock
from tracker.agreements import actions, queries
from tracker.agreements.forms import AgreementForm
from tracker.agreements.models import Agreement
from tracker.agreements.rules import languages_of, may_edit
from tracker.db import db
from tracker.folding import fold
from tracker.language import _, language_name, translated
from tracker.organisations import queries as organisations
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import Somebody, found, require, somebody

bp = Blueprint("agreements", __name__)


@bp.route("/partnerships/<int:partnership_id>/agreements/new", methods=["GET", "POST"])
def new(partnership_id: int) -> str | Response:
    """A coordinator enters a signed paper of a partnership."""
    reader, now = somebody(), clock.now()
    partnership = found(partnerships.one(reader, partnership_id))
    require(may_edit(reader))
    form = AgreementForm(parties=[party.organisation_id for party in partnership.parties])
    _offer(form, reader, partnership)
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        try:
            agreement = actions.enter_agreement(partnership, by_id=reader.id, now=now, **_values(form))
            db.session.flush()
            location = once.led_to(form, _page_of(agreement))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The agreement is entered."), "success")
            return redirect(location)
    return render_template("agreements/edit.html", form=form, partnership=partnership, agreement=None)


@bp.route("/agreements/<int:agreement_id>/edit", methods=["GET", "POST"])
def edit(agreement_id: int) -> str | Response:
    """A coordinator changes what is said of an agreement."""
    reader, now = somebody(), clock.now()
    agreement = found(queries.one(reader, agreement_id))
    require(may_edit(reader))
    shown = AgreementForm.shown(agreement)
    form = AgreementForm(obj=agreement, data=shown)
    _offer(form, reader, agreement.partnership, agreement)
    if form.sent() and not form.outdated(agreement, shown):
        try:
            actions.change_agreement(agreement, by_id=reader.id, now=now, **_values(form))
            location = _page_of(agreement)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field)
        else:
            flash(_("The agreement is saved."), "success")
            return redirect(location)
    return render_template("agreements/edit.html", form=form, partnership=agreement.partnership, agreement=agreement)


@bp.post("/agreements/<int:agreement_id>/archive")
def archive(agreement_id: int) -> Response:
    """A coordinator archives an agreement, or brings it back."""
    reader, now = somebody(), clock.now()
    agreement = found(queries.one(reader, agreement_id))
    require(may_edit(reader))
    words = once.switched(
        is_on=agreement.archived_at is not None,
        on=(
            lambda: actions.archive_agreement(agreement, by_id=reader.id, now=now),
            _("The agreement is in the archive."),
        ),
        off=(lambda: actions.restore_agreement(agreement, by_id=reader.id, now=now), _("The agreement is back.")),
    )
    flash(words, "success")
    location = _page_of(agreement)
    db.session.commit()
    return redirect(location)


@bp.post("/agreements/<int:agreement_id>/formal-since")
def formal_since(agreement_id: int) -> Response:
    """A coordinator says that the partnership is formal since this agreement was signed."""
    reader, now = somebody(), clock.now()
    agreement = found(queries.one(reader, agreement_id))
    require(may_edit(reader))
    location = url_for("overview.partnership", partnership_id=agreement.partnership_id)
    try:
        is_new = actions.make_formal(agreement, by_id=reader.id, now=now)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "warning")
    else:
        flash(_("The partnership is saved.") if is_new else _("Nothing was changed."), "success" if is_new else "info")
    return redirect(location)


def _page_of(agreement: Agreement) -> str:
    return url_for("overview.agreement", agreement_id=agreement.id)


def _offer(form: AgreementForm, reader: Somebody, partnership: Partnership, agreement: Agreement | None = None) -> None:
    """Offer every organisation and the languages of the parties; what stands there stays, whatever became of it."""
    there = [party.organisation for party in partnership.parties]
    there += [party.organisation for party in agreement.parties] if agreement else []
    bodies = dict(organisations.choices(reader))
    for body in there:
        bodies.setdefault(body.id, str(translated(body.name)))
    countries = {body.country for body in there}
    codes = languages_of(countries, besides=agreement.languages if agreement else ())
    form.offer(
        organisations=sorted(bodies.items(), key=lambda pair: fold(pair[1])),
        languages=[(code, language_name(code)) for code in codes],
        today=clock.today(reader.zone),
    )


def _values(form: AgreementForm) -> dict[str, Any]:
    now = clock.now()
    return {
        "title": form.title.read(now),
        "summary": form.summary.read(now),
        "parties": form.parties.data or [],
        "languages": form.languages.data or [],
        **{name: form[name].data for name in ("signed_on", "place", "valid_until", "published")},
    }
