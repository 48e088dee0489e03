from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import GROUP, CallcenterCase, answered_call
from .wav import wav


@tagged("post_install", "-at_install", "callcenter")
class TestListening(CallcenterCase, HttpCase):
    """Who may hear a recording, and that each listening is recorded."""

    def setUp(self):
        super().setUp()
        self.env["callcenter.listening"].search([]).unlink()
        self.call = self._recorded_call(self.task)

    def _recorded_call(self, task):
        call = self._dial(task)
        self._apply(*answered_call(call.uniqueid))
        call._store_recording(wav(seconds=5))
        return call

    def _hear(self, call=None, listening="", **headers):
        url = f"/callcenter_outbound/recording/{(call or self.call).id}"
        if listening:
            url += f"?listening={listening}"
        return self.url_open(url, headers=headers)

    def _listeners(self):
        """:return: who heard, oldest first"""
        self.env.invalidate_all()
        listenings = self.env["callcenter.listening"].search([], order="id")
        return listenings.mapped(lambda listening: listening.user_id.login)

    @mute_logger("odoo.http")
    def test_each_role(self):
        other_group = self.group.copy({"name": "Other group", "supervisor_ids": False})
        stranger = new_test_user(
            self.env, "cc_stranger", groups=f"{GROUP}supervisor,{GROUP}agent"
        )
        other_group.supervisor_ids = stranger
        new_test_user(self.env, "cc_nobody", groups="base.group_user")
        roles = (
            ("cc_manager", 200),
            ("cc_supervisor", 200),
            ("cc_stranger", 403),
            ("agent_7001", 403),
            ("agent_7002", 403),
            ("cc_nobody", 403),
        )
        for login, status in roles:
            with self.subTest(login=login):
                self.authenticate(login, login)
                self.assertEqual(self._hear().status_code, status)
        self.assertEqual(
            self._listeners(), ["cc_manager", "cc_supervisor"], "no refusal is one"
        )

    @mute_logger("odoo.http")
    def test_agents_hear_their_own_if_the_plan_lets_them(self):
        self.plan.agents_listen = True
        others = self._recorded_call(self.other_task)
        self.authenticate("agent_7001", "agent_7001")
        self.assertEqual(self._hear().status_code, 200)
        self.assertEqual(self._hear(others).status_code, 403)
        self.assertEqual(self._listeners(), ["agent_7001"])
        self.plan.agents_listen = False
        self.assertEqual(self._hear().status_code, 403)

    def test_a_supervisors_own_calls_elsewhere_are_an_agents(self):
        """Rights of two roles add up to no more than each gives."""
        self.agent.user_id.group_ids |= self.env.ref(f"{GROUP}supervisor")
        call = self.call.with_user(self.agent.user_id)
        self.assertFalse(call._is_open_to_listener())
        self.assertFalse(call.recording_url)
        self.plan.agents_listen = True
        self.assertTrue(call._is_open_to_listener())
        call.invalidate_recordset()
        self.assertTrue(call.recording_url)

    def test_the_agents_page_has_what_the_agent_may_hear(self):
        task = self.task.with_user(self.agent.user_id)
        [entry] = task.action_read_task()["history"]
        self.assertIs(entry["recording_url"], False)
        self.plan.agents_listen = True
        [entry] = task.action_read_task()["history"]
        self.assertEqual(
            entry["recording_url"], f"/callcenter_outbound/recording/{self.call.id}"
        )
        self.assertAlmostEqual(entry["recording_seconds"], 5.0)
        # The customer is given to another agent, who sees the history.
        self.task.agent_id = self.other_agent
        task = self.task.with_user(self.other_agent.user_id)
        [entry] = task.action_read_task()["history"]
        self.assertIs(entry["recording_url"], False)

    def test_one_listening_however_many_parts(self):
        self.authenticate("cc_supervisor", "cc_supervisor")
        for bytes_ in ("0-", "0-43", "20000-", "44-99"):
            response = self._hear(listening="one", Range=f"bytes={bytes_}")
            self.assertEqual(response.status_code, 206)
            self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(
            len(self._hear(listening="one", Range="bytes=0-43").content), 44
        )
        self.assertEqual(self._listeners(), ["cc_supervisor"])
        self._hear(listening="two", Range="bytes=0-")
        self.assertEqual(self._listeners(), ["cc_supervisor"] * 2)

    def test_who_names_no_listening_is_recorded_all_the_same(self):
        self.authenticate("cc_supervisor", "cc_supervisor")
        response = self._hear(Range="bytes=44-99")
        self.assertEqual((response.status_code, len(response.content)), (206, 56))
        self._hear(Range="bytes=100-199")
        self.assertEqual(self._listeners(), ["cc_supervisor"])
        self.assertEqual(self._hear().content, wav(seconds=5))
        self._hear()
        self.assertEqual(len(self._listeners()), 3, "each time the whole was heard")

    def test_a_name_that_never_changes_hides_nothing_for_long(self):
        self.authenticate("cc_supervisor", "cc_supervisor")
        self._hear(listening="always")
        listening = self.env["callcenter.listening"].search([])
        self.env.cr.execute(
            "UPDATE callcenter_listening SET token = 'always 2026-01-01'"
        )
        self._hear(listening="always")
        self.assertEqual(len(self._listeners()), len(listening) + 1)

    def test_odd_names_do_no_harm(self):
        self.authenticate("cc_supervisor", "cc_supervisor")
        for name in ("%00", "'%3B--", "x" * 5000, "%F0%9F%8E%A7"):
            with self.subTest(name=name):
                self.assertEqual(self._hear(listening=name).status_code, 200)
        self.assertEqual(len(self._listeners()), 4)

    def test_managers_see_who_heard_it_on_the_call(self):
        self.authenticate("cc_supervisor", "cc_supervisor")
        self._hear()
        call = self.call.with_user(self.manager)
        self.assertEqual(call.listening_ids.user_id, self.supervisor)
        self.assertEqual(call.listening_ids.task_id, self.task)
        self.assertNotIn(
            "listening_ids", self.call.with_user(self.supervisor).fields_get()
        )

    @mute_logger("odoo.http")
    def test_what_has_no_recording_is_no_listening(self):
        silent = self._dial(self.other_task)
        self.authenticate("cc_supervisor", "cc_supervisor")
        self.assertEqual(self._hear(silent).status_code, 404)
        self.assertFalse(silent.with_user(self.supervisor).recording_url)
        self.assertEqual(
            self.url_open("/callcenter_outbound/recording/999999999").status_code, 404
        )
        url = f"{self.base_url()}/callcenter_outbound/recording/{self.call.id}"
        self.assertEqual(self.opener.head(url).status_code, 200)
        self.assertFalse(self._listeners())
