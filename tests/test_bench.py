"""The floor of the benchmarks is made of the program's own pages: what is looked up, and what is left alone."""

import pytest

from bench.derive import Noted, derive
from bench.formats import day, iso, long_day, moment

PAGE = '<p title="Edit">Edit, 1.3.2027</p><a href="/projects/7#log">Ábel &amp; Co</a><b class="late">3 days late</b>'


def noted() -> Noted:
    """Return what a program would have looked up for the page."""
    found = Noted(addresses={"/projects/7": "url_for('overview.project', project_id=7)"})
    found.note_words("edit", "_('edit')")
    found.note_words("%(num)d days late", "ngettext('one', 'many', 3)")
    return found


def test_words_addresses_and_values_are_looked_up_again() -> None:
    derived = derive(PAGE, noted(), ["Ábel & Co", "1.3.2027"], {})

    assert derived.source == (
        "<p title=\"{{ first_up(_('edit')) }}\">{{ first_up(_('edit')) }}, {{ c[1] }}</p>"
        "<a href=\"{{ url_for('overview.project', project_id=7) }}#log\">{{ c[0] }}</a>"
        "<b class=\"late\">{{ ngettext('one', 'many', 3, num=3) }}</b>"
    )


def test_the_bare_floor_looks_up_values_alone() -> None:
    derived = derive(PAGE, noted(), ["Ábel & Co"], {})

    assert derived.bare == PAGE.replace("Ábel &amp; Co", "{{ c[0] }}")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (day("2026-11-22"), "22.11.2026"),
        (long_day("2026-03-02"), "2. März 2026"),
        (moment("2026-07-22 08:36:00.000000"), "22.07.2026, 10:36"),
        (iso("2026-07-22 08:36:00.000000"), "2026-07-22T08:36:00+00:00"),
        (day("Reise"), ""),
    ],
)
def test_dates_are_shown_as_the_program_does(shown: str, expected: str) -> None:
    assert shown == expected
