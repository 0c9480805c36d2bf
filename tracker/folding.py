"""What search compares: letters without case, accents and variants of spelling."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

#: Letters that no decomposition takes apart.
_APART = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


#: Names are folded again and again where lists are sorted; a page of text is not kept.
_NAME = 200
_KEPT = 10_000


def fold(text: str) -> str:
    """Return the text as search sees it: fold("Straße") == "strasse"."""
    return _folded_name(text) if len(text) <= _NAME else _folded(text)


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_APART)
    kept = "".join(letter if letter.isalnum() else " " for letter in apart if not unicodedata.combining(letter))
    return " ".join(kept.split())


_folded_name = lru_cache(_KEPT)(_folded)


def fold_all(texts: Iterable[str]) -> str:
    """Return many spellings as one line to search in, each kept apart by a bar."""
    return " | ".join(dict.fromkeys(folded for text in texts if (folded := fold(text))))
