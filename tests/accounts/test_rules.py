"""Who may invite and close, when a sign-in is over, where a link leads."""

from datetime import UTC, datetime, timedelta

from tracker.accounts.models import Account, LinkPurpose, Role
from tracker.accounts.rules import address_kept, is_over, link_address, may_archive, may_invite, roles_to_invite
from tracker.web.access import Somebody

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def reader_as(role: Role) -> Somebody:
    """Return somebody with a role."""
    return Somebody(
        id=1,
        name="Somebody",
        role=role.value,
        language="de",
        zone="Europe/Berlin",
        organisation_ids=frozenset(),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=NOW,
    )


def test_a_sign_in_ends_after_a_pause_and_after_its_length() -> None:
    later = NOW + timedelta(hours=12)

    assert not is_over(NOW, 3600, later, NOW + timedelta(minutes=59))
    assert is_over(NOW, 3600, later, NOW + timedelta(minutes=60))
    assert is_over(later, 3600, later, later)


def test_coordinators_invite_partners_and_administrators_anybody() -> None:
    assert roles_to_invite(reader_as(Role.ADMINISTRATOR)) == tuple(Role)
    assert roles_to_invite(reader_as(Role.COORDINATOR)) == (Role.PARTNER,)
    assert roles_to_invite(reader_as(Role.READER)) == roles_to_invite(reader_as(Role.PARTNER)) == ()
    assert may_invite(reader_as(Role.COORDINATOR), None)
    assert not may_invite(reader_as(Role.COORDINATOR), Account(role=Role.READER))
    assert not may_invite(reader_as(Role.COORDINATOR), Account(role=Role.PARTNER, password_hash="x"))
    assert not may_invite(reader_as(Role.READER), None)


def test_coordinators_do_not_close_the_accounts_of_the_office() -> None:
    assert may_archive(reader_as(Role.COORDINATOR), None)
    assert may_archive(reader_as(Role.COORDINATOR), Account(role=Role.PARTNER))
    assert not may_archive(reader_as(Role.COORDINATOR), Account(role=Role.ADMINISTRATOR))
    assert may_archive(reader_as(Role.ADMINISTRATOR), Account(role=Role.ADMINISTRATOR))
    assert not may_archive(reader_as(Role.READER), None)


def test_addresses_are_kept_in_lower_case() -> None:
    assert address_kept(" Radu@Example.ORG ") == "radu@example.org"


def test_a_link_is_an_address_of_this_site() -> None:
    assert link_address("https://p.example.org", LinkPurpose.RESET, "x") == "https://p.example.org/new-password/x"
