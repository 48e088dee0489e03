"""How fast a million calls are counted, and their first page is read.

Real Odoo and PostgreSQL, on ports and in a folder of their own; the calls are made by
SQL. The limit of the statistics is the same question asked by hand in SQL, that of the
page the bare rows.
"""

import statistics
import sys
import time
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree

import psycopg2

from bench.figures import Figure, percentile95, show
from bench.running import Session, running_stack
from dev import odoo, postgres
from dev.stack import TEMPLATE

CALLS = 1_000_000
CUSTOMERS = 20_000
ROUNDS = 10
#: A month of the twelve that the calls are spread over.
MONTH = ("2026-06-01", "2026-06-30")

#: How many times as long as the question by hand the statistics may take.
STATISTICS_GOAL = 2
#: What a page of calls may take on the server (ms).
PAGE_GOAL = 100
PAGE_ROWS = 80
#: How far the web client has the rows counted.
COUNT_LIMIT = 10_001

FILL = f"""
SELECT setseed(0.5);
-- A database of the benchmark's own: bare tables are filled in a fraction of the time.
CREATE TEMP TABLE bench_index AS
SELECT indexname, indexdef FROM pg_indexes
 WHERE tablename IN ('callcenter_call', 'callcenter_contact_record')
   AND indexname NOT IN (SELECT conname FROM pg_constraint);
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('DROP INDEX %I', indexname) FROM bench_index
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
      FROM pg_constraint
     WHERE contype = 'f'
       AND conrelid IN ('callcenter_call'::regclass,
                        'callcenter_contact_record'::regclass)
  LOOP EXECUTE statement; END LOOP;
END $$;
INSERT INTO res_partner (name, complete_name, active)
SELECT 'Bench ' || n, 'Bench ' || n, true FROM generate_series(1, {CUSTOMERS}) AS n;
INSERT INTO callcenter_task (plan_id, partner_id, agent_id, company_id, status, title)
SELECT plan.id, partner.id, agent.id, plan.company_id, 'in_progress', partner.name
  FROM res_partner partner,
       (SELECT id, company_id FROM callcenter_dial_plan ORDER BY id LIMIT 1) plan,
       (SELECT id FROM callcenter_agent ORDER BY id LIMIT 1) agent
 WHERE partner.name LIKE 'Bench %';
CREATE TEMP TABLE bench AS
SELECT n, CASE WHEN n % 5 < 3 THEN 'answered' ELSE 'unanswered' END AS outcome,
       timestamp '2025-12-01' + random() * interval '365 days' AS at,
       (random() * 300)::int AS seconds, random() < 0.9 AS saved
  FROM generate_series(1, {CALLS}) AS n;
CREATE TEMP TABLE bench_task AS
SELECT row_number() OVER (ORDER BY id) - 1 AS place, *
  FROM callcenter_task WHERE title LIKE 'Bench %';
INSERT INTO callcenter_call (
       id, order_key, uniqueid, kind, task_id, plan_id, agent_id, pbx_id, company_id,
       state, outcome, requested_at, dialed_at, ended_at, dial_date, dial_hour,
       total_seconds, talk_seconds, version, contact_record_id)
SELECT {CALLS} + n, {CALLS} + n, 'bench-' || n, 'main', task.id, task.plan_id,
       task.agent_id, (SELECT MIN(id) FROM callcenter_pbx), task.company_id, 'ended',
       outcome, at, at, at + seconds * interval '1 second', at::date,
       EXTRACT(hour FROM at), seconds,
       CASE outcome WHEN 'answered' THEN seconds / 2 ELSE 0 END, 1, {CALLS} + n
  FROM bench JOIN bench_task task ON task.place = bench.n % {CUSTOMERS};
INSERT INTO callcenter_contact_record (
       id, call_id, task_id, plan_id, agent_id, company_id, saved, saved_at, result_id,
       status)
SELECT {CALLS} + n, {CALLS} + n, task.id, task.plan_id, task.agent_id, task.company_id,
       saved, CASE WHEN saved THEN at + interval '5 minutes' END,
       CASE WHEN saved THEN results.ids[1 + n % CARDINALITY(results.ids)] END,
       CASE WHEN saved THEN (ARRAY['follow_up', 'done_success', 'done_mismatch',
                                   'done_failed', 'in_progress'])[1 + n % 5] END
  FROM bench
  JOIN bench_task task ON task.place = bench.n % {CUSTOMERS}
  JOIN (SELECT outcome, ARRAY_AGG(id ORDER BY id) AS ids
          FROM callcenter_dial_result GROUP BY outcome) results USING (outcome);
INSERT INTO callcenter_inspection (
       contact_record_id, call_id, task_id, plan_id, agent_id, company_id, verdict)
SELECT id, call_id, task_id, plan_id, agent_id, company_id,
       CASE WHEN id % 3 = 0 THEN 'failed' ELSE 'passed' END
  FROM callcenter_contact_record WHERE status = 'done_success' AND id % 2 = 0;
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN SELECT indexdef FROM bench_index
  LOOP EXECUTE statement; END LOOP;
END $$;
"""

#: The same question as somebody asks it who writes SQL, without any rights.
BY_HAND = (
    """
    WITH counted AS (
        SELECT c.*, t.partner_id, r.id AS record_id, r.saved, r.saved_at, r.status,
               i.id IS NOT NULL AS passed
          FROM callcenter_call c
          JOIN callcenter_task t ON t.id = c.task_id
          LEFT JOIN callcenter_contact_record r ON r.call_id = c.id
          LEFT JOIN callcenter_inspection i
            ON i.contact_record_id = r.id AND i.verdict = 'passed'
         WHERE c.kind = 'main' AND c.dialed_at IS NOT NULL
           AND c.dial_date BETWEEN %(first)s AND %(last)s),
    last AS (
        SELECT DISTINCT ON (dial_hour, partner_id) dial_hour, status
          FROM counted WHERE saved
         ORDER BY dial_hour, partner_id, saved_at DESC, record_id DESC),
    handled AS (
        SELECT dial_hour, COUNT(*) FILTER (WHERE status = 'follow_up') AS follow_up,
               COUNT(*) FILTER (WHERE status LIKE 'done%%') AS done,
               COUNT(*) FILTER (WHERE status = 'done_success') AS success
          FROM last GROUP BY dial_hour)
    SELECT dial_hour, COUNT(DISTINCT partner_id), COUNT(*),
           COUNT(DISTINCT partner_id) FILTER (WHERE outcome = 'answered'),
           COUNT(*) FILTER (WHERE outcome = 'answered'),
           COUNT(*) FILTER (WHERE state = 'ended' AND saved IS NOT TRUE),
           SUM(total_seconds), SUM(talk_seconds),
           COUNT(DISTINCT partner_id) FILTER (WHERE passed),
           MAX(follow_up), MAX(done), MAX(success)
      FROM counted LEFT JOIN handled USING (dial_hour)
     GROUP BY dial_hour ORDER BY dial_hour
    """,
    """
    SELECT c.dial_hour, r.result_id, COUNT(*)
      FROM callcenter_call c JOIN callcenter_contact_record r ON r.call_id = c.id
     WHERE c.kind = 'main' AND c.dialed_at IS NOT NULL AND r.saved
       AND c.dial_date BETWEEN %(first)s AND %(last)s
     GROUP BY c.dial_hour, r.result_id
    """,
)
BARE_PAGE = f"""
    SELECT * FROM callcenter_call
     ORDER BY requested_at DESC, order_key DESC, id LIMIT {PAGE_ROWS}
"""


def start_odoo(stack):
    """Start Odoo alone, with a copy of the demonstration and a million calls."""
    settings = stack.settings
    stack.stop_all(keep=("postgres",))
    stack.prepare_parts()
    odoo.prepare(replace(settings, database=TEMPLATE))
    odoo.write_configuration(settings, with_connector=False)
    odoo.copy_database(settings, TEMPLATE)
    postgres.query(settings, FILL, settings.database)
    postgres.query(settings, "VACUUM ANALYZE", settings.database)
    stack.start("odoo")


def connect(stack):
    """PostgreSQL itself, as Odoo's role."""
    settings = stack.settings
    return psycopg2.connect(
        host="127.0.0.1",
        port=settings.pg_port,
        user=postgres.ROLE,
        password=stack.secrets["pg_password"],
        dbname=settings.database,
    )


def measure(ask):
    """Return the milliseconds of each round, the first one, of cold caches, aside."""
    ask()
    times = []
    for _round in range(ROUNDS):
        began = time.monotonic()
        ask()
        times.append((time.monotonic() - began) * 1000)
    return times


def measure_statistics(session, cursor):
    """Return the milliseconds of the statistics of a month by hour: ours, by hand."""

    def by_hand():
        rows = []
        for question in BY_HAND:
            cursor.execute(question, {"first": MONTH[0], "last": MONTH[1]})
            rows.append(cursor.fetchall())
        return rows

    def by_figures():
        return session.call("callcenter.statistics", "figures", *MONTH, "hour", [])

    check_agreement(by_figures(), by_hand())
    return measure(by_figures), measure(by_hand)


def check_agreement(ours, by_hand):
    """Make sure that both answer the same question."""
    rows, results = by_hand
    names = ("key", "data_volume", "dials", "reached", "answered", "unsaved")
    late = ("passed", "follow_up", "done")
    mine = [
        (
            *(row[name] for name in names),
            round(row["total_seconds"]),
            round(row["talk_seconds"]),
            *(row[name] for name in late),
        )
        for row in ours
    ]
    hands = [(*row[:6], *map(round, row[6:8]), *row[8:11]) for row in rows]
    counted = sum(item["count"] for row in ours for item in row["results"])
    if mine != hands or counted != sum(count for *_key, count in results):
        raise RuntimeError(f"the answers differ: {mine[:1]} and {hands[:1]}")


def measure_page(session, cursor):
    """Return the milliseconds of the first page of calls: the list's, the bare rows."""
    page = list_request(session)

    def read_page():
        rows = session.call("callcenter.call", "web_search_read", *page)["records"]
        if len(rows) != PAGE_ROWS:
            raise RuntimeError(f"the first page has {len(rows)} rows")

    def read_rows():
        cursor.execute(BARE_PAGE)
        cursor.fetchall()

    return measure(read_page), measure(read_rows)


def list_request(session):
    """What the web client asks for when Call Records is opened.

    :return: domain, specification, offset, limit, order and limit of the count, as
        `web_search_read` takes them
    """
    views = session.call("callcenter.call", "get_views", [[False, "list"]])
    arch = ElementTree.fromstring(views["views"]["list"]["arch"])
    fields = views["models"]["callcenter.call"]["fields"]
    names = {node.get("name") for node in arch.iter("field")} & fields.keys()
    relation = {"fields": {"display_name": {}}}
    specification = {
        name: relation if fields[name]["type"] == "many2one" else {} for name in names
    }
    return [], specification, 0, PAGE_ROWS, "", COUNT_LIMIT


def main():
    """Measure both and print the figures."""
    with running_stack(start_odoo) as stack, closing(connect(stack)) as database:
        session = Session(stack, "manager")
        cursor = database.cursor()
        ours, by_hand = measure_statistics(session, cursor)
        page, rows = measure_page(session, cursor)
    show(
        [
            figure(
                "statistics_month_by_hour",
                ours,
                by_hand,
                "the question in SQL",
                STATISTICS_GOAL * statistics.median(by_hand),
            ),
            figure("calls_first_page", page, rows, "the bare rows", PAGE_GOAL),
        ]
    )
    return 0


def figure(name, ours, raw, raw_name, goal):
    """A figure in milliseconds."""
    ours_median, raw_median = statistics.median(ours), statistics.median(raw)
    return Figure(
        figure=name,
        unit="ms",
        ours=ours_median,
        p95=percentile95(ours),
        raw=raw_median,
        raw_name=raw_name,
        ratio=ours_median / raw_median,
        goal=goal,
    )


if __name__ == "__main__":
    sys.exit(main())
