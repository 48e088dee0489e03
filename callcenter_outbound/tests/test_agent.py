from contextlib import contextmanager

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import GROUP, CallcenterCase

PASSWORD = "correct horse battery"


@tagged("post_install", "-at_install", "callcenter")
class TestAgentAndUser(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.agents = self.env["callcenter.agent"].with_user(self.manager)

    def _create(self, number="7101", **values):
        return self.agents.create({"number": number, "name": "New Agent", **values})

    @contextmanager
    def _refused(self, message):
        with self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
            yield

    # A user made here --------------------------------------------------------------

    def test_an_agent_brings_a_user_who_is_an_agent_and_nothing_more(self):
        self.manager.lang = "en_US"
        self.env.company.callcenter_tz = "Asia/Shanghai"
        agent = self._create(new_password=PASSWORD)
        user = agent.user_id.sudo()
        group = self.env.ref(f"{GROUP}agent")
        self.assertRecordValues(
            user,
            [
                {
                    "login": "7101",
                    "name": "New Agent",
                    "group_ids": group.ids,
                    "company_id": self.env.company.id,
                    "company_ids": self.env.company.ids,
                    "lang": "en_US",
                    "tz": "Asia/Shanghai",
                    "share": False,
                }
            ],
        )
        self.assertEqual(user.all_group_ids, group.all_implied_ids | group)
        self.assertEqual(user.action_id.path, "call-center")
        self.assertEqual(agent.login, "7101")
        self.assertFalse(agent.sees_all_contacts)
        self.assertFalse(agent.new_password, "written, never read")
        agent.new_password = PASSWORD
        self.assertFalse(agent.new_password, "not by whoever wrote it either")
        credential = {"login": "7101", "password": PASSWORD, "type": "password"}
        checked = user.with_user(user)._check_credentials(
            credential, {"interactive": True}
        )
        self.assertEqual(checked["uid"], user.id)
        partners = self.env["res.partner"].with_user(user)
        self.assertFalse(partners.search([("name", "=", "Hidden Customer")]))

    def test_the_callers_context_forges_no_user(self):
        admin = self.env.ref("base.user_admin")
        context = {
            "default_partner_id": admin.partner_id.id,
            "default_role": "group_system",
        }
        agent = self.agents.with_context(**context).create(
            {"number": "7101", "name": "New Agent"}
        )
        user = agent.user_id.sudo()
        self.assertEqual(user.group_ids, self.env.ref(f"{GROUP}agent"))
        self.assertNotEqual(user.partner_id, admin.partner_id)

    def test_only_managers_make_agents(self):
        for user in (self.supervisor, self.agent.user_id):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.agents.with_user(user).create({"number": "7101", "name": "X"})
        self.assertFalse(self.env["res.users"].search([("login", "=", "7101")]))

    def test_the_user_follows_number_and_name(self):
        agent = self._create()
        agent.write({"number": "7102", "name": "Renamed"})
        user = agent.user_id.sudo()
        self.assertEqual((user.login, user.name), ("7102", "Renamed"))

    def test_the_user_of_an_agent_stays(self):
        agent = self._create()
        with self._refused("user of an agent stays"):
            agent.user_id = self.manager
        agent.write({"user_id": agent.user_id.id})

    def test_nobody_claims_to_have_made_a_user(self):
        agent = self._create(user_id=self.supervisor.id)
        for vals in ({"user_made_here": True},):
            with self.assertRaises(AccessError):
                agent.write(vals)
        with self.assertRaises(AccessError):
            self._create("7102", user_made_here=True)

    def test_the_form_makes_a_user(self):
        with Form(self.agents) as form:
            form.name = "Form Agent"
            form.number = "7103"
            form.new_password = PASSWORD
            form.group_ids.add(self.group)
        agent = form.record
        self.assertEqual(agent.login, "7103")
        self.assertIn(agent, self.group.agent_ids)

    # Passwords ---------------------------------------------------------------------

    def test_a_password_can_be_set_anew(self):
        agent = self._create(new_password="first password")
        agent.new_password = PASSWORD
        user = agent.user_id.sudo()
        credential = {"login": "7101", "password": PASSWORD, "type": "password"}
        user.with_user(user)._check_credentials(credential, {"interactive": True})
        before = self._hash_of(user)
        agent.new_password = ""
        self.assertEqual(self._hash_of(user), before, "an empty field changes nothing")

    def _hash_of(self, user):
        self.env.flush_all()
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", (user.id,))
        return self.env.cr.fetchone()[0]

    def test_a_password_of_spaces_is_refused_by_odoo(self):
        agent = self._create()
        with self._refused("empty passwords"):
            agent.new_password = "   "

    def test_no_password_for_others(self):
        """Nobody becomes an administrator by making one an agent."""
        admin = self.env.ref("base.user_admin")
        linked = self._create(user_id=admin.id)
        made = self._create("7102")
        self.assertFalse(linked.takes_password)
        self.assertTrue(made.takes_password)
        made.user_id.sudo().group_ids |= self.env.ref(f"{GROUP}supervisor")
        self.assertFalse(made.takes_password)
        for agent in (linked, made, self.agent):
            with self.subTest(agent=agent.name), self._refused("can't be set here"):
                agent.with_user(self.manager).new_password = PASSWORD
        with self._refused("can't be set here"):
            self._create("7103", user_id=self.manager.id, new_password=PASSWORD)

    def test_only_managers_set_passwords(self):
        agent = self._create()
        for user in (self.supervisor, agent.user_id):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                agent.with_user(user).new_password = PASSWORD

    # A linked user -----------------------------------------------------------------

    def test_a_linked_user_is_left_alone(self):
        user = new_test_user(
            self.env, "veteran", groups="base.group_user,base.group_allow_export"
        )
        before = user.read(["login", "name", "action_id", "lang", "tz", "company_ids"])
        held = user.group_ids
        agent = self._create(user_id=user.id)
        self.env.invalidate_all()
        self.assertEqual(
            user.read(["login", "name", "action_id", "lang", "tz", "company_ids"]),
            before,
        )
        self.assertEqual(
            user.group_ids - held,
            self.env.ref(f"{GROUP}agent") | self.env.ref(f"{GROUP}all_contacts"),
        )
        self.assertTrue(agent.sees_all_contacts)
        partners = self.env["res.partner"].with_user(user)
        self.assertTrue(partners.search([("name", "=", "Hidden Customer")]))
        agent.write({"number": "7102", "name": "Otherwise"})
        agent.active = False
        self.assertEqual(
            (user.login, user.name),
            ("veteran", "veteran (base.group_user,base.group_allow_export)"),
        )
        self.assertTrue(user.active)

    def test_a_user_who_is_an_agent_already_gains_no_contacts(self):
        user = new_test_user(self.env, "rookie", groups=f"{GROUP}agent")
        agent = self._create(user_id=user.id)
        self.assertFalse(agent.sees_all_contacts)

    def test_users_who_can_be_no_agents(self):
        portal = new_test_user(self.env, "portal_7101", groups="base.group_portal")
        with self._refused("active internal user|exclusive groups"):
            self._create(user_id=portal.id)
        gone = new_test_user(self.env, "gone", groups="base.group_user")
        gone.active = False
        with self._refused("active internal user"):
            self._create(user_id=gone.id)

    def test_a_user_of_another_company_is_refused(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "foreign",
            groups="base.group_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self._refused("compan"):
            self._create(user_id=user.id)

    # What is taken already ---------------------------------------------------------

    def test_a_number_that_is_somebodys_log_in(self):
        new_test_user(self.env, "7101", groups="base.group_user")
        with self._refused("is the log-in of 7101 .*link the agent"):
            self._create()
        linked = self._create("7102", user_id=self.supervisor.id)
        with self._refused("is the log-in of 7101"):
            linked.number = "7101"
        made = self._create("7103")
        with self._refused("is the log-in of 7101"):
            made.number = "7101"

    def test_a_number_that_is_an_agents(self):
        with self._refused("belongs to agent 7001 Agent 7001"):
            self._create("7001")
        self.agent.active = False
        with self._refused(r"belongs to agent 7001 Agent 7001 \(archived\)"):
            self._create("7001")

    def test_bad_numbers(self):
        for number in ("70 01", "", " 7101", "７１０１", "a" * 33, "7101\n"):
            with self.subTest(number=number), self.assertRaises(UserError):
                self._create(number)
        self.assertFalse(self.env["res.users"].search([("name", "=", "New Agent")]))

    def test_a_user_who_is_an_agent(self):
        with self._refused("is agent 7001 Agent 7001 already"):
            self._create(user_id=self.agent.user_id.id)

    def test_an_extension_that_is_anothers(self):
        extension = self.agent.extension_id
        with self._refused("7001 belongs to agent 7001 Agent 7001"):
            self._create(extension_id=extension.id)
        with self._refused("7001 belongs to agent 7001 Agent 7001"):
            self.other_agent.with_user(self.manager).extension_id = extension
        self.other_agent.write({"extension_id": self.other_agent.extension_id.id})

    @mute_logger("odoo.sql_db")
    def test_of_two_who_take_one_at_once_the_database_lets_one_pass(self):
        """Both have looked before the other was there."""
        self.patch(
            type(self.env["callcenter.agent"]), "_check_clashes", lambda *_args: None
        )
        for vals, message in (
            ({"extension_id": self.agent.extension_id.id}, "extension belongs"),
            ({"number": "7001"}, "agent of this number"),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(psycopg2.errors.UniqueViolation) as caught,
                self.env.cr.savepoint(),
            ):
                self.other_agent.write(vals)
                self.env.flush_all()
            self.assertIn(message, self.agent._sql_error_to_message(caught.exception))

    def test_who_chooses_the_extension_holds_none(self):
        agent = self.other_agent
        agent._apply_change("sign_out", {})
        agent.with_user(self.manager).chooses_extension = True
        self.assertFalse(agent.extension_id)

    # Archiving and deleting --------------------------------------------------------

    def test_archiving_signs_out_and_locks_the_user_out(self):
        agent = self._create(
            extension_id=self._spare_extension().id,
            group_ids=[Command.set(self.group.ids)],
        )
        user = agent.user_id.sudo()
        self.env["callcenter.agent"].with_user(user).action_sign_in(self.group.ids)
        self._carry_out_commands()
        agent.action_archive()
        self._carry_out_commands()
        self.assertEqual(agent.state, "signed_out")
        self.assertFalse(agent._signed_in_groups())
        self.assertFalse(agent.extension_id)
        self.assertFalse(user.active)
        self.assertEqual(self.group.agent_count, 2)
        agent.action_unarchive()
        self.assertTrue(user.active)
        self.assertEqual(self.group.agent_count, 3)

    def _spare_extension(self):
        return self.env["callcenter.extension"].create(
            {"number": "7109", "pbx_id": self.pbx.id}
        )

    def test_nobody_is_archived_in_a_call(self):
        self._dial()
        with self._refused("call of agent 7001 Agent 7001 is on"):
            self.agent.with_user(self.manager).action_archive()
        self.assertTrue(self.agent.active)

    def test_archiving_tells_who_is_left_uncalled(self):
        self._create_task(self.agent)
        answer = self.agent.with_user(self.manager).action_archive()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn(
            "7001 Agent 7001: 2 unfinished customers", answer["params"]["message"]
        )
        self.assertIs(self._create().action_archive(), False)

    def test_who_has_worked_is_not_deleted(self):
        with self._refused("7001 Agent 7001 has tasks, calls or sessions.*archive"):
            self.agent.with_user(self.manager).unlink()

    def test_an_agent_made_by_mistake_goes_with_the_user(self):
        agent = self._create()
        user = agent.user_id.sudo()
        partner = user.partner_id
        agent.unlink()
        self.assertFalse(user.exists())
        self.assertFalse(partner.active)
        self.assertTrue(self._create(), "number and log-in are free again")

    def test_a_linked_user_stays_when_the_agent_goes(self):
        agent = self._create(user_id=self.supervisor.id)
        agent.unlink()
        self.assertTrue(self.supervisor.exists().active)
