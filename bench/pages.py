"""What is measured, and for each page the SQL that one would write by hand for it."""

from bench import event_pages, partnership_pages
from bench.page import Page
from bench.page import said as _said

_MILESTONES = f"""
SELECT m.id, {_said("m.title")}, m.due_on, m.first_due_on, m.done_on, m.state, m.assessment, m.kind,
  (SELECT count(*) FROM milestone_move AS v WHERE v.milestone_id = m.id),
  p.id, {_said("p.title")}, p.edition_label, o.id, {_said("o.name")}, r.id, r.name, count(*) OVER ()
FROM milestone AS m JOIN project AS p ON p.id = m.project_id
LEFT JOIN organisation AS o ON o.id = m.responsible_organisation_id
LEFT JOIN person AS r ON r.id = m.responsible_person_id
WHERE m.archived_at IS NULL AND p.archived_at IS NULL
"""
_FIRST_PAGE = """JOIN (SELECT m.id FROM milestone AS m JOIN project AS p ON p.id = m.project_id
  WHERE m.archived_at IS NULL AND p.archived_at IS NULL ORDER BY m.due_on, m.folded LIMIT 50) AS f ON f.id = m.id"""
_OPEN = _MILESTONES + "AND m.state = 'open' AND p.status NOT IN ('completed', 'cancelled') "
_UPDATES = f"""
SELECT u.at, u.assessment, u.text, u.language, u.new_due_on, p.id, {_said("p.title")}, {_said("m.title")}, b.name
FROM status_update AS u JOIN project AS p ON p.id = u.project_id JOIN person AS b ON b.id = u.by_id
LEFT JOIN milestone AS m ON m.id = u.milestone_id
"""
_OWED = """AND m.due_on <= :asked AND m.responsible_organisation_id <> (SELECT organisation_id FROM office)
AND NOT EXISTS (SELECT 1 FROM status_update AS u WHERE u.milestone_id = m.id AND u.at >= :answered)
ORDER BY m.due_on, m.id LIMIT 24"""
_NEWS = """WHERE u.by_id NOT IN (SELECT person_id FROM account WHERE role <> 'partner')
ORDER BY u.at DESC, u.id DESC LIMIT 8"""
_STEPS = f"""
SELECT e.id, e.next_step, e.next_step_on, p.id, {_said("p.title")}, s.id, {_said("s.title")}, o.id, {_said("o.name")},
  b.name
FROM log_entry AS e LEFT JOIN project AS p ON p.id = e.project_id LEFT JOIN partnership AS s ON s.id = e.partnership_id
LEFT JOIN organisation AS o ON o.id = e.organisation_id LEFT JOIN person AS b ON b.id = e.by_id
WHERE e.archived_at IS NULL AND e.next_step IS NOT NULL AND e.next_step_done_at IS NULL
  AND (e.next_step_on <= :soon OR (e.by_id = :reader AND e.next_step_on IS NULL))
ORDER BY e.next_step_on IS NULL, e.next_step_on, e.id LIMIT 24
"""
START = Page(
    "start page",
    "/",
    (
        _OPEN + "AND m.due_on < :today ORDER BY m.due_on, m.id LIMIT 8",
        _OPEN + "AND m.due_on BETWEEN :today AND :soon ORDER BY m.due_on, m.id LIMIT 8",
        _OPEN + _OWED,
        _UPDATES + _NEWS,
        _STEPS,
        partnership_pages.QUIET,
    ),
)
PROJECT = Page(
    "project page",
    "/projects/1",
    (
        f"""
SELECT p.id, {_said("p.title")}, {_said("p.summary")}, p.status, p.begins, p.ends, o.id, {_said("o.name")},
  o.country, po.role
FROM project AS p JOIN project_organisation AS po ON po.project_id = p.id JOIN organisation AS o
  ON o.id = po.organisation_id WHERE p.id = :project ORDER BY po.id
""",
        """SELECT r.id, r.name, r.email FROM project_coordinator AS c JOIN person AS r ON r.id = c.person_id
WHERE c.project_id = :project ORDER BY r.id""",
        f"""SELECT s.id, {_said("s.title")} FROM project_partnership AS c JOIN partnership AS s
ON s.id = c.partnership_id WHERE c.project_id = :project ORDER BY s.folded""",
        _MILESTONES + "AND m.project_id = :project ORDER BY m.due_on, m.id",
        _UPDATES + "WHERE u.project_id = :project ORDER BY u.at DESC, u.id DESC LIMIT 12",
        f"""
SELECT e.id, e.happened_on, e.kind, {_said("e.summary")}, e.details, e.next_step, e.next_step_on, r.id, r.name, o.id,
  {_said("o.name")}
FROM (SELECT * FROM log_entry WHERE project_id = :project AND archived_at IS NULL
  ORDER BY happened_on DESC, id DESC LIMIT 12) AS e
LEFT JOIN log_entry_person AS ep ON ep.log_entry_id = e.id LEFT JOIN person AS r ON r.id = ep.person_id
LEFT JOIN log_entry_organisation AS eo ON eo.log_entry_id = e.id
LEFT JOIN organisation AS o ON o.id = eo.organisation_id
ORDER BY e.happened_on DESC, e.id DESC
""",
        f"""
SELECT c.id, c.heads, c.role, o.country, {_said("o.name")}, r.id, r.name
FROM participant AS c LEFT JOIN organisation AS o ON o.id = c.organisation_id
LEFT JOIN person AS r ON r.id = c.person_id
WHERE c.project_id = :project AND c.archived_at IS NULL
""",
        """
SELECT h.at, h.verb, h.facts, r.name FROM history_line AS h LEFT JOIN person AS r ON r.id = h.by_id
WHERE h.subject = 'project:' || :project OR h.within = 'project:' || :project ORDER BY h.id DESC LIMIT 12
""",
    ),
)
MILESTONES = Page(
    "list of milestones",
    "/milestones/?which=all",
    (
        """SELECT count(*) FROM milestone AS m JOIN project AS p ON p.id = m.project_id
WHERE m.archived_at IS NULL AND p.archived_at IS NULL""",
        _MILESTONES.replace("JOIN project", f"{_FIRST_PAGE} JOIN project", 1).replace(", count(*) OVER ()", "")
        + "ORDER BY m.due_on, m.folded",
        f"SELECT id, {_said('title')} FROM project WHERE archived_at IS NULL",
        f"SELECT id, {_said('name')} FROM organisation WHERE archived_at IS NULL",
    ),
)
PAGES = (START, PROJECT, MILESTONES, *partnership_pages.PAGES, *event_pages.PAGES)
WRITE_NAME, WRITE_PATH = "new log entry", "/log/new?project=1"
