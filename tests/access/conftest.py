"""The stage, built once for all questions about access."""

from collections.abc import Iterator

import pytest

from tests.access import stage as on
from tests.access.stage import Stage
from tracker.db import db


@pytest.fixture(scope="session")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    built = on.build(tmp_path_factory.mktemp("stage"))
    yield built
    built.monitor.close()
    built.saved.close()
    with built.app.app_context():
        db.engine.dispose()


@pytest.fixture
def stage(_stage: Stage) -> Iterator[Stage]:
    """Give the stage as it was built, and put back what a test changes."""
    before = _stage.state()
    yield _stage
    if _stage.state() != before:
        _stage.put_back()
