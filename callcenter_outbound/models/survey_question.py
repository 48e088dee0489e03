import math

from odoo import fields, models
from odoo.exceptions import UserError

from .event_clock import to_iso

CHOICES = ("simple_choice", "multiple_choice")
TEXTS = ("char_box", "text_box")
#: What the agents' page can ask.
ASKED_TYPES = (*CHOICES, *TEXTS, "numerical_box", "scale", "date", "datetime")
#: An answer longer than that is no answer.
ANSWER_LIMIT = 10_000


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    def _callcenter_unasked(self):
        """:return: those of these questions that the agents' page can't ask"""
        return self.filtered(
            lambda question: (
                not question.is_page and question.question_type not in ASKED_TYPES
            )
        )

    # Taking answers ----------------------------------------------------------------

    def _callcenter_clean(self, answer, comment):
        """Check what a caller answers, by Odoo's own rules too.

        That an answer is mandatory is checked when the record is saved: until then
        one may be taken back.

        :param answer: id of a choice, list of these, text, number or day; false: none
        :param comment: text beside the choices
        :return: pair of answer and comment, as ``_save_lines`` takes them
        :raise UserError: when that is no answer to this question
        """
        self.ensure_one()
        if self.question_type in CHOICES:
            cleaned = self._callcenter_clean_choices(answer)
        elif answer in (False, None, ""):
            cleaned = ""
        elif self.question_type in TEXTS:
            cleaned = self._callcenter_clean_text(answer)
        elif self.question_type in ("date", "datetime"):
            cleaned = self._callcenter_clean_day(answer)
        else:
            cleaned = self._callcenter_clean_number(answer)
        if comment and not (self.question_type in CHOICES and self.comments_allowed):
            raise self._callcenter_refusal(self.env._("There is no place for a note."))
        comment = self._callcenter_clean_text(comment or "")
        if cleaned or comment:
            errors = self.validate_question(cleaned, comment)
            if errors:
                raise self._callcenter_refusal(errors[self.id])
        return cleaned, comment

    def _callcenter_refusal(self, reason):
        return UserError(
            self.env._("“%(question)s”: %(reason)s", question=self.title, reason=reason)
        )

    def _callcenter_clean_choices(self, answer):
        chosen = answer if isinstance(answer, list) else [answer] if answer else []
        offered = set(self.suggested_answer_ids.ids)
        if not all(type(choice) is int and choice in offered for choice in chosen):
            raise self._callcenter_refusal(self.env._("Choose one of the answers."))
        return sorted(set(chosen))

    def _callcenter_clean_text(self, answer):
        if not isinstance(answer, str) or "\0" in answer:
            raise self._callcenter_refusal(self.env._("The answer must be a text."))
        if len(answer) > ANSWER_LIMIT:
            raise self._callcenter_refusal(
                self.env._(
                    "The answer is too long: %(limit)s characters at most.",
                    limit=ANSWER_LIMIT,
                )
            )
        return answer.strip()

    def _callcenter_clean_day(self, answer):
        kind = fields.Date if self.question_type == "date" else fields.Datetime
        try:
            # Parses texts strictly, whichever of the two it is.
            return kind.to_string(kind.from_string(answer))
        except (ValueError, TypeError, AttributeError) as error:
            raise self._callcenter_refusal(
                self.env._("The answer must be a date.")
            ) from error

    def _callcenter_clean_number(self, answer):
        """:return: the number as text: Odoo takes a plain zero for no answer"""
        is_number = type(answer) in (int, float) and math.isfinite(answer)
        if not is_number:
            raise self._callcenter_refusal(self.env._("The answer must be a number."))
        if self.question_type != "scale":
            return str(float(answer))
        if int(answer) != answer or not self.scale_min <= answer <= self.scale_max:
            raise self._callcenter_refusal(
                self.env._(
                    "The answer must be one of %(lowest)s to %(highest)s.",
                    lowest=self.scale_min,
                    highest=self.scale_max,
                )
            )
        return str(int(answer))

    # Showing answers ---------------------------------------------------------------

    def _callcenter_page_values(self, lines, is_asked=True):
        """What the agents' page shows of a question.

        :param lines: the answers to it
        :param is_asked: whether the answers before it call for this question
        """
        self.ensure_one()
        is_scale = self.question_type == "scale"
        return {
            "id": self.id,
            "type": self.question_type,
            "title": self.title,
            "description": self.description or "",
            "section": self.page_id.title or "",
            "placeholder": self.question_placeholder or "",
            "required": self.constr_mandatory,
            "asked": is_asked,
            "options": [
                {"id": option.id, "label": option.value or option.value_label or ""}
                for option in self.suggested_answer_ids
            ],
            "scale": is_scale
            and {
                "lowest": self.scale_min,
                "highest": self.scale_max,
                "labels": [
                    self.scale_min_label or "",
                    self.scale_mid_label or "",
                    self.scale_max_label or "",
                ],
            },
            "comment_label": self.question_type in CHOICES
            and self.comments_allowed
            and (self.comments_message or self.env._("Note")),
            "comment": self._callcenter_comment(lines),
            "answer": self._callcenter_answer(lines),
        }

    def _callcenter_comment(self, lines):
        if self.question_type not in CHOICES:
            return ""
        return lines.filtered("value_char_box")[:1].value_char_box or ""

    def _callcenter_answer(self, lines):
        """:return: the answer as JSON carries it; false or an empty list: none"""
        given = lines.filtered(lambda line: not line.skipped)
        if self.question_type in CHOICES:
            chosen = given.suggested_answer_id.ids
            if self.question_type == "multiple_choice":
                return chosen
            return bool(chosen) and chosen[0]
        line = given[:1]
        if not line:
            return False
        value = line[f"value_{self.question_type}"]
        if self.question_type == "datetime":
            return to_iso(value)
        return fields.Date.to_string(value) if self.question_type == "date" else value

    def _callcenter_is_answered(self, lines):
        """Whether an answer is there, as Odoo's rule for mandatory ones has it."""
        given = lines.filtered(lambda line: not line.skipped)
        if self.question_type not in CHOICES or self.comment_count_as_answer:
            return bool(given)
        return bool(given.suggested_answer_id)
