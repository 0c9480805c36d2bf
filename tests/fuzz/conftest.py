"""The example office, once for all that is thrown at it, and how much that is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import world
from tests.world import World

#: `make fuzz` asks for the long form, with other examples each time; the short one throws the same each time.
IS_LONG = os.environ.get("TRACKER_TEST_FUZZ") == "long"
settings.register_profile(
    "hostile",
    max_examples=500 if IS_LONG else 20,
    derandomize=not IS_LONG,
    database=None,
    deadline=None,
    print_blob=True,
    # What a failure has in common is looked for by the long form alone: it takes minutes.
    phases=list(Phase) if IS_LONG else [Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
HOSTILE = settings.get_profile("hostile")


@pytest.fixture(scope="session")
def _office(folder_of_the_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = world.shared(folder_of_the_run, tmp_path_factory.mktemp("world") / "instance")
    yield found
    found.close()


@pytest.fixture
def office(_office: World) -> Iterator[World]:
    """Give the example office as it was found, on the day it was."""
    world.at(world.VISITED_AT)
    yield _office
    _office.put_back()
    world.at_real_time()
