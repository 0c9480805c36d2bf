"""What a browser may send about organisations and the office."""

import re
from collections.abc import Sequence
from datetime import date

from wtforms import Field
from wtforms.validators import ValidationError

from tracker.language import _, _l
from tracker.organisations.models import (
    ClosedDay,
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    OtherName,
    SchoolHoliday,
)
from tracker.web.days import partial_of, typed
from tracker.web.fields import LanguageField, Line, OneOf, Paragraphs, RowField, Tick
from tracker.web.forms import EditForm, Filters
from tracker.web.places import CountryField, PositionField, SubdivisionField, ZoneField
from tracker.web.translated import TranslatedField

_RANGE = re.compile(r"(?P<from>.+?)(?:\s+[-–]\s+(?P<until>[^:]+?))?(?::\s*(?P<label>.*))?")


def closed_days_of(text: str | None) -> list[tuple[date, date, str | None]]:
    """Read one day or range a line: "24.12.2026 – 6.1.2027: company holidays". Raises ValueError with the line."""
    days = []
    for line in (text or "").splitlines():
        if not line.strip():
            continue
        parts = _RANGE.fullmatch(line.strip())
        try:
            first = partial_of(parts["from"]) if parts else None
            last = partial_of(parts["until"]) if parts and parts["until"] else first
        except ValueError:
            raise ValueError(line) from None
        if not parts or not first or not last or first.day is None or last.day is None or last < first:
            raise ValueError(line)
        days.append((first.earliest, last.earliest, (parts["label"] or "").strip()[:120] or None))
    return sorted(days)


def written(days: Sequence[ClosedDay | SchoolHoliday]) -> str:
    """Return closed days or school holidays as one types them."""
    return "\n".join(
        day.from_on.isoformat()
        + (f" – {day.until_on.isoformat()}" if day.until_on != day.from_on else "")
        + (f": {day.label}" if day.label else "")
        for day in days
    )


#: A name, and in brackets behind it from when until when: "(1945 – 1972)", "(– 1972)", "(1972 –)".
_DATED = re.compile(r"(?P<text>.*\S)\s*\((?P<dates>[^()]*\d{4}[^()]*)\)")
_DASH = re.compile(r"\s*[–—]\s*|(?<=\d{4})-(?=\d{4})|\s+-\s*|\s*-\s+|^-|-$")


def other_names_of(text: str | None) -> list[OtherName]:
    """Read one name a line, its dates in brackets. Raises ValueError with the line."""
    return [_other_name(line.strip()) for line in (text or "").splitlines() if line.strip()]


def _other_name(line: str) -> OtherName:
    parts = _DATED.fullmatch(line)
    if parts is None:
        return OtherName(line)
    try:
        first, last = _DASH.split(parts["dates"].strip())
        from_on, until_on = (partial_of(part) if part.strip() else None for part in (first, last))
    except ValueError:
        raise ValueError(line) from None
    if from_on and until_on and until_on.latest < from_on.earliest:
        raise ValueError(line)
    return OtherName(parts["text"], from_on, until_on)


def written_name(alias: OrganisationAlias) -> str:
    """Return another name as one types it."""
    dates = [typed(on) if on else "" for on in (alias.from_on, alias.until_on)]
    return f"{alias.text} ({' – '.join(dates).strip()})" if any(dates) else alias.text


class OrganisationForm(EditForm):
    """An organisation: what it is called, where it is, when it is closed."""

    name = TranslatedField(_l("Name"), required=True)
    aliases = Paragraphs(
        _l("Other names and spellings"),
        at_most=2000,
        description=_l(
            "One a line. Search finds it by any of them. Where one was used for a time only, write when behind it: "
            "Kreis Hofgeismar (1945 – 1972), or (– 1972)"
        ),
    )
    kind = OneOf(_l("Kind"), OrganisationKind)
    country = CountryField(_l("Country"), default="DE")
    subdivision = SubdivisionField(_l("Part of the country"))
    place = Line(_l("Place"), at_most=120)
    position = PositionField(_l("Coordinates"))
    language = LanguageField(_l("Language one writes to it in"))
    zone = ZoneField(_l("Time zone"), default="Europe/Berlin")
    part_of = RowField(_l("Part of"))
    closed_days = Paragraphs(
        _l("Closed days"),
        at_most=4000,
        description=_l(
            "Beyond weekends and public holidays; no reminder arrives on them. One day or range a line, such as "
            "24.12.2026 – 6.1.2027: closed between the years"
        ),
    )
    school_holidays = Paragraphs(
        _l("School holidays"),
        at_most=4000,
        description=_l("As closed days; people work on them, so letters come."),
    )
    notes = Paragraphs(_l("Notes"))
    is_another = Tick(_l("No, this is another one"))

    def validate_closed_days(self, field: Field) -> None:
        """Say which line is not understood."""
        try:
            closed_days_of(field.data)
        except ValueError as line:
            raise ValidationError(
                _("“%(line)s” is not a day or a range of days, such as 24.12.2026 – 6.1.2027.", line=str(line)[:80])
            ) from None

    validate_school_holidays = validate_closed_days

    def validate_aliases(self, field: Field) -> None:
        """Say which line is not understood, and keep each spelling to a length that can be kept."""
        try:
            other_names_of(field.data)
        except ValueError as line:
            raise ValidationError(
                _(
                    "The dates of “%(line)s” are not clear. Please write (1945 – 1972), (– 1972) or (1972 –).",
                    line=str(line)[:80],
                )
            ) from None
        if any(len(line) > 200 for line in (field.data or "").splitlines()):  # noqa: PLR2004 - the column's length
            raise ValidationError(_("One of these names is too long."))

    @staticmethod
    def shown(organisation: Organisation) -> dict[str, object]:
        """Return what the row has under another name or shape."""
        return {
            "aliases": "\n".join(written_name(alias) for alias in organisation.aliases),
            "closed_days": written(organisation.closed_days),
            "school_holidays": written(organisation.school_holidays),
            "part_of": organisation.part_of_id,
        }


class OrganisationFilters(Filters):
    """What the list of organisations is narrowed to."""

    q = Line(_l("Name or place"))
    kind = OneOf(_l("Kind"), OrganisationKind, required=False)
    country = CountryField(_l("Country"), required=False)
    archived = Tick(_l("Show the archive"))


class OfficeForm(EditForm):
    """The office itself."""

    name = Line(_l("Name"), required=True)
    organisation = RowField(_l("Organisation"), description=_l("Which of the organisations is this office."))
    language = LanguageField(_l("Language"))
    zone = ZoneField(_l("Time zone"))
    country = CountryField(_l("Country"))
    subdivision = SubdivisionField(_l("Part of the country"))
    sending_paused = Tick(_l("Pause sending"), description=_l("While it is paused no mail leaves; nothing is lost."))
    imprint = TranslatedField(_l("Imprint"), long=True, at_most=20_000)
    accessibility = TranslatedField(_l("Accessibility statement"), long=True, at_most=20_000)
