"""Which password will do, and what is kept of it."""

import pytest
from flask import Flask

from tracker.accounts import passwords
from tracker.refusal import Refused

NAMES = ("Radu Partener", "radu.partener@bistrita.example.org", "Landkreis Kassel")


@pytest.mark.parametrize(
    "password",
    [
        "Apfelkuchen am Herkules",
        "csütörtökön halászlé",
        "Zăpadă pe munte în mai",
        "vK7!pQ2#mZ9$xL4",
        "дорога вдоль реки летом",
        "ein radu kommt selten allein",
        "Katze Fahrrad Montag Suppe",
        "purple lamp under wet stairs",
        "  leading and trailing stay  ",
        # Each of them counts once, however many bytes it takes.
        "😀🚀🌲🎺🐙🍋🧭🪁🫖🛶🎷🦉🌵🧵🪆",
        "Strom Kiesel Amsel Ofen " * 2 + "und noch ein paar Wörter mehr",
        "an 256 sie " + "Kirsche Wolke Ahorn Pfad " * 9 + "und Ende im Tal gut.",
    ],
)
def test_a_long_password_of_any_letters_will_do(app: Flask, password: str) -> None:
    with app.app_context():
        passwords.check_password(password, names=NAMES)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kurz", "This password is too short: it needs at least 15 characters. Several words in a row are fine."),
        ("x" * 257, "This password is too long: at most 256 characters are possible."),
        ("aaaaaaaaaaaaaaaaaaaa", "This password repeats itself. Please choose one that does not."),
        ("abc1abc1abc1abc1", "This password repeats itself. Please choose one that does not."),
        ("!!!!!!!!!!!!!!!!!!!!", "This password repeats itself. Please choose one that does not."),
        (
            "123456789012345678",
            "This password is a row of the alphabet, of numbers or of the keyboard. Please choose another one.",
        ),
        (
            "qwertzuiopasdfghjkl",
            "This password is a row of the alphabet, of numbers or of the keyboard. Please choose another one.",
        ),
        (
            "Landkreis Kassel 2027",
            "This password is made of your name, your address or the office’s. Please choose another one.",
        ),
        (
            "PartenerRaduPartener",
            "This password is made of your name, your address or the office’s. Please choose another one.",
        ),
        ("Passwort2027Passwort!", "This password is one of the first that anybody tries. Please choose another one."),
        ("Password123456789", "This password is one of the first that anybody tries. Please choose another one."),
        *(
            (known, "This password is one of the first that anybody tries. Please choose another one.")
            for known in (
                *("thisismypassword", "mypassword123456", "P@ssw0rd20262027", "Pa$$w0rd20262027", "Superman12345678"),
                *("liverpool1234567", "welcome2026welcome", "administrator123", "correcthorsebatterystaple"),
                *("Willkommen2026!!", "starwars19771983", "letmeinletmein12"),
            )
        ),
        *(
            (row, "This password is a row of the alphabet, of numbers or of the keyboard. Please choose another one.")
            for row in (
                *("1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv", "q1w2e3r4t5z6u7i8", "zaq1xsw2cde3vfr4"),
                *("qazwsxedcrfvtgb", "123456789qwertyuiop", "abcdefghijklmnop"),
            )
        ),
        (
            "tracker-tracker1",
            "This password is made of your name, your address or the office’s. Please choose another one.",
        ),
        ("sommer2026sommer2027", "This password is one of the first that anybody tries. Please choose another one."),
    ],
)
def test_a_password_that_is_guessed_soon_is_refused_with_the_reason(app: Flask, password: str, reason: str) -> None:
    with app.test_request_context("/?lang=en"), pytest.raises(Refused) as refusal:
        passwords.check_password(password, names=NAMES)

    assert refusal.value.sentence == reason


def test_beside_a_second_factor_twelve_characters_will_do(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        passwords.check_password("Kiesel Ofen!", names=NAMES, least=passwords.LEAST_BESIDES)
        with pytest.raises(Refused, match="it needs at least 12 characters"):
            passwords.check_password("Kiesel Ofen", names=NAMES, least=passwords.LEAST_BESIDES)
        with pytest.raises(Refused, match="it needs at least 15 characters"):
            passwords.check_password("Kiesel Ofen!", names=NAMES)


def test_every_character_of_a_long_password_counts_and_spaces_stay() -> None:
    long = "Kirsche Wolke Ahorn Pfad " * 10 + "Tal"
    kept = passwords.hash_password(long)

    assert passwords.is_right(long, kept)
    assert not passwords.is_right(long[:-1], kept)
    assert not passwords.is_right(long + " ", kept)
    assert not passwords.is_right(long.swapcase(), kept)


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    kept = passwords.hash_password("csu\u0308to\u0308rto\u0308ko\u0308n halaszle")

    assert passwords.is_right("csütörtökön halaszle", kept)
    assert not passwords.is_right("Csütörtökön halaszle", kept)


def test_a_hash_is_argon2id_and_a_weaker_one_is_old() -> None:
    kept = passwords.hash_password("Apfelkuchen am Herkules")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_old_hash(kept)
    assert passwords.is_old_hash(kept.replace("m=19456", "m=9216"))


@pytest.mark.parametrize("kept", [None, "", "not a hash"])
def test_no_password_is_right_where_there_is_none(kept: str | None) -> None:
    assert not passwords.is_right("", kept)
    assert not passwords.is_right("Apfelkuchen am Herkules", kept)
