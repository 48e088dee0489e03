from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.callcenter_task import UNFINISHED
from .contact_filter import contact_domain


class CallcenterDialPlanMove(models.TransientModel):
    """Moves customers of a dial plan by hand: from the pool or an agent to another."""

    _name = "callcenter.dial.plan.move"
    _description = "Move Customers"

    plan_id = fields.Many2one(
        "callcenter.dial.plan", required=True, readonly=True, ondelete="cascade"
    )
    holder_ids = fields.Many2many("callcenter.agent", compute="_compute_agents")
    taker_ids = fields.Many2many("callcenter.agent", compute="_compute_agents")
    source = fields.Selection(
        [("pool", "The pool"), ("agent", "An agent")],
        string="From",
        default="pool",
        required=True,
    )
    source_agent_id = fields.Many2one("callcenter.agent", string="From Agent")
    target = fields.Selection(
        [("agent", "An agent"), ("pool", "The pool")],
        string="To",
        default="agent",
        required=True,
    )
    target_agent_id = fields.Many2one("callcenter.agent", string="To Agent")
    status = fields.Selection(
        lambda self: [
            choice
            for choice in self.env["callcenter.task"]
            ._fields["status"]
            ._description_selection(self.env)
            if choice[0] in UNFINISHED
        ],
        string="Handling Status",
        help="Empty: all that are unfinished, untouched ones first.",
    )
    contact_domain = fields.Char(string="Filter", default="[]")
    amount = fields.Selection(
        [("all", "All that are found"), ("number", "This many")],
        default="all",
        required=True,
    )
    number = fields.Integer(string="How Many", default=1)
    match_count = fields.Integer(string="Found", compute="_compute_counts")
    busy_count = fields.Integer(string="Busy", compute="_compute_counts")
    move_count = fields.Integer(string="To Move", compute="_compute_counts")
    source_before = fields.Integer(compute="_compute_counts")
    source_after = fields.Integer(compute="_compute_counts")
    target_before = fields.Integer(compute="_compute_counts")
    target_after = fields.Integer(compute="_compute_counts")

    @api.model
    def _open(self, plan):
        """:return: the action that opens a new dialog for ``plan``"""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move customers: %(plan)s", plan=plan.name),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_plan_id": plan.id, "dialog_size": "large"},
        }

    @api.depends("plan_id")
    def _compute_agents(self):
        for move in self:
            takers = move.plan_id.group_id.agent_ids
            counts = self.env["callcenter.task"]._count_unfinished(move.plan_id)
            move.taker_ids = takers
            move.holder_ids = takers.concat(*counts) | takers

    @api.depends(
        "plan_id",
        "source",
        "source_agent_id",
        "target",
        "target_agent_id",
        "status",
        "contact_domain",
        "amount",
        "number",
    )
    def _compute_counts(self):
        tasks = self.env["callcenter.task"]
        for move in self:
            counts = tasks._count_unfinished(move.plan_id)
            giver, taker = move._source_agent(), move._target_agent()
            found, busy = (0, 0)
            if move._is_chosen():
                found, busy = tasks._count_movable(move._domain())
            moved = found
            if move.amount == "number":
                moved = min(max(move.number, 0), found)
            move.match_count = found
            move.busy_count = busy
            move.move_count = moved
            move.source_before = counts.get(giver, 0)
            move.source_after = move.source_before - moved
            move.target_before = counts.get(taker, 0)
            move.target_after = move.target_before + moved

    def _source_agent(self):
        """:return: the agent whose customers are moved; empty for the pool"""
        agents = self.env["callcenter.agent"]
        return agents if self.source == "pool" else self.source_agent_id._origin

    def _target_agent(self):
        """:return: the agent who gets them; empty for the pool"""
        agents = self.env["callcenter.agent"]
        return agents if self.target == "pool" else self.target_agent_id._origin

    def _is_chosen(self):
        """Whether it is said from where and to where, and these are two."""
        return (
            bool(self.plan_id)
            and (self.source == "pool" or bool(self.source_agent_id))
            and (self.target == "pool" or bool(self.target_agent_id))
            and self._source_agent() != self._target_agent()
        )

    def _domain(self):
        """:return: domain of the tasks that the screen describes"""
        domain = Domain("plan_id", "=", self.plan_id.id) & Domain(
            "agent_id", "=", self._source_agent().id
        )
        contacts = contact_domain(self.env, self.contact_domain)
        if not contacts.is_true():
            domain &= Domain("partner_id", "any", contacts)
        if self.status:
            domain &= Domain("status", "=", self.status)
        return domain

    def action_move(self):
        """Move the customers.

        :return: the action that shows the distribution afterwards, with what was done
        :raise UserError: when it isn't said from where or to where, or the agent takes
            none
        """
        self.ensure_one()
        self.plan_id.check_access("write")
        if not self._is_chosen():
            raise UserError(
                self.env._("Choose from where and to where: two different places.")
            )
        target = self._target_agent()
        self.plan_id._require_takers(target)
        number = self.match_count if self.amount == "all" else self.number
        if number < 1:
            raise UserError(self.env._("There is nobody to move."))
        handed = self.env["callcenter.task"]._hand_over(
            self._domain(), [(target.id or None, number)]
        )
        return self.plan_id._distribution()._open(
            self._describe(handed[target.id or None])
        )

    def _describe(self, count):
        """:return: sentence: how many were moved"""
        pool = self.env._("the pool")
        return self.env._(
            "%(count)s customers moved from %(giver)s to %(taker)s.",
            count=count,
            giver=self._source_agent().display_name or pool,
            taker=self._target_agent().display_name or pool,
        )
