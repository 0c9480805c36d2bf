"""Workers killed at any moment, against a mail server that misbehaves: nothing is lost, each copy is accounted for."""

from pathlib import Path

import pytest
from flask import Flask

from bench.chaos import trial
from tracker.config import Settings

#: The long form, `make chaos`, has 10,000 and 200.
MESSAGES, KILLS = 2_000, 40


@pytest.mark.both
@pytest.mark.timeout(600)
def test_nothing_is_lost_and_every_copy_was_recorded(app: Flask, settings: Settings, tmp_path: Path) -> None:
    counted = trial(app, settings.database_url, tmp_path, messages=MESSAGES, kills=KILLS)

    assert counted.broken == []
    assert (counted.planned, counted.delivered + counted.held >= MESSAGES) == (MESSAGES, True)
    assert counted.kills + counted.freezes == KILLS
    assert counted.faults > MESSAGES / 20
