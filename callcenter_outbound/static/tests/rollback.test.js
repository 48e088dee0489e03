import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryAllTexts, runAllTimers } from "@odoo/hoot-dom";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    getService,
    makeServerError,
    mountWebClient,
    onRpc,
} from "@web/../tests/web_test_helpers";

defineModels(mailModels);

describe.current.tags("desktop");

const MODEL = "callcenter.rollback";

/** What the server says; a test changes it before it lets the page look again. */
let truth;

function makeChange(id, name, status, values = {}) {
    return {
        id,
        name,
        label: name,
        type: "char",
        status,
        old: "Suzhou",
        new: "Shanghai",
        now: "Suzhou",
        is_unchanged: true,
        other: false,
        tags: false,
        reason: "",
        seen: "Suzhou",
        changed_by: "",
        changed_at: false,
        carried_by: "",
        carried_at: false,
        value: "Suzhou",
        selection: false,
        ...values,
    };
}

const CONFLICT = {
    now: "Hangzhou",
    seen: "Hangzhou",
    value: "Hangzhou",
    is_unchanged: false,
    changed_by: "Mitchell Admin",
    changed_at: "2026-11-23T11:02:00Z",
};

function makeCounts(values) {
    return {
        pending: 0,
        conflict: 0,
        refused: 0,
        problem: 0,
        accepted: 0,
        rejected: 0,
        same: 0,
        done: 0,
        undone: 0,
        ...values,
    };
}

beforeEach(() => {
    truth = {
        plans: [{ id: 3, name: "Spring offer", changes: 3 }],
        counts: makeCounts({ pending: 2, conflict: 1 }),
        runs: [],
        customers: [
            {
                id: 7,
                name: "Zhang Wei",
                is_company: false,
                changes: 3,
                conflicts: 1,
                status: "decide",
            },
            {
                id: 8,
                name: "Emma Clark",
                is_company: false,
                changes: 1,
                conflicts: 0,
                status: "decide",
            },
        ],
        changes: {
            7: [
                makeChange(71, "email", "pending"),
                makeChange(72, "category_id", "pending", {
                    type: "many2many",
                    tags: { kept: ["Retail"], given: ["Wholesale"], taken: ["Gold"] },
                }),
                makeChange(73, "city", "conflict", CONFLICT),
            ],
            8: [makeChange(81, "city", "pending")],
        },
    };
    onRpc(MODEL, "action_read_plans", () => truth.plans);
    onRpc(MODEL, "action_read_rollback", ({ args: [id] }) => ({
        id,
        name: "Spring offer",
        customers: truth.customers.length,
        changes: 4,
        counts: truth.counts,
        runs: truth.runs,
    }));
    onRpc(MODEL, "action_read_customers", ({ args }) => {
        expect.step(`list ${JSON.stringify(args)}`);
        return { count: truth.customers.length, customers: truth.customers };
    });
    onRpc(MODEL, "action_read_customer", ({ args: [id] }) => ({
        id,
        partner_id: 100 + id,
        name: truth.customers.find((customer) => customer.id === id).name,
        agent: "Wang Fang",
        call: { id: 5, at: "2026-11-23T14:25:00Z", has_recording: true },
        changes: truth.changes[id],
    }));
    for (const method of [
        "action_decide",
        "action_accept_all",
        "action_undo_customer",
        "action_search_value",
    ]) {
        onRpc(MODEL, method, ({ args }) => {
            expect.step(`${method} ${JSON.stringify(args)}`);
            return { undone: 1, left: [] };
        });
    }
});

async function open() {
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "callcenter_outbound.rollback",
    });
    await animationFrame();
}

async function openQuietly() {
    await open();
    expect.verifySteps(['list [3,"all","all","",0]']);
}

const row = (id) => `.o_cc_rollback_change[data-id="${id}"]`;

test("nobody has edited anything: what to do is said", async () => {
    truth.plans = [];
    await open();
    expect(".o_cc_empty h2").toHaveText("No agent has changed anything yet");
    expect(".o_cc_empty button").toHaveText("Dial Plans");
});

test("three ways, tags with + and −, a conflict with who and when", async () => {
    await openQuietly();
    expect(".o_cc_rollback_size").toHaveText("2 customers · 4 changes");
    expect(".o_cc_rollback_conflicts").toHaveText("1 conflict");
    expect(".o_cc_rollback_summary").toHaveText("0 accepted · 0 rejected · 3 to decide");
    expect(`${row(71)} del`).toHaveText("Suzhou");
    expect(`${row(71)} ins`).toHaveText("Shanghai");
    expect(`${row(71)} .o_cc_rollback_now`).toHaveText("unchanged");
    expect(`${row(72)} .o_cc_rollback_given`).toHaveText("+ Wholesale");
    expect(`${row(72)} .o_cc_rollback_taken`).toHaveText("− Gold");
    expect(queryAllTexts(`${row(73)} button`)).toEqual(["Agent's", "Keep", "Other…"]);
    expect(`${row(73)} .o_cc_rollback_now`).toHaveText(/Hangzhou/);
    expect(`${row(73)} .o_cc_rollback_author`).toHaveText(/^Mitchell Admin, /);
    expect(`${row(72)} .o_cc_other`).toHaveCount(0);
});

test("a decision goes with what was seen; a second click takes it back", async () => {
    await openQuietly();
    await contains(`${row(73)} .o_cc_accept`).click();
    expect.verifySteps([
        'action_decide [73,"accepted","Hangzhou",false]',
        'list [3,"all","all","",0]',
    ]);
    truth.changes[7][0] = makeChange(71, "email", "accepted");
    await contains(`${row(72)} .o_cc_reject`).click();
    expect.verifySteps([
        'action_decide [72,"rejected","Suzhou",false]',
        'list [3,"all","all","",0]',
    ]);
    expect(`${row(71)} .o_cc_accept`).toHaveAttribute("aria-pressed", "true");
    await contains(`${row(71)} .o_cc_accept`).click();
    expect.verifySteps([
        'action_decide [71,"pending","Suzhou",false]',
        'list [3,"all","all","",0]',
    ]);
});

test("the keys act on the first row that is to decide, and walk the customers", async () => {
    truth.changes[7][0] = makeChange(71, "email", "accepted");
    await openQuietly();
    expect(row(72)).toHaveAttribute("aria-current", "true");
    await press(["alt", "y"]);
    await animationFrame();
    expect.verifySteps([
        'action_decide [72,"accepted","Suzhou",false]',
        'list [3,"all","all","",0]',
    ]);
    await press(["alt", "r"]);
    await animationFrame();
    expect.verifySteps([
        'action_decide [72,"rejected","Suzhou",false]',
        'list [3,"all","all","",0]',
    ]);
    await press(["alt", "a"]);
    await animationFrame();
    expect.verifySteps(['action_accept_all [3,"all"]', 'list [3,"all","all","",0]']);
    await press(["alt", "ArrowDown"]);
    await animationFrame();
    expect(".o_cc_rollback_detail").toHaveAttribute("data-id", "8");
    await press(["alt", "ArrowDown"]);
    await animationFrame();
    expect(".o_cc_rollback_detail").toHaveAttribute("data-id", "8");
    await press(["alt", "ArrowUp"]);
    await animationFrame();
    expect(".o_cc_rollback_detail").toHaveAttribute("data-id", "7");
    expect.verifySteps([]);
});

test("another value is typed", async () => {
    await openQuietly();
    await contains(`${row(73)} .o_cc_other`).click();
    expect("#o_cc_other_value").toHaveValue("Hangzhou");
    await contains("#o_cc_other_value").edit("Wuxi", { confirm: false });
    await contains(".o_cc_other_confirm").click();
    expect.verifySteps([
        'action_decide [73,"other","Hangzhou","Wuxi"]',
        'list [3,"all","all","",0]',
    ]);
});

test("a number that is none is not sent", async () => {
    truth.changes[7] = [
        makeChange(74, "color", "conflict", { ...CONFLICT, type: "integer", value: 7, seen: 7 }),
    ];
    await openQuietly();
    await contains(`${row(74)} .o_cc_other`).click();
    await contains("#o_cc_other_value").edit("seven", { confirm: false });
    await contains(".o_cc_other_confirm").click();
    expect(".modal .o_cc_error").toHaveText("“seven” is not a number.");
    expect.verifySteps([]);
});

test("batch after batch is carried back, in one run, and can be undone", async () => {
    truth.counts = makeCounts({ accepted: 3 });
    const answers = [
        { run_id: 9, carried: 2, refused: 0, remaining: 1 },
        { run_id: 9, carried: 0, refused: 1, remaining: 0 },
    ];
    onRpc(MODEL, "action_carry_back", ({ args }) => {
        expect.step(`carry ${JSON.stringify(args)}`);
        return answers.shift();
    });
    onRpc(MODEL, "action_undo", ({ args }) => {
        expect.step(`undo ${JSON.stringify(args)}`);
        return { undone: 1, left: ["Zhang Wei, City: the contact holds “Wuxi” now"], remaining: 0 };
    });
    await openQuietly();
    expect(".o_cc_carry_back").toHaveText("Carry 3 changes back");
    await contains(".o_cc_carry_back").click();
    expect.verifySteps([]);
    await contains(".modal .btn-primary").click();
    expect.verifySteps(['carry [3,"all"]', 'carry [3,"all",9]', 'list [3,"all","all","",0]']);
    expect(".o_cc_rollback_result span").toHaveText(
        "2 changes carried back. The contacts did not take 1: see why, and decide again."
    );
    await contains(".o_cc_rollback_result .o_cc_undo").click();
    await contains(".modal .btn-primary").click();
    expect.verifySteps(["undo [9]", 'list [3,"all","all","",0]']);
    expect(".o_cc_rollback_result li").toHaveText("Zhang Wei, City: the contact holds “Wuxi” now");
});

test("the whole plan at once, after a question", async () => {
    onRpc(MODEL, "action_carry_back_plan", ({ args }) => {
        expect.step(`carry plan ${JSON.stringify(args)}`);
        return { run_id: 9, carried: 2, refused: 0, remaining: 0 };
    });
    await openQuietly();
    await contains(".o_cc_carry_back_plan").click();
    await contains(".modal .btn-primary").click();
    expect.verifySteps(['carry plan [3,"all"]', 'list [3,"all","all","",0]']);
    expect(".o_cc_rollback_result").toHaveText(/2 changes carried back\./);
});

test("runs of the past are undone where something is left of them", async () => {
    const run = { at: "2026-11-23T14:25:00Z", user: "Mitchell Admin", changes: 2, customers: 1 };
    truth.runs = [
        { ...run, id: 9, undone: 1 },
        { ...run, id: 8, undone: 2 },
    ];
    await openQuietly();
    expect(queryAllTexts(".o_cc_rollback_run .badge")).toEqual(["1 undone", "undone"]);
    expect('.o_cc_rollback_run[data-id="9"] .o_cc_undo_run').toHaveCount(1);
    expect('.o_cc_rollback_run[data-id="8"] .o_cc_undo_run').toHaveCount(0);
});

test("another plan is chosen by its id", async () => {
    truth.plans.push({ id: 4, name: "Autumn offer", changes: 1 });
    await openQuietly();
    await contains(".o_cc_rollback_plan").select("4");
    expect.verifySteps(['list [4,"all","all","",0]']);
});

test("search and filters ask the server", async () => {
    await openQuietly();
    await contains(".o_cc_rollback_kind").select("company");
    expect.verifySteps(['list [3,"company","all","",0]']);
    await contains(".o_cc_rollback_shown").select("decide");
    expect.verifySteps(['list [3,"company","decide","",0]']);
    await contains(".o_cc_rollback_search").edit("zhang", { confirm: false });
    await runAllTimers();
    await animationFrame();
    expect.verifySteps(['list [3,"company","decide","zhang",0]']);
});

test("other customers of a plan leave its counts as they are", async () => {
    await openQuietly();
    for (const method of ["action_read_rollback", "action_read_plans"]) {
        onRpc(MODEL, method, () => expect.step(method));
    }
    await contains(".o_cc_rollback_shown").select("decide");
    expect.verifySteps(['list [3,"all","decide","",0]']);
});

test("opening reads the list of plans once", async () => {
    onRpc(MODEL, "action_read_plans", () => {
        expect.step("plans");
        return truth.plans;
    });
    await open();
    expect.verifySteps(["plans", 'list [3,"all","all","",0]']);
});

test("what the server refuses is told, and the page looks again", async () => {
    expect.errors(1);
    onRpc(MODEL, "action_decide", () => {
        throw makeServerError({ type: "UserError", message: "Somebody changed the contact" });
    });
    await openQuietly();
    await contains(`${row(71)} .o_cc_accept`).click();
    await animationFrame();
    expect(".modal").toHaveText(/Somebody changed the contact/);
    expect.verifySteps(['list [3,"all","all","",0]']);
    expect.verifyErrors(["Somebody changed the contact"]);
    expect(".o_cc_rollback").toHaveAttribute("data-busy", "false");
});
