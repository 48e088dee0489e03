import threading
from contextlib import ExitStack

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from .common import GROUP, CallcenterCase, committed_environment


@tagged("post_install", "-at_install", "callcenter")
class TestDistribution(CallcenterCase):
    """The sketch's case: 41 customers in the pool, two agents with 12 and 20."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls._create_offer(73)
        cls.tasks = cls.env["callcenter.task"].search([("plan_id", "=", cls.offer.id)])
        cls.tasks[:12].agent_id = cls.agent
        cls.tasks[12:32].agent_id = cls.other_agent

    @classmethod
    def _create_offer(cls, count):
        package = cls.env["callcenter.package"].create({"name": "Offer"})
        cls.env["res.partner"].create(
            [
                {"name": f"Offer {number}", "city": "Köln" if number % 2 else "Bonn"}
                for number in range(count)
            ]
        )
        package._add_customers([("name", "=like", "Offer %")])
        return cls._create_plan("Works Offer", package_id=package.id)

    def _open(self, plan=None):
        """The distribution as the manager opens it."""
        action = (plan or self.offer).with_user(self.manager).action_distribute()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def _distribute(self, *shares, plan=None):
        distribution = self._open(plan)
        for line, share in zip(distribution.line_ids, shares, strict=False):
            line.share = share
        distribution.action_distribute()
        return distribution

    def _unfinished(self, plan=None):
        """How many unfinished tasks both agents have, and the pool."""
        counts = self.env["callcenter.task"]._count_unfinished(plan or self.offer)
        agents = (self.agent, self.other_agent, self.env["callcenter.agent"])
        return [counts.get(agent, 0) for agent in agents]

    # By percentages ----------------------------------------------------------------

    def test_the_sketch(self):
        distribution = self._open()
        self.assertEqual((distribution.task_count, distribution.pool_count), (73, 41))
        with Form(distribution) as form:
            with form.line_ids.edit(0) as line:
                line.share = 60
            with form.line_ids.edit(1) as line:
                line.share = 40
            self.assertEqual(form.share_sum, 100)
            self.assertEqual((form.given_count, form.stay_count), (41, 0))
        self.assertRecordValues(
            distribution.line_ids,
            [
                {"unfinished": 12, "gets": 25, "after": 37, "total": 37},
                {"unfinished": 20, "gets": 16, "after": 36, "total": 37},
            ],
        )
        distribution.action_distribute()
        self.assertEqual(self._unfinished(), [37, 36, 0])

    def test_the_effect_is_shown_while_shares_are_typed(self):
        distribution = self._open()
        with Form(distribution) as form:
            with form.line_ids.edit(0) as line:
                line.share = 50
            with form.line_ids.edit(0) as line:
                self.assertEqual((line.gets, line.after), (21, 33))
            self.assertEqual((form.given_count, form.stay_count), (21, 20))
            with form.line_ids.edit(1) as line:
                line.share = 50.01
            self.assertAlmostEqual(form.excess, 0.01)
            self.assertEqual(form.given_count, 0)

    def test_a_share_tells_on_the_others(self):
        """A larger remainder takes the odd customer from another line, and back."""
        self.tasks[32:33].status = "done_failed"  # 40 in the pool
        with Form(self._open()) as form:
            for place, share, gets in ((0, 31.25, 13), (1, 56.75, 12), (1, 0, 13)):
                with form.line_ids.edit(place) as line:
                    line.share = share
                with form.line_ids.edit(0) as line:
                    self.assertEqual(line.gets, gets)

    def test_what_was_done_is_told(self):
        distribution = self._distribute(60, 20)
        self.assertEqual(
            distribution.result,
            "7001 Agent 7001 got 25 and 7002 Agent 7002 got 8. 8 stay in the pool.",
        )
        self.assertRecordValues(
            distribution.line_ids,
            [{"unfinished": 37, "share": 0}, {"unfinished": 28, "share": 0}],
        )

    def test_five_customers_all_for_one(self):
        """The seed's case."""
        plan = self._create_plan("Seed", package_id=self.package.id)
        contacts = self.env["res.partner"].create(
            [{"name": f"Seed {number}"} for number in range(5)]
        )
        self.package._add_customers([("id", "in", contacts.ids)])
        distribution = self._distribute(100, plan=plan)
        self.assertEqual(distribution.line_ids[0].unfinished, 5)
        self.assertEqual(self._unfinished(plan), [5, 0, 0])

    def test_over_a_hundred_is_refused(self):
        for shares in ([60, 40.01], [101], [100, 100]):
            with self.subTest(shares=shares), self.assertRaisesRegex(UserError, "100"):
                self._distribute(*shares)
        self.assertEqual(self._unfinished(), [12, 20, 41])

    def test_other_shares_that_are_none_are_refused(self):
        for shares, message in (([-1, 50], "below 0"), ([], "Evenly")):
            with (
                self.subTest(shares=shares),
                self.assertRaisesRegex(UserError, message),
            ):
                self._distribute(*shares)

    def test_evenly(self):
        distribution = self._open()
        distribution.action_even()
        self.assertEqual(distribution.line_ids.mapped("share"), [50, 50])
        self.assertEqual(self._unfinished(), [12, 20, 41])
        distribution.action_distribute()
        self.assertEqual(self._unfinished(), [33, 40, 0])

    def test_each_agent_gets_some_of_every_part(self):
        self._distribute(50, 50)
        dealt = [task.agent_id.number for task in self.tasks[32:36]]
        self.assertEqual(dealt, ["7001", "7002", "7001", "7002"])

    def test_untouched_customers_are_given_first(self):
        self.tasks[32:52].status = "follow_up"
        self._distribute(50)
        self.assertEqual(
            set(self.tasks[52:].agent_id),
            {self.agent},
        )
        self.assertFalse(self.tasks[32:51].agent_id)

    def test_done_customers_are_not_in_the_pool(self):
        self.tasks[32:42].status = "done_failed"
        self.assertEqual(self._open().pool_count, 31)
        self._distribute(100)
        self.assertFalse(self.tasks[32:42].agent_id)

    def test_agents_who_left_are_shown_and_get_nothing(self):
        self.other_agent.group_ids = [Command.clear()]
        distribution = self._open()
        self.assertRecordValues(
            distribution.line_ids,
            [
                {"agent_id": self.agent.id, "remark": "", "is_taker": True},
                {
                    "agent_id": self.other_agent.id,
                    "remark": "left the group",
                    "is_taker": False,
                },
            ],
        )
        distribution.action_even()
        self.assertEqual(distribution.line_ids.mapped("share"), [100, 0])
        with self.assertRaisesRegex(UserError, "not in the group"):
            self._distribute(0, 100)

    def test_archived_agents_are_shown_and_get_nothing(self):
        self.other_agent.active = False
        distribution = self._open()
        self.assertEqual(distribution.line_ids[1].remark, "archived")
        with self.assertRaisesRegex(UserError, "archived"):
            self._distribute(0, 100)

    def test_agents_of_other_companies_get_nothing(self):
        distribution = self._open()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_stranger(company)
        distribution.line_ids[0].agent_id = stranger
        distribution.line_ids[0].share = 100
        with self.assertRaisesRegex(UserError, "7090"):
            distribution.action_distribute()
        move = self._move(target_agent_id=stranger.id)
        with self.assertRaisesRegex(UserError, "7090"):
            move.action_move()

    def _create_stranger(self, company):
        user = new_test_user(
            self.env,
            "cc_stranger",
            groups=f"{GROUP}agent",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        return self.env["callcenter.agent"].create(
            {
                "number": "7090",
                "name": "Stranger",
                "user_id": user.id,
                "company_id": company.id,
            }
        )

    def test_the_agents_pages_are_told(self):
        with self._bus_messages() as sent:
            self._distribute(100)
        told = [
            target for target, kind, __ in sent if kind == "callcenter_outbound/tasks"
        ]
        self.assertEqual(told, [self.agent.user_id.partner_id])

    def test_customers_added_meanwhile_are_there(self):
        contact = self.env["res.partner"].create({"name": "Late"})
        self.env["callcenter.package.customer"].create(
            {"package_id": self.offer.package_id.id, "partner_id": contact.id}
        )
        self.assertEqual(self._open().pool_count, 42)

    def test_two_thousand_are_distributed_in_a_few_queries(self):
        contacts = self.env["res.partner"].with_context(tracking_disable=True)
        contacts.create([{"name": f"Many {number}"} for number in range(2000)])
        package = self.package.create({"name": "Many"})
        package._add_customers([("name", "=like", "Many %")])
        plan = self._create_plan("Works Many", package_id=package.id)
        distribution = self._open(plan)
        distribution.line_ids[0].share = 60
        distribution.line_ids[1].share = 40
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            distribution.action_distribute()
        self.assertEqual(self._unfinished(plan), [1200, 800, 0])

    # By hand -----------------------------------------------------------------------

    def _move(self, **values):
        return (
            self.env["callcenter.dial.plan.move"]
            .with_user(self.manager)
            .create({"plan_id": self.offer.id, **values})
        )

    def test_a_number_moves_from_an_agent_to_another(self):
        move = self._move(
            source="agent",
            source_agent_id=self.other_agent.id,
            target_agent_id=self.agent.id,
            amount="number",
            number=7,
        )
        self.assertRecordValues(
            move,
            [
                {
                    "match_count": 20,
                    "move_count": 7,
                    "source_before": 20,
                    "source_after": 13,
                    "target_before": 12,
                    "target_after": 19,
                }
            ],
        )
        action = move.action_move()
        self.assertEqual(self._unfinished(), [19, 13, 41])
        distribution = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(
            distribution.result,
            "7 customers moved from 7002 Agent 7002 to 7001 Agent 7001.",
        )

    def test_what_a_filter_finds_moves(self):
        move = self._move(
            target_agent_id=self.agent.id, contact_domain="[('city', '=', 'Köln')]"
        )
        self.assertEqual(move.match_count, 20)
        move.action_move()
        self.assertEqual(self._unfinished(), [32, 20, 21])
        cities = self.tasks[32:].filtered("agent_id").partner_id.mapped("city")
        self.assertEqual(set(cities), {"Köln"})

    def test_a_status_moves(self):
        self.tasks[12:15].status = "follow_up"
        self._move(
            source="agent",
            source_agent_id=self.other_agent.id,
            target_agent_id=self.agent.id,
            status="follow_up",
        ).action_move()
        self.assertEqual(self._unfinished(), [15, 17, 41])
        self.assertEqual(self.tasks[12:15].agent_id, self.agent)

    def test_back_into_the_pool(self):
        self.other_agent.active = False
        self._move(
            source="agent", source_agent_id=self.other_agent.id, target="pool"
        ).action_move()
        self.assertEqual(self._unfinished(), [12, 0, 61])

    def test_untouched_customers_move_first(self):
        self.tasks[12:30].status = "in_progress"
        self._move(
            source="agent",
            source_agent_id=self.other_agent.id,
            target_agent_id=self.agent.id,
            amount="number",
            number=2,
        ).action_move()
        self.assertEqual(self.tasks[30:32].agent_id, self.agent)

    def test_the_numbers_follow_the_screen(self):
        form = Form(
            self.env["callcenter.dial.plan.move"]
            .with_user(self.manager)
            .with_context(default_plan_id=self.offer.id)
        )
        self.assertEqual(form.match_count, 0)
        form.target_agent_id = self.agent
        self.assertEqual((form.match_count, form.move_count), (41, 41))
        form.amount = "number"
        form.number = 50
        self.assertEqual(form.move_count, 41)
        form.number = 10
        self.assertEqual((form.source_after, form.target_after), (31, 22))
        form.contact_domain = "[('city', '=', 'Köln')]"
        self.assertEqual(form.match_count, 20)

    def test_moves_that_are_none_are_refused(self):
        for values in (
            {},
            {"source": "agent", "target": "pool"},
            {"target": "pool"},
            {
                "source": "agent",
                "source_agent_id": self.agent.id,
                "target_agent_id": self.agent.id,
            },
            {
                "target_agent_id": self.agent.id,
                "contact_domain": "[('city', '=', 'Nowhere')]",
            },
            {"target_agent_id": self.agent.id, "amount": "number", "number": -1},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._move(**values).action_move()
        self.assertEqual(self._unfinished(), [12, 20, 41])

    def test_agents_who_left_take_nothing(self):
        self.other_agent.group_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "not in the group"):
            self._move(target_agent_id=self.other_agent.id).action_move()

    def test_a_customer_on_the_phone_stays(self):
        self.tasks.number_ids.unlink()
        self.env["callcenter.task.number"].create(
            {"task_id": self.tasks[12].id, "number": "+86 21 5510 0200"}
        )
        self._dial(self.tasks[12])
        move = self._move(
            source="agent",
            source_agent_id=self.other_agent.id,
            target_agent_id=self.agent.id,
        )
        self.assertEqual((move.match_count, move.busy_count), (19, 1))
        move.action_move()
        self.assertEqual(self._unfinished(), [31, 1, 41])
        self.assertEqual(self.tasks[12].agent_id, self.other_agent)

    def test_a_customer_whose_contact_record_is_being_written_stays(self):
        self.env["callcenter.task.number"].create(
            {"task_id": self.tasks[12].id, "number": "+86 21 5510 0200"}
        )
        call = self._dial(self.tasks[12])
        call.state = "ended"
        self.other_agent.status_id.wrap_up_call_id = call
        move = self._move(
            source="agent",
            source_agent_id=self.other_agent.id,
            target_agent_id=self.agent.id,
        )
        self.assertEqual(move.busy_count, 1)
        move.action_move()
        self.assertEqual(self.tasks[12].agent_id, self.other_agent)

    def test_done_customers_never_move(self):
        self.tasks[12:32].status = "done_success"
        move = self._move(
            source="agent",
            source_agent_id=self.other_agent.id,
            target_agent_id=self.agent.id,
        )
        self.assertEqual(move.match_count, 0)

    def test_both_agents_pages_are_told(self):
        with self._bus_messages() as sent:
            self._move(
                source="agent",
                source_agent_id=self.other_agent.id,
                target_agent_id=self.agent.id,
            ).action_move()
        told = {
            target
            for target, kind, payload in sent
            if kind == "callcenter_outbound/tasks"
            and payload == {"plan_ids": self.offer.ids}
        }
        users = self.agent.user_id + self.other_agent.user_id
        self.assertEqual(told, set(users.partner_id))

    # Rights ------------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_distribution_is_for_managers(self):
        distribution = self._open()
        distribution.line_ids[0].share = 100
        move = self._move(target_agent_id=self.agent.id)
        for user in (self.supervisor, self.agent.user_id):
            with self.subTest(user=user.login):
                for record, method in (
                    (self.offer, "action_distribute"),
                    (distribution, "action_distribute"),
                    (move, "action_move"),
                ):
                    with self.assertRaises(AccessError):
                        getattr(record.with_user(user), method)()
        self.assertEqual(self._unfinished(), [12, 20, 41])


@tagged("post_install", "-at_install", "callcenter")
class TestConcurrentDistribution(BaseCase):
    """Several at once, each with a transaction of its own, as in a running system."""

    TASKS = 200

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._forget)
        with committed_environment() as env:
            self.agent_ids = [self._create_agent(env, n) for n in ("7801", "7802")]
            group = env["callcenter.agent.group"].create(
                {"name": "Concurrent", "agent_ids": [Command.set(self.agent_ids)]}
            )
            package = env["callcenter.package"].create({"name": "Concurrent"})
            env["res.partner"].create(
                [
                    {"name": f"Concurrent {number}", "phone": "+862155100200"}
                    for number in range(self.TASKS)
                ]
            )
            package._add_customers([("name", "=like", "Concurrent %")])
            plan = env["callcenter.dial.plan"].create(
                {"name": "Concurrent", "package_id": package.id, "group_id": group.id}
            )
            self.plan_id = plan.id
            self.assertEqual(plan.pool_count, self.TASKS)

    def _create_agent(self, env, number):
        user = env["res.users"].create(
            {
                "name": number,
                "login": f"concurrent_{number}",
                "group_ids": [Command.set([env.ref(f"{GROUP}agent").id])],
            }
        )
        agents = env["callcenter.agent"]
        return agents.create({"number": number, "name": number, "user_id": user.id}).id

    def _forget(self):
        with committed_environment() as env:
            plans = env["callcenter.dial.plan"].search([("name", "=", "Concurrent")])
            env["callcenter.task"].search([("plan_id", "in", plans.ids)]).unlink()
            plans.unlink()
            env["callcenter.package"].search([("name", "=", "Concurrent")]).unlink()
            agents = env["callcenter.agent"].search([("number", "=like", "780_")])
            users = agents.user_id
            env["callcenter.agent.group"].search([("name", "=", "Concurrent")]).unlink()
            agents.unlink()
            contacts = users.partner_id
            users.unlink()
            (
                contacts
                + env["res.partner"].search([("name", "=like", "Concurrent %")])
            ).unlink()

    def _owners(self):
        """:return: list of the agents of all tasks"""
        with committed_environment() as env:
            tasks = env["callcenter.task"].search([("plan_id", "=", self.plan_id)])
            self.assertEqual(len(tasks), self.TASKS)
            return tasks.mapped(lambda task: task.agent_id.id)

    def _hand_over(self, env, agent_id, number):
        pool = [("plan_id", "=", self.plan_id), ("agent_id", "=", False)]
        return env["callcenter.task"]._hand_over(pool, [(agent_id, number)])[agent_id]

    def test_two_distributions_at_once_give_each_task_once(self):
        """The second finds the rows of the first locked, and takes others."""
        with committed_environment() as first, committed_environment() as second:
            one = self._hand_over(first, self.agent_ids[0], 150)
            two = self._hand_over(second, self.agent_ids[1], 150)
        self.assertEqual((one, two), (150, 50))
        owners = self._owners()
        self.assertEqual(owners.count(self.agent_ids[0]), 150)
        self.assertEqual(owners.count(self.agent_ids[1]), 50)

    @mute_logger("odoo.sql_db")
    def test_many_at_once_lose_none(self):
        """Whoever comes too late starts again, as Odoo does with a request."""
        given = dict.fromkeys(self.agent_ids, 0)
        lock = threading.Lock()
        start = threading.Barrier(4)
        failures = []

        def work(env, agent_id):
            try:
                start.wait(10)
                for _turn in range(10):
                    self._try(env, agent_id, 7, given, lock)
            except Exception as error:
                failures.append(error)

        with ExitStack() as stack:
            # Made here: while Odoo's runner tests, no other thread gets the registry.
            workers = [
                (stack.enter_context(committed_environment()), agent_id)
                for agent_id in self.agent_ids * 2
            ]
            threads = [threading.Thread(target=work, args=args) for args in workers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
                self.assertFalse(thread.is_alive())
        self.assertFalse(failures)
        owners = self._owners()
        for agent_id in self.agent_ids:
            self.assertEqual(owners.count(agent_id), given[agent_id])
            self.assertTrue(given[agent_id])
        self.assertEqual(sum(given.values()) + owners.count(False), self.TASKS)

    def _try(self, env, agent_id, number, given, lock):
        for _attempt in range(20):
            try:
                count = self._hand_over(env, agent_id, number)
                env.flush_all()
                env.cr.commit()
            except errors.SerializationFailure:
                env.cr.rollback()
                continue
            with lock:
                given[agent_id] += count
            return

    def test_a_task_that_is_worked_on_stays(self):
        """An agent's use case that is not committed yet holds the row."""
        with committed_environment() as working:
            task = working["callcenter.task"].search(
                [("plan_id", "=", self.plan_id)], limit=1
            )
            task.status = "in_progress"
            working.flush_all()
            with committed_environment() as env:
                count = self._hand_over(env, self.agent_ids[0], self.TASKS)
        self.assertEqual(count, self.TASKS - 1)
        self.assertEqual(self._owners().count(False), 1)

    @mute_logger("odoo.sql_db")
    def test_whoever_dials_a_task_that_is_taken_away_starts_again(self):
        """The new call refers to the task: that waits for who hands it over."""
        with committed_environment() as env:
            self._hand_over(env, self.agent_ids[0], self.TASKS)
        outcome = []

        def refer(task_id, ready):
            with db_connect(get_db_name()).cursor() as cr:
                cr.execute(
                    "SELECT agent_id FROM callcenter_task WHERE id=%s", [task_id]
                )
                ready.set()
                try:
                    cr.execute(
                        "SELECT id FROM callcenter_task WHERE id=%s FOR KEY SHARE",
                        [task_id],
                    )
                except errors.SerializationFailure:
                    outcome.append("again")
                cr.rollback()

        with committed_environment() as env:
            task = env["callcenter.task"].search(
                [("plan_id", "=", self.plan_id)], limit=1
            )
            env["callcenter.task"]._hand_over(
                [("plan_id", "=", self.plan_id)], [(self.agent_ids[1], self.TASKS)]
            )
            ready = threading.Event()
            thread = threading.Thread(target=refer, args=(task.id, ready))
            thread.start()
            self.assertTrue(ready.wait(10))
        thread.join(10)
        self.assertEqual(outcome, ["again"])


@tagged("post_install", "-at_install", "callcenter")
class TestDistributionTours(CallcenterCase, HttpCase):
    """The manager's clicks, from an empty package to the agents' lists."""

    def test_fill_and_distribute(self):
        guests = self.env["res.users"].search([("share", "=", True)])
        guests.action_archive()
        strangers = self.env["res.partner"].search([("user_ids", "=", False)])
        (strangers | guests.partner_id).action_archive()
        self.env["res.partner"].create(
            [
                {"name": f"Tour {number}", "phone": number < 8 and "+86 21 5510 0200"}
                for number in range(10)
            ]
        )
        package = self.package.create({"name": "Tour"})
        self.start_tour(
            f"/odoo/call-center-packages/{package.id}",
            "callcenter_outbound_fill_package",
            login="cc_manager",
        )
        self.assertEqual(package.customer_count, 8)
        package._add_customers([("name", "=like", "Tour %")])
        plan = self._create_plan("Tour", package_id=package.id)
        self.start_tour(
            f"/odoo/call-center-plans/{plan.id}",
            "callcenter_outbound_distribute",
            login="cc_manager",
        )
        counts = self.env["callcenter.task"]._count_unfinished(plan)
        self.assertEqual(counts, {self.agent: 8, self.other_agent: 2})
