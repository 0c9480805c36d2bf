"""Codes of an app and recovery codes, without a database."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tracker.accounts.models import Role
from tracker.factors import codes
from tracker.factors.rules import Factors, is_due

NOW = datetime(2027, 3, 2, 9, 0, 10, tzinfo=UTC)
SECRET = codes.app_secret("k" * 32, 1, "nonce")


def code(away: int = 0, secret: str = SECRET) -> str:
    """Return the code of a half minute so many steps away."""
    return pyotp.TOTP(secret).at(NOW + away * codes.STEP)


def test_an_app_takes_the_secret_from_the_address() -> None:
    app = pyotp.parse_uri(codes.app_address(SECRET, who="karla@example.org", office="Landkreis Kassel"))

    assert isinstance(app, pyotp.TOTP)
    assert (app.name, app.issuer, app.at(NOW)) == ("karla@example.org", "Landkreis Kassel", code())


def test_the_secret_is_of_the_key_the_account_and_the_nonce() -> None:
    others = {
        codes.app_secret("l" * 32, 1, "nonce"),
        codes.app_secret("k" * 32, 2, "nonce"),
        codes.app_secret("k" * 32, 1, "other"),
    }

    assert len(others | {SECRET}) == 4
    assert len(SECRET) == 32


@pytest.mark.parametrize(("away", "taken"), [(-2, None), (-1, -1), (0, 0), (1, 1), (2, None)])
def test_one_step_to_either_side_is_right(away: int, taken: int | None) -> None:
    here = int(NOW.timestamp()) // 30

    assert codes.step_of(code(away), [SECRET], NOW) == (None if taken is None else here + taken)


def test_the_edge_of_a_step_is_where_it_should_be() -> None:
    begins = datetime(2027, 3, 2, 9, 0, 0, tzinfo=UTC)
    its = pyotp.TOTP(SECRET).at(begins)

    assert codes.step_of(its, [SECRET], begins + timedelta(seconds=59)) is not None
    assert codes.step_of(its, [SECRET], begins + timedelta(seconds=60)) is None
    assert codes.step_of(its, [SECRET], begins - timedelta(seconds=30)) is not None
    assert codes.step_of(its, [SECRET], begins - timedelta(seconds=31)) is None


@pytest.mark.parametrize("typed", ["{} ", " {}", "{:.3} {:.0}", "\t{}\n", "{}-"])
def test_blanks_do_not_matter(typed: str) -> None:
    plain = code()
    spaced = f"{plain[:3]} {plain[3:]}" if "{:.3}" in typed else typed.format(plain)

    assert codes.step_of(spaced, [SECRET], NOW) == codes.step_of(plain, [SECRET], NOW)


def test_digits_of_any_keyboard_are_digits() -> None:
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code())

    assert codes.step_of(wide, [SECRET], NOW) is not None


@pytest.mark.parametrize("typed", ["", "0", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-1", "0" * 60])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert codes.step_of(typed, [SECRET], NOW) is None


def test_an_app_of_a_former_key_still_works() -> None:
    both = codes.app_secrets(("old" * 12, "new" * 12), 1, "nonce")

    assert codes.step_of(code(secret=both[0]), both, NOW) is not None
    assert codes.step_of(code(secret=both[1]), both, NOW) is not None
    assert codes.step_of(code(secret=both[0]), both[1:], NOW) is None


# ---- recovery codes


def test_a_set_has_ten_different_codes_of_eighty_bits() -> None:
    made = codes.recovery_codes("k" * 32, 1, "form")

    assert len(set(made)) == 10
    assert {len(one.replace("-", "")) for one in made} == {16}
    assert {len(group) for one in made for group in one.split("-")} == {4}
    assert set("".join(made)) <= set("0123456789abcdefghjkmnpqrstvwxyz-")


def test_the_same_form_gets_the_same_set_and_nothing_else_does() -> None:
    sets = [
        codes.recovery_codes(*of) for of in (("k" * 32, 1, "a"), ("k" * 32, 1, "b"), ("k" * 32, 2, "a"), ("l", 1, "a"))
    ]

    assert sets[0] == codes.recovery_codes("k" * 32, 1, "a")
    assert len({one for made in sets for one in made}) == 40


@pytest.mark.parametrize(
    "typed", ["ABCD-0123-4567-89jk", " abcd 0123 4567 89jk", "abcdol2345678 9jk".replace("ol2", "012")]
)
def test_a_recovery_code_may_be_typed_in_many_ways(typed: str) -> None:
    assert codes.code_hash(1, typed) == codes.code_hash(1, "abcd-0123-4567-89jk")


def test_letters_that_look_like_digits_are_those() -> None:
    assert codes.code_hash(1, "OOOO-IIII-LLLL-0000") == codes.code_hash(1, "0000-1111-1111-0000")


def test_a_recovery_code_is_kept_for_one_account() -> None:
    assert codes.code_hash(1, "abcd-0123-4567-89jk") != codes.code_hash(2, "abcd-0123-4567-89jk")


def test_the_two_kinds_of_code_are_told_apart_by_their_length() -> None:
    assert [codes.is_app_code(typed) for typed in (code(), "123 456", "abcd-0123-4567-89jk", "")] == [
        True,
        True,
        False,
        True,
    ]


# ---- who needs one


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("was_here", [True, False])
@pytest.mark.parametrize("has", [True, False])
def test_it_is_due_for_the_office_from_the_second_sign_in_on(
    role: Role,
    required: bool,  # noqa: FBT001 - a case
    was_here: bool,  # noqa: FBT001 - a case
    has: bool,  # noqa: FBT001 - a case
) -> None:
    works_here = role in {Role.ADMINISTRATOR, Role.COORDINATOR}

    assert is_due(role, required=required, was_here=was_here, has=has) is (
        works_here and required and was_here and not has
    )


def test_an_app_or_a_passkey_is_a_second_factor() -> None:
    assert [bool(Factors(app=app, passkeys=keys)) for app, keys in ((True, 0), (False, 1), (False, 0))] == [
        True,
        True,
        False,
    ]
