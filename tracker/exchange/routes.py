"""Pages of visits in both directions."""

from flask import Blueprint, render_template, request
from werkzeug import Response

from tracker import clock
from tracker.events.telling import when_in_short
from tracker.exchange import queries, sheets
from tracker.exchange.forms import YearsForm
from tracker.exchange.rules import balance, period, turn, usual_period, whole_period
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Side
from tracker.partnerships.rules import may_list
from tracker.web.access import found, require, somebody
from tracker.web.lists import Page

bp = Blueprint("exchange", __name__)


@bp.get("/partnerships/<int:partnership_id>/exchange")
def show(partnership_id: int) -> str | Response:
    """Everybody in the office sees who visited whom in a partnership, and whose turn it is."""
    reader, today = somebody(), clock.today(somebody().zone)
    row = found(partnerships.one(reader, partnership_id))
    form = YearsForm(request.args)
    chosen = form.chosen()
    visits = queries.of_partnership(row, today)
    since, until = chosen.get("since"), chosen.get("until")
    within = period(since, until, today) if since or until else usual_period(visits, today)
    form.since.data, form.until.data = within.first, within.last
    weighed = balance(visits, within)
    listing = Page(weighed.visits, sheet=sheets.visits(row))
    if file := listing.as_file():
        return file
    return render_template(
        "exchange/show.html",
        listing=listing,
        partnership=row,
        form=form,
        today=today,
        visits=visits,
        balance=weighed,
        all_years=whole_period(visits, today),
        elsewhere=queries.elsewhere(row),
        turn=turn(visits),
        when=when_in_short,
        sides=Side,
    )


@bp.get("/partnerships/exchange")
def relations() -> str | Response:
    """Everybody in the office sees which partnerships are one-sided."""
    reader, today = somebody(), clock.today(somebody().zone)
    require(may_list(reader))
    form = YearsForm(request.args)
    chosen = form.chosen()
    within = period(chosen.get("since"), chosen.get("until"), today)
    form.since.data, form.until.data = within.first, within.last
    every = queries.relations(reader, within, today)
    one_sided = [one for one in every if one.more]
    listing = Page(one_sided, filters=form, kept=("lang",), sheet=sheets.relations())
    if file := listing.as_file():
        return file
    return render_template(
        "exchange/relations.html",
        listing=listing,
        balanced=sum(1 for one in every if not one.more and one.here),
        without=sum(1 for one in every if not one.here and not one.there),
    )
