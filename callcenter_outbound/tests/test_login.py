import base64
import re
import time
from unittest.mock import Mock

from passlib.totp import TOTP

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CallcenterCase

WORKSPACE = "/odoo/call-center"
REFUSED = "Wrong agent number or password."
CSRF_TOKEN = re.compile(r"[0-9a-f]{40}o\d+")
SECRET = base64.b32encode(b"a secret of 20 bytes").decode()


@tagged("post_install", "-at_install", "callcenter")
class TestLogin(CallcenterCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.agent.user_id

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self._forget_failures()
        self.addCleanup(self._forget_failures)

    def _forget_failures(self):
        """They are counted per address, which all tests have in common."""
        vars(self.env.registry).pop("_login_failures", None)

    def _post(self, **values):
        """Send the log-in form; returns the answer, redirects not followed."""
        return self.url_open(
            "/web/login",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "type": "password",
                **values,
            },
            allow_redirects=False,
        )

    def _log_in(self, number="7001", password="agent_7001", **values):
        return self._post(agent_number=number, password=password, **values)

    def _session_uid(self):
        return http.root.session_store.get(self.opener.cookies["session_id"]).uid

    def _assert_refused(self, answer, message=REFUSED):
        self.assertEqual(answer.status_code, 200)
        self.assertIn(message, answer.text)
        self.assertFalse(self._session_uid())

    def _assert_at_the_workspace(self, answer):
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(answer.headers["Location"], WORKSPACE)
        self.assertEqual(self._session_uid(), self.user.id)

    def _count_hashes(self):
        """A stand-in for what hashes passwords, which keeps its ``method_calls``."""
        users = self.env["res.users"]
        counted = Mock(wraps=users._crypt_context())
        self.patch(type(users), "_crypt_context", lambda _users: counted)
        return counted

    def test_number_and_password_lead_to_the_workspace(self):
        self._assert_at_the_workspace(self._log_in())

    def test_spaces_around_the_number_do_no_harm(self):
        self._assert_at_the_workspace(self._log_in(" 7001 "))

    def test_a_linked_user_logs_in_by_number_and_keeps_the_log_in(self):
        """The log-in is another than the number; the session knows it by its own."""
        self._log_in()
        sid = self.opener.cookies["session_id"]
        self.assertEqual(http.root.session_store.get(sid)["login"], self.user.login)
        self.authenticate(None, None)
        answer = self._post(login="agent_7001", password="agent_7001")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self._session_uid(), self.user.id)

    def test_users_log_in_as_ever(self):
        answer = self._post(login="cc_manager", password="cc_manager")
        self.assertEqual(answer.headers["Location"], "/odoo")
        self.assertEqual(self._session_uid(), self.manager.id)
        self.authenticate(None, None)
        self._assert_refused(
            self._post(login="cc_manager", password="no"), "Wrong login/password"
        )

    def test_a_log_in_is_no_agent_number(self):
        self._assert_refused(self._log_in("agent_7001"))

    def test_a_number_is_no_log_in(self):
        self._assert_refused(
            self._post(login="7001", password="agent_7001"), "Wrong login/password"
        )

    def test_unknown_number_and_wrong_password_look_alike(self):
        """Not even the time that they take tells them apart: each hashes once."""
        counted = self._count_hashes()
        pages = []
        for number in ("7001", "7999"):
            with self.subTest(number=number):
                counted.reset_mock()
                answer = self._log_in(number, "wrong")
                self._assert_refused(answer)
                self.assertEqual(len(counted.method_calls), 1)
            page = CSRF_TOKEN.sub("", answer.text)
            pages.append(page.replace(number, "NUMBER"))
        self.assertEqual(*pages)

    def test_what_was_typed_is_shown_again_never_whose_it_is(self):
        answer = self._log_in(password="wrong")
        self.assertIn('value="7001"', answer.text)
        self.assertNotIn("agent_7001", answer.text)
        self.assertNotIn("wrong", answer.text.replace(REFUSED, ""))

    def test_an_archived_agent_is_unknown(self):
        self.agent.active = False
        self._assert_refused(self._log_in())

    def test_an_agent_without_an_active_user_is_unknown(self):
        self.user.active = False
        self._assert_refused(self._log_in())

    def test_an_empty_password_is_refused(self):
        self._assert_refused(self._log_in(password=""))

    def test_a_colliding_log_in_is_of_no_use(self):
        """An unknown number isn't tried as a log-in."""
        new_test_user(self.env, "7999", groups="base.group_user")
        self._assert_refused(self._log_in("7999", "7999"))

    @mute_logger("odoo.addons.base.models.res_users")
    def test_odoos_throttle_counts_agents_too(self):
        """Known or not: after five failures the right password is refused, too."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("base.login_cooldown_after", "5")
        for number in ("7001", "7999", "7001", "7999", "7999"):
            self._assert_refused(self._log_in(number, "wrong"))
        counted = self._count_hashes()
        for number in ("7001", "7999"):
            self._assert_refused(self._log_in(number), "Too many login failures")
        self.assertFalse(counted.method_calls, "the time tells nothing either")
        parameters.set_param("base.login_cooldown_after", "0")
        self._assert_at_the_workspace(self._log_in())

    def test_the_second_factor_stays(self):
        self.user.sudo().totp_secret = SECRET
        answer = self._log_in()
        self.assertEqual(
            answer.headers["Location"],
            "/web/login/totp?redirect=%2Fodoo%2Fcall-center",
        )
        self.assertFalse(self._session_uid())
        self.session = http.root.session_store.get(self.opener.cookies["session_id"])
        answer = self.url_open(
            answer.headers["Location"],
            data={
                "csrf_token": http.Request.csrf_token(self),
                "totp_token": TOTP(SECRET).generate(time.time()).token,
                "redirect": WORKSPACE,
            },
            allow_redirects=False,
        )
        self._assert_at_the_workspace(answer)

    def test_nobody_is_sent_elsewhere(self):
        for target in (
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "/odoo?",
        ):
            with self.subTest(target=target):
                self.authenticate(None, None)
                self._assert_at_the_workspace(self._log_in(redirect=target))

    def test_the_choice_in_the_browser(self):
        """By clicks: the choice is remembered, and stands beside Odoo's switcher."""
        self.user.password = "agent-secret"
        self.start_tour("/web/login", "callcenter_outbound_login_choice")
