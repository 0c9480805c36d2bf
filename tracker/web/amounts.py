"""Numbers as people type them in their language, and currencies."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import (
    format_decimal,
    get_decimal_symbol,
    get_group_symbol,
    get_territory_currencies,
    list_currencies,
)
from markupsafe import Markup, escape
from wtforms import Field, StringField
from wtforms.widgets import TextInput

from tracker.language import _, spoken
from tracker.web.places import NEAR

#: What amounts are below, in any currency.
MOST = Decimal(1_000_000_000)
#: In the standard, but no money: "no currency", and a code for tests.
_NO_MONEY = frozenset({"XXX", "XTS"})
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}


def number_of(text: str) -> Decimal:
    """Read "1.234,50" as the language spoken now writes it. Raises ValueError for anything else."""
    group, point = (re.escape(_plain(sign(spoken()))) for sign in (get_group_symbol, get_decimal_symbol))
    # Between groups of three some put a space, whatever their language. The sign of another language is refused:
    # there "1.234" is a thousand times as much.
    written = rf"([-\u2212]?)(\d{{1,3}}(?:(?:{group}| |'|’)\d{{3}})+|\d+)(?:{point}(\d+))?"
    found = re.fullmatch(written, _plain(text.strip()), re.ASCII)
    if found is None:
        raise ValueError(text)
    sign, whole, rest = found.groups()
    digits = "".join(digit for digit in whole if digit.isdigit())
    return Decimal(f"{'-' if sign else ''}{digits}.{rest or 0}")


def _plain(text: str) -> str:
    """Return a text in which every space is one that keyboards have."""
    return re.sub(r"\s", " ", text)


def typed(value: Decimal) -> str:
    """Return a number as the reader would type it; `number_of` reads it back."""
    return format_decimal(value, "0.###", locale=spoken())


class DecimalNumber(Field):
    """A number above zero, written in the reader's language."""

    widget = TextInput()

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label, **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else typed(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the number."""
        self.data: Decimal | None = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        try:
            value = number_of(text)
        except ValueError:
            example = format_decimal(Decimal("1234.5"), "#,##0.00", locale=spoken())
            raise ValueError(
                _("This is not a number. Please write it like this: %(example)s", example=example)
            ) from None
        if value <= 0:
            raise ValueError(_("Please write a number above zero."))
        if value >= MOST:
            most = format_decimal(MOST, locale=spoken())
            raise ValueError(_("This is too much. Please write a number below %(most)s.", most=most))
        self.data = value


def currency_in(country: str) -> str:
    """Return the currency that a country has now."""
    return str(get_territory_currencies(country)[0])


class _Suggesting(TextInput):
    """A line with the usual currencies below it, for browsers that show them."""

    def __call__(self, field: Field, **more: Any) -> Markup:
        """Print the line and the list."""
        names, usual = Locale.parse(spoken()).currencies, dict.fromkeys(currency_in(country) for country in NEAR)
        offered = "".join(f'<option value="{code}">{escape(names.get(code, code))}</option>' for code in usual)
        kept = f'<datalist id="{field.id}-usual">{offered}</datalist>'
        return super().__call__(field, list=f"{field.id}-usual", **more) + Markup(kept)  # noqa: S704 - names are escaped


class CurrencyField(StringField):
    """An ISO 4217 currency by its code, those that are gone included: old gifts keep theirs."""

    widget = _Suggesting()

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"autocomplete": "off", "autocapitalize": "characters", "maxlength": 3})
        super().__init__(label, **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the code."""
        self.data: str | None = None
        text = str(valuelist[0]).strip().upper() if valuelist else ""
        if not text:
            return
        code = _SIGNS.get(text, text)
        if code in _NO_MONEY or code not in list_currencies():
            raise ValueError(_("This currency is not known. Please write three letters, such as EUR, HUF, RON or USD."))
        self.data = code
