from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.i18n import format_list

from .event_clock import from_outside, to_iso

#: What a save or a correction may name.
SAVED_FIELDS = ("result_id", "status", "note", "follow_up_at", "never_call_again")
#: A note longer than that is no note.
NOTE_LIMIT = 10_000


class CallcenterContactRecord(models.Model):
    """What the agent noted of one call, or that it was left unsaved.

    Made unsaved when the customer is dialled; a save fills it, once.
    """

    _name = "callcenter.contact.record"
    _description = "Contact Record"
    _order = "id desc"
    _rec_name = "task_id"

    call_id = fields.Many2one(
        "callcenter.call", required=True, readonly=True, ondelete="cascade"
    )
    task_id = fields.Many2one(
        "callcenter.task",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    plan_id = fields.Many2one(
        "callcenter.dial.plan",
        string="Dial Plan",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    agent_id = fields.Many2one(
        "callcenter.agent", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    dialed_at = fields.Datetime(related="call_id.dialed_at")
    dial_date = fields.Date(related="call_id.dial_date")
    dial_hour = fields.Integer(related="call_id.dial_hour", aggregator=None)
    outcome = fields.Selection(related="call_id.outcome")
    group_id = fields.Many2one(
        related="plan_id.group_id",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    recording_url = fields.Char(
        related="call_id.recording_url",
        related_sudo=False,
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    recording_seconds = fields.Float(
        related="call_id.recording_seconds",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    saved = fields.Boolean(readonly=True)
    saved_at = fields.Datetime(readonly=True)
    result_id = fields.Many2one(
        "callcenter.dial.result",
        string="Dial Result",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    status = fields.Selection(
        lambda self: (
            self.env["callcenter.task"]
            ._fields["status"]
            ._description_selection(self.env)
        ),
        string="Handling Status",
        readonly=True,
    )
    note = fields.Text(readonly=True)
    follow_up_at = fields.Datetime(string="Follow-up Time", readonly=True)
    never_call_again = fields.Boolean(readonly=True)
    blacklisted_number = fields.Char(
        string="Number Put on the Blacklist",
        readonly=True,
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    correction_ids = fields.One2many(
        "callcenter.contact.record.correction", "record_id"
    )
    survey_input_id = fields.Many2one(
        "survey.user_input",
        string="Answers",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    inspection_ids = fields.One2many(
        "callcenter.inspection",
        "contact_record_id",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )

    _call_uniq = models.Constraint(
        "unique(call_id)", "This call has a contact record already."
    )
    _task_agent_idx = models.Index("(task_id, agent_id, id)")
    _agent_unsaved_idx = models.Index("(agent_id, id) WHERE saved IS NOT TRUE")

    # Use cases ---------------------------------------------------------------------

    def action_correct(self, vals):
        """Correct a saved contact record; what it said before is kept.

        Agents correct their own until the next call to the customer, or the end of the
        day in the company's call-center time zone; supervisors later as well.

        :param vals: dict of some of ``result_id``, ``status``, ``note``,
            ``follow_up_at`` (UTC, or ISO 8601 with its offset) and ``never_call_again``
        :return: true
        :raise UserError: when the record was never saved, or a value can't be
        :raise AccessError: when it is not the user's to correct, or no more
        """
        self.ensure_one()
        self.check_access("read")
        self._check_may_correct()
        # sudo: callcenter.contact.record: nobody writes records by hand
        record = self.sudo()
        if not record.saved:
            raise UserError(
                self.env._(
                    "This contact record was not saved: there is nothing to correct."
                )
            )
        held = {name: record[name] for name in SAVED_FIELDS}
        held["result_id"] = record.result_id.id
        if not isinstance(vals, dict):
            raise UserError(self.env._("Name what is corrected."))
        values = record._clean_vals({**held, **vals})
        self.env["callcenter.contact.record.correction"].sudo().create(
            {
                "record_id": record.id,
                "user_id": self.env.uid,
                "old_values": record._kept_values(),
            }
        )
        record._save(values)
        task = record.task_id
        task.agent_id._tell_tasks(task)
        return True

    def _check_may_correct(self):
        """:raise AccessError: unless the user may correct this record now"""
        if self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_supervisor"
        ):
            return
        agent = self.env["callcenter.agent"]._require_current()
        # sudo: callcenter.contact.record: the agent's own
        if not self.sudo()._is_correctable_by(agent):
            raise AccessError(
                self.env._(
                    "Only a supervisor corrects this contact record now: it is from "
                    "before the last call, or from another day."
                )
            )

    def _is_correctable_by(self, agent):
        """Whether the agent may still correct what he saved; on a trusted record."""
        self.ensure_one()
        return (
            self.agent_id == agent
            and self.call_id.dial_date == self.company_id._callcenter_today()
            and self._is_latest()
        )

    def _is_latest(self):
        """Whether the customer was not called again since; on a trusted record."""
        return self == self.search([("task_id", "=", self.task_id.id)], limit=1)

    def action_answer_question(self, question_id, answer, comment=""):
        """Keep an answer of the customer in the plan's questionnaire, at once.

        :param question_id: id of a question of the questionnaire
        :param answer: of a choice its id, of a multiple choice a list of ids, a text,
            a number, a day, or a moment (UTC); false takes the answer back
        :param comment: text beside the choices, where the question has a place for it
        :return: dict of ``title``, ``record_id``, ``can_answer``, ``why`` (not) and
            ``questions``, see :meth:`callcenter.task.action_read_task`
        :raise UserError: naming the question, when that is no answer to it; or why
            none is taken any more
        :raise AccessError: when the record is not the agent's own
        """
        self.ensure_one()
        self.check_access("read")
        agent = self.task_id._require_own_agent()
        if self.agent_id != agent:
            raise AccessError(self.env._("This call was not yours."))
        # sudo: callcenter.contact.record: the agent's own
        record = self.with_env(agent.env).sudo()
        refusal = record._why_not_answered()
        if refusal:
            raise UserError(refusal)
        sheet, survey = record._sheet_and_survey()
        question = sheet._callcenter_questions(survey).filtered(
            lambda question: question.id == question_id
        )
        if not question:
            raise UserError(self.env._("The questionnaire has no such question."))
        cleaned = question._callcenter_clean(answer, comment)
        record._require_sheet()._callcenter_answer(question, *cleaned)
        agent.user_id._bus_send(
            "callcenter_outbound/answers", {"task_id": record.task_id.id}
        )
        return record._questionnaire_values()

    # The questionnaire -------------------------------------------------------------

    def _sheet_and_survey(self):
        """:return: the answer sheet, perhaps none yet, and its questionnaire"""
        sheet = self.survey_input_id
        return sheet, sheet.survey_id or self.plan_id.survey_id

    def _require_sheet(self):
        """:return: the record's one answer sheet"""
        sheet, survey = self._sheet_and_survey()
        sheet = sheet or sheet._callcenter_start(survey)
        # Written each time: of two answers at once one comes after the other.
        self.survey_input_id = sheet
        return sheet

    def _why_not_answered(self):
        """:return: why the questionnaire can't be filled in; empty when it can"""
        latest = self.task_id._latest_record(self.agent_id)
        if latest != self:
            return self.env._(
                "The customer was called again: the answers belong to that call now."
            )
        if self.inspection_ids._judged():
            return self.env._("This contact was inspected: its answers stay.")
        if self.saved and not self._is_correctable_by(self.agent_id):
            return self.env._("This contact record is saved: its answers stay.")
        return ""

    def _questionnaire_values(self):
        """What the customer's tab shows of the questionnaire; false: there is none."""
        self.ensure_one()
        sheet, survey = self._sheet_and_survey()
        if not survey:
            return False
        why = self._why_not_answered()
        return {
            "record_id": self.id,
            "title": survey.title,
            "can_answer": not why,
            "why": why,
            "questions": sheet._callcenter_page_values(survey),
        }

    def _check_answered(self):
        """:raise UserError: naming the mandatory questions without an answer

        A supervisor who corrects the record can't ask the customer: he is let.
        """
        sheet, survey = self._sheet_and_survey()
        if self.env.user != self.agent_id.user_id or not survey:
            return
        missing = sheet._callcenter_missing(survey)
        if missing:
            raise UserError(
                self.env._(
                    "Ask first: %(questions)s. The questionnaire wants an answer of "
                    "each customer who is done with success.",
                    questions=", ".join(missing.mapped("title")),
                )
            )

    # Saving ------------------------------------------------------------------------

    def _clean_vals(self, vals):
        """Check what a caller wants to save; on a trusted record.

        :return: dict of values to write
        :raise UserError: naming what can't be
        """
        if not isinstance(vals, dict) or set(vals) - set(SAVED_FIELDS):
            raise UserError(
                self.env._("A contact record has a result, a status, a note, a time.")
            )
        status = self._clean_status(vals.get("status"))
        return {
            "result_id": self._clean_result(vals.get("result_id")).id,
            "status": status,
            "note": self._clean_note(vals.get("note")),
            "follow_up_at": status == "follow_up"
            and self._clean_follow_up_at(vals.get("follow_up_at")),
            "never_call_again": vals.get("never_call_again") is True,
        }

    def _clean_result(self, result_id):
        offered = self._offered_results()
        result = offered.filtered(lambda result: result.id == result_id)
        if not result:
            raise UserError(self.env._("Choose the result of the call."))
        if result.outcome != self.call_id.outcome:
            labels = dict(result._fields["outcome"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(result)s” is not for this call, which was: %(outcome)s.",
                    result=result.name,
                    outcome=labels[self.call_id.outcome],
                )
            )
        return result

    def _offered_results(self):
        """:return: the plan's results, and the one that the record says already"""
        return self.plan_id.result_ids | self.result_id

    def _clean_status(self, status):
        choices = set(dict(self._fields["status"]._description_selection(self.env)))
        if not isinstance(status, str) or status not in choices - {"untouched"}:
            raise UserError(self.env._("Choose the handling status of the customer."))
        missing = status == "done_success" and self.task_id._missing_fields()
        if missing:
            raise UserError(
                self.env._(
                    "Fill in first: %(fields)s. The dial plan wants that of each "
                    "customer who is done with success.",
                    fields=format_list(self.env, missing),
                )
            )
        if status == "done_success":
            self._check_answered()
        return status

    def _clean_note(self, note):
        if not note:
            return False
        if not isinstance(note, str) or "\0" in note:
            raise UserError(self.env._("The note must be a text."))
        if len(note) > NOTE_LIMIT:
            raise UserError(
                self.env._(
                    "The note is too long: %(limit)s characters at most.",
                    limit=NOTE_LIMIT,
                )
            )
        return note.strip()

    def _clean_follow_up_at(self, value):
        if not value:
            return False
        try:
            moment = from_outside(value)
        except ValueError as error:
            raise UserError(self.env._("The follow-up time is no time.")) from error
        if moment != self.follow_up_at and moment < fields.Datetime.now():
            raise UserError(self.env._("The follow-up time is past."))
        return moment

    def _save(self, values):
        """Write checked values; the task follows its latest record."""
        self.ensure_one()
        self.write(
            {
                **values,
                "saved": True,
                "saved_at": self.saved_at or fields.Datetime.now(),
            }
        )
        if self._is_latest():
            self.task_id.write(
                {"status": values["status"], "follow_up_at": values["follow_up_at"]}
            )
        self.survey_input_id._callcenter_close()
        self.env["callcenter.inspection"]._follow(self)
        if values["never_call_again"]:
            self._blacklist_number()
        else:
            self._take_off_blacklist()

    def _blacklist_number(self):
        """Keep everybody from calling the number, and remember who put it there."""
        number = self.call_id.number_id
        if number._blacklist():
            self.blacklisted_number = number.number_e164

    def _take_off_blacklist(self):
        """What this record put on the blacklist leaves it, unless another says so."""
        number = self.blacklisted_number
        if not number:
            return
        self.blacklisted_number = False
        another = self.search(
            [
                ("saved", "=", True),
                ("never_call_again", "=", True),
                ("call_id.number_id.number_e164", "=", number),
            ],
            limit=1,
        )
        if another:
            another.blacklisted_number = number
            return
        # sudo: phone.blacklist: agents take back what they put there themselves
        self.env["phone.blacklist"].sudo()._remove([number])

    def _kept_values(self):
        """:return: dict of what the record says, as JSON carries it"""
        return {
            "result": self.result_id.name,
            "status": self.status,
            "note": self.note,
            "follow_up_at": to_iso(self.follow_up_at),
            "never_call_again": self.never_call_again,
        }

    # The page ----------------------------------------------------------------------

    def _page_values(self):
        """What the customer's tab shows of the record that is to be saved."""
        self.ensure_one()
        why = self.task_id._why_not_saved(self)
        return {
            "id": self.id,
            "call_id": self.call_id.id,
            "call_state": self.call_id.state,
            "outcome": self.call_id.outcome,
            "saved": self.saved,
            "can_save": not why,
            "why": why,
        }

    def _history_values(self, agent):
        """:param agent: whose page it is: verdicts are for whoever they are on"""
        self.ensure_one()
        judged = self.inspection_ids._judged()
        recording_url = self.call_id._recording_address()
        return {
            "id": self.id,
            "correctable": self.saved and self._is_correctable_by(agent),
            "result_id": self.result_id.id,
            "follow_up_at": to_iso(self.follow_up_at),
            "never_call_again": self.never_call_again,
            "at": to_iso(self.call_id.dialed_at),
            "agent": self.agent_id.name,
            "outcome": self.call_id.outcome,
            "result": self.result_id.name or "",
            "status": self.status,
            "note": self.note or "",
            "saved": self.saved,
            "inspection": self.agent_id == agent
            and bool(judged)
            and judged._verdict_values(),
            "recording_url": recording_url,
            "recording_seconds": recording_url and self.call_id.recording_seconds,
        }

    @api.model
    def _unsaved_of(self, agent):
        """What an agent left unsaved today and can save still.

        :return: list of ``task_id``, ``title``, ``call_id`` and ``ended_at``
        """
        if not agent:
            return []
        # sudo: callcenter.contact.record: the agent's own
        records = self.sudo().search(
            [
                ("agent_id", "=", agent.id),
                ("saved", "=", False),
                ("call_id.state", "=", "ended"),
                ("call_id.dial_date", "=", agent.company_id._callcenter_today()),
                ("task_id.agent_id", "=", agent.id),
            ]
        )
        latest = dict(
            self.sudo()._read_group(
                [("task_id", "in", records.task_id.ids), ("agent_id", "=", agent.id)],
                ["task_id"],
                ["id:max"],
            )
        )
        return [
            {
                "task_id": record.task_id.id,
                "title": record.task_id.title,
                "plan_id": record.plan_id.id,
                "call_id": record.call_id.id,
                "ended_at": to_iso(record.call_id.ended_at),
            }
            for record in records
            if latest[record.task_id] == record.id
        ]
