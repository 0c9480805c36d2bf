"""A page that is measured, a file that programs fetch, and how SQL reads what the program keeps as JSON."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page by its name and address, and the statements that read all it shows."""

    name: str
    path: str
    statements: tuple[str, ...]

    @property
    def template(self) -> str:
        """The file that the floor's template of it is kept in."""
        return f"{self.name.replace(' ', '_')}.html"


@dataclass(frozen=True)
class Fetch:
    """A file that programs fetch: whether they tell which one they have already, by its ETag."""

    name: str
    path: str
    knows: bool


def said(column: str) -> str:
    """Read a translated text in German, else as it was written."""
    original = f"json_extract({column}, '$.texts.' || json_extract({column}, '$.original') || '.text')"
    return f"coalesce(json_extract({column}, '$.texts.de.text'), {original})"
