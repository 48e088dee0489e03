from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from . import contact_fields
from .contact_values import is_same
from .event_clock import to_iso

#: The handling statuses of a task that isn't done.
UNFINISHED = ("untouched", "in_progress", "follow_up")
#: How many tasks a page of the agent's list has.
PAGE_TASKS = 40
#: What was promised for a time comes first, then what was begun.
LIST_ORDER = "follow_up_at, id"
#: Types of fields whose zero is a value too.
NEVER_EMPTY = ("boolean", "float", "integer", "monetary")
#: How many records a search for a value brings.
SEARCH_LIMIT = 8


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
        string="Dial Plan",
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
    follow_up_at = fields.Datetime(string="Follow-up Time")
    number_ids = fields.One2many("callcenter.task.number", "task_id")
    change_ids = fields.One2many(
        "callcenter.task.change",
        "task_id",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    contact_record_ids = fields.One2many("callcenter.contact.record", "task_id")
    call_ids = fields.One2many(
        "callcenter.call", "task_id", domain=[("kind", "=", "main")]
    )

    _agent_status_idx = models.Index("(agent_id, status, id)")
    _plan_partner_uniq = models.Constraint(
        "unique(plan_id, partner_id)", "This customer is in the dial plan already."
    )

    _plan_agent_status_idx = models.Index("(plan_id, agent_id, status)")

    @api.depends("partner_id.complete_name", "plan_id")
    def _compute_title(self):
        # Changed settings of the plan are followed by `_retitle_tasks`, in bulk.
        for task in self:
            shown = task.plan_id._shows("name") and task.partner_id.complete_name
            task.title = shown or task.plan_id._neutral_title(task.id or "")

    @api.model
    def _tell_agents_of(self, rows):
        """Make the pages of agents read their lists again.

        :param rows: pairs of the id of an agent, or None, and of a dial plan
        """
        plan_ids = {}
        for agent_id, plan_id in rows:
            plan_ids.setdefault(agent_id, set()).add(plan_id)
        plan_ids.pop(None, None)
        # sudo: callcenter.agent: to know whom to tell
        for agent in self.env["callcenter.agent"].sudo().browse(plan_ids):
            agent.user_id._bus_send(
                "callcenter_outbound/tasks", {"plan_ids": sorted(plan_ids[agent.id])}
            )

    @api.model_create_multi
    def create(self, vals_list):
        tasks = super().create(vals_list)
        tasks._take_numbers_of_customer()
        return tasks

    @api.ondelete(at_uninstall=False)
    def _unlink_except_called(self):
        if self.env["callcenter.call"].search_count(
            [("task_id", "in", self.ids)], limit=1
        ):
            raise UserError(
                self.env._("Calls were made to this customer: the task stays.")
            )

    def _take_numbers_of_customer(self):
        self.env["callcenter.task.number"].create(
            [
                {"task_id": task.id, "number": task.partner_id.phone}
                for task in self
                if task.partner_id.phone and not task.number_ids
            ]
        )

    # Dialing -----------------------------------------------------------------------

    def action_dial(self, number_id=False):
        """Call the customer: the agent's own phone first, then the customer's.

        :param number_id: id of one of the task's numbers; false for the first
        :return: id of the call, which stands in the state ``dialing``
        :raise UserError: when the call can't be made now, with the reason
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        self._check_may_be_dialled(agent)
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

    def _check_may_be_dialled(self, agent):
        """:raise UserError: when plan, sign-in or status don't permit a call now"""
        # sudo: callcenter.dial.plan: of the agent's own task
        plan = self.plan_id.sudo()
        if plan.state != "running" or not plan.active:
            raise UserError(
                self.env._(
                    "The dial plan “%(plan)s” is not running: nobody dials it now.",
                    plan=plan.name,
                )
            )
        if plan.group_id not in agent._signed_in_groups():
            raise UserError(
                self.env._(
                    "Sign in to the group “%(group)s” first: it works this dial plan.",
                    group=plan.group_id.name,
                )
            )
        # A sign-out may be on its way.
        agent._check_signed_in()
        if self.status not in UNFINISHED:
            raise UserError(
                self.env._("This customer is done. Take another one from the list.")
            )

    def _pick_number(self, number_id):
        """:return: the number of this task to dial, trusted
        :raise UserError: when there is none, or it must not be dialled
        """
        # sudo: callcenter.task.number: dialled, not shown
        task = self.sudo()
        if not task.number_ids:
            # Somebody may have given the contact a number since.
            task._take_numbers_of_customer()
        numbers = task.number_ids
        if not numbers:
            raise UserError(
                self.env._(
                    "This customer has no phone number: nobody can be called. Tell "
                    "your supervisor, who can add one."
                )
            )
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
        if number._is_blacklisted():
            raise UserError(
                self.env._("This number is on the blacklist: it must not be called.")
            )
        return number

    # The list ----------------------------------------------------------------------

    @api.model
    def action_list(self, plan_id, term="", offset=0):
        """List the agent's own unfinished customers of a plan.

        :param term: what the title has, or the number where the plan shows it
        :param offset: how many to pass over
        :return: dict of ``tasks`` (at most :data:`PAGE_TASKS`), list of ``id``,
            ``title``, ``number_masked``, ``number`` (false unless the plan shows it),
            ``numbers``, ``status``, ``follow_up_at`` and ``attempts``; and ``count``,
            of all that match
        """
        agent = self.env["callcenter.agent"]._current()
        if not isinstance(plan_id, int) or not isinstance(offset, int):
            return {"tasks": [], "count": 0}
        domain = Domain(
            [
                ("agent_id", "in", agent.ids),
                ("plan_id", "=", plan_id),
                ("status", "in", UNFINISHED),
            ]
        )
        # sudo: callcenter.task: the agent's own, cut down to what the plan shows
        tasks = agent.env["callcenter.task"].sudo()
        plan = agent.env["callcenter.dial.plan"].sudo().browse(plan_id).exists()
        if not plan:
            return {"tasks": [], "count": 0}
        if term and isinstance(term, str):
            domain &= plan._term_domain(term)
        found = tasks.search(
            domain, offset=max(0, offset), limit=PAGE_TASKS, order=LIST_ORDER
        )
        attempts = dict(
            agent.env["callcenter.call"]
            .sudo()
            ._read_group(
                [("task_id", "in", found.ids), ("kind", "=", "main")],
                ["task_id"],
                ["__count"],
            )
        )
        shows_number = plan._shows("phone")
        return {
            "tasks": [
                task._list_values(shows_number, attempts.get(task, 0)) for task in found
            ],
            "count": tasks.search_count(domain),
        }

    def _list_values(self, shows_number, attempts):
        self.ensure_one()
        numbers = self._number_values(shows_number)
        return {
            "id": self.id,
            "title": self.title,
            "number_masked": numbers[0]["number_masked"] if numbers else "",
            "number": bool(numbers) and numbers[0]["number"],
            "numbers": numbers,
            "status": self.status,
            "follow_up_at": to_iso(self.follow_up_at),
            "attempts": attempts,
        }

    def _number_values(self, shows_number):
        """:return: list of the numbers as the plan lets agents see them"""
        return [
            {
                "id": number.id,
                "label": number.label or "",
                "number_masked": number.number_masked or "",
                "number": shows_number and number.number,
            }
            for number in self.number_ids
        ]

    # The customer ------------------------------------------------------------------

    def action_read_task(self):
        """All that a customer's tab shows.

        :return: dict of ``id``, ``title``, ``status``, ``follow_up_at``, ``plan``,
            ``numbers``, ``fields`` (see :meth:`action_read_customer`), ``changes``
            (how many are staged), ``record`` (of the agent's latest call, or false),
            ``questionnaire`` (of that call, before it a preview, or false; its
            ``questions`` are dicts of ``id``, ``type``, ``title``, ``section``,
            ``required``, ``asked``, ``options``, ``answer`` and ``comment``) and
            ``history``; times are UTC in ISO 8601
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        task = self._trusted(agent)
        record = task._latest_record(agent)
        return {
            "id": task.id,
            "title": task.title,
            "status": task.status,
            "follow_up_at": to_iso(task.follow_up_at),
            "plan": task.plan_id._page_values(),
            "numbers": task._number_values(task.plan_id._shows("phone")),
            "fields": task._customer_values(),
            "changes": len(task._open_changes()),
            "record": record._page_values() if record else False,
            "questionnaire": record._questionnaire_values()
            if record
            else task.plan_id._questionnaire_values(),
            "history": [
                past._history_values(agent) for past in task.contact_record_ids
            ],
        }

    def action_read_customer(self):
        """The customer's fields that the plan shows, in the plan's order.

        :return: list of ``name``, ``label``, ``help``, ``type``, ``value`` (the staged
            one where there is one; of a many2one ``[id, name]`` or false, of a
            many2many a list of these), ``editable``, ``required``, ``selection``
            (list of ``[key, label]``, or false), ``relation`` (a model, or false) and
            ``changed`` (whether it is staged)
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        return self._trusted(agent)._customer_values()

    def action_write_customer(self, vals):
        """Stage changes of the customer. The contact itself stays as it is.

        :param vals: dict of names of editable contact fields; a many2one is an id or
            false, a many2many a list of ids, dates are texts
        :return: true
        :raise UserError: naming the field that can't be changed so
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        task = self._trusted(agent)
        task._check_may_be_changed()
        if not isinstance(vals, dict):
            raise UserError(self.env._("Name the fields that change."))
        lines = {line.name: line for line in task.plan_id._visible_lines()}
        cleaned = {
            name: self._clean_value(lines.get(name), name, value)
            for name, value in vals.items()
        }
        task._stage(cleaned, agent)
        return True

    def action_search_value(self, field_name, term=""):
        """Search what an editable many2one or many2many of the customer can be.

        :return: list of ``[id, name]``, at most :data:`SEARCH_LIMIT`
        :raise UserError: when the field is not the agent's to change
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        lines = self._trusted(agent).plan_id._visible_lines()
        line = lines.filtered(lambda line: line.name == field_name)
        self._check_editable(line, field_name)
        field = self.env["res.partner"]._fields[field_name]
        if not field.relational:
            raise UserError(self.env._("“%(field)s” has no list.", field=field_name))
        # With the agent's own rights: what he can't find, he can't choose.
        found = self.env[field.comodel_name].name_search(
            str(term or ""), limit=SEARCH_LIMIT
        )
        return [list(item) for item in found]

    def _trusted(self, agent):
        """This task without the rules that keep agents out of the customer's data."""
        # sudo: callcenter.task: the agent's own, cut down to what the plan shows
        return self.with_env(agent.env).sudo()

    def _customer_values(self):
        """See :meth:`action_read_customer`; on a trusted task."""
        partner = self.partner_id
        staged = {change.name: change.new_value for change in self._open_changes()}
        described = partner.fields_get(
            self.plan_id._visible_lines().mapped("name"),
            ["string", "help", "selection", "relation"],
        )
        values = []
        for line in self.plan_id._visible_lines():
            field = partner._fields[line.name]
            about = described[line.name]
            value = (
                staged[line.name]
                if line.name in staged
                else contact_fields.to_json(partner, line.name)
            )
            values.append(
                {
                    "name": line.name,
                    "label": about["string"],
                    "help": about.get("help") or "",
                    "type": field.type,
                    "value": self._named_value(field, value),
                    "editable": line.editable,
                    "required": line.required,
                    "selection": [list(item) for item in about.get("selection") or ()]
                    or False,
                    "relation": about.get("relation") or False,
                    "changed": line.name in staged,
                }
            )
        return values

    def _open_changes(self):
        """:return: the changes that the contact may lack, on a trusted task"""
        return self.change_ids.filtered(lambda change: change._is_open())

    def _missing_fields(self):
        """:return: labels of the fields that the plan requires and that are empty"""
        values = self._customer_values()
        return [
            value["label"]
            for value in values
            if value["required"]
            and value["type"] not in NEVER_EMPTY
            and value["value"] in (False, "", [])
        ]

    def _named_value(self, field, value):
        """:return: ids of records with the names that people know them by"""
        if not field.relational:
            return value
        ids = value if isinstance(value, list) else [value] if value else []
        # As superuser: contacts have no name for agents, which the plan may show.
        records = self.env[field.comodel_name].with_user(SUPERUSER_ID).browse(ids)
        records = records.exists()
        named = [[record.id, record.display_name] for record in records]
        if field.type == "many2many":
            return named
        return named[0] if named else False

    def _clean_value(self, line, name, value):
        """:return: a value from outside as JSON carries it
        :raise UserError: when the agent may not write it
        """
        self._check_editable(line, name)
        field = self.env["res.partner"]._fields[name]
        model = self.env[field.comodel_name if field.relational else "res.partner"]
        label = line.display_name
        try:
            cleaned = contact_fields.clean(field, value, model)
        except contact_fields.BadValue as error:
            raise UserError(self._explain_bad_value(error.args[0], label)) from error
        if line.required and cleaned in (False, []) and field.type not in NEVER_EMPTY:
            raise UserError(self.env._("“%(field)s” must not be empty.", field=label))
        return cleaned

    def _check_editable(self, line, name):
        if not line or not line.editable:
            raise UserError(
                self.env._(
                    "“%(field)s” is not yours to change: the dial plan doesn't let "
                    "agents edit it.",
                    field=name,
                )
            )

    def _explain_bad_value(self, code, label):
        return {
            "text": self.env._("“%(field)s” must be a text.", field=label),
            "long": self.env._(
                "What you typed for “%(field)s” is too long.", field=label
            ),
            "number": self.env._("“%(field)s” must be a number.", field=label),
            "date": self.env._("“%(field)s” must be a date.", field=label),
            "choice": self.env._("“%(field)s” can't be that.", field=label),
        }[code]

    def _check_may_be_changed(self):
        if self.status not in UNFINISHED:
            raise UserError(
                self.env._("This customer is done: what you know of it stays as it is.")
            )

    def _stage(self, values, agent):
        """Keep values of the customer with this task.

        What the contact held when a field was first staged is kept beside; a value
        that is the contact's again is no change any more.
        """
        staged = {change.name: change for change in self.change_ids}
        created = []
        for name, value in values.items():
            change = staged.get(name)
            held = contact_fields.to_json(self.partner_id, name)
            if change is None:
                if value != held:
                    created.append(
                        {
                            "task_id": self.id,
                            "name": name,
                            "agent_id": agent.id,
                            "old_value": held,
                            "new_value": value,
                        }
                    )
            elif not change._is_open():
                # The contact holds it; how it came to is in the run's lines.
                if not is_same(value, held):
                    change._restage(value, agent, {"old_value": held})
            elif is_same(value, change.old_value):
                change.unlink()
            elif value != change.new_value:
                change._restage(value, agent)
        self.env["callcenter.task.change"].create(created)

    # The contact record ------------------------------------------------------------

    def action_save_contact_record(self, vals):
        """Save what came of the agent's latest call to this customer.

        :param vals: dict of ``result_id`` and ``status`` (both required), ``note``,
            ``follow_up_at`` (UTC, or ISO 8601 with its offset; with the status
            ``follow_up`` only) and ``never_call_again``
        :return: id of the contact record
        :raise UserError: when there is nothing to save yet or any more, or a value
            can't be
        :raise AccessError: when the task is not the agent's own
        """
        self.ensure_one()
        agent = self._require_own_agent()
        task = self._trusted(agent)
        record = task._latest_record(agent)
        refusal = task._why_not_saved(record)
        if refusal:
            raise UserError(refusal)
        record._save(record._clean_vals(vals))
        agent._settle(record.call_id)
        agent._tell_tasks(task)
        return record.id

    def _latest_record(self, agent):
        """:return: the contact record of the agent's latest call to this customer"""
        # sudo: callcenter.contact.record: the agent's own
        return (
            self.env["callcenter.contact.record"]
            .sudo()
            .search([("task_id", "=", self.id), ("agent_id", "=", agent.id)], limit=1)
        )

    def _why_not_saved(self, record):
        """:return: why a contact record can't be saved now; empty when it can"""
        if not record:
            return self.env._(
                "Call the customer first: a contact record is saved after a call."
            )
        if record.saved:
            return self.env._(
                "The contact record of the last call is saved already. Call the "
                "customer again to save another one."
            )
        if not record.call_id.outcome:
            return self.env._(
                "The call is still on: wait until the customer answers, or hang up."
            )
        return ""
