from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.i18n import format_list

from ..tools.shares import PARTS, WHOLE, even_shares, share_out, to_parts


class CallcenterDialPlan(models.Model):
    _inherit = "callcenter.dial.plan"

    def action_distribute(self):
        """Open the distribution of this plan's customers to the agents of its group.

        :raise AccessError: unless the user may change the plan
        """
        self.ensure_one()
        self.check_access("write")
        self._take_customers()
        return self._distribution()._open()

    def _distribution(self):
        """:return: a new distribution, with a line for each agent

        Agents who left the group and still hold customers are shown last.
        """
        counts = self.env["callcenter.task"]._count_unfinished(self)
        members = self.group_id.agent_ids
        agents = (members | self.env["callcenter.agent"].concat(*counts)).sorted(
            lambda agent: (agent not in members, agent.number)
        )
        return self.env["callcenter.dial.plan.distribute"].create(
            {
                "plan_id": self.id,
                "line_ids": [
                    Command.create({"agent_id": agent.id}) for agent in agents
                ],
            }
        )

    def _require_takers(self, agents):
        """:raise UserError: when one of ``agents`` may be given no task of this plan"""
        self.ensure_one()
        for agent in agents:
            if not agent.active:
                raise UserError(
                    self.env._(
                        "%(agent)s is archived and calls nobody.",
                        agent=agent.display_name,
                    )
                )
            if agent not in self.group_id.agent_ids:
                raise UserError(
                    self.env._(
                        "%(agent)s is not in the group “%(group)s”, which works the "
                        "dial plan “%(plan)s”.",
                        agent=agent.display_name,
                        group=self.group_id.name,
                        plan=self.name,
                    )
                )


class CallcenterDialPlanDistribute(models.TransientModel):
    """Gives the customers in the pool of a dial plan to agents, by percentages."""

    _name = "callcenter.dial.plan.distribute"
    _description = "Distribution"

    plan_id = fields.Many2one(
        "callcenter.dial.plan", required=True, readonly=True, ondelete="cascade"
    )
    group_id = fields.Many2one(related="plan_id.group_id")
    line_ids = fields.One2many("callcenter.dial.plan.distribute.line", "distribute_id")
    task_count = fields.Integer(related="plan_id.task_count")
    pool_count = fields.Integer(related="plan_id.pool_count")
    share_sum = fields.Float(string="Sum %", digits=(16, 2), compute="_compute_sums")
    excess = fields.Float(string="Over 100", digits=(16, 2), compute="_compute_sums")
    given_count = fields.Integer(string="To Distribute", compute="_compute_sums")
    stay_count = fields.Integer(string="Stay in the Pool", compute="_compute_sums")
    result = fields.Char(readonly=True)

    @api.onchange("line_ids")
    def _show_effect(self):
        """Write into the lines what each agent would get and have."""
        lines = self.line_ids
        try:
            given, __ = share_out(self.pool_count, lines.mapped("share"))
        except ValueError:
            given = [0] * len(lines)
        for line, number in zip(lines, given, strict=True):
            line.gets = number
            line.after = line.unfinished + number
        lines.total = max(lines.mapped("after"), default=0)

    @api.depends("line_ids.share", "line_ids.gets", "pool_count")
    def _compute_sums(self):
        for distribution in self:
            lines = distribution.line_ids
            parts = sum(to_parts(share) for share in lines.mapped("share"))
            distribution.share_sum = parts / PARTS
            distribution.excess = max(parts - WHOLE, 0) / PARTS
            distribution.given_count = sum(lines.mapped("gets"))
            distribution.stay_count = distribution.pool_count - distribution.given_count

    def _open(self, result=False):
        """:return: the action that shows this distribution"""
        self.ensure_one()
        self.result = result
        self._show_effect()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Distribute: %(plan)s", plan=self.plan_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def action_even(self):
        """Give all agents of the group equal shares, not yet any customers."""
        self.ensure_one()
        lines = self.line_ids.filtered("is_taker")
        (self.line_ids - lines).share = 0
        for line, share in zip(lines, even_shares(len(lines)), strict=True):
            line.share = share
        return self._open()

    def action_distribute(self):
        """Give the customers in the pool to the agents, as the shares say.

        :return: the action that shows the distribution afterwards, with what was done
        :raise UserError: when the shares are no shares, or an agent takes none
        """
        self.ensure_one()
        plan = self.plan_id
        lines = self.line_ids.filtered("share")
        self._check_shares(lines)
        plan._require_takers(lines.agent_id)
        given, __ = share_out(plan.pool_count, lines.mapped("share"))
        tasks = self.env["callcenter.task"]
        handed = tasks._hand_over(
            [("plan_id", "=", plan.id), ("agent_id", "=", False)],
            list(zip(lines.agent_id.ids, given, strict=True)),
        )
        lines.share = 0
        self.env.invalidate_all()
        return self._open(self._describe(handed))

    def _check_shares(self, lines):
        """:raise UserError: unless there are shares, of 100 % together at most"""
        if not lines:
            raise UserError(
                self.env._("Give at least one agent a share, or press “Evenly”.")
            )
        for line in lines:
            if line.share < 0:
                raise UserError(
                    self.env._(
                        "The share of %(agent)s is below 0.",
                        agent=line.agent_id.display_name,
                    )
                )
        if len(lines.agent_id) != len(lines):
            raise UserError(self.env._("An agent has one share."))
        if self.excess:
            raise UserError(
                self.env._(
                    "The shares are %(sum)s %% together, %(excess)s %% too many: there "
                    "is no more than 100 %% to distribute.",
                    sum=f"{self.share_sum:g}",
                    excess=f"{self.excess:g}",
                )
            )

    def _describe(self, handed):
        """:return: sentences: who got how many, and how many stay in the pool"""
        agents = self.env["callcenter.agent"].browse(handed)
        shares = [
            self.env._(
                "%(agent)s got %(count)s",
                agent=agent.display_name,
                count=handed[agent.id],
            )
            for agent in agents
            if handed[agent.id]
        ]
        stay = self.env._("%(count)s stay in the pool.", count=self.plan_id.pool_count)
        if not shares:
            return stay
        return self.env._(
            "%(shares)s. %(stay)s", shares=format_list(self.env, shares), stay=stay
        )

    def action_move(self):
        """Open the dialog that moves customers by hand."""
        self.ensure_one()
        return self.env["callcenter.dial.plan.move"]._open(self.plan_id)


class CallcenterDialPlanDistributeLine(models.TransientModel):
    """An agent's part in a distribution."""

    _name = "callcenter.dial.plan.distribute.line"
    _description = "Share of a Distribution"

    distribute_id = fields.Many2one(
        "callcenter.dial.plan.distribute",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    agent_id = fields.Many2one("callcenter.agent", required=True, ondelete="cascade")
    is_taker = fields.Boolean(compute="_compute_standing")
    remark = fields.Char(compute="_compute_standing")
    unfinished = fields.Integer(compute="_compute_unfinished")
    share = fields.Float(string="Share %", digits=(5, 2))
    # Not computed: a page takes over what an onchange sets in the lines beside the one
    # that was edited, but not always what is computed there.
    gets = fields.Integer()
    after = fields.Integer()
    total = fields.Integer(help="What a full bar stands for.")

    @api.depends("agent_id", "distribute_id.plan_id")
    def _compute_standing(self):
        for line in self:
            agent = line.agent_id
            is_member = agent in line.distribute_id.plan_id.group_id.agent_ids
            line.is_taker = is_member and agent.active
            if not agent.active:
                line.remark = self.env._("archived")
            elif not is_member:
                line.remark = self.env._("left the group")
            else:
                line.remark = ""

    @api.depends("agent_id", "distribute_id.plan_id")
    def _compute_unfinished(self):
        for plan, lines in self.grouped(
            lambda line: line.distribute_id.plan_id
        ).items():
            counts = self.env["callcenter.task"]._count_unfinished(plan)
            for line in lines:
                line.unfinished = counts.get(line.agent_id._origin, 0)
