import { advanceTime, animationFrame, queryOne, waitFor } from "@odoo/hoot-dom";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    getKwArgs,
    getService,
    makeServerError,
    MockServer,
    models,
    mountWebClient,
    serverState,
} from "@web/../tests/web_test_helpers";

/** What the server says; a test changes it before it lets the page look again. */
export const truth = {};

/** What the page asked the server to do, in order. */
export const asked = [];

export const PLAN = {
    id: 3,
    name: "Spring offer",
    state: "running",
    group_id: 5,
    group_name: "Outbound sales",
    signed_in: true,
    unfinished: 2,
    untouched: 1,
    follow_up: 1,
    done: 2,
};

export const RESULTS = [
    { id: 31, name: "Cooperative", outcome: "answered" },
    { id: 32, name: "No time", outcome: "answered" },
    { id: 33, name: "Busy", outcome: "unanswered" },
];

const NUMBERS = {
    7: [
        { id: 71, label: "Office", number_masked: "+•• ••42", number: false },
        { id: 72, label: "Home", number_masked: "+•• ••00", number: false },
    ],
    8: [{ id: 81, label: "", number_masked: "+•• ••13", number: "+86 21 5555 0013" }],
};

/** A row of the list. */
export function makeRow(id, values = {}) {
    const number = NUMBERS[id]?.[0];
    return {
        id,
        title: `Customer ${id}`,
        number_masked: number?.number_masked || "",
        number: number?.number || false,
        status: "untouched",
        follow_up_at: false,
        attempts: 0,
        ...values,
    };
}

export function makeField(values = {}) {
    return {
        name: "city",
        label: "City",
        help: "",
        type: "char",
        value: "Shanghai",
        editable: true,
        required: false,
        selection: false,
        relation: false,
        changed: false,
        ...values,
    };
}

/** What a customer's tab shows. */
export function makeTask(id, values = {}) {
    return {
        id,
        title: `Customer ${id}`,
        status: "untouched",
        follow_up_at: false,
        plan: {
            id: PLAN.id,
            name: PLAN.name,
            state: "running",
            script: "<p>Good <b>day</b></p>",
            results: RESULTS,
        },
        numbers: NUMBERS[id] || [],
        fields: [
            makeField({ name: "name", label: "Name", value: `Person ${id}`, editable: false }),
            makeField(),
        ],
        changes: 0,
        record: false,
        questionnaire: false,
        history: [],
        ...values,
    };
}

export function makeRecord(values = {}) {
    return {
        id: 900,
        call_id: 100,
        call_state: "ended",
        outcome: "answered",
        saved: false,
        can_save: true,
        why: "",
        ...values,
    };
}

/** What the history says of a saved record. */
export function makeEntry(values = {}) {
    return {
        id: 900,
        correctable: true,
        at: ago(60),
        agent: "Zhao Lei",
        outcome: "answered",
        result: "Cooperative",
        result_id: 31,
        status: "done_success",
        note: "Wrong",
        follow_up_at: false,
        never_call_again: true,
        saved: true,
        ...values,
    };
}

/** @returns {string} the server's time, as it sends it */
export function ago(seconds) {
    return new Date(Date.now() - seconds * 1000).toISOString();
}

export function makeAgent(values = {}, extension = {}) {
    return {
        id: 1,
        number: "1987",
        name: "Zhao Lei",
        state: "ready",
        since: ago(0),
        version: 1,
        signed_in: true,
        groups: [{ id: 5, name: "Outbound sales", signed_in_at: ago(600) }],
        chooses_extension: false,
        extensions: [],
        pause_reason: false,
        pause_wanted: false,
        extension: extension && {
            number: "1987",
            phone: "softphone",
            answers_by_itself: false,
            state: "reachable",
            rtt_ms: 12.4,
            ...extension,
        },
        ...values,
    };
}

export function makeCall(values = {}) {
    return {
        id: 100,
        task_id: 7,
        plan_id: PLAN.id,
        contact_record_id: false,
        saved: false,
        title: "Customer 7",
        number_masked: "+•• ••42",
        kind: "main",
        state: "dialing",
        outcome: false,
        cause: 0,
        sip_code: 0,
        reason: "",
        message: "",
        requested_at: ago(0),
        dialed_at: false,
        ringing_at: false,
        answered_at: false,
        ended_at: false,
        talk_seconds: 0,
        total_seconds: 0,
        agent_ringing: false,
        agent_answered: false,
        version: 0,
        ...values,
    };
}

function ask(name, ...args) {
    const shown = args.map((value) => (typeof value === "object" ? JSON.stringify(value) : value));
    asked.push([name, ...shown].join(" "));
    const refusal = truth.refusals[name];
    if (refusal) {
        const { type, message } =
            typeof refusal === "string" ? { type: "UserError", message: refusal } : refusal;
        throw makeServerError({ type, message });
    }
}

function withIds(args, ...names) {
    return getKwArgs(args, "ids", ...names);
}

class CallcenterAgent extends models.Model {
    _name = "callcenter.agent";

    async action_read_workspace() {
        const { agent, connector, call, plans, unsaved, pause_reasons } = truth;
        const values = { agent, connector, call, plans, unsaved, pause_reasons, now: ago(0) };
        ask("read_workspace");
        await truth.readGate;
        return values;
    }

    action_read_verdicts() {
        ask("read_verdicts");
        return truth.verdicts;
    }

    action_hang_up() {
        ask("hang_up");
        return true;
    }

    async action_test_call() {
        ask("test_call");
        await truth.testGate;
        return true;
    }

    action_read_phone() {
        ask("read_phone");
        return truth.phone;
    }

    action_sign_in() {
        const { group_ids, extension_id } = withIds(arguments, "group_ids", "extension_id");
        ask("sign_in", group_ids, extension_id);
        return true;
    }

    action_sign_out() {
        ask("sign_out");
        return true;
    }

    action_pause() {
        ask("pause", withIds(arguments, "reason_id").reason_id);
        return true;
    }

    action_resume() {
        ask("resume");
        return true;
    }

    action_leave_unsaved() {
        ask("leave_unsaved");
        return true;
    }
}

class CallcenterDialPlan extends models.Model {
    _name = "callcenter.dial.plan";

    action_read_plan() {
        const [id] = withIds(arguments).ids;
        ask("read_plan", id);
        return { ...PLAN, id, script: truth.script, results: RESULTS };
    }
}

class CallcenterTask extends models.Model {
    _name = "callcenter.task";

    async action_dial() {
        const { ids, number_id } = withIds(arguments, "number_id");
        ask("dial", ids[0], number_id);
        await truth.dialGate;
        return truth.nextCallId;
    }

    async action_list() {
        const { plan_id, term, offset } = getKwArgs(arguments, "plan_id", "term", "offset");
        ask("list", plan_id, term, offset);
        await truth.listGate;
        const rows = (truth.rows[plan_id] || []).filter((row) => row.title.includes(term));
        return { tasks: rows.slice(offset, offset + 40), count: rows.length };
    }

    async action_read_task() {
        const [id] = withIds(arguments).ids;
        ask("read_task", id);
        const task = truth.tasks[id];
        await truth.taskGate;
        if (!task) {
            throw makeServerError({ type: "AccessError", message: "Not yours." });
        }
        return task;
    }

    action_read_customer() {
        const [id] = withIds(arguments).ids;
        ask("read_customer", id);
        return truth.tasks[id].fields;
    }

    async action_write_customer() {
        const { ids, vals } = withIds(arguments, "vals");
        ask("write", ids[0], vals);
        await truth.writeGate;
        const task = truth.tasks[ids[0]];
        truth.tasks[ids[0]] = {
            ...task,
            fields: task.fields.map((field) =>
                field.name in vals
                    ? { ...field, value: truth.stage(field, vals[field.name]), changed: true }
                    : field
            ),
            changes: 1,
        };
        return true;
    }

    action_search_value() {
        const { ids, field_name, term } = withIds(arguments, "field_name", "term");
        ask("search_value", ids[0], field_name, term);
        return truth.found.filter(([, name]) => name.includes(term));
    }

    async action_save_contact_record() {
        const { ids, vals } = withIds(arguments, "vals");
        ask("save", ids[0], vals);
        await truth.saveGate;
        truth.onSave(ids[0], vals);
        return 900;
    }
}

class CallcenterContactRecord extends models.Model {
    _name = "callcenter.contact.record";

    action_correct() {
        const { ids, vals } = withIds(arguments, "vals");
        ask("correct", ids[0], vals);
        for (const task of Object.values(truth.tasks)) {
            task.history = task.history.map((entry) =>
                entry.id === ids[0] ? { ...entry, ...vals } : entry
            );
        }
        return true;
    }

    async action_answer_question() {
        const { ids, question_id, answer, comment } = withIds(
            arguments,
            "question_id",
            "answer",
            "comment"
        );
        ask("answer", ids[0], question_id, answer, comment);
        await truth.answerGate;
        return truth.onAnswer(question_id, answer, comment);
    }
}

export function defineCallcenterModels() {
    return defineModels({
        ...mailModels,
        CallcenterAgent,
        CallcenterContactRecord,
        CallcenterDialPlan,
        CallcenterTask,
    });
}

/**
 * Opens the page on a server that says `values`.
 *
 * @param {Object} [values]
 */
export async function openWorkspace(values = {}) {
    setTruth(values);
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "callcenter_outbound.workspace",
    });
}

export function setTruth(values = {}) {
    Object.assign(truth, {
        agent: makeAgent(),
        connector: { ok: true, message: "" },
        call: false,
        plans: [PLAN],
        pause_reasons: [
            { id: 61, name: "Lunch" },
            { id: 62, name: "Training" },
        ],
        unsaved: [],
        /** plan id -> rows of the list */
        rows: { [PLAN.id]: [makeRow(7), makeRow(8, { status: "follow_up", attempts: 2 })] },
        /** task id -> what its tab shows */
        tasks: { 7: makeTask(7), 8: makeTask(8) },
        script: "",
        /** what the server makes of a value that is written */
        stage: (field, value) => value,
        /** what can be found for relations */
        found: [],
        /** what a save changes */
        onSave(id) {
            truth.tasks[id] = {
                ...truth.tasks[id],
                record: { ...truth.tasks[id].record, saved: true, can_save: false },
            };
        },
        /** what an answer changes: the questionnaire of the task 7 */
        onAnswer(questionId, answer, comment) {
            const { questionnaire } = truth.tasks[7];
            const answered = {
                ...questionnaire,
                questions: questionnaire.questions.map((question) =>
                    question.id === questionId ? { ...question, answer, comment } : question
                ),
            };
            truth.tasks[7] = { ...truth.tasks[7], questionnaire: answered };
            return answered;
        },
        verdicts: [],
        refusals: {},
        nextCallId: 100,
        dialGate: undefined,
        readGate: undefined,
        testGate: undefined,
        listGate: undefined,
        taskGate: undefined,
        writeGate: undefined,
        answerGate: undefined,
        saveGate: undefined,
        phone: false,
        ...values,
    });
    asked.length = 0;
}

/** @returns {string[]} what was asked since, but for the reading */
export function takeAsked() {
    return asked.splice(0).filter((name) => !/^(read_|list)/.test(name));
}

/** Open a customer's tab. */
export async function openCustomer(id) {
    getService("callcenter_outbound.tabs").show(id);
    await waitFor(`.o_cc_customer[data-task='${id}'][data-status=ready]`);
}

/** Fills an input of a date or a moment, which Hoot's `edit` can't read while it is empty. */
export async function editMoment(selector, text) {
    const input = queryOne(selector);
    input.focus();
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await animationFrame();
    input.blur();
    await runPending();
}

/** Lets the mocked server, and the bus after it, come to their ends. */
export async function runPending() {
    await animationFrame();
    // The mocked websocket hands its messages over in a timer.
    await advanceTime(100);
    await animationFrame();
}

/** The server tells of a call, which becomes the truth for who reads anew. */
export function sendCall(values) {
    const call = makeCall(values);
    truth.call = call.state === "ended" ? false : call;
    sendBus("callcenter_outbound/call", call);
    return call;
}

export function sendAgent(agent, connector = truth.connector) {
    truth.agent = agent;
    truth.connector = connector;
    sendBus("callcenter_outbound/agent", { ...agent, connector });
}

export function sendBus(type, payload) {
    MockServer.env["bus.bus"]._sendone(serverState.partnerId, type, payload);
}
