"""How long one is signed in, and when a mailed link opens nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from tracker.accounts.models import Account, AccountLink, LinkPurpose, Role
from tracker.accounts.rules import INVITATIONS
from tracker.answers.routes import LETTERS as ASKED_BY_LINK
from tracker.entrance.rules import KEPT_SIGNED_IN, LENGTHS, LETTERS, LINKS, PROOFS, sign_in_lengths, why_void
from tracker.people.models import Person
from tracker.proofs.rules import TRIES

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def test_only_partners_are_kept_signed_in() -> None:
    assert sign_in_lengths(Role.PARTNER, kept=True) == (KEPT_SIGNED_IN, KEPT_SIGNED_IN)
    assert sign_in_lengths(Role.PARTNER, kept=False) == (timedelta(minutes=60), timedelta(hours=12))
    assert sign_in_lengths(Role.ADMINISTRATOR, kept=True) == (timedelta(minutes=15), timedelta(hours=8))


def link_for(purpose: LinkPurpose, **more: object) -> AccountLink:
    """Return a link that opens something for an hour."""
    account = Account(role=Role.PARTNER, person=Person(name="Radu"))
    values = {"role": Role.PARTNER, "purpose": purpose, "expires_at": NOW + timedelta(hours=1), "used_at": None}
    return AccountLink(account=account, **(values | more))


def test_a_link_is_void_once_used_or_late_or_when_the_role_is_another(app: Flask) -> None:
    purpose = LinkPurpose.INVITATION
    locked = link_for(purpose)
    locked.account.person.locked_at = NOW

    with app.test_request_context("/?lang=en"):
        assert why_void(link_for(purpose), purpose, NOW) is None
        assert [
            why_void(link_for(purpose, used_at=NOW), purpose, NOW),
            why_void(link_for(purpose, expires_at=NOW), purpose, NOW),
            why_void(link_for(LinkPurpose.RESET, expires_at=NOW), LinkPurpose.RESET, NOW),
            why_void(link_for(purpose, role=Role.READER), purpose, NOW),
            why_void(locked, purpose, NOW),
        ] == [
            "This link has been used already, or a newer one has taken its place.",
            "This link was open for 72 hours and has expired. Please ask the office for a new invitation.",
            "This link was open for 2 hours and has expired. Please ask for a new one.",
            "The role of this account was changed after the link was sent. Please ask the office for a new one.",
            "This account is closed. Please ask the office.",
        ]


def test_the_manual_tells_the_lengths_and_limits() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "manual.md").read_text(encoding="utf-8")
    limits = (PROOFS, LETTERS, TRIES, LINKS, INVITATIONS)
    told = [line.split(" | ")[1:] for line in manual.partition("one client, one account")[2].splitlines()[2:7]]

    assert [[f"{limit.each}", f"{limit.client}", f"{limit.site:,}"] for limit in limits] == [row[:3] for row in told]
    assert [row[3].rstrip(" |") for row in told] == ["15 minutes", "1 hour", "1 hour", "15 minutes", "1 hour"]
    assert [limit.within for limit in limits] == [timedelta(minutes=minutes) for minutes in (15, 60, 60, 15, 60)]
    assert "| administrator | 15 minutes | 8 hours |" in manual
    assert "| coordinator, reader, partner | 60 minutes | 12 hours |" in manual
    assert LENGTHS[Role.ADMINISTRATOR] == (timedelta(minutes=15), timedelta(hours=8))
    assert {LENGTHS[role] for role in Role if role is not Role.ADMINISTRATOR} == {
        (timedelta(minutes=60), timedelta(hours=12))
    }


def test_no_two_limits_are_counted_together() -> None:
    names = [limit.name for limit in (PROOFS, LETTERS, TRIES, LINKS, INVITATIONS, ASKED_BY_LINK)]

    assert len(set(names)) == len(names)
