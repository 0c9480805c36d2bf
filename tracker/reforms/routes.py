"""The page that says what became of an organisation."""

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import Translated, db
from tracker.language import _, ngettext, spoken
from tracker.organisations import queries as organisations
from tracker.organisations.models import ChangeKind, Organisation
from tracker.reforms import actions, queries
from tracker.reforms.forms import ChangeForm, MergedForm, RenamedForm, SplitForm
from tracker.reforms.rules import may_say
from tracker.refusal import Refused
from tracker.web import once
from tracker.web.access import found, require, somebody

bp = Blueprint("reforms", __name__)
FORMS: dict[ChangeKind, type[ChangeForm]] = {
    ChangeKind.MERGED: MergedForm,
    ChangeKind.RENAMED: RenamedForm,
    ChangeKind.SPLIT: SplitForm,
    ChangeKind.DISSOLVED: ChangeForm,
}


@bp.route("/organisations/<int:organisation_id>/became", methods=["GET", "POST"])
def became(organisation_id: int) -> str | Response:
    """A coordinator says that an organisation was renamed, merged, split or dissolved."""
    reader, now = somebody(), clock.now()
    organisation = found(organisations.one(reader, organisation_id))
    require(may_say(reader))
    kind = next((kind for kind in ChangeKind if kind.value == request.args.get("kind")), ChangeKind.MERGED)
    if request.method == "POST":
        actions.wait_for_others(organisation)
    form = FORMS[kind](obj=organisation)
    if "successors" in form:
        others = organisations.choices(reader, former=True)
        form["successors"].offer([pair for pair in others if pair[0] != organisation_id])
    alike: Sequence[Organisation] = ()
    if form.sent():
        if earlier := once.already(form, now):
            return redirect(earlier)
        alike = _alike(form, organisation)
        try:
            _check_still(form, organisation, alike)
            today = clock.today(reader.zone)
            actions.become(organisation, kind, today=today, by_id=reader.id, now=now, **_values(form))
            db.session.flush()
            page = (
                "succession.carry_over"
                if organisation.ended_on and kind is not ChangeKind.DISSOLVED
                else "overview.organisation"
            )
            location = once.led_to(form, url_for(page, organisation_id=organisation_id))
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal.sentence, refusal.field if refusal.field in form else None)
        else:
            flash(_("It is entered what became of the organisation."), "success")
            return redirect(location)
    return render_template(
        "reforms/became.html", form=form, organisation=organisation, kind=kind, kinds=list(FORMS), alike=alike
    )


def _alike(form: ChangeForm, organisation: Organisation) -> Sequence[Organisation]:
    """Return those that bear the new name already, unless somebody has said that this is another one."""
    if not isinstance(form, RenamedForm) or form.is_another.data:
        return ()
    name = cast("Translated", form.name.read(clock.now()))
    return organisations.alike(name, organisation.country, besides=organisation.id)


def _check_still(form: ChangeForm, organisation: Organisation, alike: Sequence[Organisation]) -> None:
    """Raise Refused if somebody else changed it meanwhile, or if its new name is that of another one."""
    if str(form.version.data) != str(organisation.version):
        form.version.data = str(organisation.version)
        form.version.raw_data = None
        raise Refused(_("Somebody else changed this organisation meanwhile. Please look at it once more, then save."))
    if alike:
        raise Refused(
            ngettext(
                "An organisation of this name is entered in this country. Is it this one?",
                "%(num)s organisations of this name are entered in this country. Is it one of these?",
                len(alike),
            ),
            "name",
        )


def _values(form: ChangeForm) -> dict[str, Any]:
    now, note = clock.now(), form.note.data
    values: dict[str, Any] = {
        "happened_on": form.happened_on.data,
        "note": Translated.of(spoken(), now, **{spoken(): note}) if note else None,
    }
    if isinstance(form, RenamedForm):
        values["name"] = form.name.read(now)
    if isinstance(form, MergedForm | SplitForm):
        ids = form.successors.data
        chosen = ids if isinstance(ids, list) else [ids]
        values["successors"] = [db.session.get_one(Organisation, id_) for id_ in chosen]
    return values


@bp.post("/organisations/<int:organisation_id>/became/<int:change_id>/take-back")
def take_back(organisation_id: int, change_id: int) -> Response:
    """A coordinator takes back what was entered by mistake, as long as nothing was carried over."""
    reader, now = somebody(), clock.now()
    organisation = found(organisations.one(reader, organisation_id))
    require(may_say(reader))
    actions.wait_for_others(organisation)
    change = found(queries.change(change_id, organisation))
    try:
        actions.take_back(change, by_id=reader.id, now=now)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.sentence, "danger")
    else:
        flash(_("It is taken back."), "success")
    return redirect(url_for("overview.organisation", organisation_id=organisation_id))
