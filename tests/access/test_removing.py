"""Each place that keeps somebody out is missed when it is taken out: `make fuzz` takes out all, `make test` a tenth."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
#: Places that nobody misses over HTTP, with the reason.
EXPLAINED: dict[str, str] = tomllib.loads((Path(__file__).parent / "removing.toml").read_text(encoding="utf-8"))
IS_LONG = os.environ.get("TRACKER_TEST_FUZZ") == "long"
#: The tenth that is always tried: the same places on every machine.
SHARE = "0/1" if IS_LONG else "0/10"


@pytest.mark.xdist_group("removing")
@pytest.mark.timeout(0 if IS_LONG else 900)
def test_whatever_keeps_somebody_out_is_missed() -> None:
    command = [sys.executable, "-m", "tests.access.removing", "--share", SHARE]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    tried = json.loads(ran.stdout)
    missed = [one for one in tried if one["missed"]]
    unexplained = [one["place"] for one in tried if not one["missed"] and one["key"] not in EXPLAINED]

    assert len(tried) > (300 if IS_LONG else 20)
    assert unexplained == []
    assert len(missed) >= 0.95 * (len(tried) - sum(one["key"] in EXPLAINED for one in tried))
