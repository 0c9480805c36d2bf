"""Which password will do, and what the database keeps of it."""

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.folding import fold
from tracker.language import _
from tracker.refusal import Refused

#: At least so many characters; fewer will do beside a second factor (NIST SP 800-63B-4).
LEAST, LEAST_BESIDES, MOST = 15, 12, 256
#: Argon2id with at least what the OWASP cheat sheet on password storage asks for.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
#: Where there is no account the same work is done, so that the time tells nothing.
_NOBODYS = f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}${'A' * 22}${'A' * 43}"


def _normal(password: str) -> str:
    # The same letters, however a keyboard composes them.
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Return what the database keeps of a password. Slow on purpose: never while others wait for the database."""
    return _HASHER.hash(_normal(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password. Takes its time even where there is none."""
    try:
        _HASHER.verify(kept or _NOBODYS, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_old_hash(kept: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


_WORDS = """
    password passwort passwords passwortpasswort kennwort parola parole jelszo jelszava geheim secret segreto titkos
    willkommen welcome benvenuto udvozoljuk bunvenit letmein iloveyou ichliebedich tiamo szeretlek teiubesc
    admin administrator test changeme hallo hello ciao szia salut sommer winter summer fruhling herbst
    qwertz qwerty qwertzuiop qwertyuiop qwertzuiopu asdfghjkl asdfgh yxcvbnm zxcvbnm
    january february march april may june july august september october november december
    januar februar marz mai juni juli oktober dezember
    monday tuesday wednesday thursday friday saturday sunday
    correcthorsebatterystaple thisis mypass passcode access login master private
    football baseball basketball soccer hockey fussball liverpool chelsea arsenal barcelona juventus bayern dortmund
    superman batman pokemon starwars dragon monkey tiger shadow sunshine princess flower freedom hunter killer
    michael jordan jessica ashley charlie daniel thomas andrea alexander martin stefan
    computer internet google facebook samsung iphone windows microsoft linkedin whatever nothing trustno
    schatz liebling katze hund engel amore juventus kiscica kutya dragoste soare
"""
#: What people who must think of a long password write first, folded.
_COMMON = frozenset(_WORDS.split())
#: The letters of the words a password may not be made of alone.
_OWN = ("tracker", "partnership", "partnerschaft", "landkreis")
_ROWS = (
    "0123456789",
    "9876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertzuiopasdfghjklyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    # Down the columns of the keyboard, up them, and from key to key between two rows.
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1qay2wsx3edc4rfv5tgb6zhn7ujm8ik9ol0p",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "qazwsxedcrfvtgbyhnujmikolp",
    "qaywsxedcrfvtgbzhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "q1w2e3r4t5z6u7i8o9p0",
)
#: Signs that stand for letters in the passwords of people who were asked for signs.
_SIGNS = str.maketrans("013457$@!", "oieastsai")
_LEAST_LEFT, _LEAST_DIFFERENT, _LONGEST_PIECE = 8, 5, 8


def check_password(password: str, *, names: Iterable[str], least: int = LEAST) -> None:
    """Refuse a password that is guessed soon, with the reason. `names`: of the person, their address, the office."""
    text = _normal(password)
    if len(text) < least:
        raise Refused(
            _(
                "This password is too short: it needs at least %(least)s characters. Several words in a row are fine.",
                least=least,
            )
        )
    if len(text) > MOST:
        raise Refused(_("This password is too long: at most %(most)s characters are possible.", most=MOST))
    letters = fold(text).replace(" ", "")
    if len(set(text.casefold())) < _LEAST_DIFFERENT or _is_repeated(text.casefold()):
        raise Refused(_("This password repeats itself. Please choose one that does not."))
    if len(_without(letters, _runs())) < _LEAST_LEFT and letters:
        raise Refused(
            _("This password is a row of the alphabet, of numbers or of the keyboard. Please choose another one.")
        )
    words = {fold(part).replace(" ", "") for name in names for part in (name, *re.split(r"[\W_]+", name))}
    if len(_without(letters, (word for word in {*words, *_OWN} if len(word) > 2))) < _LEAST_LEFT and letters:  # noqa: PLR2004 - shorter ones are in every text
        raise Refused(_("This password is made of your name, your address or the office’s. Please choose another one."))
    spelt = (letters, fold(text.translate(_SIGNS)).replace(" ", ""))
    if any(len(re.sub(r"\d", "", _without(one, _COMMON))) < _LEAST_LEFT / 2 for one in spelt) and letters:
        raise Refused(_("This password is one of the first that anybody tries. Please choose another one."))


def _is_repeated(text: str) -> bool:
    """Whether it is a short piece again and again: "abc1abc1abc1abc1"."""
    return any(
        text == (text[:size] * len(text))[: len(text)] for size in range(1, min(_LONGEST_PIECE, len(text) // 2) + 1)
    )


def _runs() -> Iterable[str]:
    return (
        row[start : start + size] for size in range(10, 3, -1) for row in _ROWS for start in range(len(row) - size + 1)
    )


def _without(text: str, words: Iterable[str]) -> str:
    """Return what is left of a text after these words are taken out of it, the longest first."""
    for word in sorted(set(words), key=len, reverse=True):
        text = text.replace(word, "\n")
    return text.replace("\n", "")
