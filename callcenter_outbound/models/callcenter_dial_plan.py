from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..connector.core import actions
from .callcenter_task import UNFINISHED
from .callcenter_task_number import DIGITS, MASK_SQL

#: States in which customers of the package become tasks as they come.
OPEN_STATES = ("draft", "running", "paused")
#: What the agents' pages show of a plan.
PAGE_FIELDS = frozenset(
    {"name", "group_id", "script", "result_ids", "survey_id", "active"}
)
#: Stands for the task's number while the neutral title is translated.
NUMBER = "\uffff"


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
    survey_id = fields.Many2one(
        "survey.survey",
        string="Questionnaire",
        # A certification writes e-mails to whoever answers.
        domain=[("certification", "=", False)],
        ondelete="restrict",
        index="btree_not_null",
        help="What the agent asks while talking. The answers are kept with the "
        "contact record of the call.",
    )
    answer_count = fields.Integer(
        string="Answer Sheets", compute="_compute_quality_counts"
    )
    inspection_count = fields.Integer(
        string="To Inspect", compute="_compute_quality_counts"
    )
    caller_number = fields.Char(
        string="Caller ID",
        help="The number that customers see. Empty: the trunk's.",
    )
    record_calls = fields.Boolean(default=True)
    agents_listen = fields.Boolean(
        string="Agents hear their own calls",
        help="In the customer's history on their page. Each listening is recorded.",
    )
    result_ids = fields.Many2many(
        "callcenter.dial.result",
        string="Dial Results",
        default=lambda self: self.env["callcenter.dial.result"].search([]),
    )
    field_ids = fields.One2many(
        "callcenter.dial.plan.field",
        "plan_id",
        string="Fields",
        copy=True,
        default=lambda self: self._default_field_ids(),
    )
    task_count = fields.Integer(string="Customers", compute="_compute_counts")
    unfinished_count = fields.Integer(string="Unfinished", compute="_compute_counts")
    pool_count = fields.Integer(string="In the Pool", compute="_compute_counts")
    change_count = fields.Integer(
        string="Staged Changes", compute="_compute_change_count"
    )

    _name_uniq = models.Constraint(
        "unique(company_id, name)", "There is a dial plan of this name already."
    )

    @api.model
    def _default_field_ids(self):
        lines = self.env["callcenter.dial.plan.field"]._usual_lines()
        return [Command.create(values) for values in lines]

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
                plan._origin, (0, 0, 0)
            )

    def _compute_quality_counts(self):
        sheets = dict(
            self.env["callcenter.contact.record"]._read_group(
                [("plan_id", "in", self.ids), ("survey_input_id", "!=", False)],
                ["plan_id"],
                ["__count"],
            )
        )
        pending = dict(
            self.env["callcenter.inspection"]._read_group(
                [("plan_id", "in", self.ids), ("verdict", "=", "pending")],
                ["plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.answer_count = sheets.get(plan._origin, 0)
            plan.inspection_count = pending.get(plan._origin, 0)

    def _compute_change_count(self):
        counts = dict(
            self.env["callcenter.task.change"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.change_count = counts.get(plan._origin, 0)

    @api.constrains("caller_number")
    def _check_caller_number(self):
        for plan in self:
            number = plan.caller_number
            if number and not actions.DIAL_STRING.fullmatch(number):
                raise ValidationError(
                    self.env._(
                        "The caller ID “%(number)s” is no number: use digits, with a "
                        "“+” before them if the carrier wants it.",
                        number=number,
                    )
                )

    @api.constrains("survey_id")
    def _check_survey(self):
        for plan in self.filtered(lambda plan: plan.state == "running"):
            sentence = plan._why_not_asked()
            if sentence:
                raise ValidationError(sentence)

    # CRUD --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._take_customers()
        return plans

    def write(self, vals):
        if vals.get("active") is False:
            self.filtered(lambda plan: plan.state == "running").action_pause()
        if "group_id" in vals:
            # Those who work it no more.
            self._tell_agents()
        if "package_id" in vals:
            self.filtered(
                lambda plan: plan.package_id.id != vals["package_id"]
            )._give_up_customers()
        result = super().write(vals)
        if "package_id" in vals:
            self._take_customers()
        if PAGE_FIELDS & vals.keys():
            self._tell_agents()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_called(self):
        called = self.env["callcenter.call"].search(
            [("plan_id", "in", self.ids)], limit=1
        )
        if called:
            raise UserError(
                self.env._(
                    "Calls were made for the dial plan “%(plan)s”: archive it, so that "
                    "they keep their place in the records.",
                    plan=called.plan_id.name,
                )
            )
        self.env["callcenter.task"].search([("plan_id", "in", self.ids)]).unlink()

    def _give_up_customers(self):
        """Forget the customers of these plans, to take another package's.

        :raise UserError: when one of them was called already
        """
        calls = self.env["callcenter.call"].search(
            [("plan_id", "in", self.ids)], limit=1
        )
        if calls:
            raise UserError(
                self.env._(
                    "Calls were made for the dial plan “%(plan)s”: it keeps its "
                    "package. Make another dial plan for another one.",
                    plan=calls.plan_id.name,
                )
            )
        self.env["callcenter.task"].search([("plan_id", "in", self.ids)]).unlink()

    # Use cases ---------------------------------------------------------------------

    def action_start(self):
        """Let the agents dial.

        :return: true
        :raise UserError: when something is missing, naming all that is
        """
        # Those of a plan that was done, too: refused, it takes none.
        self._make_tasks()
        for plan in self:
            missing = plan._list_missing()
            if missing:
                raise UserError(
                    "\n".join(
                        [
                            self.env._(
                                "The dial plan “%(plan)s” can't start yet:",
                                plan=plan.name,
                            ),
                            *(f"• {line}" for line in missing),
                        ]
                    )
                )
        self.write({"state": "running"})
        self._tell_agents()
        return True

    def action_pause(self):
        """Stop dialing for a while. Calls that are on go on and can be saved.

        :return: true
        """
        self._go_to("paused", {"running"})
        return True

    def action_finish(self):
        """End the plan: nobody dials it any more. Calls that are on can be saved.

        :return: true
        """
        self._go_to("done", {"running", "paused"})
        return True

    def _go_to(self, state, states_before):
        for plan in self.filtered(lambda plan: plan.state not in states_before):
            raise UserError(
                self.env._(
                    "The dial plan “%(plan)s” is not running.",
                    plan=plan.name,
                )
            )
        self.write({"state": state})
        self._tell_agents()

    def _list_missing(self):
        """:return: list of sentences: what keeps this plan from starting"""
        self.ensure_one()
        outcomes = set(self.result_ids.mapped("outcome"))
        checks = (
            (
                self.task_count,
                self.env._(
                    "The package “%(package)s” has no customers: add some to it.",
                    package=self.package_id.name,
                ),
            ),
            (
                self.group_id.agent_ids,
                self.env._(
                    "The group “%(group)s” has no agents: edit its agents.",
                    group=self.group_id.name,
                ),
            ),
            (
                any(self.field_ids.mapped("visible")),
                self.env._(
                    "No field of the customer is visible to the agents: set some in "
                    "“Fields”."
                ),
            ),
            (
                "answered" in outcomes,
                self.env._(
                    "There is no dial result for answered calls: add one in “Results”."
                ),
            ),
            (
                "unanswered" in outcomes,
                self.env._(
                    "There is no dial result for unanswered calls: add one in "
                    "“Results”."
                ),
            ),
        )
        missing = [sentence for there, sentence in checks if not there]
        unasked = self._why_not_asked()
        return [*missing, unasked] if unasked else missing

    def _why_not_asked(self):
        """:return: why agents can't ask the questionnaire; empty when they can"""
        self.ensure_one()
        # sudo: survey.survey: who may start a plan may know what it asks
        survey = self.sudo().survey_id
        if not survey:
            return ""
        questions = survey.question_ids
        unasked = questions._callcenter_unasked()
        if unasked:
            return self.env._(
                "The questionnaire “%(survey)s” has questions of a kind that agents "
                "can't answer on their page: %(questions)s. Ask them otherwise.",
                survey=survey.title,
                questions=", ".join(f"“{title}”" for title in unasked.mapped("title")),
            )
        if not questions:
            return self.env._(
                "The questionnaire “%(survey)s” has no questions: add some to it.",
                survey=survey.title,
            )
        if survey.certification:
            return self.env._(
                "The questionnaire “%(survey)s” is a certification, which writes "
                "e-mails to whoever answers: choose another one.",
                survey=survey.title,
            )
        return ""

    def action_open_tasks(self):
        """Open the tasks of this plan."""
        return self._open("callcenter_outbound.callcenter_task_action")

    def action_open_changes(self):
        """Open the changes that agents have staged in this plan."""
        return self._open("callcenter_outbound.callcenter_task_change_action")

    def action_open_inspections(self):
        """Open the inspections of this plan."""
        action = self._open("callcenter_outbound.callcenter_inspection_action")
        return dict(action, context={"search_default_pending": 1})

    def action_open_answers(self):
        """Open the answers that agents took down in this plan; for managers."""
        action = self._open("survey.action_survey_user_input")
        return dict(
            action,
            domain=[("callcenter_record_ids.plan_id", "=", self.id)],
            context={"create": False},
        )

    def action_test_questionnaire(self):
        """Try the questionnaire in a page of its own; nothing of it is counted."""
        self.ensure_one()
        self.check_access("write")
        return self.survey_id.action_test_survey()

    def action_open_rollback(self):
        """Open the rollback of this plan's changes to the contacts."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id(
            "callcenter_outbound.callcenter_rollback_action"
        )
        return dict(action, context={"plan_id": self.id})

    def _open(self, action_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(action_id)
        return dict(
            action,
            domain=[("plan_id", "=", self.id)],
            context={"default_plan_id": self.id},
        )

    def _tell_agents(self):
        """Make the pages of the agents of these plans read their lists again."""
        holders = {}
        for plan, agent in self.env["callcenter.task"]._read_group(
            [
                ("plan_id", "in", self.ids),
                ("agent_id", "!=", False),
                ("status", "in", UNFINISHED),
            ],
            ["plan_id", "agent_id"],
        ):
            holders[plan] = holders.get(plan, agent) | agent
        for plan in self:
            agents = plan.group_id.agent_ids | holders.get(
                plan, plan.group_id.agent_ids
            )
            for user in agents.user_id:
                user._bus_send("callcenter_outbound/tasks", {"plan_ids": plan.ids})

    # Fields ------------------------------------------------------------------------

    def _visible_lines(self):
        """:return: the settings of the fields that agents see, in their order"""
        known = self.env["res.partner"]._fields
        lines = self.field_ids.filtered(
            lambda line: line.visible and line.name in known
        )
        return lines.sorted(lambda line: (line.sequence, line.id))

    def _shows(self, name):
        """Whether agents see this field of the contact."""
        self.ensure_one()
        return name in self._visible_lines().mapped("name")

    # The agent's page --------------------------------------------------------------

    @api.model
    def _page_values_of_agent(self, agent):
        """The dial plans that an agent works, as the page lists them.

        :return: list of ``id``, ``name``, ``state``, ``group_id``, ``group_name``,
            ``signed_in`` (to that group) and the agent's own numbers of tasks:
            ``unfinished``, ``untouched``, ``follow_up`` and ``done``
        """
        if not agent:
            return []
        # sudo: callcenter.dial.plan, callcenter.task: the agent's own
        counts = {}
        for plan, status, count in (
            self.env["callcenter.task"]
            .sudo()
            ._read_group(
                [("agent_id", "=", agent.id)], ["plan_id", "status"], ["__count"]
            )
        ):
            counts.setdefault(plan.id, {})[status] = count
        plans = self.sudo().search(
            [
                ("state", "in", ("running", "paused")),
                "|",
                ("group_id", "in", agent.sudo().group_ids.ids),
                ("id", "in", list(counts)),
            ],
            order="name, id",
        )
        signed_in = agent._signed_in_groups()
        return [
            plan._card_values(counts.get(plan.id, {}), plan.group_id in signed_in)
            for plan in plans
        ]

    def _card_values(self, counts, signed_in):
        self.ensure_one()
        unfinished = sum(counts.get(status, 0) for status in UNFINISHED)
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "group_id": self.group_id.id,
            "group_name": self.group_id.name,
            "signed_in": signed_in,
            "unfinished": unfinished,
            "untouched": counts.get("untouched", 0),
            "follow_up": counts.get("follow_up", 0),
            "done": sum(counts.values()) - unfinished,
        }

    def _page_values(self):
        """What a customer's tab shows of the plan."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "script": self.script or "",
            "results": [
                {"id": result.id, "name": result.name, "outcome": result.outcome}
                for result in self.result_ids
            ],
        }

    def _questionnaire_values(self):
        """What a customer's tab shows before a call; false: there is nothing to ask."""
        self.ensure_one()
        if not self.survey_id:
            return False
        no_sheet = self.env["survey.user_input"]
        return {
            "record_id": False,
            "title": self.survey_id.title,
            "can_answer": False,
            "why": self.env._("Call the customer first: the questions are for then."),
            "questions": no_sheet._callcenter_page_values(
                self.survey_id, is_preview=True
            ),
        }

    def action_read_plan(self):
        """What the agent's page shows of a dial plan.

        :return: dict of ``id``, ``name``, ``state``, ``script``, ``results`` (list of
            ``id``, ``name``, ``outcome``)
        :raise AccessError: unless the user is an agent of its group, or has tasks of it
        """
        self.ensure_one()
        agent = self.env["callcenter.agent"]._require_current()
        # sudo: callcenter.dial.plan: of the agent's own group
        plan = self.with_env(agent.env).sudo()
        is_own = plan.group_id in agent.sudo().group_ids or self.env[
            "callcenter.task"
        ].search_count([("plan_id", "=", self.id)], limit=1)
        if not is_own:
            raise AccessError(self.env._("This dial plan is not your group's."))
        return plan._page_values()

    def _term_domain(self, term):
        """:return: domain of the tasks that a search on the agent's page finds"""
        domain = Domain("title", "ilike", term)
        digits = "".join(char for char in term if char in DIGITS)
        if digits and self._shows("phone"):
            domain |= Domain("number_ids.number_e164", "like", digits)
        return domain

    # Tasks -------------------------------------------------------------------------

    def _take_customers(self):
        """Make the tasks that those of these plans lack that aren't done.

        :return: how many were made
        """
        return self.filtered(lambda plan: plan.state in OPEN_STATES)._make_tasks()

    def _make_tasks(self):
        """Make a task of each customer of the package that has none yet.

        :return: how many were made
        """
        if not self:
            return 0
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO callcenter_task (
                    plan_id, partner_id, company_id, status, title,
                    create_uid, create_date, write_uid, write_date)
                SELECT plan.id, customer.partner_id, plan.company_id, 'untouched', '',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM callcenter_dial_plan plan
                  JOIN callcenter_package_customer customer
                    ON customer.package_id = plan.package_id
                  JOIN res_partner partner ON partner.id = customer.partner_id
                 WHERE plan.id IN %(plans)s AND partner.active
                 ORDER BY plan.id, customer.id
                    ON CONFLICT (plan_id, partner_id) DO NOTHING
             RETURNING id
                """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                plans=self._ids,
            )
        )
        task_ids = [row[0] for row in rows]
        if task_ids:
            self._take_numbers(task_ids)
            self._retitle_tasks(task_ids)
            self.env.invalidate_all(flush=False)
        return len(task_ids)

    @api.model
    def _take_numbers(self, task_ids):
        """Give new tasks the numbers of their contacts."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO callcenter_task_number (
                    task_id, sequence, number, number_e164, number_masked,
                    create_uid, create_date, write_uid, write_date)
                SELECT task.id, 10, partner.phone, partner.phone_sanitized, %(mask)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM callcenter_task task
                  JOIN res_partner partner ON partner.id = task.partner_id
                 WHERE task.id = ANY(%(tasks)s) AND partner.phone <> ''
             RETURNING id
                """,
                mask=SQL(MASK_SQL, number=SQL("partner.phone")),
                uid=self.env.uid,
                now=self.env.cr.now(),
                tasks=task_ids,
            )
        )

    def _retitle_tasks(self, task_ids=None):
        """Write the titles of tasks as the field settings want them.

        :param task_ids: list of ids; None for all of these plans
        """
        self.env.flush_all()
        for plan in self:
            neutral = plan._neutral_title(NUMBER)
            before, __, after = neutral.partition(NUMBER)
            title = SQL("%s || task.id || %s", before, after)
            if plan._shows("name"):
                title = SQL("COALESCE(NULLIF(partner.complete_name, ''), %s)", title)
            chosen = (
                SQL("") if task_ids is None else SQL("AND task.id = ANY(%s)", task_ids)
            )
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE callcenter_task task
                       SET title = %s
                      FROM res_partner partner
                     WHERE partner.id = task.partner_id AND task.plan_id = %s
                           %s AND title IS DISTINCT FROM %s
                    """,
                    title,
                    plan.id,
                    chosen,
                    title,
                )
            )
        self.env["callcenter.task"].invalidate_model(["title"], flush=False)

    def _neutral_title(self, number):
        """:return: what a task is called when the plan doesn't show the name"""
        self.ensure_one()
        # Stored once for all who read it: in the company's language.
        company = self.company_id.with_context(lang=self.company_id.partner_id.lang)
        return company.env._("Customer %(number)s", number=number)
