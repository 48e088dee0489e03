from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import answered_call
from .contact_case import ContactCase


class QuestionnaireCase(ContactCase):
    """The plan has a questionnaire with a question of each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey = cls.env["survey.survey"].create({"title": "Test questions"})
        cls.likes = cls._ask(
            "Do you like it?",
            "simple_choice",
            constr_mandatory=True,
            comments_allowed=True,
            suggested_answer_ids=[
                Command.create({"value": "Yes"}),
                Command.create({"value": "No"}),
            ],
        )
        cls.yes, cls.no = cls.likes.suggested_answer_ids
        cls.colours = cls._ask(
            "Which colours?",
            "multiple_choice",
            suggested_answer_ids=[
                Command.create({"value": "Red"}),
                Command.create({"value": "Blue"}),
            ],
        )
        cls.why = cls._ask(
            "Why not?", "text_box", triggering_answer_ids=[Command.set(cls.no.ids)]
        )
        cls.mail = cls._ask(
            "Your e-mail?", "char_box", validation_email=True, save_as_email=True
        )
        cls.age = cls._ask(
            "How old?",
            "numerical_box",
            validation_required=True,
            validation_min_float_value=0,
            validation_max_float_value=120,
        )
        cls.marks = cls._ask("Which mark?", "scale", scale_min=0, scale_max=10)
        cls.born = cls._ask("Born on?", "date")
        cls.call_at = cls._ask("Call when?", "datetime")
        cls.plan.survey_id = cls.survey

    @classmethod
    def _ask(cls, title, question_type, **values):
        return cls.env["survey.question"].create(
            {
                "title": title,
                "survey_id": cls.survey.id,
                "question_type": question_type,
                "sequence": 10 + len(cls.survey.question_ids),
                **values,
            }
        )

    def _answer(self, record, question, answer, *comment):
        """:return: the question as the agent's page shows it afterwards"""
        mine = record.with_user(self.agent.user_id)
        page = mine.action_answer_question(question.id, answer, *comment)
        return self._question(page, question)

    def _question(self, page, question):
        [values] = [row for row in page["questions"] if row["id"] == question.id]
        return values


@tagged("post_install", "-at_install", "callcenter")
class TestQuestionnaire(QuestionnaireCase):
    def _record(self):
        return self._call().contact_record_id

    def test_before_a_call_it_is_a_preview(self):
        page = self.mine.action_read_task()["questionnaire"]
        self.assertEqual(page["title"], "Test questions")
        self.assertIs(page["can_answer"], False)
        self.assertIn("Call the customer first", page["why"])
        self.assertIs(page["record_id"], False)
        self.assertEqual(
            [row["title"] for row in page["questions"]],
            self.survey.question_ids.mapped("title"),
        )
        self.assertTrue(all(row["asked"] for row in page["questions"]))

    def test_a_plan_without_one_shows_none(self):
        self.plan.survey_id = False
        self.assertIs(self.mine.action_read_task()["questionnaire"], False)
        record = self._record()
        self.assertIs(self.mine.action_read_task()["questionnaire"], False)
        with self.assertRaisesRegex(UserError, "no such question"):
            self._answer(record, self.age, 3)

    def test_every_kind_of_answer_is_kept_at_once_on_one_sheet(self):
        record = self._record()
        for question, answer, shown in (
            (self.likes, self.yes.id, self.yes.id),
            (self.colours, self.colours.suggested_answer_ids.ids, None),
            (self.mail, " a@example.com ", "a@example.com"),
            (self.age, 41.5, 41.5),
            (self.age, 0, 0.0),
            (self.marks, 0, 0),
            (self.marks, 7, 7),
            (self.born, "1980-02-29", "1980-02-29"),
            (self.call_at, "2026-03-01 08:00:00", "2026-03-01T08:00:00.000Z"),
        ):
            with self.subTest(question=question.title):
                values = self._answer(record, question, answer)
                self.assertEqual(values["answer"], answer if shown is None else shown)
                page = self.mine.action_read_task()["questionnaire"]
                self.assertEqual(self._question(page, question), values)
        sheet = record.survey_input_id
        self.assertEqual(len(record.search([("survey_input_id", "=", sheet.id)])), 1)
        self.assertRecordValues(
            sheet,
            [{"survey_id": self.survey.id, "state": "in_progress", "email": False}],
        )
        self.assertFalse(sheet.partner_id)
        self.assertFalse(sheet.message_partner_ids)
        self.assertEqual(len(sheet.user_input_line_ids), 8)

    def test_an_answer_is_changed_and_taken_back(self):
        record = self._record()
        self._answer(record, self.likes, self.yes.id)
        values = self._answer(record, self.likes, self.no.id, "Too dear")
        self.assertEqual(
            (values["answer"], values["comment"]), (self.no.id, "Too dear")
        )
        for question, answer in (
            (self.likes, False),
            (self.mail, ""),
            (self.age, False),
        ):
            self.assertFalse(self._answer(record, question, answer)["answer"])
        self.assertFalse(
            [
                line
                for line in record.survey_input_id.user_input_line_ids
                if not line.skipped
            ]
        )

    def test_questions_that_an_answer_calls_for(self):
        record = self._record()
        page = self.mine.action_read_task()["questionnaire"]
        self.assertIs(self._question(page, self.why)["asked"], False)
        self._answer(record, self.likes, self.no.id)
        page = self.mine.action_read_task()["questionnaire"]
        self.assertIs(self._question(page, self.why)["asked"], True)
        self._answer(record, self.why, "Too dear")
        self._answer(record, self.likes, self.yes.id)
        self._save()
        self.assertFalse(
            record.survey_input_id.user_input_line_ids.filtered(
                lambda line: line.question_id == self.why
            ),
            "it was not asked in the end",
        )

    def test_answers_that_cannot_be(self):
        record = self._record()
        foreign = self._ask("Other?", "simple_choice")
        other = self.env["survey.question.answer"].create(
            {"question_id": foreign.id, "value": "Other"}
        )
        foreign.survey_id = self.survey.copy()
        for question, answer, words in (
            (self.likes, other.id, "Choose one"),
            (self.likes, self.likes.suggested_answer_ids.ids, "only select one"),
            (self.likes, "yes", "Choose one"),
            (self.likes, True, "Choose one"),
            (self.colours, [self.yes.id], "Choose one"),
            (self.mail, "nobody", "must be an email"),
            (self.mail, 7, "must be a text"),
            (self.mail, "x" * 10_001, "too long"),
            (self.mail, "a\0b", "must be a text"),
            (self.age, 121, "not valid"),
            (self.age, float("nan"), "must be a number"),
            (self.age, "41", "must be a number"),
            (self.age, True, "must be a number"),
            (self.marks, 11, "one of 0 to 10"),
            (self.marks, 2.5, "one of 0 to 10"),
            (self.born, "soon", "must be a date"),
            (self.born, 7, "must be a date"),
            (self.call_at, "soon", "must be a date"),
            (foreign, other.id, "no such question"),
        ):
            with (
                self.subTest(question=question.title, answer=answer),
                self.assertRaisesRegex(UserError, words),
            ):
                self._answer(record, question, answer)
        with self.assertRaisesRegex(UserError, "no place for a note"):
            self._answer(record, self.age, 3, "a note")
        for question_id in (False, "1", None, [self.likes.id]):
            with self.assertRaisesRegex(UserError, "no such question"):
                record.with_user(self.agent.user_id).action_answer_question(
                    question_id, 1
                )
        self.assertFalse(record.survey_input_id, "no sheet without an answer")

    def test_mandatory_questions_are_asked_before_a_success(self):
        record = self._record()
        with self.assertRaisesRegex(UserError, r"Ask first: Do you like it\?"):
            self._save()
        self._save(status="follow_up")
        mine = record.with_user(self.agent.user_id)
        with self.assertRaisesRegex(UserError, "Ask first"):
            mine.action_correct({"status": "done_success"})
        self._answer(record, self.likes, self.yes.id)
        mine.action_correct({"status": "done_success"})
        self.assertEqual(record.status, "done_success")

    def test_a_supervisor_corrects_without_asking_the_customer(self):
        record = self._record()
        self._save(status="follow_up")
        record.with_user(self.supervisor).action_correct({"status": "done_success"})
        self.assertEqual(record.status, "done_success")

    def test_a_question_that_is_not_asked_is_not_mandatory(self):
        self.why.constr_mandatory = True
        record = self._record()
        self._answer(record, self.likes, self.yes.id)
        self._save()
        self._close_and_reopen(record)
        self._answer(record, self.likes, self.no.id)
        with self.assertRaisesRegex(UserError, r"Ask first: Why not\?"):
            record.with_user(self.agent.user_id).action_correct(
                {"status": "done_success"}
            )

    def _close_and_reopen(self, record):
        self.assertEqual(record.survey_input_id.state, "done")
        record.with_user(self.agent.user_id).action_correct({"status": "follow_up"})

    def test_the_sheet_is_done_when_the_record_is_saved(self):
        record = self._record()
        self._answer(record, self.likes, self.yes.id)
        sheet = record.survey_input_id
        self._save()
        self.assertEqual(sheet.state, "done")
        self.assertTrue(sheet.end_datetime)
        self.assertEqual(record.survey_input_id, sheet)

    def test_each_call_has_a_sheet_of_its_own(self):
        first = self._record()
        self._answer(first, self.age, 30)
        self._save(status="follow_up")
        second = self._record()
        page = self.mine.action_read_task()["questionnaire"]
        self.assertEqual(page["record_id"], second.id)
        self.assertIs(self._question(page, self.age)["answer"], False)
        with self.assertRaisesRegex(UserError, "called again"):
            self._answer(first, self.age, 31)
        self._answer(second, self.age, 32)
        self.assertNotEqual(first.survey_input_id, second.survey_input_id)

    def test_answers_while_talking(self):
        call = self._dial()
        self._apply(*answered_call(call.uniqueid)[:-1])
        page = self.mine.action_read_task()["questionnaire"]
        self.assertIs(page["can_answer"], True)
        self._answer(call.contact_record_id, self.age, 30)

    def test_what_was_inspected_stays(self):
        record = self._record()
        self._answer(record, self.likes, self.yes.id)
        self._save()
        record.inspection_ids.with_user(self.supervisor).action_pass(80)
        with self.assertRaisesRegex(UserError, "inspected"):
            self._answer(record, self.likes, self.no.id)

    def test_another_day_the_answers_stay(self):
        record = self._record()
        self._answer(record, self.likes, self.yes.id)
        self._save()
        record.call_id.dial_date = "2026-01-01"
        with self.assertRaisesRegex(UserError, "its answers stay"):
            self._answer(record, self.likes, self.no.id)

    def test_the_agents_other_tabs_are_told(self):
        record = self._record()
        with self._bus_messages() as sent:
            self._answer(record, self.likes, self.yes.id)
        self.assertEqual(
            [(name, payload) for __, name, payload in sent],
            [("callcenter_outbound/answers", {"task_id": self.task.id})],
        )

    def test_agents_answer_for_their_own_calls_alone(self):
        record = self._record()
        for user in (self.other_agent.user_id, self.supervisor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                record.with_user(user).action_answer_question(self.age.id, 3)
        self.task.agent_id = self.other_agent
        with self.assertRaises(AccessError):
            self._answer(record, self.age, 3)

    def test_agents_reach_no_survey(self):
        record = self._record()
        self._answer(record, self.age, 30)
        user = self.agent.user_id
        for model in (
            "survey.survey",
            "survey.question",
            "survey.question.answer",
            "survey.user_input",
            "survey.user_input.line",
        ):
            for verb in ("read", "write", "create", "unlink"):
                with self.subTest(model=model, verb=verb):
                    self.assertFalse(self.env[model].with_user(user).has_access(verb))
        with self.assertRaises(AccessError):
            record.with_user(user).read(["survey_input_id"])

    # The plan ----------------------------------------------------------------------

    def test_a_question_that_the_page_cannot_ask_keeps_a_plan_from_starting(self):
        self.plan.action_pause()
        self.plan.field_ids.visible = True
        matrix = self._ask("Rate all of these", "matrix")
        with self.assertRaisesRegex(UserError, "“Rate all of these”"):
            self.plan.action_start()
        matrix.unlink()
        self.plan.action_start()
        self.assertEqual(self.plan.state, "running")

    def test_a_running_plan_takes_no_such_questionnaire(self):
        odd = self.survey.copy()
        odd.question_ids[:1].question_type = "matrix"
        empty = self.env["survey.survey"].create({"title": "Empty"})
        for survey, words in ((odd, "of a kind"), (empty, "has no questions")):
            with self.assertRaisesRegex(ValidationError, words):
                self.plan.survey_id = survey
                self.env.flush_all()

    def test_managers_choose_and_read_the_answers(self):
        record = self._record()
        self._answer(record, self.likes, self.yes.id)
        plan = self.plan.with_user(self.manager)
        self.assertEqual(plan.answer_count, 1)
        action = plan.action_open_answers()
        sheets = self.env["survey.user_input"].with_user(self.manager)
        self.assertEqual(sheets.search(action["domain"]), record.survey_input_id)
        plan.survey_id = self.survey.copy()
        self.assertIn("/survey/test/", plan.action_test_questionnaire()["url"])
