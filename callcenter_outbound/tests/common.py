from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import new_test_user
from odoo.tests.common import TransactionCase, get_db_name

from ..connector.core import events
from ..models.callcenter_command import AGENT_COMMANDS
from ..models.callcenter_pbx import CallcenterPbx

GROUP = "callcenter_outbound.callcenter_outbound_group_"


class CallcenterCase(TransactionCase):
    """A PBX that is led and online, two agents with phones in reach, a task each.

    Both agents are of one group, which works one running dial plan.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pbx = cls._create_pbx("Test PBX")
        cls.trunk = cls.env["callcenter.trunk"].create(
            {
                "name": "carrier",
                "pbx_id": cls.pbx.id,
                "host": "sip.example.com",
                "caller_number": "862155550000",
            }
        )
        cls.supervisor = new_test_user(
            cls.env, "cc_supervisor", groups=f"{GROUP}supervisor"
        )
        cls.group = cls.env["callcenter.agent.group"].create(
            {"name": "Test group", "supervisor_ids": [Command.set(cls.supervisor.ids)]}
        )
        cls.agent = cls._create_agent("7001")
        cls.other_agent = cls._create_agent("7002")
        cls.manager = new_test_user(cls.env, "cc_manager", groups=f"{GROUP}manager")
        cls.partner = cls.env["res.partner"].create(
            {"name": "Hidden Customer", "phone": "+86 21 5510 0200"}
        )
        cls.package = cls.env["callcenter.package"].create({"name": "Test package"})
        cls.answered_result, cls.unanswered_result = cls.env[
            "callcenter.dial.result"
        ].create(
            [
                {"name": "Test cooperative", "outcome": "answered"},
                {"name": "Test busy", "outcome": "unanswered"},
            ]
        )
        cls.plan = cls._create_plan("Test plan")
        cls.task = cls._create_task(cls.agent)
        cls.other_task = cls._create_task(cls.other_agent)

    def setUp(self):
        super().setUp()
        # A connector holds its lock in a session of its own; none runs in these tests.
        self.led = True
        self.patch(
            CallcenterPbx,
            "_with_leader",
            lambda pbxs: pbxs if self.led else pbxs.browse(),
        )
        self.patch(CallcenterPbx, "_keep_unled", lambda pbx: not self.led)

    @classmethod
    def _create_pbx(cls, name):
        pbx = cls.env["callcenter.pbx"].create({"name": name})
        pbx.status_id.write({"state": "online", "version": "22.0.0"})
        return pbx

    @classmethod
    def _create_agent(cls, number, pbx=None):
        """An agent with a user of the same log-in and a phone in reach."""
        extension = cls.env["callcenter.extension"].create(
            {"number": number, "pbx_id": (pbx or cls.pbx).id}
        )
        extension.status_id.write({"state": "reachable", "rtt_ms": 12.0})
        user = new_test_user(cls.env, f"agent_{number}", groups=f"{GROUP}agent")
        agent = cls.env["callcenter.agent"].create(
            {
                "number": number,
                "name": f"Agent {number}",
                "user_id": user.id,
                "extension_id": extension.id,
                "group_ids": [Command.set(cls.group.ids)],
            }
        )
        agent.status_id.write({"signed_in": True, "state": "ready"})
        cls._sign_in(agent, cls.group)
        return agent

    @classmethod
    def _sign_in(cls, agent, group):
        cls.env["callcenter.agent.session"].create(
            {
                "agent_id": agent.id,
                "kind": "signed_in",
                "group_id": group.id,
                "started_at": "2026-01-01 08:00:00",
            }
        )

    @classmethod
    def _create_foreigner(cls):
        """:return: the manager of another company"""
        company = cls.env["res.company"].create({"name": "Elsewhere"})
        return new_test_user(
            cls.env,
            "cc_foreigner",
            groups=f"{GROUP}manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _create_plan(cls, name, **values):
        return cls.env["callcenter.dial.plan"].create(
            {
                "name": name,
                "package_id": cls.package.id,
                "group_id": cls.group.id,
                "state": "running",
                "result_ids": [
                    Command.set((cls.answered_result + cls.unanswered_result).ids)
                ],
                **values,
            }
        )

    @classmethod
    def _create_task(cls, agent, phone=None, partner=None, plan=None):
        """A task of a customer of its own, unless ``partner`` is given."""
        partner = partner or cls.partner.copy({"name": cls.partner.name})
        task = cls.env["callcenter.task"].create(
            {
                "plan_id": (plan or cls.plan).id,
                "partner_id": partner.id,
                "agent_id": agent.id,
            }
        )
        if phone is not None:
            task.number_ids.number = phone
        return task

    def _dial(self, task=None, number_id=False):
        """Dial as the task's agent; returns the call as superuser."""
        task = task or self.task
        user = task.agent_id.user_id
        call_id = task.with_user(user).action_dial(number_id)
        return self.env["callcenter.call"].browse(call_id)

    def _apply(self, *batch, clock_offset=0.0, pbx=None):
        (pbx or self.pbx)._apply_events(batch, clock_offset)

    def _carry_out_commands(self):
        """Do what the connector does with the agents' commands that wait."""
        for command in self.env["callcenter.command"]._claim(self.pbx, 50):
            if command.kind in AGENT_COMMANDS:
                self._apply(events.CommandDone(command.id))

    def _originate_of(self, call):
        return self.env["callcenter.command"].search(
            [("call_id", "=", call.id), ("kind", "=", "originate")]
        )

    @contextmanager
    def _bus_messages(self):
        """Collect what the block sends on the bus: list of (channel record, type,
        payload)."""
        sent = []
        bus = type(self.env["bus.bus"])
        send = bus._sendone

        def record(bus_records, target, notification_type, message):
            sent.append((target, notification_type, message))
            return send(bus_records, target, notification_type, message)

        self.patch(bus, "_sendone", record)
        yield sent
        self.patch(bus, "_sendone", send)


@contextmanager
def committed_environment():
    """An environment with a transaction of its own, committed at the end."""
    with db_connect(get_db_name()).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        yield env
        env.flush_all()


def answered_call(key, start=1000.0):
    """The events of a call that is answered, as the engine reports them."""
    return [
        events.AgentDialed(key, start),
        events.AgentRinging(key, start + 0.1),
        events.AgentAnswered(key, start + 1.0),
        events.CustomerDialed(key, start + 1.1, f"{key}-leg", "PJSIP/carrier-01"),
        events.CustomerRinging(key, start + 1.5),
        events.CustomerAnswered(key, start + 4.1),
        ended(key, start + 9.1, dialed_at=start + 1.1, answered_at=start + 4.1),
    ]


def ended(key, at, **values):
    """A ``CallEnded`` of a customer who hung up normally, but for ``values``."""
    return events.CallEnded(
        call_key=key,
        at=at,
        **{
            "dialed_at": None,
            "ringing_at": None,
            "answered_at": None,
            "uniqueid": f"{key}-leg",
            "cause": 16,
            "sip_code": 0,
            "reason": "customer",
            **values,
        },
    )
