"""Compile the translations while the wheel is built; the compiled files are not kept in git."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTranslations(BuildHookInterface):  # type: ignore[type-arg] # its parameter is the builder's own settings
    """Write messages.mo beside each messages.po."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        for words in sorted(Path(self.root, "tracker", "translations").glob("*/LC_MESSAGES/messages.po")):
            with words.open("rb") as source:
                catalogue = read_po(source, locale=words.parts[-3])
            with words.with_suffix(".mo").open("wb") as target:
                write_mo(target, catalogue)
