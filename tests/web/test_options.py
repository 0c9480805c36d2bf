"""Lists to choose from are written as WTForms writes them."""

from typing import Any

from flask import Flask
from wtforms.widgets import Select

from tracker.web.fields import RowField
from tracker.web.forms import Form


class Chosen(Form):
    """A form with a list."""

    row = RowField("Row")


def test_a_list_is_what_wtforms_makes_of_it(app: Flask) -> None:
    with app.test_request_context():
        form = Chosen(row=7)
        form.row.offer([(7, 'Seven "& more"'), (8, "<b>Eight</b>")])
        ours = form.row(class_="list")
        plain: Any = Select()

        assert ours == plain(form.row, class_="list")
        assert '<option selected value="7">' in ours
