from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..connector.core.queues import Member

#: Fields that a group's queue on the PBX is made of.
QUEUE_FIELDS = frozenset({"active", "company_id", "strategy", "agent_ids"})


class CallcenterAgentGroup(models.Model):
    """A team of agents that works dial plans, and may take incoming calls."""

    _name = "callcenter.agent.group"
    _description = "Agent Group"
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    incoming = fields.Boolean(
        string="Takes Incoming Calls",
        help="Its agents who are signed in take the calls of its queue. Every group is "
        "a queue on each PBX that its agents are on.",
    )
    strategy = fields.Selection(
        [
            ("ringall", "All phones at once"),
            ("leastrecent", "The one idle for longest"),
            ("fewestcalls", "The one with the fewest calls"),
            ("rrmemory", "In turn"),
            ("random", "At random"),
        ],
        default="rrmemory",
        required=True,
    )
    agent_ids = fields.Many2many(
        "callcenter.agent",
        "callcenter_agent_group_rel",
        "group_id",
        "agent_id",
        check_company=True,
    )
    agent_count = fields.Integer(
        string="Number of Agents", compute="_compute_agent_count"
    )
    queue_name = fields.Char(compute="_compute_queue_name", help="On the PBX.")
    supervisor_ids = fields.Many2many(
        "res.users",
        "callcenter_agent_group_supervisor_rel",
        "group_id",
        "user_id",
        string="Supervisors",
        domain=lambda self: [
            (
                "all_group_ids",
                "in",
                self.env.ref(
                    "callcenter_outbound.callcenter_outbound_group_supervisor"
                ).ids,
            )
        ],
        help="They see the tasks, calls and contact records of this group.",
    )

    _name_uniq = models.Constraint(
        "unique(company_id, name)", "There is a group of this name already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        groups._mark_pbxs_changed()
        return groups

    def write(self, vals):
        if vals.get("active") is False:
            self._check_no_unfinished_plans()
        agents = self.agent_ids
        result = super().write(vals)
        if QUEUE_FIELDS & vals.keys():
            self._mark_pbxs_changed()
        if {"agent_ids", "active"} & vals.keys():
            agents._leave_lost_groups()
        return result

    def unlink(self):
        pbxs = self._pbxs()
        result = super().unlink()
        pbxs._mark_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        plans = self._plans_of()
        if plans:
            raise UserError(
                self.env._(
                    "The group “%(group)s” works the dial plan “%(plan)s”: give that "
                    "plan to another group first.",
                    group=plans[0].group_id.name,
                    plan=plans[0].name,
                )
            )
        # sudo: callcenter.agent.session: whatever there is of the group
        sessions = self.env["callcenter.agent.session"].sudo()
        used = sessions.search([("group_id", "in", self.ids)], limit=1).group_id
        if used:
            raise UserError(
                self.env._(
                    "Agents were signed in to the group “%(group)s”, which stays in "
                    "the records: archive it instead.",
                    group=used.name,
                )
            )

    def _check_no_unfinished_plans(self):
        """:raise UserError: when one of these works a plan that isn't done"""
        plans = self._plans_of().filtered(lambda plan: plan.state != "done")
        if plans:
            raise UserError(
                self.env._(
                    "The group “%(group)s” works the dial plan “%(plan)s”: finish the "
                    "plan, or give it to another group first.",
                    group=plans[0].group_id.name,
                    plan=plans[0].name,
                )
            )

    def _plans_of(self):
        # sudo: callcenter.dial.plan: whatever there is, archived ones, too
        plans = self.env["callcenter.dial.plan"].sudo().with_context(active_test=False)
        return plans.search([("group_id", "in", self.ids)])

    def action_open_sessions(self):
        """Open the sessions of this group.

        :return: an action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "callcenter_outbound.callcenter_agent_session_action"
        )
        return dict(action, domain=[("group_id", "=", self.id)])

    def _pbxs(self):
        """The PBXs that these groups may be queues on."""
        # sudo: callcenter.pbx: told that something changed, nothing is read
        pbxs = self.env["callcenter.pbx"].sudo()
        return pbxs.search([("company_id", "in", self.company_id.ids)])

    @api.model
    def _read_members(self, pbx):
        """:return: list of :class:`Member`, the agents on ``pbx`` who are signed in to
        groups that take incoming calls"""
        for model in ("callcenter.agent.session", "callcenter.agent.status"):
            self.env[model].flush_model()
        self.env["callcenter.pbx.section"]._flush_wanted()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT team.id, phone.number, status.paused IS TRUE
                  FROM callcenter_agent_session session
                  JOIN callcenter_agent_group team
                    ON team.id = session.group_id AND team.incoming AND team.active
                  JOIN callcenter_agent agent ON agent.id = session.agent_id
                  JOIN callcenter_agent_status status
                    ON status.id = agent.status_id AND status.signed_in
                  JOIN callcenter_extension phone
                    ON phone.id = agent.extension_id AND phone.pbx_id = %s
                 WHERE session.kind = 'signed_in' AND session.ended_at IS NULL
                """,
                pbx.id,
            )
        )
        return [
            Member(f"group-{team}", number, paused) for team, number, paused in rows
        ]

    def _mark_pbxs_changed(self):
        self._pbxs()._mark_changed()

    @api.depends("agent_ids.active")
    def _compute_agent_count(self):
        counts = dict(
            self.env["callcenter.agent"]._read_group(
                [("group_ids", "in", self.ids)], ["group_ids"], ["__count"]
            )
        )
        for group in self:
            # On a form that isn't saved: those who stand on it.
            is_saved = group == group._origin
            group.agent_count = (
                counts.get(group, 0) if is_saved else len(group.agent_ids)
            )

    def _compute_queue_name(self):
        for group in self:
            saved = group._origin
            group.queue_name = bool(saved) and f"group-{saved.id}"
