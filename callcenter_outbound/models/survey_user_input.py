from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from .survey_question import CHOICES


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    callcenter_record_ids = fields.One2many(
        "callcenter.contact.record",
        "survey_input_id",
        string="Contact Records",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )

    @api.model
    def _callcenter_start(self, survey):
        """:return: an answer sheet without anybody's name or address"""
        quiet = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
        sheet = quiet.create({"survey_id": survey.id})
        sheet._mark_in_progress()
        return sheet.with_env(self.env)

    def _callcenter_questions(self, survey):
        """:return: the questions that the agents' page asks, in their order

        :param survey: of this sheet, or of the one that is not there yet
        """
        questions = survey.question_ids
        if self and survey.questions_selection == "random":
            questions &= self.predefined_question_ids
        return questions - questions._callcenter_unasked()

    def _callcenter_unasked_now(self, questions):
        """:return: the questions that the answers so far don't call for"""
        if self:
            return self._get_inactive_conditional_questions()
        return questions.filtered("triggering_answer_ids")

    def _callcenter_lines(self, questions):
        """:return: dict of question -> its answers, perhaps none"""
        given = self.user_input_line_ids.grouped("question_id")
        nothing = self.user_input_line_ids.browse()
        return {question: given.get(question, nothing) for question in questions}

    def _callcenter_missing(self, survey):
        """:return: the mandatory questions that have no answer"""
        questions = self._callcenter_questions(survey)
        asked = questions - self._callcenter_unasked_now(questions)
        lines = self._callcenter_lines(questions)
        return asked.filtered(
            lambda question: (
                question.constr_mandatory
                and not question._callcenter_is_answered(lines[question])
            )
        )

    def _callcenter_page_values(self, survey, is_preview=False):
        """:return: list of the questions as the agents' page shows them"""
        questions = self._callcenter_questions(survey)
        unasked = self._callcenter_unasked_now(questions)
        lines = self._callcenter_lines(questions)
        return [
            question._callcenter_page_values(
                lines[question], is_preview or question not in unasked
            )
            for question in questions
        ]

    def _callcenter_answer(self, question, answer, comment):
        """Keep a checked answer."""
        self._save_lines(question, answer, comment)
        if self.email:
            # A question may be set to fill it, and Odoo writes to the address then.
            self.email = False

    def _callcenter_close(self):
        """The record was saved: the sheet is complete."""
        if self and self.state != "done":
            self._clear_inactive_conditional_answers()
            self._mark_done()

    def _callcenter_texts(self):
        """The answers as people read them.

        :return: list of triples: section, question, answer (empty: none)
        """
        questions = self._callcenter_questions(self.survey_id)
        lines = self._callcenter_lines(questions)
        unasked = self._callcenter_unasked_now(questions)
        return [
            (
                question.page_id.title or "",
                question.title,
                ", ".join(
                    self._callcenter_line_text(line)
                    for line in lines[question]
                    if not line.skipped
                ),
            )
            for question in questions - unasked
        ]

    @api.model
    def _callcenter_line_text(self, line):
        kind = line.answer_type
        if kind == "suggestion":
            option = line.suggested_answer_id
            return option.value or option.value_label or ""
        value = line[f"value_{kind}"]
        if kind == "date":
            return format_date(self.env, value)
        if kind == "datetime":
            return format_datetime(self.env, value, dt_format="short")
        if line.question_id.question_type in CHOICES:
            return self.env._("Note: %(note)s", note=value)
        return f"{value:g}" if kind == "numerical_box" else str(value)
