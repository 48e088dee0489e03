import { expect, test } from "@odoo/hoot";
import { click, Deferred, queryAllTexts, queryOne, waitFor } from "@odoo/hoot-dom";
import { contains, getService } from "@web/../tests/web_test_helpers";
import { Questionnaires } from "@callcenter_outbound/services/questionnaire_service";
import {
    defineCallcenterModels,
    editMoment,
    makeRecord,
    makeTask,
    openCustomer,
    openWorkspace,
    runPending,
    sendBus,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const question = (id) => `.o_cc_question[data-id='${id}']`;

function makeQuestion(id, type, values = {}) {
    return {
        id,
        type,
        title: `Question ${id}`,
        description: "",
        section: "",
        placeholder: "",
        required: false,
        asked: true,
        options: [],
        scale: false,
        comment_label: false,
        comment: "",
        answer: type === "multiple_choice" ? [] : false,
        ...values,
    };
}

const OPTIONS = [
    { id: 11, label: "Yes" },
    { id: 12, label: "No" },
];

function makeQuestionnaire(questions, values = {}) {
    return {
        record_id: 900,
        title: "Spring questions",
        can_answer: true,
        why: "",
        questions,
        ...values,
    };
}

async function openWithQuestions(questions, values = {}) {
    const task = makeTask(7, {
        record: makeRecord(),
        questionnaire: makeQuestionnaire(questions, values),
    });
    await openWorkspace({ tasks: { 7: task } });
    await openCustomer(7);
    takeAsked();
}

async function fill(selector, text) {
    await contains(selector).edit(text, { confirm: "blur" });
    await runPending();
}

test.tags("desktop");

test("no questionnaire, no card", async () => {
    await openWorkspace();
    await openCustomer(7);
    expect(".o_cc_questionnaire").toHaveCount(0);
});

test("before a call the questions can be read, not answered", async () => {
    await openWithQuestions(
        [makeQuestion(1, "simple_choice", { options: OPTIONS }), makeQuestion(2, "char_box")],
        { record_id: false, can_answer: false, why: "Call the customer first." }
    );
    expect(".o_cc_questionnaire_hint").toHaveText("Call the customer first.");
    expect(queryAllTexts(".o_cc_question_title")).toEqual(["Question 1", "Question 2"]);
    expect(".o_cc_question input").toHaveCount(3);
    expect(".o_cc_question input:enabled").toHaveCount(0);
    expect(".o_cc_progress_text").toHaveCount(0);
});

test("a choice is handed over at once, and can be taken back", async () => {
    await openWithQuestions([makeQuestion(1, "simple_choice", { options: OPTIONS })]);
    expect(".o_cc_progress_text").toHaveText("0 of 1 answered");
    expect(`${question(1)} .o_cc_clear`).toHaveCount(0);
    await click(`${question(1)} .o_cc_option[data-id='12'] input`);
    await runPending();
    expect(takeAsked()).toEqual(["answer 900 1 12 "]);
    expect(`${question(1)} .o_cc_option[data-id='12'] input`).toBeChecked();
    expect(".o_cc_progress_text").toHaveText("1 of 1 answered");
    await click(`${question(1)} .o_cc_clear`);
    await runPending();
    expect(takeAsked()).toEqual(["answer 900 1 false "]);
    expect(`${question(1)} input:checked`).toHaveCount(0);
});

test("many choices, with a note beside them", async () => {
    await openWithQuestions([
        makeQuestion(1, "multiple_choice", { options: OPTIONS, comment_label: "Or else" }),
    ]);
    await click(`${question(1)} .o_cc_option[data-id='12'] input`);
    await runPending();
    await click(`${question(1)} .o_cc_option[data-id='11'] input`);
    await runPending();
    await click(`${question(1)} .o_cc_option[data-id='12'] input`);
    await runPending();
    await fill(`${question(1)} .o_cc_comment`, "Later");
    expect(takeAsked()).toEqual([
        "answer 900 1 [12] ",
        "answer 900 1 [12,11] ",
        "answer 900 1 [11] ",
        "answer 900 1 [11] Later",
    ]);
    expect(`${question(1)} .o_cc_comment`).toHaveValue("Later");
});

test("a scale has its steps", async () => {
    await openWithQuestions([
        makeQuestion(1, "scale", { scale: { lowest: 0, highest: 3, labels: ["Bad", "", "Good"] } }),
    ]);
    expect(queryAllTexts(`${question(1)} .o_cc_option`)).toEqual(["0", "1", "2", "3"]);
    await click(`${question(1)} .o_cc_option[data-id='0'] input`);
    await runPending();
    expect(takeAsked()).toEqual(["answer 900 1 0 "]);
    expect(".o_cc_progress_text").toHaveText("1 of 1 answered");
});

test("texts, numbers and days are handed over when they are left", async () => {
    await openWithQuestions([
        makeQuestion(1, "char_box"),
        makeQuestion(2, "text_box"),
        makeQuestion(3, "numerical_box", { answer: 0 }),
        makeQuestion(4, "date"),
    ]);
    expect(`${question(3)} input`).toHaveValue("0");
    await fill(`${question(1)} input`, "Anna");
    await fill(`${question(2)} textarea`, "At length");
    await fill(`${question(3)} input`, "1,234.5");
    await editMoment(`${question(4)} input`, "2026-03-04");
    expect(takeAsked()).toEqual([
        "answer 900 1 Anna ",
        "answer 900 2 At length ",
        "answer 900 3 1234.5 ",
        "answer 900 4 2026-03-04 ",
    ]);
    await fill(`${question(3)} input`, "many");
    expect(takeAsked()).toEqual([]);
    expect(`${question(3)} .o_cc_error`).toHaveText("“many” is not a number.");
});

test("every input has a label of its own", async () => {
    await openWithQuestions([
        makeQuestion(1, "char_box", { required: true }),
        makeQuestion(2, "simple_choice", { options: OPTIONS }),
    ]);
    expect(queryOne(`${question(1)} input`).labels).toHaveLength(1);
    expect(
        queryOne(`${question(2)} .o_cc_option[data-id='11'] input`).labels[0].innerText.trim()
    ).toBe("Yes");
    expect(question(2)).toHaveAttribute("aria-labelledby");
});

test("what is refused stays, with the reason, and keeps the record from being saved", async () => {
    await openWithQuestions([makeQuestion(1, "char_box")]);
    truth.refusals.answer = "“Question 1”: This answer must be an email address";
    await fill(`${question(1)} input`, "nobody");
    expect(`${question(1)} .o_cc_error`).toHaveText(/must be an email/);
    expect(`${question(1)} input`).toHaveValue("nobody");
    takeAsked();
    await click(".o_cc_save");
    await runPending();
    expect(takeAsked()).toEqual(["answer 900 1 nobody "]);
    expect(".o_cc_record_message [data-tone=danger]").toHaveText(/An answer of the questionnaire/);
    await click(`${question(1)} .o_cc_undo`);
    await runPending();
    expect(`${question(1)} input`).toHaveValue("");
    await click(".o_cc_save");
    await runPending();
    expect(takeAsked()[0]).toMatch(/^save 7/);
});

test("what was typed is handed over before the record is saved", async () => {
    await openWithQuestions([makeQuestion(1, "char_box")]);
    await contains(`${question(1)} input`).edit("Anna", { confirm: false });
    getService("callcenter_outbound.records").save(7);
    await runPending();
    expect(takeAsked().map((asked) => asked.split(" ")[0])).toEqual(["answer", "save"]);
});

test("what was typed meanwhile is not lost", async () => {
    await openWithQuestions([makeQuestion(1, "char_box")]);
    truth.answerGate = new Deferred();
    await fill(`${question(1)} input`, "Anna");
    await contains(`${question(1)} input`).edit("Annabel", { confirm: false });
    truth.answerGate.resolve();
    await runPending();
    expect(`${question(1)} input`).toHaveValue("Annabel");
});

test("questions that an answer calls for, under their sections", async () => {
    await openWithQuestions([
        makeQuestion(1, "simple_choice", { options: OPTIONS, section: "Offer" }),
        makeQuestion(2, "char_box", { asked: false, section: "Offer" }),
        makeQuestion(3, "char_box", { section: "Person" }),
    ]);
    expect(queryAllTexts(".o_cc_section")).toEqual(["Offer", "Person"]);
    expect(question(2)).toHaveCount(0);
    const { onAnswer } = truth;
    truth.onAnswer = (...given) => {
        const answered = onAnswer(...given);
        answered.questions[1].asked = true;
        return answered;
    };
    await click(`${question(1)} .o_cc_option[data-id='12'] input`);
    await runPending();
    expect(question(2)).toHaveCount(1);
});

test("answers given in another tab are shown", async () => {
    await openWithQuestions([makeQuestion(1, "char_box")]);
    truth.onAnswer(1, "From afar", "");
    sendBus("callcenter_outbound/answers", { task_id: 7 });
    await runPending();
    expect(`${question(1)} input`).toHaveValue("From afar");
});

test("what was typed and not left survives a reload", async () => {
    await openWithQuestions([makeQuestion(1, "char_box")]);
    await contains(`${question(1)} input`).edit("Half typ", { confirm: false });
    const customers = getService("callcenter_outbound.customers");
    const reloaded = new Questionnaires({
        orm: {},
        bus: { subscribe() {} },
        customers,
    });
    reloaded.open();
    expect(reloaded.getValue(7, customers.get(7).questionnaire.questions[0])).toBe("Half typ");
    expect(reloaded.hasEdits(7)).toBe(true);
});

test("verdicts are told at once, and stand in the history and in a list", async () => {
    const inspection = { verdict: "failed", score: 30, reason: "Too fast" };
    const entry = {
        id: 900,
        at: "2026-03-04T10:00:00.000Z",
        agent: "Zhao Lei",
        outcome: "answered",
        result: "Cooperative",
        status: "done_success",
        note: "",
        saved: true,
        inspection: false,
    };
    await openWorkspace({ tasks: { 7: makeTask(7, { history: [entry] }) } });
    await openCustomer(7);
    expect(".o_cc_history_inspection").toHaveCount(0);
    await click(".o_cc_show_verdicts");
    await waitFor(".o_cc_no_verdicts");
    truth.tasks[7] = makeTask(7, { history: [{ ...entry, inspection }] });
    truth.verdicts = [
        { id: 1, called_at: entry.at, title: "Customer 7", plan: "Spring offer", ...inspection },
    ];
    sendBus("callcenter_outbound/verdict", { task_id: 7, title: "Customer 7", ...inspection });
    await runPending();
    expect(".o_notification").toHaveText(/Customer 7 failed with 30 points/);
    expect(".o_notification").toHaveText(/Too fast/);
    await waitFor(".o_cc_verdict[data-verdict=failed]:contains(Too fast)");
    expect(".o_cc_history_inspection").toHaveText(/Inspection failed: 30 points/);
});

test("a verdict that is taken back is not told", async () => {
    await openWorkspace();
    sendBus("callcenter_outbound/verdict", {
        task_id: 7,
        title: "Customer 7",
        verdict: "pending",
        score: 0,
        reason: "",
    });
    await runPending();
    expect(".o_notification").toHaveCount(0);
});
