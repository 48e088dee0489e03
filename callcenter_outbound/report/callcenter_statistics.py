import contextlib
import re
from datetime import date, datetime, timedelta

import psycopg2
import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import get_lang

from .figure import (
    COUNTED_CUSTOMERS,
    CUSTOMERS,
    FIGURES,
    RESULT_HELP,
    RESULTS_BEFORE,
    UNSAVED_ANSWERED,
)
from .statistics_sheet import Column, Sheet, write_sheet

#: For each way to cut the calls: the field of calls that a row's calls have in common.
CUTS = {
    "total": None,
    "day": "dial_date",
    "hour": "dial_hour",
    "plan": "plan_id",
    "group": "plan_id.group_id",
    "agent": "agent_id",
}
#: For each filter of the page: the field of calls that it is about.
FILTERS = {
    "plan_ids": "plan_id",
    "group_ids": "plan_id.group_id",
    "agent_ids": "agent_id",
}
#: The models whose names are the labels of rows, and which the page filters by.
NAMED = {
    "plan": "callcenter.dial.plan",
    "group": "callcenter.agent.group",
    "agent": "callcenter.agent",
}
#: What the page shows besides what `figures` promises.
PAGE_ONLY = ("done_success",)
PRESETS = (
    "today",
    "yesterday",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
)
#: What a figure opens when it counts calls.
CALLS_OF_FIGURES = {
    "dials": [],
    "total_seconds": [],
    "answered": [("outcome", "=", "answered")],
    "answer_rate": [("outcome", "=", "answered")],
    "talk_seconds": [("outcome", "=", "answered")],
    "unsaved": [
        ("state", "=", "ended"),
        "!",
        ("contact_record_id.saved", "=", True),
    ],
}
#: Figures of customers that open the contacts, and those that open contact records.
CONTACTS_OF_FIGURES = {
    "data_volume": "data_volume",
    "reached": "reached",
    "contact_rate": "reached",
}
RECORDS_OF_FIGURES = {
    "follow_up": "follow_up",
    "done": "done",
    "done_success": "done_success",
    "effective_contact_rate": "done_success",
    "passed": "passed",
}
#: More customers than that are too many for a list that was picked by their ids.
OPEN_LIMIT = 10_000
#: What a condition from outside can run into.
DOMAIN_ERRORS = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
    psycopg2.DataError,
    psycopg2.ProgrammingError,
)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class CallcenterStatistics(models.AbstractModel):
    """The figures of the calls: what was dialled, reached, noted and achieved.

    What a figure means stands in ``figure.py``. Calls are those that the user may see.
    """

    _name = "callcenter.statistics"
    _description = "Outbound Statistics"

    # Use cases ---------------------------------------------------------------------

    @api.model
    @api.readonly
    def figures(self, date_from, date_to, by="total", domain=None):
        """Count the calls of a period, for supervisors those of their groups.

        :param date_from: first day, as ISO date, in the time zone of a call's company
        :param date_to: last day, inclusive
        :param by: ``total``, ``day``, ``hour`` (of the day, over the whole period),
            ``plan``, ``group`` or ``agent``
        :param domain: condition on main calls; empty for all
        :return: list of dicts: ``key`` (ISO date, hour 0 to 23, id, or ``total``),
            ``label``, ``results`` (list of ``result_id`` and ``count``) and the
            figures; times in seconds, rates as fractions. ``total`` gives one row in
            any case, the others those rows that have calls.
        :raise AccessError: unless the user is supervisor or manager
        :raise UserError: naming what is wrong with a parameter
        """
        names = [figure.name for figure in FIGURES if figure.name not in PAGE_ONLY]
        return [
            {name: row[name] for name in ("key", "label", "results", *names)}
            for row in self._read_rows(date_from, date_to, by, domain)
        ]

    @api.model
    @api.readonly
    def read_page(self, period, by="total", filters=None):
        """Read what the page of the statistics shows.

        :param period: dict of ``preset``, one of ``today``, ``yesterday``,
            ``this_week``, ``last_week``, ``this_month`` and ``last_month`` in the
            company's call-center time zone; or of ``date_from`` and ``date_to``
        :param by: as in `figures`
        :param filters: dict of lists of ids: ``plan_ids``, ``group_ids``,
            ``agent_ids``; empty or missing: all
        :return: dict of ``date_from`` and ``date_to``, ``time_zone``, ``columns``
            (list of ``name``, ``label``, ``help``, ``kind``, ``outcome``,
            ``is_shown``), ``rows`` and ``total`` (figures by name, one for each
            column), ``failed`` (attempts that never reached a customer)
        :raise AccessError: unless the user is supervisor or manager
        :raise UserError: naming what is wrong with a parameter
        """
        self._check_may_read()
        date_from, date_to = self._resolve_period(period)
        domain = self._filters_domain(filters)
        rows = self._read_rows(date_from, date_to, by, domain)
        total = rows
        if by != "total":
            total = self._read_rows(date_from, date_to, "total", domain)
        results = self._used_results(total, filters)
        return {
            "date_from": fields.Date.to_string(date_from),
            "date_to": fields.Date.to_string(date_to),
            "time_zone": self.env.company.callcenter_tz,
            "columns": self._columns(results),
            "rows": [self._cells(row, results) for row in rows],
            "total": self._cells(total[0], results),
            "failed": self.env["callcenter.call"].search_count(
                self._failed_domain(date_from, date_to, domain)
            ),
        }

    @api.model
    @api.readonly
    def action_open(self, name, date_from, date_to, by="total", key=None, filters=None):
        """Open what a figure counts: calls, contacts, or contact records.

        :param name: of the figure; ``result_<id>`` for a dial result's; ``failed``
        :param date_from: as in `figures`, and so are ``date_to`` and ``by``
        :param key: of the row; ignored for ``total``
        :param filters: as in `read_page`
        :return: dict: an action of the web client
        :raise AccessError: unless the user is supervisor or manager
        :raise UserError: naming what is wrong with a parameter
        """
        self._check_may_read()
        first, last = self._parse_period(date_from, date_to)
        domain = self._filters_domain(filters)
        name = str(name)
        if name == "failed":
            failed = self._failed_domain(first, last, domain)
            return self._open_action(name, "callcenter.call", failed)
        domain &= self._row_domain(by, key)
        if name in CONTACTS_OF_FIGURES or name in RECORDS_OF_FIGURES:
            return self._open_customers(name, first, last, domain)
        calls = self._calls_domain(first, last, domain) & self._figure_domain(name)
        return self._open_action(name, "callcenter.call", calls)

    # Parameters --------------------------------------------------------------------

    @api.model
    def _check_may_read(self):
        """:raise AccessError: unless the user is supervisor or manager"""
        if not self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_supervisor"
        ):
            raise AccessError(
                self.env._("Only supervisors and managers see the statistics.")
            )

    @api.model
    def _check_by(self, by):
        if not isinstance(by, str) or by not in CUTS:
            raise UserError(
                self.env._(
                    "Statistics can be read by %(choices)s.", choices=", ".join(CUTS)
                )
            )

    @api.model
    def _parse_period(self, date_from, date_to):
        """:return: first and last day as dates"""
        first, last = self._parse_day(date_from), self._parse_day(date_to)
        if first > last:
            raise UserError(
                self.env._("The period ends before it begins: exchange the two days.")
            )
        return first, last

    @api.model
    def _parse_day(self, value):
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        with contextlib.suppress(TypeError, ValueError):
            if DAY.fullmatch(value):
                return date.fromisoformat(value)
        raise UserError(
            self.env._(
                "“%(value)s” is no day: write it as in 2026-11-23.", value=value or ""
            )
        )

    @api.model
    def _resolve_period(self, period):
        """:return: first and last day of what `read_page` takes as period"""
        if not isinstance(period, dict):
            raise UserError(self.env._("Choose a period."))
        preset = period.get("preset")
        if not preset:
            return self._parse_period(period.get("date_from"), period.get("date_to"))
        if preset not in PRESETS:
            raise UserError(self.env._("Choose a period."))
        today = self.env.company._callcenter_today()
        first_weekday = int(get_lang(self.env).week_start) - 1
        week = today - timedelta(days=(today.weekday() - first_weekday) % 7)
        month = today.replace(day=1)
        day = timedelta(days=1)
        return {
            "today": (today, today),
            "yesterday": (today - day, today - day),
            "this_week": (week, week + 6 * day),
            "last_week": (week - 7 * day, week - day),
            "this_month": (month, month + relativedelta(months=1) - day),
            "last_month": (month - relativedelta(months=1), month - day),
        }[preset]

    @api.model
    def _filters_domain(self, filters):
        filters = filters or {}
        if not isinstance(filters, dict) or set(filters) - set(FILTERS):
            raise UserError(
                self.env._("Statistics are filtered by plans, groups and agents.")
            )
        domain = Domain.TRUE
        for name, ids in filters.items():
            if ids:
                domain &= Domain(FILTERS[name], "in", self._check_ids(ids))
        return domain

    @api.model
    def _check_ids(self, ids):
        if not isinstance(ids, list | tuple) or not all(map(_is_id, ids)):
            raise UserError(
                self.env._("Plans, groups and agents are chosen by their ids.")
            )
        return list(ids)

    # Domains -----------------------------------------------------------------------

    @api.model
    def _calls_domain(self, date_from, date_to, domain):
        """The calls of a period in which the customer was dialled."""
        return Domain(
            [
                ("kind", "=", "main"),
                ("dialed_at", "!=", False),
                ("dial_date", ">=", date_from),
                ("dial_date", "<=", date_to),
            ]
        ) & Domain(domain)

    @api.model
    def _row_domain(self, by, key):
        self._check_by(by)
        if by == "total":
            return Domain.TRUE
        value = self._parse_day(key) if by == "day" else key
        if by != "day" and not (_is_id(key) or (by == "hour" and key == 0)):
            raise UserError(self.env._("This row is not in the statistics."))
        return Domain(CUTS[by], "=", value)

    @api.model
    def _figure_domain(self, name):
        """Which calls a figure counts."""
        if name in CALLS_OF_FIGURES:
            return Domain(CALLS_OF_FIGURES[name])
        prefix, _separator, result_id = name.partition("_")
        if prefix != "result" or not result_id.isdecimal():
            raise UserError(self.env._("There is no such figure in the statistics."))
        return Domain(
            [
                ("contact_record_id.saved", "=", True),
                ("contact_record_id.result_id", "=", int(result_id)),
            ]
        )

    @api.model
    def _failed_domain(self, date_from, date_to, domain):
        """Attempts of a period that ended before the customer was dialled.

        They were cut into no day: each company's own begin and end do so here.
        """
        periods = Domain.OR(
            Domain(
                [
                    ("company_id", "in", companies.ids),
                    ("requested_at", ">=", _begin_of(date_from, zone)),
                    ("requested_at", "<", _begin_of(date_to + timedelta(1), zone)),
                ]
            )
            for zone, companies in self.env.companies.grouped("callcenter_tz").items()
        )
        failed = Domain(
            [("kind", "=", "main"), ("state", "=", "ended"), ("dialed_at", "=", False)]
        )
        return failed & periods & domain

    # Rows --------------------------------------------------------------------------

    @api.model
    def _read_rows(self, date_from, date_to, by, domain):
        """Read the figures, all of them, with one query.

        :return: list of dicts as `figures` gives, with what the chart needs besides
        """
        self._check_may_read()
        self._check_by(by)
        first, last = self._parse_period(date_from, date_to)
        counted = [figure for figure in FIGURES if figure.aggregate]
        sql = SQL(
            """
            WITH call AS (%(calls)s),
                 customer AS (%(customers)s),
                 result AS (
                    SELECT key, JSONB_OBJECT_AGG(result_id, count) AS counts
                      FROM (SELECT key, result_id, COUNT(*) AS count
                              FROM call
                             WHERE saved AND result_id IS NOT NULL
                             GROUP BY key, result_id) AS counted
                     GROUP BY key),
                 figure AS (
                    SELECT key, %(aggregates)s FROM customer GROUP BY key)
            SELECT figure.*, result.counts
              FROM figure LEFT JOIN result USING (key)
             ORDER BY key
            """,
            calls=self._select_calls(first, last, by, domain),
            customers=CUSTOMERS,
            aggregates=SQL(", ").join(
                [*(figure.aggregate for figure in counted), UNSAVED_ANSWERED]
            ),
        )
        names = [figure.name for figure in counted]
        rows = [
            {"key": key, **dict(zip(names, values, strict=True))}
            | {"unsaved_answered": unsaved_answered, "counts": counts or {}}
            for key, *values, unsaved_answered, counts in self._query(sql)
        ]
        if by == "total" and not rows:
            rows = [{"key": 0, **dict.fromkeys(names, 0), "counts": {}}]
            rows[0]["unsaved_answered"] = 0
        return self._complete_rows(rows, by)

    @api.model
    def _select_calls(self, date_from, date_to, by, domain):
        """A line for each call that is counted, out of the user's own search.

        The search brings access rights and record rules. What is joined to a call is
        the call's own: whoever may count the call may count that.
        """
        # An archived plan's calls stay counted when they are asked for by its name.
        calls = self.env["callcenter.call"].with_context(active_test=False)
        try:
            domain = self._calls_domain(date_from, date_to, domain or [])
            query = calls._search(domain)
        except DOMAIN_ERRORS as error:
            raise self._bad_domain() from error
        for model in ("call", "task", "contact.record", "inspection", "dial.plan"):
            self.env[f"callcenter.{model}"].flush_model()
        call = SQL.identifier(query.table)
        query.add_join(
            "JOIN", "task", "callcenter_task", SQL("task.id = %s.task_id", call)
        )
        query.add_join(
            "LEFT JOIN",
            "record",
            "callcenter_contact_record",
            SQL("record.call_id = %s.id", call),
        )
        query.add_join(
            "LEFT JOIN",
            "inspection",
            "callcenter_inspection",
            SQL(
                "inspection.contact_record_id = record.id "
                "AND inspection.verdict = 'passed'"
            ),
        )
        if by == "group":
            query.add_join(
                "JOIN",
                "plan",
                "callcenter_dial_plan",
                SQL("plan.id = %s.plan_id", call),
            )
        return query.select(
            SQL("%s AS key", _key_sql(by, call)),
            SQL("task.partner_id"),
            SQL("%s.outcome IS NOT DISTINCT FROM 'answered' AS answered", call),
            SQL("%s.state = 'ended' AND record.saved IS NOT TRUE AS unsaved", call),
            SQL("COALESCE(%s.total_seconds, 0) AS total_seconds", call),
            SQL("COALESCE(%s.talk_seconds, 0) AS talk_seconds", call),
            SQL("record.id AS record_id"),
            SQL("record.saved"),
            SQL("record.saved_at"),
            SQL("record.status"),
            SQL("record.result_id"),
            SQL("inspection.id IS NOT NULL AS passed"),
        )

    @api.model
    def _query(self, sql):
        try:
            return self.env.execute_query(sql)
        except (psycopg2.DataError, psycopg2.ProgrammingError) as error:
            raise self._bad_domain() from error

    @api.model
    def _bad_domain(self):
        return UserError(
            self.env._("The condition is none that calls can be searched by.")
        )

    @api.model
    def _complete_rows(self, rows, by):
        """Add labels, results and rates to what the query counted."""
        labels = self._labels(by, [row["key"] for row in rows])
        places = self._result_places(rows)
        for row in rows:
            row["label"] = labels[row["key"]]
            counts = {int(id_): count for id_, count in row.pop("counts").items()}
            row["results"] = [
                {"result_id": id_, "count": counts[id_]}
                for id_ in sorted(counts, key=places.get)
            ]
            for figure in FIGURES:
                if figure.rate:
                    part, whole = (row[name] for name in figure.rate)
                    row[figure.name] = part / whole if whole else 0.0
            row["key"] = _rpc_key(row["key"], by)
        if by in ("plan", "group", "agent"):
            rows.sort(key=lambda row: (row["label"].casefold(), row["key"]))
        return rows

    @api.model
    def _result_places(self, rows):
        """:return: dict: for each result that is counted its place among them"""
        ids = {int(id_) for row in rows for id_ in row["counts"]}
        results = self.env["callcenter.dial.result"].with_context(active_test=False)
        found = results.search([("id", "in", list(ids))])
        return {result.id: place for place, result in enumerate(found)}

    @api.model
    def _labels(self, by, keys):
        """:return: dict: for each key of a row what the user reads"""
        if by == "total":
            return dict.fromkeys(keys, self.env._("Total"))
        if by == "day":
            return {key: format_date(self.env, key) for key in keys}
        if by == "hour":
            return {key: f"{key:02}–{key + 1:02}" for key in keys}
        # sudo: callcenter.agent and others: of calls that the user sees, the names that
        # their list shows as well
        records = self.env[NAMED[by]].sudo().browse(keys)
        return {record.id: record.display_name for record in records}

    # Columns -----------------------------------------------------------------------

    @api.model
    def _used_results(self, rows, filters):
        """The dial results that were counted, or that the chosen plans offer."""
        counted = {item["result_id"] for row in rows for item in row["results"]}
        domain = Domain("id", "in", list(counted))
        plan_ids = (filters or {}).get("plan_ids")
        if plan_ids:
            plans = self.env["callcenter.dial.plan"].with_context(active_test=False)
            # The user's own search: of plans out of his sight nothing is told.
            offered = plans.search([("id", "in", self._check_ids(plan_ids))]).result_ids
            domain |= Domain("id", "in", offered.filtered("active").ids)
        results = self.env["callcenter.dial.result"].with_context(active_test=False)
        return results.search(domain)

    @api.model
    def _columns(self, results):
        """:return: list of dicts: all figures in the order in which they are shown"""
        columns = []
        for figure in FIGURES:
            if figure.name == RESULTS_BEFORE:
                columns += [self._result_column(result) for result in results]
            columns.append(
                {
                    "name": figure.name,
                    "label": self.env._(figure.label),
                    "help": self.env._(figure.help),
                    "kind": figure.kind,
                    "outcome": False,
                    "is_shown": figure.is_column,
                }
            )
        return columns

    @api.model
    def _result_column(self, result):
        return {
            "name": f"result_{result.id}",
            "label": result.name,
            "help": self.env._(RESULT_HELP[result.outcome]),
            "kind": "count",
            "outcome": result.outcome,
            "is_shown": True,
        }

    @api.model
    def _cells(self, row, results):
        """:return: dict: the row with its results by the names of their columns"""
        counts = {item["result_id"]: item["count"] for item in row["results"]}
        return {
            **{name: value for name, value in row.items() if name != "results"},
            **{f"result_{result.id}": counts.get(result.id, 0) for result in results},
        }

    # Opening -----------------------------------------------------------------------

    @api.model
    def _open_customers(self, name, date_from, date_to, domain):
        """Open the contacts that a figure counts, or their last contact records."""
        is_contacts = name in CONTACTS_OF_FIGURES
        counted = CONTACTS_OF_FIGURES.get(name) or RECORDS_OF_FIGURES[name]
        column = "partner_id" if is_contacts else "last_record_id"
        rows = self._query(
            SQL(
                "WITH call AS (%s), customer AS (%s) "
                "SELECT %s FROM customer WHERE %s LIMIT %s",
                self._select_calls(date_from, date_to, "total", domain),
                CUSTOMERS,
                SQL.identifier(column),
                COUNTED_CUSTOMERS[counted],
                OPEN_LIMIT + 1,
            )
        )
        if len(rows) > OPEN_LIMIT:
            raise UserError(
                self.env._(
                    "These are more than %(limit)s customers: choose a shorter period, "
                    "or fewer plans.",
                    limit=OPEN_LIMIT,
                )
            )
        ids = sorted(id_ for (id_,) in rows if id_)
        model = "res.partner" if is_contacts else "callcenter.contact.record"
        return self._open_action(name, model, Domain("id", "in", ids))

    @api.model
    def _open_action(self, name, model, domain):
        return {
            "type": "ir.actions.act_window",
            "name": self._title(name),
            "res_model": model,
            "views": [[False, "list"], [False, "form"]],
            "domain": _plain(domain),
            "context": {"create": False, "active_test": False},
        }

    @api.model
    def _title(self, name):
        if name == "failed":
            return self.env._("Failed attempts")
        figures = {figure.name: figure for figure in FIGURES}
        if name in figures:
            return self.env._(figures[name].label)
        result_id = int(name.partition("_")[2])
        result = self.env["callcenter.dial.result"].browse(result_id).exists()
        return result.name or self.env._("Calls")

    # XLSX --------------------------------------------------------------------------

    @api.model
    def _export(self, date_from, date_to, by, filters):
        """:return: the page's table as an XLSX file, as bytes"""
        page = self.read_page({"date_from": date_from, "date_to": date_to}, by, filters)
        outcomes = dict(
            self.env["callcenter.dial.result"]
            ._fields["outcome"]
            ._description_selection(self.env)
        )
        columns = [
            Column(
                name=column["name"],
                label=column["label"],
                help=column["help"],
                kind=column["kind"],
                group=outcomes.get(column["outcome"], ""),
            )
            for column in page["columns"]
            if column["is_shown"]
        ]
        return write_sheet(
            Sheet(
                title=self.env._("Outbound Statistics"),
                lines=self._describe_choice(page, filters),
                first_label=self._by_labels()[by],
                columns=columns,
                rows=page["rows"],
                total={**page["total"], "label": self.env._("Total")},
                definitions_title=self.env._("Definitions"),
                definitions_header=(self.env._("Figure"), self.env._("Meaning")),
            )
        )

    @api.model
    def _by_labels(self):
        return {
            "total": self.env._("Total"),
            "day": self.env._("Day"),
            "hour": self.env._("Hour"),
            "plan": self.env._("Dial Plan"),
            "group": self.env._("Agent Group"),
            "agent": self.env._("Agent"),
        }

    @api.model
    def _describe_choice(self, page, filters):
        """:return: list of pairs: what was chosen, in words"""
        labels = self._by_labels()
        first, last = (
            format_date(self.env, page[name]) for name in ("date_from", "date_to")
        )
        period = f"{first} – {last} ({page['time_zone']})"
        lines = [(self.env._("Period"), period)]
        for by, model in NAMED.items():
            ids = (filters or {}).get(f"{by}_ids")
            if ids:
                # The user's own search: other names are not told.
                records = self.env[model].with_context(active_test=False)
                chosen = records.search([("id", "in", ids)])
                lines.append((labels[by], ", ".join(chosen.mapped("display_name"))))
        return lines


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _key_sql(by, call):
    """:return: the expression that tells which row a call belongs to"""
    if by == "total":
        return SQL("0")
    if by == "group":
        return SQL("plan.group_id")
    return SQL("%s.%s", call, SQL.identifier(CUTS[by]))


def _rpc_key(key, by):
    """:return: a row's key as RPC carries it"""
    if by == "total":
        return "total"
    return fields.Date.to_string(key) if by == "day" else key


def _begin_of(day, zone):
    """:return: naive UTC of the begin of a day in a time zone"""
    midnight = datetime.combine(day, datetime.min.time())
    return (
        pytz.timezone(zone).localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)
    )


def _plain(domain):
    """:return: a domain as a list that JSON carries"""
    plain = []
    for part in domain:
        if isinstance(part, str):
            plain.append(part)
            continue
        name, operator, value = part
        if isinstance(value, datetime):
            value = fields.Datetime.to_string(value)
        elif isinstance(value, date):
            value = fields.Date.to_string(value)
        elif not isinstance(value, str | int | float | bool):
            value = list(value)
        plain.append([name, operator, value])
    return plain
