import hashlib
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import GROUP, CallcenterCase, answered_call
from .wav import wav

#: For each model, what agents, supervisors and managers may do by hand:
#: r(ead), w(rite), c(reate), u(nlink).
RIGHTS = {
    "callcenter.pbx": ("", "", "rwcu"),
    "callcenter.pbx.section": ("", "", "r"),
    "callcenter.pbx.status": ("", "", "r"),
    "callcenter.trunk": ("", "", "rwcu"),
    "callcenter.trunk.status": ("", "", "r"),
    "callcenter.extension": ("", "", "rwcu"),
    "callcenter.extension.status": ("", "", "r"),
    "callcenter.agent": ("r", "r", "rwcu"),
    "callcenter.agent.status": ("r", "r", "r"),
    "callcenter.task": ("r", "r", "rwcu"),
    "callcenter.task.number": ("r", "r", "rwcu"),
    "callcenter.call": ("r", "r", "r"),
    "callcenter.listening": ("", "", "r"),
    "callcenter.agent.group": ("", "r", "rwcu"),
    "callcenter.pause.reason": ("r", "r", "rwcu"),
    "callcenter.agent.session": ("r", "r", "r"),
    "callcenter.package": ("", "r", "rwcu"),
    "callcenter.package.customer": ("", "r", "ru"),
    "callcenter.dial.result": ("r", "r", "rwcu"),
    "callcenter.dial.plan": ("", "r", "rwcu"),
    "callcenter.dial.plan.field": ("", "r", "rwcu"),
    "callcenter.task.change": ("", "r", "r"),
    "callcenter.rollback": ("", "", "r"),
    "callcenter.rollback.line": ("", "", "r"),
    "callcenter.contact.record": ("r", "r", "r"),
    "callcenter.contact.record.correction": ("", "r", "r"),
    "callcenter.inspection": ("", "rw", "rw"),
    "callcenter.contact.record.correct": ("", "rwc", "rwc"),
    "callcenter.package.fill": ("", "", "rwc"),
    "callcenter.package.import": ("", "", "rwc"),
    "callcenter.package.import.column": ("", "", "rwcu"),
    "callcenter.dial.plan.distribute": ("", "", "rwc"),
    "callcenter.dial.plan.distribute.line": ("", "", "rwcu"),
    "callcenter.dial.plan.move": ("", "", "rwc"),
    "callcenter.command": ("", "", "r"),
    "callcenter.rejected.event": ("", "", "ru"),
}
#: Models that all companies share.
SHARED = ("callcenter.pause.reason", "callcenter.dial.result")
VERBS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install", "callcenter")
class TestRights(CallcenterCase):
    def test_each_role_each_model_each_verb(self):
        ours = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("callcenter.") and not model._abstract
        }
        self.assertEqual(ours, set(RIGHTS), "a model without a line in RIGHTS")
        outsider = new_test_user(self.env, "cc_outsider", groups="base.group_user")
        roles = (outsider, self.agent.user_id, self.supervisor, self.manager)
        for model, rights in RIGHTS.items():
            for user, allowed in zip(roles, ("", *rights), strict=True):
                for letter, verb in VERBS.items():
                    with self.subTest(model=model, user=user.login, verb=verb):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(verb),
                            letter in allowed,
                        )

    def test_agents_see_their_own_records_alone(self):
        self._dial()
        self._apply(*answered_call(self._dial(self.other_task).uniqueid))
        user = self.agent.user_id
        for model, path in (
            ("callcenter.agent", "user_id"),
            ("callcenter.agent.status", "agent_ids.user_id"),
            ("callcenter.task", "agent_id.user_id"),
            ("callcenter.task.number", "task_id.agent_id.user_id"),
            ("callcenter.call", "agent_id.user_id"),
        ):
            with self.subTest(model=model):
                seen = self.env[model].with_user(user).search([])
                self.assertTrue(seen)
                self.assertEqual(seen.sudo().mapped(path), user)
                everything = self.env[model].with_user(self.supervisor).search([])
                self.assertGreater(len(everything), len(seen))

    def test_records_of_other_companies_are_out_of_sight(self):
        """Every model of ours, but those that all companies share."""
        self._fill_every_model()
        foreigner = self._create_foreigner()
        for name in RIGHTS:
            if name in SHARED:
                continue
            with self.subTest(model=name):
                self.assertTrue(self.env[name].search([]))
                self.assertFalse(self.env[name].with_user(foreigner).search([]))

    def test_live_states_are_seen_in_their_company(self):
        """Archived records keep theirs."""
        spare = self.env["callcenter.extension"].create(
            {"number": "7008", "pbx_id": self.pbx.id, "active": False}
        )
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["callcenter.pbx"].create(
            {"name": "Elsewhere", "company_id": company.id}
        )
        for record in (self.pbx, self.trunk, self.agent, spare):
            with self.subTest(record=record):
                status = record.status_id.with_user(self.manager)
                self.assertTrue(status.has_access("read"))
                self.assertIn(status, status.search([]))
        status = foreign.status_id.with_user(self.manager)
        self.assertFalse(status.has_access("read"))
        self.assertNotIn(status, status.search([]))
        with self.assertRaises(AccessError):
            status.read(["state"])

    def _fill_every_model(self):
        """Make sure that each model has a record."""
        call = self._dial()
        for model, values in (
            (
                "callcenter.pbx.section",
                {"pbx_id": self.pbx.id, "kind": "extension", "name": "7001"},
            ),
            (
                "callcenter.rejected.event",
                {"pbx_id": self.pbx.id, "kind": "X", "content": "x", "error": "x"},
            ),
            (
                "callcenter.agent.session",
                {
                    "agent_id": self.agent.id,
                    "kind": "signed_in",
                    "group_id": self.group.id,
                    "started_at": "2026-01-01 08:00:00",
                },
            ),
            (
                "callcenter.listening",
                {"call_id": call.id, "user_id": self.supervisor.id, "token": "x"},
            ),
            ("callcenter.package.fill", {"package_id": self.package.id}),
            (
                "callcenter.package.import",
                {
                    "package_id": self.package.id,
                    "column_ids": [Command.create({"header": "Name"})],
                },
            ),
            (
                "callcenter.dial.plan.distribute",
                {
                    "plan_id": self.plan.id,
                    "line_ids": [Command.create({"agent_id": self.agent.id})],
                },
            ),
            ("callcenter.dial.plan.move", {"plan_id": self.plan.id}),
            (
                "callcenter.package.customer",
                {"package_id": self.package.id, "partner_id": self.partner.id},
            ),
            (
                "callcenter.dial.plan.field",
                {"plan_id": self.plan.id, "name": "name"},
            ),
            (
                "callcenter.task.change",
                {"task_id": self.task.id, "name": "name", "agent_id": self.agent.id},
            ),
            (
                "callcenter.rollback",
                {
                    "plan_id": self.plan.id,
                    "user_id": self.env.uid,
                    "line_ids": [Command.create({"name": "city"})],
                },
            ),
            (
                "callcenter.contact.record",
                {
                    "call_id": call.id,
                    "task_id": self.task.id,
                    "plan_id": self.plan.id,
                    "agent_id": self.agent.id,
                    "company_id": self.env.company.id,
                },
            ),
        ):
            if not self.env[model].search([], limit=1):
                self.env[model].create(values)
        record = self.env["callcenter.contact.record"].search([], limit=1)
        self.env["callcenter.contact.record.correction"].create(
            {"record_id": record.id, "user_id": self.env.uid}
        )
        if not self.env["callcenter.inspection"].search([], limit=1):
            self.env["callcenter.inspection"].create({"contact_record_id": record.id})
        self.env["callcenter.contact.record.correct"].create(
            {
                "record_id": record.id,
                "result_id": self.answered_result.id,
                "status": "follow_up",
            }
        )

    def test_records_of_two_companies_are_never_linked(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        pbx = self.env["callcenter.pbx"].create(
            {"name": "Elsewhere", "company_id": company.id}
        )
        extension = self.env["callcenter.extension"].create(
            {"number": "7009", "pbx_id": pbx.id}
        )
        for record, values in (
            (self.agent, {"extension_id": extension.id}),
            (self.task, {"company_id": company.id}),
        ):
            with (
                self.subTest(record=record._name),
                self.assertRaisesRegex(UserError, "company|companies"),
                self.env.cr.savepoint(),
            ):
                record.write(values)

    def test_contacts_are_closed_to_agents(self):
        """Customers are none of theirs; colleagues and the company stay in sight."""
        partners = self.env["res.partner"].with_user(self.agent.user_id)
        self.assertFalse(partners.search([("name", "=", "Hidden Customer")]))
        self.assertFalse(partners.name_search("Hidden"))
        self.assertFalse(partners.search([("phone", "ilike", "5510")]))
        with self.assertRaises(AccessError):
            self.partner.with_user(self.agent.user_id).read(["name"])
        visible = partners.search([])
        self.assertIn(self.agent.user_id.partner_id, visible)
        self.assertIn(self.other_agent.user_id.partner_id, visible)
        self.assertIn(self.env.company.partner_id, visible)

    def test_contacts_stay_open_to_whoever_needs_them(self):
        needs = f"{GROUP}agent,{GROUP}all_contacts"
        for login, groups in (
            ("cc_all", needs),
            ("cc_creator", f"{GROUP}agent,base.group_partner_manager"),
            ("cc_plain", "base.group_user"),
        ):
            user = new_test_user(self.env, login, groups=groups)
            with self.subTest(login=login):
                partners = self.env["res.partner"].with_user(user)
                self.assertTrue(partners.search([("name", "=", "Hidden Customer")]))
        for user in (self.supervisor, self.manager):
            with self.subTest(login=user.login):
                self.assertTrue(self.partner.with_user(user).name)

    def test_customer_and_clear_number_are_for_supervisors(self):
        task = self.task.with_user(self.agent.user_id)
        for record, name in (
            (task, "partner_id"),
            (task.number_ids, "number"),
            (task.number_ids, "number_e164"),
        ):
            with self.subTest(field=name):
                self.assertNotIn(name, record.fields_get())
                with self.assertRaises(AccessError):
                    record.read([name])
                for domain in ([(name, "ilike", "5510")], [(name, "in", [1, "2"])]):
                    with self.assertRaises(AccessError):
                        record.search(domain)
                with self.assertRaises(AccessError):
                    record.search([], order=name)
                with self.assertRaises(AccessError):
                    record._read_group([], [name])
        self.assertNotIn("Hidden", task.display_name)

    def test_secrets_are_written_never_read(self):
        pbx = self.pbx.with_user(self.manager)
        pbx.write({"new_ami_secret": "ami-s3cret", "new_ari_secret": "ari-s3cret"})
        self.env.invalidate_all()
        self.assertEqual(self.pbx.sudo().ami_secret, "ami-s3cret")
        self.assertTrue(pbx.ami_secret_set)
        self.assertNotIn("s3cret", str(pbx.read()))
        for name in ("ami_secret", "ari_secret"):
            with self.assertRaises(AccessError):
                pbx.read([name])
            with self.assertRaises(AccessError):
                pbx.search([(name, "like", "a")])
        pbx.write({"new_ami_secret": ""})
        self.assertEqual(self.pbx.sudo().ami_secret, "ami-s3cret", "kept as it was")
        self.assertNotIn("s3cret", repr(self.pbx._connector_settings()))

    def test_a_secret_never_goes_to_a_peer_it_was_not_for(self):
        """Whoever points the PBX elsewhere has to know the secret."""
        pbx = self.pbx.with_user(self.manager)
        for peer in ({"ami_host": "10.0.0.9"}, {"ami_port": 5039}, {"ami_user": "x"}):
            with self.subTest(**peer):
                pbx.write({"new_ami_secret": "s3cret", "new_ari_secret": "other"})
                pbx.write(dict(peer))
                self.assertFalse(self.pbx.sudo().ami_secret)
                self.assertEqual(self.pbx.sudo().ari_secret, "other")
        pbx.write({"ari_url": "http://10.0.0.9:8088/ari"})
        self.assertFalse(self.pbx.sudo().ari_secret)
        pbx.write({"ami_host": "10.0.0.8", "new_ami_secret": "new"})
        self.assertEqual(self.pbx.sudo().ami_secret, "new")
        pbx.write({"ami_host": "10.0.0.8", "name": "Renamed"})
        self.assertEqual(self.pbx.sudo().ami_secret, "new", "nothing was moved")

    def test_extension_secrets_are_strong_and_for_managers(self):
        extension = self.agent.extension_id
        self.assertGreaterEqual(len(extension.secret), 20)
        self.assertNotEqual(extension.secret, self.other_agent.extension_id.secret)
        with self.assertRaises(AccessError):
            extension.with_user(self.supervisor).read(["secret"])
        self.assertFalse(type(extension).secret.exportable)

    def test_the_phone_hash_goes_to_the_agent_whose_phone_it_is(self):
        agents = self.env["callcenter.agent"]
        extension = self.agent.extension_id
        extension.phone = "browser"
        phone = agents.with_user(self.agent.user_id).action_read_phone()
        ha1 = hashlib.md5(f"7001:asterisk:{extension.secret}".encode()).hexdigest()
        self.assertEqual(phone["ha1"], ha1)
        self.assertNotIn(extension.secret, str(phone))
        for user in (self.other_agent.user_id, self.supervisor, self.manager):
            self.assertIs(agents.with_user(user).action_read_phone(), False)

    def test_the_connector_is_the_managers_business(self):
        pbxs = self.env["callcenter.pbx"]
        status = pbxs.with_user(self.manager).action_read_connector()
        self.assertIn(self.pbx.id, [pbx["id"] for pbx in status["pbxs"]])
        self.assertTrue(status["line"].startswith("server_wide_modules"))
        with self.assertRaises(AccessError):
            pbxs.with_user(self.agent.user_id).action_read_connector()


@tagged("post_install", "-at_install", "callcenter")
class TestRpc(CallcenterCase, HttpCase):
    """What an agent can do over RPC, past any screen."""

    def _call(self, model, method, args, kwargs=None):
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": kwargs or {},
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def test_the_agents_use_cases(self):
        self.authenticate("agent_7001", "agent_7001")
        page = self._call("callcenter.agent", "action_read_workspace", [])["result"]
        self.assertEqual(page["agent"]["number"], "7001")
        self.assertEqual(page["agent"]["extension"]["rtt_ms"], 12.0)
        self.assertEqual([plan["id"] for plan in page["plans"]], [self.plan.id])
        listed = self._call("callcenter.task", "action_list", [self.plan.id])["result"]
        self.assertEqual([task["id"] for task in listed["tasks"]], [self.task.id])
        self.assertNotIn("Hidden", str(listed))
        self.assertNotIn("5510", str(listed))
        self.assertIs(page["call"], False)
        self.assertTrue(page["connector"]["ok"])
        self.assertNotIn("Hidden", str(page))
        self.assertNotIn("5510", str(page))
        call_id = self._call("callcenter.task", "action_dial", [[self.task.id]])[
            "result"
        ]
        page = self._call("callcenter.agent", "action_read_workspace", [])["result"]
        self.assertEqual(page["call"]["id"], call_id)
        self.assertEqual(
            self._call("callcenter.agent", "action_read_verdicts", [])["result"], []
        )
        self.assertIs(
            self._call("callcenter.agent", "action_hang_up", [[]])["result"], True
        )
        own = [[self.agent.id]]
        self.assertIs(
            self._call("callcenter.agent", "action_hang_up", own)["result"], True
        )

    def test_agents_come_pause_and_go(self):
        self.authenticate("agent_7001", "agent_7001")
        reason = self.env.ref("callcenter_outbound.callcenter_pause_reason_lunch")
        own = [self.agent.id]
        for ids in ([], own):
            for method, args, state in (
                ("action_sign_out", [], "signed_out"),
                ("action_sign_in", [self.group.ids], "ready"),
                ("action_pause", [reason.id], "paused"),
                ("action_resume", [], "ready"),
                ("action_leave_unsaved", [], "ready"),
            ):
                with self.subTest(ids=ids, method=method):
                    answer = self._call("callcenter.agent", method, [ids, *args])
                    self.assertIs(answer["result"], True)
                    self._carry_out_commands()
                    [agent] = self._call("callcenter.agent", "read", [own, ["state"]])[
                        "result"
                    ]
                    self.assertEqual(agent["state"], state)
        page = self._call("callcenter.agent", "action_read_workspace", [])["result"]
        self.assertIn({"id": reason.id, "name": "Lunch"}, page["pause_reasons"])
        [group] = page["agent"]["groups"]
        self.assertEqual((group["id"], group["name"]), (self.group.id, "Test group"))
        self.assertTrue(group["signed_in_at"].endswith("Z"))

    def test_a_supervisor_without_an_agent_sees_an_empty_page(self):
        self.authenticate("cc_supervisor", "cc_supervisor")
        page = self._call("callcenter.agent", "action_read_workspace", [])["result"]
        self.assertEqual(
            (page["agent"], page["call"], page["plans"], page["unsaved"]),
            (False, False, [], []),
        )

    @mute_logger("odoo.http")
    def test_a_callers_context_forges_nothing(self):
        self.trunk.active = False
        spare = self.trunk.copy({"name": "spare", "active": True})
        self.authenticate("agent_7001", "agent_7001")
        context = {
            "default_kind": "outbound",
            "default_state": "ended",
            "default_outcome": "answered",
            "default_talk_seconds": 999.0,
            "active_test": False,
        }
        answer = self._call(
            "callcenter.task", "action_dial", [[self.task.id]], {"context": context}
        )
        call = self.env["callcenter.call"].browse(answer["result"])
        self.assertRecordValues(
            call,
            [{"kind": "main", "state": "dialing", "outcome": False, "talk_seconds": 0}],
        )
        self.assertEqual(self._originate_of(call).payload["trunk"], spare.name)
        again = self._call(
            "callcenter.task", "action_dial", [[self.task.id]], {"context": context}
        )
        self.assertIn("A call is on already", str(again["error"]))

    @mute_logger("odoo.http")
    def test_nothing_else_is_open_to_agents(self):
        call = self._dial(self.other_task)
        self.authenticate("agent_7001", "agent_7001")
        for model, method, args in (
            ("callcenter.call", "_apply_call_ended", [[call.id]]),
            ("callcenter.command", "_enqueue", []),
            ("callcenter.pbx", "_apply_events", [[self.pbx.id], []]),
            ("callcenter.pbx", "action_read_connector", []),
            (
                "callcenter.extension",
                "action_test_call",
                [[self.agent.extension_id.id]],
            ),
            ("callcenter.task", "action_dial", [[self.other_task.id]]),
            ("callcenter.call", "write", [[call.id], {"state": "ended"}]),
            ("callcenter.call", "read", [[call.id], ["state"]]),
            ("callcenter.call", "action_give_up", [[call.id]]),
            ("callcenter.agent", "action_hang_up", [[self.other_agent.id]]),
            ("callcenter.agent", "action_test_call", [[self.other_agent.id]]),
            ("callcenter.task", "write", [[self.task.id], {"agent_id": False}]),
            ("callcenter.agent", "write", [[self.agent.id], {"extension_id": False}]),
            ("callcenter.agent", "write", [[self.agent.id], {"new_password": "x" * 9}]),
            ("callcenter.agent", "read", [[self.agent.id], ["user_made_here"]]),
            ("callcenter.agent", "action_archive", [[self.other_agent.id]]),
            ("callcenter.agent", "action_sign_out", [[self.other_agent.id]]),
            ("callcenter.agent", "action_sign_in", [[self.other_agent.id], [1]]),
            ("callcenter.agent", "action_pause", [[self.other_agent.id], 1]),
            ("callcenter.agent", "_apply_change", [[self.agent.id], "resume", {}]),
            ("callcenter.agent", "_settle", [[self.agent.id], 1]),
            ("callcenter.agent.group", "search", [[]]),
            ("callcenter.agent.session", "create", [[{"agent_id": self.agent.id}]]),
            ("callcenter.agent.session", "_close", [[], False]),
            ("callcenter.inspection", "search_read", [[]]),
            ("callcenter.inspection", "action_pass", [[1], 100]),
            ("callcenter.inspection", "_verdicts_of", [[], self.agent.id]),
            ("survey.survey", "search_read", [[]]),
            ("survey.user_input", "search_read", [[]]),
            ("survey.user_input.line", "search_read", [[]]),
            (
                "callcenter.contact.record",
                "action_answer_question",
                [call.contact_record_id.ids, 1, 1],
            ),
        ):
            with self.subTest(model=model, method=method):
                self.assertIn("error", self._call(model, method, args))

    def test_recordings_are_for_supervisors_with_ranges(self):
        call = self._dial()
        self._apply(*answered_call(call.uniqueid))
        call._store_recording(wav(seconds=5))
        url = f"/callcenter_outbound/recording/{call.id}"
        self.authenticate("cc_supervisor", "cc_supervisor")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "audio/wav")
        self.assertEqual(response.content[:4], b"RIFF")
        part = self.url_open(url, headers={"Range": "bytes=0-43"})
        self.assertEqual((part.status_code, len(part.content)), (206, 44))
        self.assertFalse(call.recording_attachment_id.res_id)
        self.assertFalse(call.recording_attachment_id.public)

    @mute_logger("odoo.http")
    def test_recordings_are_closed_to_agents(self):
        call = self._dial()
        self._apply(*answered_call(call.uniqueid))
        call._store_recording(wav(seconds=5))
        self.authenticate("agent_7001", "agent_7001")
        self.assertEqual(
            self.url_open(f"/callcenter_outbound/recording/{call.id}").status_code, 403
        )
        attachment = call.recording_attachment_id
        self.assertEqual(
            self.url_open(f"/web/content/{attachment.id}").status_code, 404
        )
