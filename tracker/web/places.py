"""Fields for where somebody is: country, part of it, and time zone."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from wtforms import Field, SelectField
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from tracker.folding import fold
from tracker.language import _, _l, spoken
from tracker.web.fields import CHOOSE, Line, Options, clean, offered, picked

#: Countries that offices of this kind have partners in come first.
NEAR = ("AT", "CZ", "DE", "FR", "GB", "HU", "IT", "PL", "RO", "UA", "US")
_CODE = re.compile(r"[A-Z]{2}")


def countries() -> tuple[tuple[str, str], ...]:
    """Return code and name of every country, the near ones first."""
    return _countries(spoken())


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
    codes = [code for code in names if _CODE.fullmatch(code) and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}]
    known = ((code, names[code]) for code in codes)
    return tuple(sorted(known, key=lambda pair: (pair[0] not in NEAR, fold(pair[1]))))


class CountryField(SelectField):
    """An ISO 3166-1 country by its name."""

    widget: Any = Options()

    def __init__(self, label: str, *, required: bool = True, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        nothing = [] if required else [("", "–")]
        more.setdefault("filters", [lambda code: code or None])
        choices = offered([*nothing, *countries()])
        super().__init__(label, picked(required=required), choices=choices, **(CHOOSE | more))

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms' own
        """Let nothing be chosen where nothing is required."""
        if self.data is not None:
            super().pre_validate(form)


class SubdivisionField(Line):
    """An ISO 3166-2 code, such as DE-HE. It names the public holidays."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault(
            "description",
            _l("State or province as ISO 3166-2 has it, such as DE-HE. It decides about public holidays."),
        )
        super().__init__(label, at_most=6, validators=[self._check], **more)

    @staticmethod
    def _check(_form: object, field: Field) -> None:
        if field.data and not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", field.data):
            raise ValidationError(
                _("Please write two letters for the country, a hyphen, and the part of it, such as DE-HE.")
            )


_DEGREES = r"([+-]?\d{1,3}(?:[.,]\d+)?)"
#: A comma is a decimal sign within a number, and parts two that have points of their own or a space between them.
_POSITION = re.compile(rf"{_DEGREES}(?:\s*;\s*|,?\s+){_DEGREES}|([+-]?\d{{1,3}}\.\d+),([+-]?\d{{1,3}}\.\d+)", re.ASCII)


def position_of(text: str) -> str:
    """Read "47,166 18,953" and return "47.166, 18.953", to a metre. Raises ValueError for what is nowhere on earth."""
    found = _POSITION.fullmatch(text.replace("\u2212", "-"))
    if found is None:
        raise ValueError(text)
    north, east = (Decimal(one.replace(",", ".")) for one in found.groups() if one)
    if abs(north) > 90 or abs(east) > 180:  # noqa: PLR2004 - a quarter and half of the way around
        raise ValueError(text)
    return f"{_shortly(north)}, {_shortly(east)}"


def _shortly(degrees: Decimal) -> str:
    """Return at most five digits behind the point, and no zeros there."""
    written = f"{degrees:.5f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


class PositionField(Field):
    """A point on earth, by its degrees north and east."""

    widget = TextInput()

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault(
            "description",
            _l("Degrees north and east, such as 47.166, 18.953. On the map it is a point then, and not its region."),
        )
        more.setdefault("render_kw", {"autocomplete": "off"})
        super().__init__(label, **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the degrees."""
        text = clean(str(valuelist[0])) if valuelist else None
        self.data: str | None = None
        if not text:
            return
        try:
            self.data = position_of(text)
        except ValueError:
            raise ValueError(
                _("This is no point on earth. Please write degrees north and east, such as 47.166, 18.953.")
            ) from None


class ZoneField(SelectField):
    """An IANA time zone."""

    widget: Any = Options()

    def __init__(self, label: str, *, required: bool = True, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        nothing = [] if required else [("", "–")]
        zones = sorted(
            zone
            for zone in available_timezones()
            if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))
        )
        more.setdefault("filters", [lambda zone: zone or None])
        super().__init__(
            label,
            picked(required=required),
            choices=offered([*nothing, *((zone, zone.replace("_", " ")) for zone in zones)]),
            **(CHOOSE | more),
        )

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms' own
        """Let nothing be chosen where nothing is required."""
        if self.data is not None:
            super().pre_validate(form)
