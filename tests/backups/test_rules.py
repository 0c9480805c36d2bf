"""When a backup is due, what is kept, and which settings leave."""

from datetime import UTC, date, datetime, timedelta

from tracker.backups.rules import begins, is_too_old, name_of, night_of, not_kept, settings_file

NOW = datetime(2027, 3, 31, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_night_begins_at_two_on_the_clock_of_the_office() -> None:
    before, after = datetime(2027, 3, 2, 0, 59, tzinfo=UTC), datetime(2027, 3, 2, 1, 0, tzinfo=UTC)

    assert [night_of(one, "Europe/Berlin") for one in (before, after)] == [date(2027, 3, 1), date(2027, 3, 2)]
    assert begins(date(2027, 3, 2), "Europe/Berlin") == after


def test_the_night_without_two_o_clock_has_its_backup_too() -> None:
    assert begins(date(2027, 3, 28), "Europe/Berlin") == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_seven_days_and_four_weeks_are_kept() -> None:
    nights = [NOW - number * DAY for number in range(60)]
    names = [name_of(night, sealed=number % 2 == 0) for number, night in enumerate(nights)]
    # The clock was ahead for a night.
    others = ["erasures.log", "tracker.sqlite", ".tracker-2027-03-31-010000.zip.half", "tracker-2031-01-01-010000.zip"]

    gone = not_kept([*names, *others, ".tracker-2027-03-30-010000.zip.half"], NOW.date())

    kept = [night.date().isoformat() for night, name in zip(nights, names, strict=True) if name not in gone]
    # A Wednesday: the last seven days, and the Sundays that ended the three weeks before.
    assert kept[:7] == [(NOW - number * DAY).date().isoformat() for number in range(7)]
    assert kept[7:] == ["2027-03-21", "2027-03-14"]
    assert gone - set(names) == {".tracker-2027-03-30-010000.zip.half"}


def test_weeks_are_kept_over_the_new_year() -> None:
    today = date(2027, 1, 2)
    names = [f"tracker-{today - number * DAY}-010000.zip" for number in range(60)]

    kept = set(names) - not_kept(names, today)

    # A Saturday in a week that began last year.
    assert sorted(kept)[:3] == [f"tracker-2026-12-{day}-010000.zip" for day in (13, 20, 27)]
    assert len(kept) == 9


def test_old_backups_stay_while_no_newer_ones_come() -> None:
    old = name_of(NOW - 300 * DAY, sealed=False)

    assert not_kept([old], NOW.date()) == set()


def test_two_nights_without_a_backup_are_too_many() -> None:
    long_ago = NOW - 90 * DAY

    assert [is_too_old(NOW - hours * timedelta(hours=1), long_ago, NOW) for hours in (47, 49)] == [False, True]
    assert [is_too_old(None, since, NOW) for since in (NOW, long_ago)] == [False, True]


def test_secrets_leave_only_when_asked_for_and_the_key_of_backups_never() -> None:
    chosen = {
        "instance": "/srv/tracker",
        "public_url": "https://partners.example.org",
        "mail_url": "smtp+starttls://office:geheim@mail.example.org:587",
        "inbox_url": "imaps://project@example.org:geheim@mail.example.org/INBOX",
        "database_url": "postgresql+psycopg://tracker:geheim@db/tracker",
        "secret_key": "s" * 40,
        "backup_key": "b" * 40,
    }

    assert settings_file(chosen, secrets=False) == (
        'database_url = "postgresql+psycopg://tracker:…@db/tracker"\n'
        'inbox_url = "imaps://project@example.org:…@mail.example.org/INBOX"\n'
        'mail_url = "smtp+starttls://office:…@mail.example.org:587"\n'
        'public_url = "https://partners.example.org"\n'
    )
    with_secrets = settings_file(chosen, secrets=True)
    assert [word in with_secrets for word in ("geheim", "s" * 40, "b" * 40, "/srv")] == [True, True, False, False]
