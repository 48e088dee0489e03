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

export const TASKS = [
    {
        id: 7,
        title: "Customer 7",
        number_masked: "+•• ••42",
        status: "untouched",
        numbers: [
            { id: 71, label: "Office", number_masked: "+•• ••42" },
            { id: 72, label: "Home", number_masked: "+•• ••00" },
        ],
    },
    {
        id: 8,
        title: "Customer 8",
        number_masked: "+•• ••13",
        status: "follow_up",
        numbers: [{ id: 81, label: "", number_masked: "+•• ••13" }],
    },
];

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
        extension: {
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
    asked.push([name, ...args].join(" "));
    const refusal = truth.refusals[name];
    if (refusal) {
        throw makeServerError({ type: "UserError", message: refusal });
    }
}

class CallcenterAgent extends models.Model {
    _name = "callcenter.agent";

    async action_read_workspace() {
        const { agent, connector, call, tasks, task_count } = truth;
        const values = { agent, connector, call, tasks, task_count, now: ago(0) };
        ask("read_workspace");
        await truth.readGate;
        return values;
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
}

class CallcenterTask extends models.Model {
    _name = "callcenter.task";

    async action_dial() {
        const { ids, number_id } = getKwArgs(arguments, "ids", "number_id");
        ask("dial", ids[0], number_id);
        await truth.dialGate;
        return truth.nextCallId;
    }
}

export function defineCallcenterModels() {
    return defineModels({ ...mailModels, CallcenterAgent, CallcenterTask });
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
        tasks: TASKS,
        task_count: TASKS.length,
        refusals: {},
        nextCallId: 100,
        dialGate: undefined,
        readGate: undefined,
        testGate: undefined,
        phone: false,
        ...values,
    });
    asked.length = 0;
}

/** @returns {string[]} what was asked since, but for the reading */
export function takeAsked() {
    return asked.splice(0).filter((name) => !name.startsWith("read_"));
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
