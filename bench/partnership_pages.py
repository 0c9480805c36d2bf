"""The pages of partnerships, and for each the SQL that one would write by hand for it."""

from bench.page import Page, said

#: Of each partnership that is looked after: the last entry on it, on its projects, and what was said of these.
LAST_CONTACT = """
SELECT s.id, s.title, s.folded, s.contact_interval_days AS days,
  (SELECT max(happened_on) FROM log_entry WHERE partnership_id = s.id AND archived_at IS NULL) AS on_it,
  (SELECT max((SELECT max(happened_on) FROM log_entry AS e WHERE e.project_id = c.project_id AND archived_at IS NULL))
    FROM project_partnership AS c WHERE c.partnership_id = s.id) AS on_projects,
  (SELECT max((SELECT max(at) FROM status_update AS u WHERE u.project_id = c.project_id AND taken_back_at IS NULL))
    FROM project_partnership AS c WHERE c.partnership_id = s.id) AS said_at
FROM partnership AS s WHERE s.archived_at IS NULL AND {}
"""
LOOKED_AFTER = """s.status = 'active' AND s.contact_interval_days IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM partnership AS b WHERE b.umbrella_id = s.id AND b.archived_at IS NULL)"""
#: Those without contact for as many days as agreed with each, the longest first.
_LATEST = "nullif(max(coalesce(on_it, ''), coalesce(on_projects, ''), coalesce(date(said_at), '')), '')"
_WHO = f"""
SELECT q.id, {said("q.title")}, q.last_on, q.total, e.kind, e.next_step, b.name, r.id, r.name, r.language, f.id, f.name,
  f.language
FROM ({{}}) AS q
LEFT JOIN log_entry AS e ON e.id = (SELECT max(x.id) FROM log_entry AS x WHERE x.happened_on = q.last_on
  AND x.archived_at IS NULL AND (x.partnership_id = q.id OR x.project_id IN
    (SELECT project_id FROM project_partnership WHERE partnership_id = q.id)))
LEFT JOIN status_update AS u ON e.id IS NULL AND u.at = q.said_at
LEFT JOIN person AS b ON b.id = coalesce(e.by_id, u.by_id)
LEFT JOIN person AS r ON r.id = coalesce(u.by_id,
  (SELECT min(person_id) FROM log_entry_person WHERE log_entry_id = e.id))
LEFT JOIN person AS f ON f.id = (SELECT c.person_id FROM contact AS c
  JOIN partnership_party AS p ON p.organisation_id = c.organisation_id
  WHERE p.partnership_id = q.id AND p.side = 'there' AND c.archived_at IS NULL ORDER BY c.is_first DESC, c.id LIMIT 1)
"""
_QUIET = f"""
SELECT *, count(*) OVER () AS total FROM (SELECT *, {_LATEST} AS last_on FROM ({LAST_CONTACT.format(LOOKED_AFTER)}))
WHERE last_on IS NULL OR last_on || substr('-12-31', length(last_on) - 3) <= date(:today, '-' || days || ' days')
ORDER BY last_on IS NULL, last_on, folded LIMIT 8
"""
QUIET = _WHO.format(_QUIET)
_HEARD = f"SELECT *, 1 AS total, {_LATEST} AS last_on FROM ({LAST_CONTACT.format('s.id = :partnership')})"
_UNDER = "(SELECT project_id FROM project_partnership WHERE partnership_id = :partnership)"
_FIRST = """SELECT s.id FROM partnership AS s LEFT JOIN partnership AS u ON u.id = s.umbrella_id
  WHERE s.archived_at IS NULL ORDER BY CASE s.pillar WHEN 'state' THEN 0 WHEN 'municipality' THEN 1 ELSE 2 END,
  coalesce(u.folded, s.folded), s.umbrella_id IS NOT NULL, s.folded, s.id LIMIT 50"""


def around(kind: str) -> str:
    """Return the statement that asks what led to something of a kind, and what that led to."""
    return f"""
WITH RECURSIVE before(key) AS (SELECT '{kind}:' || :{kind}
    UNION SELECT origin FROM led_to JOIN before ON outcome = before.key),
  after(key) AS (SELECT '{kind}:' || :{kind}
    UNION SELECT outcome FROM led_to JOIN after ON origin = after.key),
  near(key) AS (SELECT key FROM before UNION SELECT key FROM after),
  ids(of_kind, id) AS (SELECT substr(key, 1, instr(key, ':') - 1), CAST(substr(key, instr(key, ':') + 1) AS INT)
    FROM near)
SELECT of_kind, e.id, {said("e.summary")}, happened_on FROM ids
  JOIN log_entry AS e ON e.id = ids.id AND of_kind = 'log_entry'
UNION ALL SELECT of_kind, s.id, {said("s.title")}, contact_since FROM ids
  JOIN partnership AS s ON s.id = ids.id AND of_kind = 'partnership'
UNION ALL SELECT of_kind, a.id, {said("a.title")}, signed_on FROM ids
  JOIN agreement AS a ON a.id = ids.id AND of_kind = 'agreement'
UNION ALL SELECT of_kind, p.id, {said("p.title")}, begins FROM ids
  JOIN project AS p ON p.id = ids.id AND of_kind = 'project'
UNION ALL SELECT of_kind, o.id, {said("o.name")}, NULL FROM ids
  JOIN organisation AS o ON o.id = ids.id AND of_kind = 'organisation'
UNION ALL SELECT of_kind, e.id, {said("e.title")}, begins_on FROM ids
  JOIN event AS e ON e.id = ids.id AND of_kind = 'event'
UNION ALL SELECT 'led_to', id, origin, outcome FROM led_to WHERE origin IN near AND outcome IN near
"""


LIST = Page(
    "list of partnerships",
    "/partnerships/",
    (
        "SELECT count(*) FROM partnership WHERE archived_at IS NULL",
        f"""
SELECT s.id, {said("s.title")}, s.kind, s.pillar, s.status, s.contact_since, u.id, {said("u.title")}, n.id,
  {said("n.title")}, o.id, {said("o.name")}, o.country
FROM ({_FIRST}) AS f JOIN partnership AS s ON s.id = f.id LEFT JOIN partnership AS u ON u.id = s.umbrella_id
LEFT JOIN partnership AS n ON n.id = s.continued_by_id
LEFT JOIN partnership_party AS p ON p.partnership_id = s.id AND p.side = 'there'
LEFT JOIN organisation AS o ON o.id = p.organisation_id
""",
    ),
)
ONE = Page(
    "page of a partnership",
    "/partnerships/1",
    (
        f"""
SELECT s.id, {said("s.title")}, {said("s.summary")}, s.kind, s.pillar, s.status, s.contact_since, s.formal_since,
  s.ended, s.contact_interval_days, c.id, c.name, u.id, {said("u.title")}, n.id, {said("n.title")}, p.side, o.id,
  {said("o.name")}, o.country, t.function, r.id, r.name, r.language
FROM partnership AS s LEFT JOIN person AS c ON c.id = s.coordinator_id
LEFT JOIN partnership AS u ON u.id = s.umbrella_id LEFT JOIN partnership AS n ON n.id = s.continued_by_id
JOIN partnership_party AS p ON p.partnership_id = s.id JOIN organisation AS o ON o.id = p.organisation_id
LEFT JOIN contact AS t ON t.organisation_id = o.id AND t.archived_at IS NULL LEFT JOIN person AS r ON r.id = t.person_id
WHERE s.id = :partnership ORDER BY p.side, p.id, t.is_first DESC, t.id
""",
        f"""SELECT id, {said("title")}, status FROM partnership
WHERE umbrella_id = :partnership OR continued_by_id = :partnership ORDER BY folded""",
        _WHO.format(_HEARD),
        f"""
SELECT substr(happened_on, 1, 7), kind = 'visit', count(*) FROM log_entry
WHERE archived_at IS NULL AND happened_on >= '2017' AND (partnership_id = :partnership OR project_id IN {_UNDER})
GROUP BY 1, 2
UNION ALL SELECT substr(at, 1, 7), 0, count(*) FROM status_update
WHERE taken_back_at IS NULL AND at >= '2017' AND project_id IN {_UNDER} GROUP BY 1
""",
        f"""SELECT id, {said("title")}, place, signed_on, valid_until, languages FROM agreement
WHERE partnership_id = :partnership ORDER BY signed_on DESC""",
        f"""SELECT id, {said("title")}, status, begins, ends, edition_label FROM project
WHERE archived_at IS NULL AND id IN {_UNDER} ORDER BY begins DESC, id DESC""",
        around("partnership"),
        f"""
SELECT e.id, e.happened_on, e.kind, {said("e.summary")}, e.details, e.next_step, e.next_step_on, p.id,
  {said("p.title")}, s.id, {said("s.title")}, r.id, r.name, o.id, {said("o.name")}
FROM (SELECT * FROM log_entry WHERE archived_at IS NULL
  AND (partnership_id = :partnership OR project_id IN {_UNDER}) ORDER BY happened_on DESC, id DESC LIMIT 8) AS e
LEFT JOIN project AS p ON p.id = e.project_id LEFT JOIN partnership AS s ON s.id = e.partnership_id
LEFT JOIN log_entry_person AS ep ON ep.log_entry_id = e.id LEFT JOIN person AS r ON r.id = ep.person_id
LEFT JOIN log_entry_organisation AS eo ON eo.log_entry_id = e.id
LEFT JOIN organisation AS o ON o.id = eo.organisation_id
ORDER BY e.happened_on DESC, e.id DESC
""",
        """
SELECT h.at, h.verb, h.facts, r.name FROM history_line AS h LEFT JOIN person AS r ON r.id = h.by_id
WHERE h.subject = 'partnership:' || :partnership OR h.within = 'partnership:' || :partnership
ORDER BY h.id DESC LIMIT 8
""",
    ),
)
MAP = Page(
    "map of partnerships",
    "/partnerships/map",
    (
        f"""
SELECT s.id, {said("s.title")}, s.status, o.id, {said("o.name")}, o.country, o.subdivision
FROM partnership AS s LEFT JOIN partnership_party AS p ON p.partnership_id = s.id AND p.side = 'there'
LEFT JOIN organisation AS o ON o.id = p.organisation_id WHERE s.archived_at IS NULL
""",
    ),
)
_WHO_IS_WHO, _BELOW, _LAST, _RHYTHM, _PAPERS, _PROJECTS, _LINE, _LOG, _HISTORY = ONE.statements
VISIT = Page(
    "page before a visit",
    "/partnerships/1/visit",
    (
        _WHO_IS_WHO,
        _LAST,
        _LINE,
        _LOG,
        f"""
SELECT e.id, e.next_step, e.next_step_on, b.name FROM log_entry AS e LEFT JOIN person AS b ON b.id = e.by_id
WHERE e.archived_at IS NULL AND e.next_step IS NOT NULL AND e.next_step_done_at IS NULL
  AND (e.partnership_id = :partnership OR e.project_id IN {_UNDER}) ORDER BY e.next_step_on, e.id
""",
        f"""
SELECT m.id, {said("m.title")}, m.due_on, p.id, {said("p.title")}, o.id, {said("o.name")}, r.id, r.name
FROM milestone AS m JOIN project AS p ON p.id = m.project_id
LEFT JOIN organisation AS o ON o.id = m.responsible_organisation_id
LEFT JOIN person AS r ON r.id = m.responsible_person_id
WHERE m.archived_at IS NULL AND m.state = 'open' AND m.project_id IN {_UNDER} ORDER BY m.due_on, m.id
""",
    ),
)
PUBLIC = Page(
    "public page",
    "/public/de",
    (
        f"""
SELECT s.id, {said("s.title")}, {said("s.public_text")}, s.kind, s.pillar, s.status, s.contact_since, s.formal_since,
  s.ended, p.side, {said("o.name")}, o.country
FROM partnership AS s JOIN partnership_party AS p ON p.partnership_id = s.id
JOIN organisation AS o ON o.id = p.organisation_id
WHERE s.publicity = 'named' AND s.archived_at IS NULL ORDER BY s.folded, p.side, p.id
""",
    ),
)
PAGES = (LIST, ONE, VISIT, MAP, PUBLIC)
