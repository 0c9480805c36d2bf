"""The pages of events, and for each the SQL that one would write by hand for it; calendars that programs fetch."""

from bench.page import Fetch, Page, said
from bench.partnership_pages import around

#: The month that is full.
MONTH = "2026-05"
#: What opens the calendar that programs fetch; the database holds invented data only.
SECRET = "a-secret-of-the-benchmark-that-opens-feeds1"
_EVENT = f"""
SELECT e.id, {said("e.title")}, {said("e.summary")}, e.kind, e.status, e.begins_on, e.begins_at, e.ends_on, e.ends_at,
  e.zone, e.place, e.address, e.places, e.reminders_paused, e.asks_needs, p.id, {said("p.title")}, s.id,
  {said("s.title")}, h.id, {said("h.name")}, h.country, r.id, r.name
FROM event AS e LEFT JOIN project AS p ON p.id = e.project_id LEFT JOIN partnership AS s ON s.id = e.partnership_id
LEFT JOIN organisation AS h ON h.id = e.host_id LEFT JOIN person AS r ON r.id = e.on_the_spot_id WHERE e.id = :event
"""
_DELEGATIONS = f"""
SELECT d.id, d.planned, d.actual, d.signed, d.nights, d.arrives_on, d.leaves_on, o.id, {said("o.name")}, o.country,
  v.id, {said("v.name")}, h.id, h.name
FROM delegation AS d JOIN organisation AS o ON o.id = d.organisation_id LEFT JOIN organisation AS v ON v.id = d.via_id
LEFT JOIN person AS h ON h.id = d.head_id
WHERE d.event_id = :event AND d.archived_at IS NULL ORDER BY o.folded, d.id
"""
_GUESTS = "FROM attendance AS a JOIN participant AS t ON t.id = a.participant_id"
_AT = "a.event_id = :event AND a.archived_at IS NULL"
_HEADS = "coalesce(a.heads, t.heads, 1)"
_COUNTED = f"""
SELECT q.answer, q.number, o.id, {said("o.name")}, o.country, v.id, {said("v.name")} FROM (
  SELECT t.organisation_id, t.via_id, a.answer, sum({_HEADS}) AS number {_GUESTS} WHERE {_AT}
  GROUP BY t.organisation_id, t.via_id, a.answer) AS q
LEFT JOIN organisation AS o ON o.id = q.organisation_id LEFT JOIN organisation AS v ON v.id = q.via_id
"""
_NAMED = f"""
SELECT a.id, a.answer, {_HEADS}, a.arrives_on, a.leaves_on, a.room, t.role, r.id, r.name, o.id, {said("o.name")},
  CASE WHEN o.id IS NOT NULL THEN o.country ELSE coalesce(r.country, t.country) END, v.id, {said("v.name")}
{_GUESTS} LEFT JOIN person AS r ON r.id = t.person_id LEFT JOIN organisation AS o ON o.id = t.organisation_id
LEFT JOIN organisation AS v ON v.id = t.via_id WHERE {_AT} ORDER BY r.folded, a.id
"""
_HISTORY = """
SELECT h.at, h.verb, h.facts, r.name FROM history_line AS h LEFT JOIN person AS r ON r.id = h.by_id
WHERE h.subject = '{0}:' || :{0} OR h.within = '{0}:' || :{0} ORDER BY h.id DESC LIMIT 8
"""
EVENT = Page(
    "page of an event",
    "/events/1",
    (
        _EVENT,
        f"""SELECT id, "on", begins_at, ends_at, {said("title")}, place, who FROM programme_item
WHERE event_id = :event ORDER BY "on", begins_at, id""",
        _DELEGATIONS,
        _COUNTED,
        f"{_NAMED} LIMIT 10",
        f"""SELECT count(*), sum(a.answer = 'invited'), max(EXISTS (SELECT 1 FROM message AS m
  WHERE m.subject_key = 'attendance:' || a.id AND m.key LIKE 'guest%'))
{_GUESTS} WHERE {_AT} AND t.person_id IS NOT NULL""",
        "SELECT person_id FROM project_coordinator WHERE project_id = (SELECT project_id FROM event WHERE id = :event)",
        around("event"),
        _HISTORY.format("event"),
    ),
)
GUESTS = Page(
    "guests of an event",
    "/events/1/guests/",
    (_EVENT, _DELEGATIONS, _COUNTED, f"SELECT count(*) {_GUESTS} WHERE {_AT}", f"{_NAMED} LIMIT 50"),
)
_COUNTRY = "CASE WHEN o.id IS NOT NULL THEN o.country ELSE coalesce(r.country, t.country) END"
_FROM_WHERE = f"""{_GUESTS} LEFT JOIN person AS r ON r.id = t.person_id
LEFT JOIN organisation AS o ON o.id = t.organisation_id WHERE {_AT} AND a.answer IN ('coming', 'came')"""
NUMBERS = Page(
    "guests by country and day",
    "/events/1/guests/numbers",
    (
        _EVENT,
        f"SELECT {_COUNTRY}, a.arrives_on, a.leaves_on, sum({_HEADS}) {_FROM_WHERE} GROUP BY 1, 2, 3",
        f"SELECT {_COUNTRY}, t.age_band, t.gender, sum({_HEADS}) {_FROM_WHERE} GROUP BY 1, 2, 3",
    ),
)
PERSON = Page(
    "page of a person",
    "/people/6",
    (
        """SELECT id, name, form_of_address, email, language, zone, country, phone, postal_address, notes, mail_rhythm,
  paused_until, address_refused_at, locked_at, unconfirmed_since, archived_at FROM person WHERE id = :person""",
        f"""
SELECT c.id, c.function, c.from_on, c.until_on, c.is_first, o.id, {said("o.name")}, o.language, o.zone, d.id, d.name
FROM contact AS c JOIN organisation AS o ON o.id = c.organisation_id LEFT JOIN person AS d ON d.id = c.deputy_id
WHERE c.person_id = :person AND c.archived_at IS NULL ORDER BY c.is_first DESC, c.id
""",
        "SELECT id, role, last_sign_in_at FROM account WHERE person_id = :person",
        f"""
SELECT p.id, {said("p.title")}, p.status, t.role,
  EXISTS (SELECT 1 FROM project_coordinator AS c WHERE c.project_id = p.id AND c.person_id = :person) AS does,
  EXISTS (SELECT 1 FROM milestone AS m WHERE m.project_id = p.id AND m.responsible_person_id = :person
    AND m.archived_at IS NULL) AS answers
FROM project AS p LEFT JOIN participant AS t ON t.project_id = p.id AND t.person_id = :person AND t.archived_at IS NULL
WHERE p.archived_at IS NULL AND (does OR answers OR t.id IS NOT NULL) ORDER BY p.begins DESC NULLS LAST, p.id DESC
""",
        f"""
SELECT e.id, {said("e.title")}, e.begins_on, e.ends_on, e.status, a.answer, t.role
FROM participant AS t JOIN attendance AS a ON a.participant_id = t.id JOIN event AS e ON e.id = a.event_id
WHERE t.person_id = :person AND a.archived_at IS NULL AND e.archived_at IS NULL ORDER BY e.begins_on DESC, e.id DESC
""",
        _HISTORY.format("person"),
    ),
)
_FIRST, _LAST = f"'{MONTH}-01'", f"'{MONTH}-31'"
_ON = f"""
SELECT e.id, {said("e.title")}, e.begins_on, e.ends_on, e.status, {said("coalesce(p.title, s.title)")}
FROM event AS e LEFT JOIN project AS p ON p.id = e.project_id LEFT JOIN partnership AS s ON s.id = e.partnership_id
WHERE e.archived_at IS NULL AND
"""
_SIDES = """SELECT organisation_id FROM project_organisation WHERE project_id IN (
  SELECT id FROM project WHERE archived_at IS NULL AND status NOT IN ('completed', 'cancelled'))
UNION SELECT organisation_id FROM partnership_party WHERE partnership_id IN (
  SELECT id FROM partnership WHERE archived_at IS NULL AND status = 'active')"""
_CALENDAR = (
    f"SELECT id, {said('title')} FROM project WHERE archived_at IS NULL",
    f"SELECT id, {said('title')} FROM partnership WHERE archived_at IS NULL",
    f"""SELECT id, {said("name")} FROM organisation WHERE id IN (SELECT organisation_id FROM project_organisation)""",
    f"""{_ON} e.begins_on <= {_LAST} AND coalesce(e.ends_on, e.begins_on) >= {_FIRST} AND length(e.begins_on) = 10
  AND length(coalesce(e.ends_on, e.begins_on)) = 10 ORDER BY e.begins_on, e.folded""",
    f"""
SELECT m.id, m.project_id, {said("m.title")}, m.state, {said("p.title")}, m.due_on, m.done_on
FROM milestone AS m JOIN project AS p ON p.id = m.project_id
WHERE m.archived_at IS NULL AND p.archived_at IS NULL AND m.state <> 'cancelled'
  AND coalesce(m.done_on, m.due_on) BETWEEN {_FIRST} AND {_LAST} ORDER BY coalesce(m.done_on, m.due_on), m.folded
""",
    f"SELECT id, {said('name')}, country, subdivision FROM organisation WHERE archived_at IS NULL AND id IN ({_SIDES})",
    f"""SELECT organisation_id, from_on, until_on, label FROM closed_day
WHERE from_on <= {_LAST} AND until_on >= {_FIRST} AND organisation_id IN ({_SIDES})""",
    f"{_ON} e.begins_on = '{MONTH}' ORDER BY e.id",
)
WEEKS = Page("month of the calendar", f"/calendar/?month={MONTH}", _CALENDAR)
DAYS = Page("month of the calendar as a list", f"/calendar/?month={MONTH}&view=list", _CALENDAR)
PAGES = (EVENT, GUESTS, NUMBERS, PERSON, WEEKS, DAYS)
_ADDRESS = f"/calendar/{SECRET}.ics"
#: Fetched by programs: most have it already, some never say so.
FETCHES = (
    Fetch("calendar of 2,000 entries, nothing new", _ADDRESS, knows=True),
    Fetch("calendar of 2,000 entries, whole", _ADDRESS, knows=False),
)
