"""What search compares: letters without case, accents and variants of spelling."""

import unicodedata
from collections.abc import Iterable

#: Letters that no decomposition takes apart.
_APART = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


def fold(text: str) -> str:
    """Return the text as search sees it: fold("Straße") == "strasse"."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_APART)
    kept = "".join(letter if letter.isalnum() else " " for letter in apart if not unicodedata.combining(letter))
    return " ".join(kept.split())


def fold_all(texts: Iterable[str]) -> str:
    """Return many spellings as one line to search in, each kept apart by a bar."""
    return " | ".join(dict.fromkeys(folded for text in texts if (folded := fold(text))))
