from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .event_clock import to_iso

#: The best score there is.
FULL_SCORE = 100
#: What inspectors write by hand; all else comes by the use cases.
DRAFT_FIELDS = frozenset({"score", "reason"})
#: How many verdicts an agent is shown.
VERDICT_LIMIT = 50


class CallcenterInspection(models.Model):
    """The quality check of a customer who was done with success.

    One for each contact record of that status: made when the record is saved or
    corrected, judged by a supervisor.
    """

    _name = "callcenter.inspection"
    _description = "Inspection"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "task_id"
    # Whoever may read an inspection may write a note under it.
    _mail_post_access = "read"

    contact_record_id = fields.Many2one(
        "callcenter.contact.record", required=True, readonly=True, ondelete="cascade"
    )
    call_id = fields.Many2one(
        related="contact_record_id.call_id", store=True, index=True
    )
    task_id = fields.Many2one(
        related="contact_record_id.task_id", string="Customer", store=True, index=True
    )
    plan_id = fields.Many2one(
        related="contact_record_id.plan_id", store=True, index=True
    )
    agent_id = fields.Many2one(
        related="contact_record_id.agent_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contact_record_id.company_id", store=True)
    verdict = fields.Selection(
        [("pending", "To Inspect"), ("passed", "Passed"), ("failed", "Failed")],
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    score = fields.Integer(copy=False, aggregator="avg", help="0 to 100 points.")
    reason = fields.Text(copy=False)
    inspector_id = fields.Many2one(
        "res.users", readonly=True, copy=False, index="btree_not_null"
    )
    inspected_at = fields.Datetime(string="Inspected On", readonly=True, copy=False)

    # What is inspected.
    dialed_at = fields.Datetime(string="Called On", related="call_id.dialed_at")
    talk_seconds = fields.Float(related="call_id.talk_seconds")
    number_masked = fields.Char(related="call_id.number_masked")
    recording_url = fields.Char(related="call_id.recording_url", related_sudo=False)
    recording_seconds = fields.Float(related="call_id.recording_seconds")
    result_id = fields.Many2one(related="contact_record_id.result_id")
    status = fields.Selection(related="contact_record_id.status")
    note = fields.Text(related="contact_record_id.note")
    follow_up_at = fields.Datetime(related="contact_record_id.follow_up_at")
    never_call_again = fields.Boolean(related="contact_record_id.never_call_again")
    saved_at = fields.Datetime(related="contact_record_id.saved_at")
    correction_ids = fields.One2many(related="contact_record_id.correction_ids")
    change_ids = fields.One2many(related="task_id.change_ids")
    has_questionnaire = fields.Boolean(compute="_compute_answers", compute_sudo=True)
    answers = fields.Html(compute="_compute_answers", compute_sudo=True, sanitize=False)

    _contact_record_uniq = models.Constraint(
        "unique(contact_record_id)", "This contact record is inspected already."
    )
    _score_range = models.Constraint(
        f"CHECK(score BETWEEN 0 AND {FULL_SCORE})", "A score is 0 to 100 points."
    )

    @api.depends("contact_record_id.survey_input_id.user_input_line_ids")
    @api.depends_context("lang", "tz")
    def _compute_answers(self):
        for inspection in self:
            sheet = inspection.contact_record_id.survey_input_id
            inspection.has_questionnaire = bool(sheet)
            inspection.answers = bool(sheet) and self._answers_as_table(
                sheet._callcenter_texts()
            )

    @api.model
    def _answers_as_table(self, texts):
        """:param texts: list of section, question, answer
        :return: what people read, with all that was typed escaped
        """
        rows, shown = [], ""
        for section, question, answer in texts:
            if section != shown:
                rows.append(
                    Markup(
                        '<tr><th colspan="2" class="o_cc_answer_section pt-3">%s</th>'
                        "</tr>"
                    )
                    % section
                )
                shown = section
            rows.append(
                Markup(
                    '<tr class="o_cc_answer"><td class="w-50 text-muted">%s</td>'
                    '<td class="text-break" style="white-space: pre-wrap">%s</td></tr>'
                )
                % (question, answer or "–")
            )
        return Markup(
            '<table class="table table-sm mb-0"><tbody>%s</tbody></table>'
        ) % (Markup().join(rows))

    # Made and unmade ---------------------------------------------------------------

    @api.model
    def _follow(self, record):
        """Keep an inspection of each trusted contact record that is done with success.

        One that was judged stays when the record is corrected.
        """
        # sudo: callcenter.inspection: nobody makes inspections by hand
        inspection = self.sudo().search([("contact_record_id", "=", record.id)])
        if record.status == "done_success" and not inspection:
            self.sudo().with_context(
                mail_create_nosubscribe=True, mail_create_nolog=True
            ).create({"contact_record_id": record.id})
        elif record.status != "done_success":
            (inspection - inspection._judged()).unlink()

    def write(self, vals):
        if not self.env.su:
            self._check_draft(vals)
        return super().write(vals)

    def _check_draft(self, vals):
        """:raise AccessError: when a user writes by hand what the use cases write"""
        if set(vals) - DRAFT_FIELDS:
            raise AccessError(
                self.env._("A verdict is given by “Pass” and “Fail”, not by hand.")
            )
        if self._judged():
            raise AccessError(
                self.env._(
                    "The verdict is given: click “To Inspect Again” to change it."
                )
            )
        self._check_may_judge()

    # Use cases ---------------------------------------------------------------------

    def action_pass(self, score=None, reason=None):
        """The contact is as it should be.

        :param score: 0 to 100; without it, what stands in the inspection
        :param reason: text; without it, what stands in the inspection
        :return: true
        :raise UserError: when the verdict is given already, or a value can't be
        :raise AccessError: unless a supervisor of the plan's group or a manager does
            it, on somebody else's call
        """
        return self._judge("passed", score, reason)

    def action_fail(self, score=None, reason=None):
        """The contact is not as it should be; see :meth:`action_pass`.

        :raise UserError: also without a reason
        """
        return self._judge("failed", score, reason)

    def action_inspect_again(self):
        """Take the verdict back; what it was stays in the notes.

        :return: true
        :raise UserError: when there is no verdict
        :raise AccessError: see :meth:`action_pass`
        """
        self.ensure_one()
        self._check_may_judge()
        if not self._judged():
            raise UserError(self.env._("This contact waits for its verdict already."))
        before = self._verdict_text()
        # sudo: callcenter.inspection: checked above
        self.sudo().write(
            {
                "verdict": "pending",
                "score": 0,
                "reason": False,
                "inspector_id": False,
                "inspected_at": False,
            }
        )
        self.message_post(
            body=self.env._(
                "To be inspected again. Before: %(verdict)s", verdict=before
            )
        )
        self._tell_agent()
        return True

    def _judge(self, verdict, score, reason):
        self.ensure_one()
        self._check_may_judge()
        if self._judged():
            raise UserError(
                self.env._(
                    "The verdict is given: click “To Inspect Again” to change it."
                )
            )
        values = {
            "score": self._clean_score(self.score if score is None else score),
            "reason": self._clean_reason(self.reason if reason is None else reason),
        }
        if verdict == "failed" and not values["reason"]:
            raise UserError(
                self.env._("Write the reason first: the agent learns from it.")
            )
        # sudo: callcenter.inspection: checked above
        self.sudo().write(
            {
                **values,
                "verdict": verdict,
                "inspector_id": self.env.uid,
                "inspected_at": fields.Datetime.now(),
            }
        )
        self.message_post(body=self._verdict_text())
        self._tell_agent()
        return True

    def _check_may_judge(self):
        """:raise AccessError: unless the user may judge these contacts"""
        self.check_access("write")
        if self.env.user in self.agent_id.user_id:
            raise AccessError(self.env._("Nobody inspects calls of his own."))

    def _clean_score(self, score):
        if type(score) is not int or not 0 <= score <= FULL_SCORE:
            raise UserError(self.env._("A score is a whole number from 0 to 100."))
        return score

    def _clean_reason(self, reason):
        if reason and (not isinstance(reason, str) or "\0" in reason):
            raise UserError(self.env._("The reason must be a text."))
        return (reason or "").strip() or False

    def _judged(self):
        """:return: those of these inspections that have a verdict"""
        return self.filtered(lambda inspection: inspection.verdict != "pending")

    def _verdict_text(self):
        """:return: verdict, score and reason in a line"""
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        text = self.env._(
            "%(verdict)s, %(score)s points",
            verdict=labels[self.verdict],
            score=self.score,
        )
        return f"{text}: {self.reason}" if self.reason else text

    # The agent ---------------------------------------------------------------------

    def _tell_agent(self):
        """The agent's page hears of the verdict, and shows it."""
        # sudo: callcenter.task: the title is what the agent sees of the customer
        trusted = self.sudo()
        trusted.agent_id.user_id._bus_send(
            "callcenter_outbound/verdict",
            {
                "task_id": trusted.task_id.id,
                "title": trusted.task_id.title,
                **trusted._verdict_values(),
            },
        )

    def _verdict_values(self):
        """What the agent learns of a verdict, but for what it was on."""
        self.ensure_one()
        return {
            "verdict": self.verdict,
            "score": self.score,
            "reason": self.reason or "",
            "at": to_iso(self.inspected_at),
        }

    @api.model
    def _verdicts_of(self, agent):
        """:return: see :meth:`callcenter.agent.action_read_verdicts`"""
        inspections = self.search(
            [("agent_id", "in", agent.ids), ("verdict", "!=", "pending")],
            order="inspected_at desc, id desc",
            limit=VERDICT_LIMIT,
        )
        return [
            {
                "id": inspection.id,
                "called_at": to_iso(inspection.dialed_at),
                "title": inspection.task_id.title,
                "plan": inspection.plan_id.name,
                **inspection._verdict_values(),
            }
            for inspection in inspections
        ]
