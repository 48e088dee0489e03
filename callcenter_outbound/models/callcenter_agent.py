import hashlib
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .event_clock import to_iso
from .use_case import use_case_context

#: The realm that Asterisk's PJSIP names unless it is told another.
SIP_REALM = "asterisk"
#: Fields that the queues of the agent's groups are made of, beside the extension.
MEMBER_FIELDS = frozenset({"number", "active", "chooses_extension", "group_ids"})


class CallcenterAgent(models.Model):
    _name = "callcenter.agent"
    _inherit = [
        "callcenter.agent.account.mixin",
        "callcenter.agent.presence.mixin",
        "callcenter.live.mixin",
    ]
    _description = "Agent"
    _check_company_auto = True
    _order = "number"

    number = fields.Char(string="Agent Number", required=True, copy=False)
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        copy=False,
        domain="[('share', '=', False)]",
        help="Empty: a user is made whose log-in is the agent number.",
    )
    user_made_here = fields.Boolean(groups=fields.NO_ACCESS, copy=False)
    login = fields.Char(related="user_id.login", string="Log-in")
    new_password = fields.Char(
        string="Password",
        compute="_compute_new_password",
        inverse="_inverse_new_password",
        help="Written here, never shown.",
    )
    takes_password = fields.Boolean(
        compute="_compute_takes_password",
        help="The user was made here, and holds nothing above agent.",
    )
    sees_all_contacts = fields.Boolean(compute="_compute_sees_all_contacts")

    extension_id = fields.Many2one(
        "callcenter.extension", ondelete="set null", check_company=True, copy=False
    )
    chooses_extension = fields.Boolean(
        string="Extension Chosen at Sign-in",
        help="The agent takes a free extension at each sign-in, and gives it back.",
    )
    group_ids = fields.Many2many(
        "callcenter.agent.group",
        "callcenter_agent_group_rel",
        "agent_id",
        "group_id",
        string="Groups",
        check_company=True,
    )

    status_id = fields.Many2one(
        "callcenter.agent.status",
        required=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    state = fields.Selection(related="status_id.state")
    state_since = fields.Datetime(related="status_id.since", string="Since")
    signed_in = fields.Boolean(related="status_id.signed_in")

    _number_uniq = models.Constraint(
        "unique(number)", "There is an agent of this number already."
    )
    _user_uniq = models.Constraint("unique(user_id)", "This user is an agent already.")
    _extension_uniq = models.Constraint(
        "unique(extension_id)", "This extension belongs to another agent already."
    )
    _status_uniq = models.Constraint(
        "unique(status_id)", "An agent has one live state."
    )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for agent in self:
            agent.display_name = " ".join(filter(None, (agent.number, agent.name)))

    @api.model_create_multi
    def create(self, vals_list):
        agents = super().create(vals_list)
        self.env["callcenter.command"]._notify_settings()
        agents.group_ids._mark_pbxs_changed()
        return agents

    def write(self, vals):
        groups = self.group_ids
        result = super().write(vals)
        if {"extension_id", "active"} & vals.keys():
            self.env["callcenter.command"]._notify_settings()
        if MEMBER_FIELDS & vals.keys():
            (groups | self.group_ids)._mark_pbxs_changed()
        elif "extension_id" in vals:
            # whoever takes an extension at sign-in is no fixed member
            fixed = self.filtered(lambda agent: not agent.chooses_extension)
            fixed.group_ids._mark_pbxs_changed()
        return result

    @api.model
    def _user_of_number(self, number):
        """:return: the user whom an agent number stands for, trusted; or empty"""
        # sudo: callcenter.agent: nobody is logged in yet who could read it
        agent = self.sudo().search([("number", "=", number.strip())])
        return agent.user_id.filtered("active")

    # Use cases of the agent --------------------------------------------------------

    @api.model
    def _current(self):
        """The agent that the user is, trusted; empty when the user is none."""
        agents = self.with_env(self.env(context=use_case_context(self.env)))
        # sudo: callcenter.agent: the user's own record, to look at the phone and PBX
        return agents.sudo().search([("user_id", "=", self.env.uid)])

    @api.model
    def _require_current(self):
        """:return: the agent that the user is
        :raise AccessError: when the user is none
        """
        agent = self._current()
        if not agent:
            raise AccessError(
                self.env._(
                    "You are not an agent: ask a manager to make you one under "
                    "Agents → Agents."
                )
            )
        return agent

    @api.model
    def action_read_workspace(self):
        """All that the agent's page shows, read in one go.

        :return: dict of ``agent`` (or false), ``pause_reasons`` (list of ``id``,
            ``name``), ``connector`` (``ok``, ``message``),
            ``call`` (the open call, or false), ``plans`` (see
            ``callcenter.dial.plan``), ``unsaved`` (calls of today whose contact record
            can be saved still) and ``now``; times are UTC in ISO 8601
        """
        agent = self._current()
        return {
            "agent": bool(agent) and agent._page_values(),
            "pause_reasons": self._pause_reason_values() if agent else [],
            "connector": agent._connector_values(),
            "call": agent._open_call()._page_values(),
            "plans": agent.env["callcenter.dial.plan"]._page_values_of_agent(agent),
            "unsaved": agent.env["callcenter.contact.record"]._unsaved_of(agent),
            "now": to_iso(datetime.now(UTC).replace(tzinfo=None)),
        }

    def _require_own(self):
        """:return: the agent that the user is, trusted
        :raise AccessError: when the user is none, or these are other agents
        """
        agent = self._require_current()
        if self and self != agent:
            raise AccessError(self.env._("Only the agent can do this."))
        return agent

    def action_hang_up(self):
        """Hang up the agent's call. Called on no record it means the user's own agent.

        :return: true, also when no call is on any more
        :raise AccessError: on another agent
        """
        agent = self._require_own()
        call = agent._open_call()
        if call:
            # Trusted since `_current`: the outbox takes the agent's own call.
            agent.env["callcenter.command"]._enqueue(
                call.pbx_id, "hangup", call.uniqueid, call=call, agent=agent
            )
        return True

    def action_test_call(self):
        """Ring the agent's phone and play back to it what it says.

        Called on no record it means the user's own agent.

        :return: true
        :raise AccessError: on another agent
        :raise UserError: when the phone can't be called now
        """
        agent = self._require_own()
        agent._check_phone()
        agent._check_no_open_call()
        agent.extension_id._start_test_call(agent=agent)
        return True

    @api.model
    def action_read_phone(self):
        """What the agent's phone in the browser registers with.

        :return: dict of ``uri``, ``authorization_user``, ``ha1`` (RFC 2617, 3.2.2.2:
            as good as the secret, so for the agent's own page alone), ``realm``,
            ``websocket_url`` and ``display_name``; false when the agent's extension
            is no phone in the browser
        """
        agent = self._current()
        extension = agent.extension_id
        if extension.phone != "browser":
            return False
        user = extension.number
        ha1 = hashlib.md5(  # the hash that SIP digest authentication prescribes
            f"{user}:{SIP_REALM}:{extension.secret}".encode(), usedforsecurity=False
        ).hexdigest()
        return {
            "uri": f"sip:{user}@{extension.pbx_id.sip_domain}",
            "authorization_user": user,
            "ha1": ha1,
            "realm": SIP_REALM,
            "websocket_url": extension.pbx_id.websocket_url or "",
            "display_name": agent.name,
        }

    def action_leave_unsaved(self):
        """Go on without saving the contact record of the last call.

        Called on no record it means the user's own agent. The record can be saved
        later, until the next call to that customer.

        :return: true
        :raise AccessError: on another agent
        """
        agent = self._require_own()
        agent._settle(agent.status_id.wrap_up_call_id)
        return True

    @api.model
    def action_read_verdicts(self):
        """The latest verdicts of the quality inspection on the user's own calls.

        :return: list of ``id``, ``at`` (of the verdict, UTC in ISO 8601),
            ``called_at``, ``title``, ``plan``, ``verdict`` (``passed`` or ``failed``),
            ``score`` (0 to 100) and ``reason``; newest first; empty when the user is
            no agent
        """
        agent = self._current()
        # sudo: callcenter.inspection: cut down to what is the agent's own
        return agent.env["callcenter.inspection"].sudo()._verdicts_of(agent)

    # Checks ------------------------------------------------------------------------

    def _check_phone(self):
        """:raise UserError: when the agent's phone can't be called now"""
        self.ensure_one()
        if not self.extension_id:
            raise UserError(
                self.env._(
                    "You have no extension: ask a manager to give you one under "
                    "Agents → Agents."
                )
            )
        self.extension_id.pbx_id._check_can_dial()
        self.extension_id._check_reachable()

    def _check_no_open_call(self):
        """:raise UserError: while a call of the agent is on"""
        self.ensure_one()
        if self._open_call():
            raise UserError(
                self.env._("A call is on already: hang up before you dial again.")
            )

    def _open_call(self):
        """The agent's call that has not ended, or an empty recordset."""
        if not self:
            # sudo: callcenter.call: an empty recordset
            return self.env["callcenter.call"].sudo()
        # sudo: callcenter.call: the agent's own call
        return (
            self.env["callcenter.call"]
            .sudo()
            .search(
                [
                    ("agent_id", "in", self.ids),
                    ("kind", "=", "main"),
                    ("state", "!=", "ended"),
                ]
            )
        )

    # The page ----------------------------------------------------------------------

    def _tell_tasks(self, tasks):
        """Make the agents' pages read their lists and these tasks again."""
        for agent in self:
            agent.user_id._bus_send(
                "callcenter_outbound/tasks",
                {"plan_ids": tasks.plan_id.ids, "task_ids": tasks.ids},
            )

    def _page_values(self, signed_in_since=None):
        """What the agent's page shows of the agent.

        :param signed_in_since: see :meth:`_signed_in_since`; of many agents it is
            read once
        """
        self.ensure_one()
        if signed_in_since is None:
            signed_in_since = self._signed_in_since()
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "state": self.state,
            "since": to_iso(self.state_since),
            "version": self.status_id.version,
            "extension": bool(self.extension_id) and self.extension_id._phone_values(),
            **self._presence_values(signed_in_since),
        }

    def _connector_values(self):
        """Whether calls can be made now, and why not."""
        if not self.extension_id:
            return {"ok": True, "message": ""}
        try:
            self.extension_id.pbx_id._check_can_dial()
        except UserError as error:
            return {"ok": False, "message": error.args[0]}
        return {"ok": True, "message": ""}

    # Live state: the connector's transactions only ---------------------------------

    def _set_state(self, state, since):
        if state == "dialing":
            # Whoever dials from the wrap-up leaves the last call unsaved.
            self.status_id.wrap_up_call_id = False
        changed = bool(self.status_id._set_state(state, since))
        if changed:
            self._push_state()
        return changed

    def _push_state(self):
        """Tell the agents' pages how agent, phone and PBX are.

        Each message has a version of its own: fresh pages are given the messages of
        the last minute again, which may be older than what they have read.
        """
        connector_values = {}
        signed_in_since = self._signed_in_since()
        for agent in self:
            status = agent.status_id
            status.write(
                {
                    "version": status.version + 1,
                    "told_phone": agent.extension_id._told_phone(),
                }
            )
            lang = agent.user_id.lang
            localized = agent.with_context(lang=lang)
            # the same for all agents of a PBX
            key = (agent.extension_id.pbx_id.id, lang)
            if key not in connector_values:
                connector_values[key] = localized._connector_values()
            agent.user_id._bus_send(
                "callcenter_outbound/agent",
                {
                    **localized._page_values(signed_in_since),
                    "connector": connector_values[key],
                },
            )

    @api.model
    def _follow_phones_of(self, pbx):
        """Bring the agents of ``pbx`` in line with their phones.

        A manager may have given an agent another extension meanwhile, or changed it.
        """
        agents = self.search(
            ["|", ("extension_id.pbx_id", "=", pbx.id), ("extension_id", "=", False)]
        )
        agents._settle_state(fields.Datetime.now())
        agents.filtered(
            lambda agent: (
                agent.extension_id._told_phone() != (agent.status_id.told_phone or "")
            )
        )._push_state()
