"""Workers killed at any moment, against a mail server that misbehaves: nothing is lost, each copy is accounted for."""

from pathlib import Path

import pytest
from flask import Flask

from bench.chaos import trial
from tracker.config import Settings

#: The long form, `make chaos`, has 10,000, 200 and 25.
MESSAGES, KILLS, FREEZES = 1_200, 25, 3


@pytest.mark.both
@pytest.mark.timeout(900)
def test_nothing_is_lost_and_every_copy_was_recorded(app: Flask, settings: Settings, tmp_path: Path) -> None:
    counted = trial(app, settings.database_url, tmp_path, messages=MESSAGES, kills=KILLS, freezes=FREEZES)

    assert counted.broken == []
    assert (counted.planned, counted.delivered + counted.shown >= MESSAGES) == (MESSAGES, True)
    # It was a trial: workers died while they planned, addresses were wrong, people were quicker than their letters, and
    # the server misbehaved.
    assert counted.kills_while_planning > 0
    assert MESSAGES > counted.delivered > MESSAGES * 0.98
    assert counted.cancelled > 0
    assert counted.faults > MESSAGES / 20
