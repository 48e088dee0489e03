import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CallcenterCase

DONE = ("done_success", "done_mismatch", "done_failed")
#: The night in which Berlin's clocks go from 2 to 3: midnight, and 1:00 UTC.
NIGHT = datetime(2026, 3, 28, 21, 0)
BY = ("total", "day", "hour", "plan", "group", "agent")
FROM, TO = "2026-03-01", "2026-04-30"


class StatisticsCase(CallcenterCase):
    """Calls that are made as the connector leaves them, without a PBX."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.callcenter_tz = "Europe/Berlin"
        cls.statistics = cls.env["callcenter.statistics"].with_user(cls.manager)

    @classmethod
    def _make_call(cls, task, at, answered=True, status=None, **values):
        """A call that has ended.

        :param at: naive UTC of the dialing; None: the customer was never dialled
        :param status: of the contact record that was saved; None: it was left unsaved
        :param values: ``result``, ``total``, ``talk``, ``saved_at``, ``passed``,
            ``agent``, ``state``
        """
        calls = cls.env["callcenter.call"]
        call = calls.create(
            {
                "uniqueid": calls._new_call_key(),
                "state": values.get("state", "ended"),
                "task_id": task.id,
                "plan_id": task.plan_id.id,
                "agent_id": (values.get("agent") or task.agent_id).id,
                "pbx_id": cls.pbx.id,
                "company_id": task.company_id.id,
                "outcome": at and ("answered" if answered else "unanswered"),
                "requested_at": at or values["requested_at"],
                "total_seconds": values.get("total", 0),
                "talk_seconds": values.get("talk", 0),
            }
        )
        if not at:
            return call
        call.write(call._dialed(at))
        record = cls.env["callcenter.contact.record"].create(
            {
                "call_id": call.id,
                "task_id": task.id,
                "plan_id": task.plan_id.id,
                "agent_id": call.agent_id.id,
                "company_id": task.company_id.id,
                "saved": bool(status),
                "saved_at": status and (values.get("saved_at") or at),
                "status": status,
                "result_id": status
                and (values.get("result") or cls.answered_result).id,
            }
        )
        call.contact_record_id = record
        if values.get("passed"):
            cls.env["callcenter.inspection"].create(
                {"contact_record_id": record.id, "verdict": "passed"}
            )
        return call

    def _row(self, by="total", domain=None, user=None, period=(FROM, TO)):
        """The only row, of the test's calls alone."""
        statistics = self.statistics.with_user(user or self.manager)
        (row,) = statistics.figures(*period, by, domain or self._own_calls())
        return row

    def _own_calls(self):
        return [("plan_id.package_id", "=", self.package.id)]


@tagged("post_install", "-at_install", "callcenter")
class TestStatistics(StatisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plans = cls.plan + cls._create_plan("Test plan 2")
        cls.agents = cls.agent + cls.other_agent
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Test customer {number}"} for number in range(4)]
        )
        cls.tasks = [
            [
                cls._create_task(cls.agent, partner=customer, plan=plan)
                for customer in cls.customers
            ]
            for plan in cls.plans
        ]

    # Against a count by hand -------------------------------------------------------

    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        notes=st.lists(
            st.fixed_dictionaries(
                {
                    "plan": st.integers(0, 1),
                    "customer": st.integers(0, 3),
                    "agent": st.integers(0, 1),
                    # From before midnight to after the clocks were put forward.
                    "minute": st.integers(0, 30 * 60),
                    "is_failed": st.sampled_from([False] * 5 + [True]),
                    "is_answered": st.booleans(),
                    "total": st.integers(0, 400),
                    "status": st.sampled_from(
                        [None, "in_progress", "follow_up", *DONE, "done_success"]
                    ),
                    "save_delay": st.integers(0, 2000),
                    "is_passed": st.booleans(),
                }
            ),
            max_size=14,
        )
    )
    def test_figures_are_what_a_count_by_hand_gives(self, notes):
        own = self.env["callcenter.call"].search([("plan_id", "in", self.plans.ids)])
        own.unlink()
        for note in notes:
            self._make_noted_call(note)
        for by in BY:
            rows = self.statistics.figures(FROM, TO, by, self._own_calls())
            expected = self._count_by_hand(notes, by)
            self.assertEqual({row["key"] for row in rows}, set(expected))
            for row in rows:
                counts = {item["result_id"]: item["count"] for item in row["results"]}
                values = {**row, "results": counts}
                for name, value in expected[row["key"]].items():
                    self.assertEqual(values[name], value, f"{by} {row['key']} {name}")

    def _make_noted_call(self, note):
        at = NIGHT + timedelta(minutes=note["minute"])
        result = self.answered_result if note["is_answered"] else self.unanswered_result
        self._make_call(
            self.tasks[note["plan"]][note["customer"]],
            None if note["is_failed"] else at,
            note["is_answered"],
            note["status"],
            requested_at=at,
            agent=self.agents[note["agent"]],
            result=result,
            total=note["total"],
            talk=note["total"] // 2 if note["is_answered"] else 0,
            saved_at=at + timedelta(minutes=note["save_delay"]),
            passed=note["is_passed"] and note["status"] == "done_success",
        )

    def _count_by_hand(self, notes, by):
        """:return: dict: for each row's key what it must say, by the notes alone"""
        rows = defaultdict(list)
        if by == "total":
            rows["total"] = []
        for number, note in enumerate(notes):
            if not note["is_failed"]:
                rows[self._key_by_hand(note, by)].append((number, note))
        return {key: self._row_by_hand(numbered) for key, numbered in rows.items()}

    def _key_by_hand(self, note, by):
        moment = (NIGHT + timedelta(minutes=note["minute"])).replace(tzinfo=UTC)
        local = moment.astimezone(ZoneInfo("Europe/Berlin"))
        return {
            "total": "total",
            "day": f"{local:%Y-%m-%d}",
            "hour": local.hour,
            "plan": self.plans[note["plan"]].id,
            "group": self.group.id,
            "agent": self.agents[note["agent"]].id,
        }[by]

    def _row_by_hand(self, numbered):
        notes = [note for _number, note in numbered]
        customers = {note["customer"] for note in notes}
        answered = [note for note in notes if note["is_answered"]]
        reached = {note["customer"] for note in answered}
        last = {}
        by_save = sorted(
            (note["minute"] + note["save_delay"], number, note)
            for number, note in numbered
            if note["status"]
        )
        for _saved_at, _number, note in by_save:
            last[note["customer"]] = note["status"]
        results = Counter(
            (self.answered_result if note["is_answered"] else self.unanswered_result).id
            for note in notes
            if note["status"]
        )
        success = sum(status == "done_success" for status in last.values())
        return {
            "data_volume": len(customers),
            "dials": len(notes),
            "unsaved": sum(not note["status"] for note in notes),
            "reached": len(reached),
            "answered": len(answered),
            "contact_rate": len(reached) / len(customers) if customers else 0,
            "answer_rate": len(answered) / len(notes) if notes else 0,
            "total_seconds": sum(note["total"] for note in notes),
            "talk_seconds": sum(note["total"] // 2 for note in answered),
            "follow_up": sum(status == "follow_up" for status in last.values()),
            "done": sum(status in DONE for status in last.values()),
            "passed": len(
                {
                    note["customer"]
                    for note in notes
                    if note["is_passed"] and note["status"] == "done_success"
                }
            ),
            "effective_contact_rate": success / len(customers) if customers else 0,
            "results": dict(results),
        }

    # The case of the walk-through --------------------------------------------------

    def test_the_walk_through(self):
        """5 customers, 6 calls: 4 answered, 2 not, of which one was left unsaved."""
        day = datetime(2026, 3, 10, 9)
        tasks = [self._create_task(self.agent) for _number in range(5)]
        for number in range(3):
            self._make_call(
                tasks[number], day, True, "done_success", total=100, talk=80
            )
        self._make_call(
            tasks[3], day + timedelta(hours=1), True, "done_mismatch", total=60, talk=30
        )
        self._make_call(
            tasks[4],
            day + timedelta(hours=1),
            False,
            "follow_up",
            result=self.unanswered_result,
            total=20,
        )
        self._make_call(tasks[4], day + timedelta(hours=2), False, total=30)
        row = self._row()
        expected = {
            "key": "total",
            "label": "Total",
            "data_volume": 5,
            "dials": 6,
            "results": [
                {"result_id": self.answered_result.id, "count": 4},
                {"result_id": self.unanswered_result.id, "count": 1},
            ],
            "unsaved": 1,
            "reached": 4,
            "answered": 4,
            "contact_rate": 0.8,
            "answer_rate": 4 / 6,
            "total_seconds": 410.0,
            "talk_seconds": 270.0,
            "follow_up": 1,
            "done": 4,
            "passed": 0,
            "effective_contact_rate": 0.6,
        }
        self.assertEqual(row, expected)
        # As both JSON and XML carry it.
        self.assertEqual(json.loads(json.dumps(row)), row)

    # Meanings ----------------------------------------------------------------------

    def test_nothing_was_dialled(self):
        row = self._row(period=("2020-01-01", "2020-01-01"))
        self.assertEqual(row["results"], [])
        numbers = {
            name: value
            for name, value in row.items()
            if name not in ("key", "label", "results")
        }
        self.assertEqual(set(numbers.values()), {0})
        for by in BY[1:]:
            self.assertEqual(
                self.statistics.figures("2020-01-01", "2020-01-01", by, []), []
            )

    def test_a_customer_of_two_plans_is_one(self):
        for tasks in self.tasks:
            self._make_call(tasks[0], NIGHT)
        self.assertEqual(self._row()["data_volume"], 1)
        by_plan = self.statistics.figures(FROM, TO, "plan", self._own_calls())
        self.assertEqual([row["data_volume"] for row in by_plan], [1, 1])
        self.assertEqual(
            [row["label"] for row in by_plan], ["Test plan", "Test plan 2"]
        )

    def test_a_call_that_is_on_is_dialled_but_not_unsaved(self):
        call = self._make_call(self.task, NIGHT, state="ringing")
        call.outcome = False
        row = self._row()
        self.assertEqual((row["dials"], row["unsaved"], row["answered"]), (1, 0, 0))

    def test_a_late_save_and_a_correction_are_followed(self):
        call = self._make_call(self.task, NIGHT)
        self.assertEqual(self._row()["unsaved"], 1)
        call.contact_record_id._save(
            {
                "status": "follow_up",
                "result_id": self.answered_result.id,
                "follow_up_at": False,
                "never_call_again": False,
            }
        )
        row = self._row()
        self.assertEqual((row["unsaved"], row["follow_up"], row["done"]), (0, 1, 0))
        call.contact_record_id.with_user(self.supervisor).action_correct(
            {"status": "done_failed"}
        )
        row = self._row()
        self.assertEqual((row["follow_up"], row["done"]), (0, 1))

    def test_an_inspection_counts_when_it_is_passed(self):
        call = self._make_call(self.task, NIGHT, status="done_success")
        inspection = self.env["callcenter.inspection"].create(
            {"contact_record_id": call.contact_record_id.id}
        )
        for verdict, count in (("pending", 0), ("failed", 0), ("passed", 1)):
            inspection.verdict = verdict
            self.assertEqual(self._row()["passed"], count, verdict)

    def test_days_and_hours_of_the_night_that_is_an_hour_short(self):
        for minutes in (0, 119, 120, 179, 239, 240):
            self._make_call(self.task, NIGHT + timedelta(minutes=minutes))
        rows = self.statistics.figures(FROM, TO, "hour", self._own_calls())
        # 22:00, 23:59 | 0:00, 0:59, 1:59 and 3:00: two o'clock never was.
        self.assertEqual(
            {row["key"]: row["dials"] for row in rows}, {22: 1, 23: 1, 0: 2, 1: 1, 3: 1}
        )
        self.assertEqual(rows[0]["label"], "00–01")
        rows = self.statistics.figures(FROM, TO, "day", self._own_calls())
        self.assertEqual(
            [(row["key"], row["dials"]) for row in rows],
            [("2026-03-28", 2), ("2026-03-29", 4)],
        )
        last = self._row(period=("2026-03-29", "2026-03-29"))
        self.assertEqual(last["dials"], 4)

    def test_legs_and_failed_attempts_are_no_calls(self):
        call = self._make_call(self.task, NIGHT)
        call.copy({"kind": "outbound", "main_id": call.id, "state": "ended"})
        self._make_call(self.task, None, requested_at=NIGHT)
        self.assertEqual(self._row()["dials"], 1)
        page = self._page()
        self.assertEqual(page["failed"], 1)
        self.assertEqual(page["total"]["dials"], 1)

    # Rights ------------------------------------------------------------------------

    def test_agents_are_refused(self):
        statistics = self.statistics.with_user(self.agent.user_id)
        for method, arguments in (
            ("figures", (FROM, TO, "total", [])),
            ("read_page", ({"preset": "today"},)),
            ("action_open", ("dials", FROM, TO)),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(statistics, method)(*arguments)

    def test_supervisors_count_the_calls_of_their_groups(self):
        other_group = self.env["callcenter.agent.group"].create({"name": "Others"})
        other_plan = self._create_plan("Others' plan", group_id=other_group.id)
        self._make_call(self.task, NIGHT)
        hidden = self._create_task(self.agent, plan=other_plan)
        self._make_call(hidden, NIGHT, status="done_success", total=10)
        self.assertEqual(self._row()["dials"], 2)
        row = self._row(user=self.supervisor)
        self.assertEqual((row["dials"], row["done"], row["total_seconds"]), (1, 0, 0))
        self.assertEqual(self._row("group", user=self.supervisor)["key"], self.group.id)
        # Not by asking for it either.
        domain = [("plan_id", "=", other_plan.id)]
        self.assertEqual(self._row(user=self.supervisor, domain=domain)["dials"], 0)
        page = self.statistics.with_user(self.supervisor).read_page(
            {"date_from": FROM, "date_to": TO}, "plan", {"plan_ids": other_plan.ids}
        )
        self.assertFalse(page["rows"])
        self.assertFalse([c for c in page["columns"] if c["outcome"]])
        action = self.statistics.with_user(self.supervisor).action_open(
            "data_volume", FROM, TO, "plan", other_plan.id
        )
        self.assertEqual(action["domain"], [["id", "in", []]])

    def test_other_companies_are_not_counted(self):
        self._make_call(self.task, NIGHT)
        foreigner = self._create_foreigner()
        self.assertEqual(self._row(user=foreigner)["dials"], 0)
        self.assertEqual(self._row()["dials"], 1)

    # Parameters --------------------------------------------------------------------

    def test_bad_parameters_are_named(self):
        for arguments, message in (
            ((FROM, TO, "week", []), "total, day, hour"),
            ((FROM, TO, ["day"], []), "total, day, hour"),
            ((TO, FROM, "total", []), "exchange the two days"),
            (("2026-02-30", TO, "total", []), "2026-02-30"),
            ((False, TO, "total", []), "is no day"),
            ((20260301, TO, "total", []), "is no day"),
            ((FROM, "2026-04-30 10:00:00", "total", []), "is no day"),
        ):
            with self.subTest(arguments), self.assertRaisesRegex(UserError, message):
                self.statistics.figures(*arguments)

    def test_hostile_domains_are_refused(self):
        for domain in (
            "[('id', '=', 1)]",
            [["no_such_field", "=", 1]],
            [["id; DROP TABLE callcenter_call", "=", 1]],
            [["plan_id", "~", "x"]],
            ["&", ["id", "=", 1]],
            [["id"]],
            [[["id"], "=", 1]],
            [["dial_date", "=", "yesterday'"]],
            {"id": 1},
            7,
        ):
            with (
                self.subTest(str(domain)[:60]),
                self.assertRaises(UserError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.statistics.figures(FROM, TO, "total", domain)
        self.assertEqual(self._row()["dials"], 0)

    def test_a_condition_on_main_calls(self):
        self._make_call(self.task, NIGHT)
        self._make_call(self.other_task, NIGHT, answered=False)
        for domain, dials in (
            ([["agent_id", "=", self.agent.id]], 1),
            ([["agent_id.number", "=", "7002"]], 1),
            ([["task_id.partner_id.name", "=", "Hidden Customer"]], 2),
            ([["kind", "=", "outbound"]], 0),
            (["|", ["outcome", "=", "answered"], ["outcome", "=", "unanswered"]], 2),
        ):
            domain = ["&", *self._own_calls(), *domain]
            with self.subTest(domain):
                self.assertEqual(self._row(domain=domain)["dials"], dials)
        self.plan.active = False
        domain = [["plan_id.name", "=", "Test plan"]]
        self.assertEqual(self._row(domain=domain)["dials"], 2)

    def test_rows_are_read_by_one_query(self):
        for number, task in enumerate(self.tasks[0]):
            self._make_call(
                task, NIGHT + timedelta(hours=number), status="done_success"
            )
        self.env.flush_all()
        for by in ("hour", "day"):
            self.statistics.figures(FROM, TO, by, self._own_calls())
            self.env.invalidate_all()
            # The rows, the order of the results, and the user's language and rights.
            with self.assertQueryCount(6):
                rows = self.statistics.figures(FROM, TO, by, self._own_calls())
            self.assertTrue(rows)

    # The page ----------------------------------------------------------------------

    def _page(self, by="total", **filters):
        filters = filters or {"plan_ids": self.plans.ids}
        period = {"date_from": FROM, "date_to": TO}
        return self.statistics.read_page(period, by, filters)

    def test_columns(self):
        unused = self.env["callcenter.dial.result"].create(
            [
                {"name": "Test fax", "outcome": "answered", "sequence": 5},
                {"name": "Test archived", "outcome": "answered", "active": False},
            ]
        )
        self.plan.result_ids += unused
        gone = self.env["callcenter.dial.result"].create(
            {"name": "Test gone", "outcome": "unanswered", "active": False}
        )
        self._make_call(self.task, NIGHT, False, "follow_up", result=gone)
        columns = [c for c in self._page()["columns"] if c["outcome"]]
        self.assertEqual(
            [(c["label"], c["outcome"]) for c in columns],
            [
                ("Test fax", "answered"),
                ("Test cooperative", "answered"),
                ("Test busy", "unanswered"),
                ("Test gone", "unanswered"),
            ],
        )
        page = self._page()
        self.assertTrue(all(column["help"] for column in page["columns"]))
        for column in page["columns"]:
            self.assertIn(column["name"], page["total"])

    def test_presets(self):
        self.env["res.lang"]._lang_get("en_US").week_start = "1"
        self.patch(
            type(self.env.company),
            "_callcenter_today",
            lambda company: datetime(2026, 3, 1).date(),
        )
        for preset, expected in (
            ("today", ("2026-03-01", "2026-03-01")),
            ("yesterday", ("2026-02-28", "2026-02-28")),
            ("this_week", ("2026-02-23", "2026-03-01")),
            ("last_week", ("2026-02-16", "2026-02-22")),
            ("this_month", ("2026-03-01", "2026-03-31")),
            ("last_month", ("2026-02-01", "2026-02-28")),
        ):
            page = self.statistics.read_page({"preset": preset})
            self.assertEqual((page["date_from"], page["date_to"]), expected)
        for period in ("today", {}, {"preset": "ever"}, {"preset": ["today"]}, None):
            with self.subTest(period), self.assertRaises(UserError):
                self.statistics.read_page(period)

    def test_bad_filters(self):
        for filters in (
            {"plan_ids": "1"},
            {"plan_ids": [True]},
            {"plan_ids": ["1"]},
            {"domain": []},
            [1],
        ):
            with self.subTest(filters), self.assertRaises(UserError):
                self.statistics.read_page({"preset": "today"}, "total", filters)

    def test_a_figure_opens_what_it_counts(self):
        self._make_call(self.tasks[0][0], NIGHT, True, "done_success", passed=True)
        self._make_call(self.tasks[0][0], NIGHT, False)
        self._make_call(
            self.tasks[1][1], NIGHT, False, "follow_up", result=self.unanswered_result
        )
        self._make_call(self.tasks[1][1], NIGHT + timedelta(hours=3))
        self._make_call(self.tasks[0][2], None, requested_at=NIGHT)
        filters = {"plan_ids": self.plans.ids}
        for by in BY:
            page = self._page(by)
            for row in page["rows"]:
                for column in page["columns"]:
                    name = column["name"]
                    if column["kind"] != "count":
                        continue
                    with self.subTest(by=by, key=row["key"], name=name):
                        action = self.statistics.action_open(
                            name, FROM, TO, by, row["key"], filters
                        )
                        self.assertEqual(self._count_opened(action), row[name])
        action = self.statistics.action_open("failed", FROM, TO, filters=filters)
        self.assertEqual(self._count_opened(action), 1)
        for name, key in (("nothing", 1), ("result_x", 1), (["dials"], 1)):
            with self.subTest(name), self.assertRaises(UserError):
                self.statistics.action_open(name, FROM, TO, "plan", key)
        for key in (None, "1", -1, True, [1]):
            with self.subTest(key), self.assertRaises(UserError):
                self.statistics.action_open("dials", FROM, TO, "plan", key)

    def _count_opened(self, action):
        domain = json.loads(json.dumps(action["domain"]))
        records = self.env[action["res_model"]].with_user(self.manager)
        return records.with_context(active_test=False).search_count(domain)
