import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.callcenter_task_number import mask_number
from .common import CallcenterCase


@tagged("post_install", "-at_install", "callcenter")
class TestDial(CallcenterCase):
    def test_dial_makes_call_and_command_in_one_transaction(self):
        call = self._dial()
        self.assertRecordValues(
            call,
            [
                {
                    "kind": "main",
                    "state": "dialing",
                    "outcome": False,
                    "task_id": self.task.id,
                    "agent_id": self.agent.id,
                    "dialed_at": False,
                }
            ],
        )
        command = self._originate_of(call)
        self.assertEqual(command.state, "pending")
        self.assertEqual(command.call_key, call.uniqueid)
        self.assertEqual(
            command.payload,
            {
                "extension": "7001",
                "number": "862155100200",
                "trunk": "carrier",
                "caller_id": "862155550000",
                "agent_timeout": 20,
                "dial_timeout": 45,
                "record": True,
                "auto_answer": False,
            },
        )
        self.assertEqual(self.task.status, "in_progress")

    def test_a_click_costs_few_queries(self):
        self._dial(self.other_task)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(35):
            self._dial()
            self.env.flush_all()

    def test_the_browser_phone_answers_by_itself(self):
        self.agent.extension_id.phone = "browser"
        command = self._originate_of(self._dial())
        self.assertIs(command.payload["auto_answer"], True)

    def test_dial_the_number_that_was_clicked(self):
        second = self.env["callcenter.task.number"].create(
            {"task_id": self.task.id, "number": "+86 21 5511 1100"}
        )
        command = self._originate_of(self._dial(number_id=second.id))
        self.assertEqual(command.payload["number"], "862155111100")

    def test_a_number_of_another_task_is_refused(self):
        with self.assertRaisesRegex(UserError, "no such number"):
            self._dial(number_id=self.other_task.number_ids.id)

    def test_a_number_that_is_none_is_named_but_masked(self):
        task = self._create_task(self.agent, phone="call me 12345")
        with self.assertRaisesRegex(UserError, "•••45.* no phone number"):
            self._dial(task)

    def test_a_customer_without_a_number(self):
        self.task.number_ids.unlink()
        self.task.partner_id.phone = False
        with self.assertRaisesRegex(UserError, "has no phone number"):
            self._dial()
        self.task.partner_id.phone = "+86 21 5519 0200"
        command = self._originate_of(self._dial())
        self.assertEqual(command.payload["number"], "862155190200")

    def test_without_a_connector_it_is_refused_at_once(self):
        self.led = False
        with self.assertRaisesRegex(UserError, "no connector runs"):
            self._dial()
        self.assertFalse(self.task.call_ids)

    def test_without_a_link_to_the_pbx_it_is_refused_at_once(self):
        self.pbx.status_id.state = "offline"
        with self.assertRaisesRegex(UserError, "not connected"):
            self._dial()
        self.assertFalse(self.task.call_ids)

    def test_without_an_extension(self):
        self.agent.extension_id = False
        with self.assertRaisesRegex(UserError, "no extension"):
            self._dial()

    def test_with_a_phone_out_of_reach(self):
        self.agent.extension_id.status_id.state = "not_registered"
        with self.assertRaisesRegex(UserError, "7001 can't be reached"):
            self._dial()
        self.agent.extension_id.phone = "browser"
        with self.assertRaisesRegex(UserError, "allow the microphone"):
            self._dial()

    def test_without_a_trunk(self):
        self.trunk.active = False
        with self.assertRaisesRegex(UserError, "no trunk"):
            self._dial()

    def test_a_second_click_while_a_call_is_on(self):
        self._dial()
        second = self._create_task(self.agent)
        with self.assertRaisesRegex(UserError, "A call is on already"):
            self._dial(second)

    def test_two_clicks_at_once_are_parted_by_the_database(self):
        """Of two transactions that both saw no open call, the index lets one pass."""
        call = self._dial()
        values = {
            "uniqueid": "2f1c5a70-0000-4000-8000-000000000000",
            "plan_id": self.plan.id,
            "agent_id": self.agent.id,
            "pbx_id": self.pbx.id,
            "company_id": self.env.company.id,
        }
        for clash in ({"task_id": self._create_task(self.agent).id},):
            with (
                self.assertRaises(psycopg2.errors.UniqueViolation) as caught,
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                call.create({**values, **clash})
        self.assertEqual(
            call._sql_error_to_message(caught.exception),
            "A call is on already: hang up before you dial again.",
        )

    def test_one_customer_is_called_by_one_agent_at_a_time(self):
        call = self._dial()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation) as caught,
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            call.create(
                {
                    "uniqueid": "2f1c5a70-0000-4000-8000-000000000000",
                    "task_id": self.task.id,
                    "plan_id": self.plan.id,
                    "agent_id": self.other_agent.id,
                    "pbx_id": self.pbx.id,
                    "company_id": self.env.company.id,
                }
            )
        self.assertEqual(
            call._sql_error_to_message(caught.exception),
            "This customer is being called already.",
        )

    def test_nobody_dials_the_task_of_another(self):
        for user in (self.agent.user_id, self.supervisor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.other_task.with_user(user).action_dial()

    def test_hang_up_is_a_command_for_the_open_call(self):
        call = self._dial()
        agents = self.env["callcenter.agent"].with_user(self.agent.user_id)
        self.assertIs(agents.action_hang_up(), True)
        command = self.env["callcenter.command"].search(
            [("call_id", "=", call.id), ("kind", "=", "hangup")]
        )
        self.assertEqual(command.call_key, call.uniqueid)

    def test_hang_up_without_a_call_does_nothing(self):
        agents = self.env["callcenter.agent"].with_user(self.agent.user_id)
        self.assertIs(agents.action_hang_up(), True)
        self.assertFalse(
            self.env["callcenter.command"].search([("agent_id", "=", self.agent.id)])
        )

    def test_test_call_rings_the_own_phone(self):
        agents = self.env["callcenter.agent"].with_user(self.agent.user_id)
        self.assertIs(agents.action_test_call(), True)
        command = self.env["callcenter.command"].search(
            [("agent_id", "=", self.agent.id)]
        )
        self.assertEqual(command.kind, "echo")
        self.assertEqual(command.payload["extension"], "7001")

    def test_only_agents_have_these_use_cases(self):
        agents = self.env["callcenter.agent"].with_user(self.supervisor)
        for method in ("action_hang_up", "action_test_call"):
            with (
                self.subTest(method=method),
                self.assertRaisesRegex(AccessError, "not an agent"),
            ):
                getattr(agents, method)()

    def test_a_manager_tests_any_extension(self):
        extension = self.other_agent.extension_id.with_user(self.manager)
        self.assertIs(extension.action_test_call(), True)
        command = self.env["callcenter.command"].search([("kind", "=", "echo")])
        self.assertEqual(command.payload["extension"], "7002")

    def test_masked_numbers_show_the_last_two_digits(self):
        self.assertEqual(mask_number("ask Wang Wei"), "••• •••• •••")
        self.assertEqual(mask_number("+86 21 5555 0142"), "+•• •• •••• ••42")
        self.assertEqual(mask_number("7"), "7")
        self.assertEqual(mask_number(""), "")

    def test_hostile_values_never_reach_the_pbx(self):
        """What would be more than a value to Asterisk is refused where it is typed."""
        for value in ("10\r\n", "1,2", "1&2", "1;2", "[12]", "12)", "1 2", "１２"):
            with self.subTest(value=value):
                for message, record, field in (
                    ("no extension number", self.agent.extension_id, "number"),
                    ("caller ID", self.trunk, "caller_number"),
                    ("trunk's name", self.trunk, "name"),
                ):
                    with (
                        self.assertRaisesRegex(UserError, message),
                        self.env.cr.savepoint(),
                    ):
                        record[field] = value
                task = self._create_task(self.agent, phone=f"+86 21 5510 0200{value}")
                for message, record, field in (
                    ("can't be the PBX's", self.pbx, "ami_host"),
                    ("secret of extension", self.agent.extension_id, "secret"),
                ):
                    with (
                        self.assertRaisesRegex(UserError, message),
                        self.env.cr.savepoint(),
                    ):
                        record[field] = f"x{value} \n"
                number = task.number_ids.number_e164
                self.assertTrue(not number or number.removeprefix("+").isdigit())
