"""Passwords that one can read aloud and type anywhere."""

import secrets

#: The same key on German, Hungarian, Italian, Romanian and English keyboards, and no letter that looks like a digit.
CONSONANTS = "bdfghjkmnprstv"
VOWELS = "aeiou"
WORDS, SYLLABLES = 4, 2


def easy_password() -> str:
    """Return four short words such as "bako-timu-seda-ruho": 19 characters, 49 bits."""
    return "-".join("".join(_syllable() for _ in range(SYLLABLES)) for _ in range(WORDS))


def _syllable() -> str:
    return secrets.choice(CONSONANTS) + secrets.choice(VOWELS)
