"""Whatever people do, in whatever order, day after day: what must be true stays true."""

import shutil
import sqlite3

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests import world
from tests.conftest import sign_in
from tests.fuzz.conftest import HOSTILE, IS_LONG
from tests.fuzz.test_together import filled
from tests.reading import Page
from tests.verdicts import NOTED
from tests.world import Found, World
from tracker import clock, scheduler
from tracker.db import db, writing
from tracker.reminders.actions import plan_reminders

pytestmark = [pytest.mark.xdist_group("fuzz1"), pytest.mark.timeout(0)]

#: They end the sign-in that they are sent by.
WAYS_OUT = {"entrance.sign_out", "entrance.password", "accounts.end_sign_in"}
#: How somebody comes in is told by the log, and letters by the outbox: nobody reads of them in the history …
NOT_HISTORY = NOTED | {"account_link", "address_change", "attempt", "device", "feed", "message", "sign_in", "way_in"}
#: … nor of files that one has made for oneself, and of a spreadsheet before it is taken over.
NOT_HISTORY |= {"download", "spreadsheet_import", "spreadsheet_line", "spreadsheet_match"}
RUNS, STEPS = (200, 40) if IS_LONG else (6, 20)


class People(RuleBasedStateMachine):
    """Everybody in the example office, who fill in forms while days go by."""

    office: World

    def __init__(self) -> None:
        """Begin with the office as it was found."""
        super().__init__()
        self.office.put_back()
        world.at(world.VISITED_AT)
        self._come_in()

    def teardown(self) -> None:
        """Leave it so."""
        self.office.put_back()
        shutil.rmtree(self.office.settings.instance / "outbox", ignore_errors=True)

    def _come_in(self) -> None:
        self.office.secrets = {role: sign_in(self.office.app, who) for role, who in self.office.people.items()}

    @rule(number=st.integers(0, 2**31))
    def send(self, number: int) -> None:
        """Somebody fills in a form, if it is still where it was."""
        forms = [one for one in self.office.forms if one.form.method == "POST" and one.endpoint not in WAYS_OUT]
        found = forms[number % len(forms)]
        page = Page.of(self.office.ask(found.role, found.page).text)
        form = next((one for one in page.forms if one.names == found.form.names and one.method == "POST"), None)
        if form is None:
            return
        before = self.office.dump()
        answer = self.office.send(Found(found.role, found.page, found.endpoint, form), filled(form))
        after = self.office.dump()
        changed = {name for name, rows in after.items() if rows != before[name]}
        assert answer.status_code < 500, found
        assert not changed - NOT_HISTORY or "history_line" in changed, (str(found), sorted(changed))
        assert set(before["history_line"]) <= set(after["history_line"]), "what was told is told no more"

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        """Days go by, reminders are planned and letters leave."""
        for _day in range(days):
            world.at(clock.now() + world.DAY)
            with self.office.app.app_context(), writing():
                plan_reminders(clock.now(), public_url=self.office.settings.public_url)
                db.session.commit()
            with self.office.app.app_context():
                gone = self.refused()
                sent = self.sent()
                scheduler.deliver(self.office.settings)
            assert not gone & (self.sent() - sent), "a letter went to somebody who has no access"
        self._come_in()

    def refused(self) -> set[str]:
        """Return the addresses of those who may hear nothing."""
        return self._asked("SELECT email FROM person WHERE locked_at IS NOT NULL OR archived_at IS NOT NULL")

    def sent(self) -> set[str]:
        """Return the addresses that letters about reminders have gone to."""
        return self._asked("SELECT address FROM message WHERE state = 'sent' AND kind = 'letter'")

    def _asked(self, query: str) -> set[str]:
        with sqlite3.connect(f"file:{self.office.path}?mode=ro", uri=True) as connection:
            rows = connection.execute(query).fetchall()
        connection.close()
        return {str(row[0]) for row in rows}

    @invariant()
    def nothing_points_nowhere(self) -> None:
        """Each row that names another finds it."""
        assert self._asked('SELECT "table" || rowid FROM pragma_foreign_key_check') == set()

    @invariant()
    def each_reminder_is_in_one_state(self) -> None:
        """What is in a letter names it, what is not yet said names none, and nothing is there twice."""
        wrong = "(state = 'in_letter' AND message_id IS NULL) OR (state = 'planned' AND message_id IS NOT NULL)"
        assert self._asked(f"SELECT id FROM reminder WHERE {wrong}") == set()


def test_what_must_be_true_stays_true(office: World) -> None:
    People.office = office
    profile = settings(HOSTILE, max_examples=RUNS, stateful_step_count=STEPS)

    run_state_machine_as_test(People, settings=profile)
