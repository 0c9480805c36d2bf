"""Fields for where somebody is: country, part of it, and time zone."""

import re
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from wtforms import Field, SelectField
from wtforms.validators import ValidationError

from tracker.folding import fold
from tracker.language import _, _l, spoken
from tracker.web.fields import CHOOSE, Line, offered, picked

#: Countries that offices of this kind have partners in come first.
NEAR = ("AT", "CZ", "DE", "FR", "GB", "HU", "IT", "PL", "RO", "UA", "US")
_CODE = re.compile(r"[A-Z]{2}")


def countries() -> list[tuple[str, str]]:
    """Return code and name of every country, the near ones first."""
    names = {str(code): str(name) for code, name in Locale.parse(spoken()).territories.items()}
    codes = [code for code in names if _CODE.fullmatch(code) and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}]
    return sorted(((code, names[code]) for code in codes), key=lambda pair: (pair[0] not in NEAR, fold(pair[1])))


class CountryField(SelectField):
    """An ISO 3166-1 country by its name."""

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


class ZoneField(SelectField):
    """An IANA time zone."""

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
