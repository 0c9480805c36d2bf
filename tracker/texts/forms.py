"""What the list of texts is narrowed to."""

from collections.abc import Collection
from typing import Any

from wtforms import SelectField

from tracker.language import LANGUAGES, _l, language_name
from tracker.texts.rules import TextKind
from tracker.web.fields import CHOOSE, OneOf, offered, picked
from tracker.web.forms import Filters


class TextFilters(Filters):
    """Which language somebody looks after, and whose texts."""

    language = SelectField(_l("Language"), picked(required=False), **CHOOSE)
    kind = OneOf(_l("Kind"), TextKind, required=False)

    def __init__(self, *args: Any, kinds: Collection[str], **more: Any) -> None:
        """Offer every language, and the kinds whose texts somebody looks after."""
        super().__init__(*args, **more)
        named = ((kind.value, str(kind.label)) for kind in TextKind if kind.value in kinds)
        self.kind.choices = offered([("", "–"), *named])
        self.language.choices = offered([("", "–"), *((code, language_name(code).capitalize()) for code in LANGUAGES)])
