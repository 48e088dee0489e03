from odoo import fields, models

from .callcenter_task import UNFINISHED


class CallcenterDialPlan(models.Model):
    """A campaign: which customers a group calls, and what it may see and say."""

    _name = "callcenter.dial.plan"
    _description = "Dial Plan"
    _check_company_auto = True
    _order = "id desc"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    package_id = fields.Many2one(
        "callcenter.package",
        string="Customer Package",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    group_id = fields.Many2one(
        "callcenter.agent.group",
        string="Agent Group",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    script = fields.Html(help="What the agent reads out, or keeps to.")
    caller_number = fields.Char(
        string="Caller ID",
        help="The number that customers see. Empty: the trunk's.",
    )
    record_calls = fields.Boolean(default=True)
    result_ids = fields.Many2many(
        "callcenter.dial.result",
        string="Dial Results",
        default=lambda self: self.env["callcenter.dial.result"].search([]),
    )
    field_ids = fields.One2many(
        "callcenter.dial.plan.field", "plan_id", string="Fields", copy=True
    )
    task_count = fields.Integer(string="Customers", compute="_compute_counts")
    unfinished_count = fields.Integer(string="Unfinished", compute="_compute_counts")
    pool_count = fields.Integer(string="In the Pool", compute="_compute_counts")

    def _compute_counts(self):
        tasks = self.env["callcenter.task"]
        domain = [("plan_id", "in", self.ids)]
        groups = tasks._read_group(
            domain, ["plan_id", "status", "agent_id"], ["__count"]
        )
        counts = {}
        for plan, status, agent, count in groups:
            total, unfinished, pool = counts.get(plan, (0, 0, 0))
            is_open = status in UNFINISHED
            counts[plan] = (
                total + count,
                unfinished + count * is_open,
                pool + count * (is_open and not agent),
            )
        for plan in self:
            plan.task_count, plan.unfinished_count, plan.pool_count = counts.get(
                plan, (0, 0, 0)
            )
