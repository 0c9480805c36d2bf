"""Every test finds an empty database, and no page that was made from another one."""

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def _nothing_kept(app: Flask) -> None:
    app.extensions.pop("public pages", None)
