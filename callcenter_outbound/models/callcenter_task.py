from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: The handling statuses of a task that isn't done.
UNFINISHED = ("untouched", "in_progress", "follow_up")
#: How many tasks the agent's page lists.
PAGE_TASKS = 200


class CallcenterTask(models.Model):
    _name = "callcenter.task"
    _description = "Task"
    _order = "id"
    _rec_name = "title"
    _check_company_auto = True

    title = fields.Char(compute="_compute_title", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    plan_id = fields.Many2one(
        "callcenter.dial.plan",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    agent_id = fields.Many2one(
        "callcenter.agent", ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    status = fields.Selection(
        [
            ("untouched", "Untouched"),
            ("in_progress", "In progress"),
            ("follow_up", "Follow up"),
            ("done_success", "Done (success)"),
            ("done_mismatch", "Done (data mismatch)"),
            ("done_failed", "Done (failed)"),
        ],
        string="Handling Status",
        default="untouched",
        required=True,
    )
    follow_up_at = fields.Datetime()
    number_ids = fields.One2many("callcenter.task.number", "task_id")
    call_ids = fields.One2many(
        "callcenter.call", "task_id", domain=[("kind", "=", "main")]
    )

    _agent_status_idx = models.Index("(agent_id, status, id)")
    _plan_partner_uniq = models.Constraint(
        "unique(plan_id, partner_id)", "This customer is in the dial plan already."
    )

    @api.depends("partner_id")
    def _compute_title(self):
        for task in self:
            # Stored once for all who read it: in the company's language.
            company = task.company_id.with_context(lang=task.company_id.partner_id.lang)
            task.title = company.env._("Customer %(number)s", number=task.id or "")

    @api.model_create_multi
    def create(self, vals_list):
        tasks = super().create(vals_list)
        tasks._take_numbers_of_customer()
        return tasks

    def _take_numbers_of_customer(self):
        self.env["callcenter.task.number"].create(
            [
                {"task_id": task.id, "number": task.partner_id.phone}
                for task in self
                if task.partner_id.phone and not task.number_ids
            ]
        )

    def action_dial(self, number_id=False):
        """Call the customer: the agent's own phone first, then the customer's.

        :param number_id: id of one of the task's numbers; false for the first
        :return: id of the call, which stands in the state ``dialing``
        :raise UserError: when the call can't be made now, with the reason
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        agent._check_phone()
        number = self._pick_number(number_id)
        agent._check_no_open_call()
        # Trusted since `_current`: nobody creates calls by hand.
        call = agent.env["callcenter.call"]._start(self.id, agent, number)
        if self.status == "untouched":
            # sudo: callcenter.task: agents change a task by its use cases alone
            self.sudo().status = "in_progress"
        return call.id

    def _require_own_agent(self):
        agent = self.env["callcenter.agent"]._require_current()
        self.check_access("read")
        if self.agent_id != agent:
            raise AccessError(self.env._("This customer is not yours to call."))
        return agent

    def _pick_number(self, number_id):
        """:return: the number of this task to dial, trusted
        :raise UserError: when there is none, or it is no phone number
        """
        # sudo: callcenter.task.number: dialled, not shown
        numbers = self.sudo().number_ids
        if number_id:
            numbers = numbers.filtered(lambda number: number.id == number_id)
        if not numbers:
            raise UserError(self.env._("This customer has no such number to call."))
        number = numbers[0]
        if not number.number_e164:
            raise UserError(
                self.env._(
                    "“%(number)s” is no phone number that can be dialled. Tell your "
                    "supervisor, who can correct it.",
                    number=number.number_masked,
                )
            )
        return number

    @api.model
    def _page_values_of_agent(self, agent):
        """The agent's unfinished tasks as the page lists them.

        :return: dict of ``tasks``, the first :data:`PAGE_TASKS`, and ``task_count``
        """
        domain = [
            ("agent_id", "in", agent.ids),
            ("status", "in", UNFINISHED),
        ]
        tasks = self.search(domain, limit=PAGE_TASKS)
        count = len(tasks)
        return {
            "tasks": [task._page_values() for task in tasks],
            "task_count": count if count < PAGE_TASKS else self.search_count(domain),
        }

    def _page_values(self):
        self.ensure_one()
        return {
            "id": self.id,
            "title": self.title,
            "number_masked": self.number_ids[:1].number_masked or "",
            "numbers": self.number_ids.read(["label", "number_masked"]),
            "status": self.status,
        }
