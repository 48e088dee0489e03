import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..connector.core import events, provisioning
from ..connector.core.provisioning import SectionHeld
from ..connector.core.queues import Member
from .common import GROUP, CallcenterCase

RELOAD = "callcenter_outbound/reload"


class ReloadCase(CallcenterCase):
    """The usual PBX, which holds what Odoo wants."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["callcenter.pbx"].search([("id", "!=", cls.pbx.id)]).active = False
        cls.extension = cls.agent.extension_id
        cls.sections = cls.env["callcenter.pbx.section"]
        cls._hold_all()

    @classmethod
    def _held(cls, **problems):
        """What a PBX holds that took all up, but for the problems by name."""
        return [
            SectionHeld(value.kind, value.name, value, problems.get(value.name, ""))
            for value in cls.sections._read_wanted(cls.pbx)
        ]

    @classmethod
    def _hold_all(cls, **problems):
        cls.pbx._apply_events([events.SectionsRead(tuple(cls._held(**problems)))])

    def _changes(self):
        return self.sections._read_changes(self.pbx)[0]

    def _texts(self):
        values = self._bar()
        return [change["text"] for change in values["changes"]] if values else []

    def _bar(self):
        """What the bar shows of the PBX, as a manager reads it."""
        found = self.env["callcenter.pbx"].with_user(self.manager).action_read_reload()
        return next((bar for bar in found if bar["id"] == self.pbx.id), False)

    def _reload(self):
        self.pbx.with_user(self.manager).action_reload()
        return self.env["callcenter.command"]._last_reload(self.pbx)

    def _told(self, sent):
        """The messages to the manager among those that were sent on the bus."""
        return [
            message
            for target, kind, message in sent
            if kind == RELOAD and target == self.manager.partner_id
        ]


@tagged("post_install", "-at_install", "callcenter")
class TestWaitingChanges(ReloadCase):
    def test_nothing_waits_when_the_pbx_holds_it_all(self):
        self.assertFalse(self._bar())
        self.assertTrue(self.pbx.sections_read_at)

    def test_a_pbx_never_read_has_all_to_take_up(self):
        pbx = self._create_pbx("New")
        self._create_agent("7005", pbx)
        (bar,) = self.env["callcenter.pbx"].action_read_reload()
        self.assertEqual((bar["id"], bar["state"]), (pbx.id, "waiting"))
        self.assertEqual(
            bar["summary"],
            "extension 7005 added · group Test group added (agents: 1)",
        )

    def test_each_change_in_words(self):
        extension = self.env["callcenter.extension"].create(
            {"number": "7009", "pbx_id": self.pbx.id}
        )
        self.assertEqual(self._texts(), ["extension 7009 added"])
        self._hold_all()
        extension.secret = "another-secret-of-it"
        self.assertEqual(self._texts(), ["extension 7009 secret changed"])
        extension.phone = "browser"
        self.assertEqual(self._texts(), ["extension 7009 changed"])
        self._hold_all()
        extension.phone = "softphone"
        self.assertEqual(self._texts(), ["extension 7009 phone type changed"])
        self._hold_all()
        extension.active = False
        self.assertEqual(self._texts(), ["extension 7009 removed"])
        extension.active = True
        self.assertFalse(self._bar(), "taken back")
        extension.unlink()
        self.assertEqual(self._texts(), ["extension 7009 removed"])

    def test_each_change_of_a_trunk_in_words(self):
        self.trunk.write({"username": "me", "new_secret": "carrier-secret"})
        self.assertEqual(self._texts(), ["trunk carrier user or secret changed"])
        self._hold_all()
        self.trunk.write({"port": 5061, "new_secret": "carrier-secret"})
        self.assertEqual(self._texts(), ["trunk carrier address changed"])
        self._hold_all()
        self.trunk.registers = True
        self.assertEqual(self._texts(), ["trunk carrier changed"])
        self._hold_all()
        self.trunk.write({"caller_number": "1", "strip": "86", "prefix": "0"})
        self.trunk.max_channels = 5
        self.assertFalse(self._bar(), "what the PBX does not hold")
        self.trunk.active = False
        self.assertEqual(self._texts(), ["trunk carrier removed"])

    def test_each_change_of_a_group_in_words(self):
        third = self._create_agent("7003")
        self.assertEqual(
            self._texts(), ["extension 7003 added", "group Test group: 2 → 3 agents"]
        )
        self._hold_all()
        third.group_ids = False
        self.assertEqual(self._texts(), ["group Test group: 3 → 2 agents"])
        self.group.agent_ids = self.agent + third
        self.assertEqual(self._texts(), ["group Test group: 3 → 2 agents"])
        self._hold_all()
        self.group.agent_ids = self.agent + self.other_agent
        self.assertEqual(self._texts(), ["group Test group: other agents"])
        self._hold_all()
        self.group.strategy = "random"
        self.assertEqual(self._texts(), ["group Test group strategy changed"])
        self._hold_all()
        third.extension_id = False
        self.assertFalse(self._bar())
        self.plan.state = "done"
        self.group.active = False
        self.assertEqual(self._texts(), ["group Test group removed"])

    def test_who_chooses_a_phone_at_sign_in_joins_the_queue_then(self):
        """Else each sign-in would ask for a reload."""
        self.agent.chooses_extension = True
        self.assertEqual(self._texts(), ["group Test group: 2 → 1 agents"])
        self._hold_all()
        self.agent.extension_id = False
        self.assertFalse(self._bar())
        self.other_agent.group_ids = False
        self._hold_all()
        (queue,) = [s for s in self._held() if s.kind == "group"]
        self.assertEqual(queue.value.members, ())

    def test_a_group_is_a_queue_on_each_pbx_of_its_agents(self):
        other = self._create_pbx("Other")
        self._create_agent("8001", other)
        (queue,) = [
            wanted
            for wanted in self.sections._read_wanted(other)
            if wanted.kind == "group"
        ]
        self.assertEqual(queue.queue, f"group-{self.group.id}")
        self.assertEqual(queue.members, (("8001", "8001"),))

    def test_who_takes_calls_of_which_queue(self):
        """Signed in, in a group that takes calls, with a phone on this PBX."""
        self.agent.status_id.write({"signed_in": True, "paused": True})
        self.other_agent.status_id.signed_in = False
        read = self.env["callcenter.agent.group"]._read_members
        self.assertEqual(read(self.pbx), [])
        self.group.incoming = True
        queue = f"group-{self.group.id}"
        self.assertEqual(read(self.pbx), [Member(queue, "7001", True)])
        self.other_agent.status_id.signed_in = True
        self.assertCountEqual(
            read(self.pbx), [Member(queue, "7001", True), Member(queue, "7002")]
        )
        self.assertEqual(read(self._create_pbx("Other")), [])

    def test_taking_an_extension_at_sign_in_tells_nobody(self):
        self.agent.write({"chooses_extension": True, "extension_id": False})
        self.env.cr.precommit.run()
        with self._bus_messages() as sent:
            self.agent.extension_id = self.extension
            self.env.cr.precommit.run()
            self.assertFalse(self._told(sent))
            self.other_agent.extension_id = False
            self.env.cr.precommit.run()
        self.assertTrue(self._told(sent))

    def test_what_somebody_changed_on_the_pbx(self):
        held = [
            SectionHeld(s.kind, s.name, None, "", "x=y") if s.name == "7001" else s
            for s in self._held()
        ]
        held.append(SectionHeld("extension", "9999", None, "left"))
        self.pbx._apply_events([events.SectionsRead(tuple(held))])
        self.assertEqual(
            self._texts(),
            ["extension 7001 was changed on the PBX", "extension 9999 removed"],
        )

    def test_an_old_pbx_restored(self):
        old = tuple(self._held())
        self.extension.secret = "another-secret-of-it"
        self._hold_all()
        self.assertFalse(self._bar())
        with self._bus_messages() as sent:
            self.pbx._apply_events([events.SectionsRead(old)])
        self.assertEqual([m["state"] for m in self._told(sent)], ["changed"])
        self.assertEqual(self._texts(), ["extension 7001 secret changed"])

    def test_reading_the_same_again_writes_and_tells_nothing(self):
        self.env.flush_all()
        with self._bus_messages() as sent:
            self._hold_all()
        self.assertFalse(self._told(sent))

    def test_the_list_is_cut_and_the_count_is_not(self):
        self.env["callcenter.extension"].create(
            [{"number": str(n), "pbx_id": self.pbx.id} for n in range(3000, 3150)]
        )
        bar = self._bar()
        self.assertEqual((bar["count"], len(bar["changes"])), (150, 100))
        self.assertTrue(bar["summary"].endswith("extension 3002 added · 147 more"))

    def test_the_database_computes_the_engines_digests(self):
        """Python and SQL agree on every kind, so nothing waits for ever."""
        self.trunk.write(
            {"username": "user", "new_secret": "pass'w\"o;r%d", "registers": True}
        )
        self.env["callcenter.trunk"].create(
            {"name": "second", "pbx_id": self.pbx.id, "host": "10.0.0.1", "port": 5080}
        )
        self.extension.phone = "browser"
        # members are ordered by code points on both sides
        for number in ("70", "7000", "701", "8", "80"):
            self._create_agent(number if len(number) > 1 else "81")
        self.agent.number = "7001.x_y-Z"
        self._hold_all()
        self.assertFalse(self._bar())
        for wanted in self.sections._read_wanted(self.pbx):
            wanted.check()
            self.assertEqual(
                provisioning.from_values(wanted.kind, wanted.values()), wanted
            )

    def test_secrets_are_nowhere_in_what_is_kept(self):
        self.trunk.write({"username": "user", "new_secret": "carriers-secret"})
        self._hold_all()
        self.env.flush_all()
        kept = json.dumps(self.sections.sudo().search_read([]))
        for secret in ("carriers-secret", self.extension.secret):
            self.assertNotIn(secret, kept)
            self.assertNotIn(secret, repr(events.SectionsRead(tuple(self._held()))))
        with self.assertRaises(AccessError):
            self.pbx.with_user(self.manager).read(["section_salt"])

    def test_extensions_know_that_they_wait(self):
        self.assertFalse(self.extension.waits)
        self.extension.with_user(self.manager).action_generate_secret()
        self.assertTrue(self.extension.waits)
        self.assertFalse(self.other_agent.extension_id.waits)
        extensions = self.env["callcenter.extension"].with_user(self.manager)
        domain = [("pbx_id", "=", self.pbx.id)]
        self.assertEqual(
            extensions.search([*domain, ("waits", "=", True)]), self.extension
        )
        self.assertEqual(
            extensions.search([*domain, ("waits", "=", False)]),
            self.other_agent.extension_id,
        )
        self.assertGreaterEqual(len(self.extension.secret), 20)

    def test_saving_tells_the_managers_once(self):
        other = new_test_user(self.env, "cc_manager_2", groups=f"{GROUP}manager")
        foreigner = self._create_foreigner()
        self.env.cr.precommit.run()
        with self._bus_messages() as sent:
            for record, values in (
                (self.extension, {"secret": "another-secret-of-it"}),
                (self.trunk, {"port": 5070}),
                (self.group, {"strategy": "random"}),
                (self.agent, {"group_ids": False}),
            ):
                record.write(values)
            self.env.cr.precommit.run()
        told = self._told(sent)
        self.assertEqual(len(told), 1)
        self.assertEqual(
            (told[0]["pbx_id"], told[0]["state"]), (self.pbx.id, "changed")
        )
        targets = [target for target, kind, __ in sent if kind == RELOAD]
        self.assertIn(other.partner_id, targets)
        self.assertNotIn(foreigner.partner_id, targets)
        self.assertNotIn(self.supervisor.partner_id, targets)
        with self._bus_messages() as sent:
            self.extension.name = "Desk 12"
            self.trunk.max_channels = 3
            self.group.name = "Other name"
            self.env.cr.precommit.run()
        self.assertFalse(self._told(sent), "nothing that the PBX holds")

    def test_two_thousand_extensions(self):
        """Compared by the database, whatever their number, in a few queries."""
        self.env.cr.execute(
            """
            WITH statuses AS (
                INSERT INTO callcenter_extension_status (state, since)
                SELECT 'not_registered', now() FROM generate_series(1, 2000)
                RETURNING id
            )
            INSERT INTO callcenter_extension
                   (number, pbx_id, company_id, secret, phone, active, status_id)
            SELECT (20000 + row_number() OVER ())::text, %s, %s,
                   md5(id::text), 'softphone', true, id
              FROM statuses
            """,
            (self.pbx.id, self.pbx.company_id.id),
        )
        self.assertEqual(self._bar()["count"], 2000)
        self._hold_all()
        self.extension.secret = "another-secret-of-it"
        self.env.flush_all()
        start = self.env.cr.sql_log_count
        self.assertEqual(self._bar()["count"], 1)
        self.assertLess(self.env.cr.sql_log_count - start, 20)


@tagged("post_install", "-at_install", "callcenter")
class TestReload(ReloadCase):
    def test_from_click_to_done(self):
        self.extension.secret = "another-secret-of-it"
        version = self._bar()["version"]
        command = self._reload()
        self.assertEqual((command.kind, command.state), ("reload", "pending"))
        bar = self._bar()
        self.assertEqual((bar["state"], bar["progress"]), ("running", False))
        (claimed,) = self.env["callcenter.command"]._claim(self.pbx, 5)
        self.assertEqual((claimed.kind, claimed.call_key), ("reload", ""))
        with self._bus_messages() as sent:
            self._apply(events.ReloadProgress(command.id, 0, 1))
        (told,) = self._told(sent)
        self.assertEqual(told["state"], "running")
        self.assertEqual(told["progress"], {"done": 0, "total": 1})
        self.assertGreater(told["version"], version)
        self.assertEqual(self._bar()["progress"], {"done": 0, "total": 1})
        self.assertEqual(self._bar()["version"], told["version"])
        with self._bus_messages() as sent:
            self._apply(events.ReloadDone(command.id, tuple(self._held())))
        (told,) = self._told(sent)
        self.assertEqual(told["state"], "done")
        self.assertEqual(told["applied"], ["extension 7001 secret changed"])
        self.assertFalse(told["message"])
        self.assertEqual(command.state, "done")
        self.assertFalse(self._bar())

    def test_what_was_changed_meanwhile_waits_on(self):
        self.extension.secret = "another-secret-of-it"
        command = self._reload()
        taken = tuple(self._held())
        self.trunk.port = 5070
        with self._bus_messages() as sent:
            self._apply(events.ReloadDone(command.id, taken))
        self.assertEqual(
            self._told(sent)[0]["applied"], ["extension 7001 secret changed"]
        )
        self.assertEqual(self._texts(), ["trunk carrier address changed"])
        self.assertEqual(self._bar()["state"], "waiting")

    def test_a_value_that_the_pbx_refused_is_named(self):
        self.trunk.host = "no.such.host.example.com"
        self.extension.secret = "another-secret-of-it"
        command = self._reload()
        with self._bus_messages() as sent:
            held = self._held(carrier="host")
            self._apply(events.ReloadDone(command.id, tuple(held)))
        (told,) = self._told(sent)
        refused = "trunk carrier: the PBX can't use the host “no.such.host.example.com”"
        self.assertEqual(told["state"], "failed")
        self.assertEqual(told["applied"], ["extension 7001 secret changed"])
        self.assertIn(refused, told["message"])
        bar = self._bar()
        self.assertEqual((bar["state"], bar["count"]), ("failed", 1))
        self.assertEqual(bar["changes"][0]["what"], "refused")
        self.assertIn(refused, bar["message"])
        self.trunk.host = "sip.example.com"
        self.assertEqual(self._bar()["changes"][0]["what"], "changed")
        self.assertEqual(self._bar()["state"], "waiting")

    def test_every_problem_has_its_words(self):
        for name, problems in (
            ("7001", ("missing", "secret", "phone", "invalid", "other")),
            ("carrier", ("missing", "secret", "host", "invalid", "other")),
            (
                f"group-{self.group.id}",
                ("missing", "strategy", "members", "invalid", "other"),
            ),
        ):
            texts = set()
            for problem in problems:
                self._hold_all(**{name: problem})
                texts.update(self._texts())
            self.assertEqual(len(texts), 5, texts)

    def test_a_pbx_that_cant_be_reached(self):
        self.extension.secret = "another-secret-of-it"
        pbx = self.pbx.with_user(self.manager)
        self.led = False
        with self.assertRaisesRegex(UserError, "No connector runs"):
            pbx.action_reload()
        self.led = True
        self._apply(events.PbxChanged("offline", "connection", "refused", "", 1.0))
        with self.assertRaisesRegex(UserError, "is Asterisk running"):
            pbx.action_reload()
        self.assertEqual(self._bar()["state"], "waiting")
        self.assertFalse(self.env["callcenter.command"]._last_reload(self.pbx))

    def test_only_some_kinds_are_claimed_while_the_pbx_reloads(self):
        commands = self.env["callcenter.command"]
        call = self._dial()
        self.agent.with_user(self.agent.user_id).action_hang_up()
        (claimed,) = commands._claim(self.pbx, 5, ("hangup", "sign_in"))
        self.assertEqual((claimed.kind, claimed.call_key), ("hangup", call.uniqueid))
        (claimed,) = commands._claim(self.pbx, 5)
        self.assertEqual(claimed.kind, "originate")

    def test_one_at_a_time(self):
        first = self._reload()
        self.assertEqual(self._reload(), first)
        self._apply(events.CommandFailed(first.id, "offline", ""))
        self.assertNotEqual(self._reload(), first)

    def test_failures_are_told_and_stay(self):
        self.extension.secret = "another-secret-of-it"
        for code, detail, text in (
            ("refused", "Permission denied", "Permission denied"),
            ("files", "File requires escalated privileges", "folder “odoo”"),
            ("offline", "", "was not reached"),
            ("unknown", "", "link to the PBX fell"),
            ("strange", "as told", "as told"),
        ):
            command = self._reload()
            with self._bus_messages() as sent:
                self._apply(events.CommandFailed(command.id, code, detail))
            (told,) = self._told(sent)
            self.assertEqual(told["state"], "failed")
            self.assertIn(text, told["message"])
            bar = self._bar()
            self.assertEqual((bar["state"], bar["count"]), ("failed", 1))
            self.assertEqual(bar["message"], told["message"])

    def test_a_reload_nobody_took_in_time(self):
        self.extension.secret = "another-secret-of-it"
        command = self._reload()
        command.deadline = "2000-01-01"
        with self._bus_messages() as sent:
            self.env["callcenter.command"]._expire(self.pbx)
        self.assertIn("not reached in time", self._told(sent)[0]["message"])
        self.assertEqual(self._bar()["state"], "failed")

    def test_a_link_that_falls_in_the_middle_ends_the_reload(self):
        self.extension.secret = "another-secret-of-it"
        command = self._reload()
        self.env["callcenter.command"]._claim(self.pbx, 5)
        self._apply(events.PbxChanged("offline", "connection", "fell", "", 1.0))
        self.env.invalidate_all()
        self.assertEqual((command.state, command.error), ("failed", "lost"))
        self._apply(events.ReloadProgress(command.id, 1, 2))
        self.assertEqual(self._bar()["state"], "failed")

    def test_for_managers_alone(self):
        for user in (self.agent.user_id, self.supervisor):
            pbx = self.pbx.with_user(user)
            with self.assertRaises(AccessError):
                pbx.action_reload()
            with self.assertRaises(AccessError):
                pbx.action_read_reload()
            with self.assertRaises(AccessError):
                self.extension.with_user(user).action_generate_secret()


@tagged("post_install", "-at_install", "callcenter")
class TestTrunk(CallcenterCase):
    def test_numbers_are_stripped_and_begun(self):
        for strip, prefix, number, dialled in (
            (False, False, "+862155100200", "862155100200"),
            ("86", "0", "+862155100200", "02155100200"),
            ("86", "0", "+4930123456", "04930123456"),
            (False, "+", "+862155100200", "+862155100200"),
            ("86", False, "+86", "86"),
        ):
            self.trunk.write({"strip": strip, "prefix": prefix})
            self.assertEqual(self.trunk._dial_string(number), dialled)
        self.trunk.write({"strip": "86", "prefix": "0"})
        call = self._dial()
        self.assertEqual(self._originate_of(call).payload["number"], "02155100200")

    def test_all_channels_in_use(self):
        self.trunk.max_channels = 1
        call = self._dial()
        self.assertEqual(call.trunk_id, self.trunk)
        with (
            self.assertRaisesRegex(UserError, "All channels of the trunk “carrier”"),
            self.env.cr.savepoint(),
        ):
            self._dial(self.other_task)
        call._end_now("lost")
        self.assertEqual(self._dial(self.other_task).trunk_id, self.trunk)

    def test_each_call_has_a_channel_of_its_own(self):
        self.trunk.max_channels = 2
        call = self._dial()
        other = self._dial(self.other_task)
        self.assertEqual((call | other).mapped("channel"), [1, 2])
        call._end_now("lost")
        self.assertEqual(self._dial().channel, 1)
        self.trunk.max_channels = 1
        other._end_now("lost")
        with self.assertRaisesRegex(UserError, "All channels"):
            self._dial(self.other_task)

    def test_the_next_trunk_is_taken(self):
        spare = self.trunk.copy({"name": "spare", "sequence": 20, "host": "10.0.0.2"})
        self.trunk.max_channels = 1
        self.assertEqual(self._dial().trunk_id, self.trunk)
        call = self._dial(self.other_task)
        self.assertEqual(call.trunk_id, spare)
        self.assertEqual(self._originate_of(call).payload["trunk"], "spare")

    def test_a_trunk_that_is_down_comes_last(self):
        spare = self.trunk.copy({"name": "spare", "sequence": 20, "host": "10.0.0.2"})
        self._apply(events.TrunkChanged("carrier", "unreachable", None, 1000.0))
        self.assertEqual(self.pbx._pick_channel(), (spare, 0))
        self._apply(events.TrunkChanged("spare", "rejected", None, 1000.0))
        self.assertEqual(self.pbx._pick_channel(), (self.trunk, 0))

    def test_its_state_is_live(self):
        self._apply(events.TrunkChanged("carrier", "reachable", 12.2, 1000.0))
        self.assertEqual(self.trunk.state_text, "OK (12 ms)")
        self._apply(events.TrunkChanged("carrier", "not_registered", None, 1001.0))
        self.assertEqual(self.trunk.state_text, "Not registered")

    def test_bad_values(self):
        for values, text in (
            ({"host": "sip example com"}, "no host name"),
            ({"host": "a;b"}, "no host name"),
            ({"port": 70000}, "from 1 to 65535"),
            ({"username": "a b", "new_secret": "x"}, "user name"),
            ({"username": "me"}, "Enter the secret"),
            ({"registers": True}, "needs a user name"),
            ({"username": "me", "new_secret": "a b"}, "character"),
            ({"username": "me", "new_secret": "a\r\nAction: x"}, "character"),
            ({"strip": "+86"}, "must be digits"),
            ({"prefix": "0&PJSIP/1"}, "must be digits"),
            ({"name": "w3"}, "can't be a trunk's name"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, text),
                self.env.cr.savepoint(),
            ):
                self.trunk.write(values)

    def test_the_secret_is_written_never_read_and_stays_with_its_host(self):
        trunk = self.trunk.with_user(self.manager)
        trunk.write({"username": "me", "new_secret": "carrier-s3cret"})
        self.env.invalidate_all()
        self.assertTrue(trunk.secret_set)
        self.assertNotIn("s3cret", str(trunk.read()))
        with self.assertRaises(AccessError):
            trunk.read(["secret"])
        trunk.write({"caller_number": "123", "host": trunk.host})
        self.assertTrue(trunk.secret_set)
        with (
            self.assertRaisesRegex(ValidationError, "Enter the secret"),
            self.env.cr.savepoint(),
        ):
            trunk.host = "evil.example.com"
        trunk.write({"host": "new.example.com", "new_secret": "other"})
        self.assertEqual(self.trunk.sudo().secret, "other")

    def test_in_use(self):
        call = self._dial()
        for action in (
            lambda: self.trunk.write({"active": False}),
            lambda: self.trunk.write({"name": "other"}),
            self.trunk.unlink,
        ):
            with (
                self.assertRaisesRegex(UserError, "trunk"),
                self.env.cr.savepoint(),
            ):
                action()
        call._end_now("lost")
        self.trunk.active = False
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.trunk.unlink()

    def test_a_pbx_goes_with_its_trunks(self):
        pbx = self._create_pbx("Other")
        trunk = self.trunk.copy({"pbx_id": pbx.id})
        status = trunk.status_id
        pbx.unlink()
        self.assertFalse(trunk.exists())
        self.assertFalse(status.exists())

    def test_an_extension_in_use(self):
        extension = self.agent.extension_id
        for action in (extension.unlink, lambda: extension.write({"active": False})):
            with (
                self.assertRaisesRegex(UserError, "7001 is agent 7001 Agent 7001's"),
                self.env.cr.savepoint(),
            ):
                action()
        self.agent.extension_id = False
        extension.unlink()
