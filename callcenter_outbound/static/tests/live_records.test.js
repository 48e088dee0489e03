import { beforeEach, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    MockServer,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { sendBus } from "./workspace_test_helpers";

const STATE = ".o_cc_live_state";
/** How long a busy machine may take to bring a message and what it asks for. */
const PATIENCE = 5_000;

class Extension extends models.Model {
    _name = "callcenter.extension";

    number = fields.Char();
    name = fields.Char();
    state = fields.Selection({
        selection: [
            ["reachable", "OK"],
            ["unreachable", "Unreachable"],
            ["not_registered", "Not registered"],
        ],
    });
    state_text = fields.Char();
    state_since = fields.Datetime();
    address = fields.Char();

    _records = [
        {
            id: 1,
            number: "1986",
            name: "Desk 12",
            state: "reachable",
            state_text: "OK (12 ms)",
            state_since: "2026-03-02 08:00:00",
            address: "10.1.4.21:5060",
        },
        {
            id: 2,
            number: "1987",
            state: "not_registered",
            state_text: "Not registered",
            state_since: "2026-03-01 08:00:00",
        },
    ];
}

defineModels({ ...mailModels, Extension });

test.tags("desktop");

beforeEach(() => mockDate("2026-03-02 15:00:00", 0));

const FIELDS = `<field name="number"/><field name="name"/>
    <field name="state" widget="callcenter_live_state"/><field name="address"/>`;

async function openList() {
    await mountView({
        type: "list",
        resModel: "callcenter.extension",
        arch: `<list js_class="callcenter_live_list">${FIELDS}</list>`,
    });
}

async function openForm(resId) {
    await mountView({
        type: "form",
        resModel: "callcenter.extension",
        resId,
        arch: `<form js_class="callcenter_live_form">${FIELDS}</form>`,
    });
}

/** The connector wrote a new state. */
function changeState(id, values) {
    MockServer.env["callcenter.extension"].write([id], values);
    sendBus("callcenter_outbound/extension", { id, state: values.state });
}

/** The news has arrived, and what it asks for was read. */
async function waitShown(state) {
    await waitFor(`${STATE}[data-state=${state}]`, { timeout: PATIENCE });
    await animationFrame();
}

/** Long enough for news to have arrived that nothing is to come of. */
async function runPending() {
    for (let round = 0; round < 5; round++) {
        await animationFrame();
        await advanceTime(300);
    }
    await animationFrame();
}

const UNREACHABLE = {
    state: "unreachable",
    state_text: "Unreachable",
    state_since: "2026-03-02 14:20:00",
    address: "10.1.4.23:5060",
};

test("a dot, what it says, and since when it can't be reached", async () => {
    Extension._records[1] = { id: 2, number: "1988", ...UNREACHABLE };
    await openList();
    expect(queryAllTexts(STATE)).toEqual(["OK (12 ms)", "Unreachable since 14:20"]);
    expect(`${STATE}:first i`).toHaveClass("text-success");
    expect(`${STATE}:last i`).toHaveClass("text-danger");
});

test("since another day: with its date", async () => {
    Extension._records = [{ id: 2, ...UNREACHABLE, state_since: "2026-03-01 14:20:00" }];
    await openList();
    expect(STATE).toHaveText(/since .*1.*14:20/);
});

test("the row of a list follows; the other rows aren't read", async () => {
    onRpc("callcenter.extension", "web_read", ({ args }) => expect.step(["read", args[0]]));
    onRpc("callcenter.extension", "web_search_read", () => expect.step("read all"));
    await openList();
    changeState(2, UNREACHABLE);
    await waitShown("unreachable");
    expect(queryAllTexts(STATE)).toEqual(["OK (12 ms)", "Unreachable since 14:20"]);
    expect("[name=address]:last").toHaveText("10.1.4.23:5060");
    expect.verifySteps(["read all", ["read", [2]]]);
});

/** A list of five phones, of which all but the first change. */
async function openPhones() {
    Extension._records = [1, 2, 3, 4, 5].map((id) => ({
        ...Extension._records[0],
        id,
        number: `198${id}`,
    }));
    onRpc("callcenter.extension", "web_read", ({ args }) => expect.step(args[0]));
    onRpc("callcenter.extension", "web_search_read", () => expect.step("read all"));
    await openList();
    expect.verifySteps(["read all"]);
}

test("many rows that change at once are read in one request", async () => {
    await openPhones();
    await contains(".o_data_row:eq(1) .o_list_record_selector input").click();
    for (const id of [2, 3, 4, 5]) {
        changeState(id, UNREACHABLE);
    }
    await waitShown("unreachable");
    await runPending();
    expect(queryAllTexts(STATE)).toEqual([
        "OK (12 ms)",
        ...Array(4).fill("Unreachable since 14:20"),
    ]);
    expect("[name=address]:last").toHaveText("10.1.4.23:5060");
    expect(".o_data_row:eq(1) .o_list_record_selector input").toBeChecked();
    expect.verifySteps([[2, 3, 4, 5]]);
});

test("a row that is gone meanwhile holds up no other", async () => {
    await openPhones();
    MockServer.env["callcenter.extension"].unlink([2]);
    for (const id of [3, 4]) {
        changeState(id, UNREACHABLE);
    }
    sendBus("callcenter_outbound/extension", { id: 2, state: "unreachable" });
    await waitShown("unreachable");
    await runPending();
    expect(`${STATE}[data-state=unreachable]`).toHaveCount(2);
    expect.verifySteps([[2, 3, 4]]);
});

test("after a reconnect all rows are read in one request", async () => {
    await openPhones();
    MockServer.env["callcenter.extension"].write([1, 5], UNREACHABLE);
    getService("bus_service").trigger("BUS:RECONNECT");
    await waitShown("unreachable");
    await runPending();
    expect(`${STATE}[data-state=unreachable]`).toHaveCount(2);
    expect.verifySteps([[1, 2, 3, 4, 5]]);
});

test("news of a record that isn't shown asks for nothing", async () => {
    onRpc("callcenter.extension", "web_read", () => expect.step("read"));
    await openForm(1);
    await runPending();
    expect.verifySteps(["read"]);
    changeState(2, UNREACHABLE);
    await runPending();
    expect.verifySteps([]);
});

test("the chosen rows stay chosen", async () => {
    await openList();
    await contains(".o_data_row:first .o_list_record_selector input").click();
    changeState(1, UNREACHABLE);
    await waitShown("unreachable");
    expect(`${STATE}:first`).toHaveText("Unreachable since 14:20");
    expect(".o_data_row:first .o_list_record_selector input").toBeChecked();
});

test("a form follows", async () => {
    await openForm(2);
    expect(STATE).toHaveText("Not registered");
    changeState(2, { state: "reachable", state_text: "OK (9 ms)" });
    await waitShown("reachable");
    expect(STATE).toHaveText("OK (9 ms)");
    expect(`${STATE} i`).toHaveClass("text-success");
});

test("what is being typed into a form stays", async () => {
    await openForm(2);
    await contains("[name=name] input").edit("Desk 13", { confirm: false });
    changeState(2, { state: "reachable", state_text: "OK (9 ms)" });
    await runPending();
    expect("[name=name] input").toHaveValue("Desk 13");
    expect(STATE).toHaveText("Not registered");
    await contains(".o_form_button_save").click();
    expect(STATE).toHaveText("OK (9 ms)");
});

test("a reload that has ended is read too: what waits has changed", async () => {
    await openForm(2);
    MockServer.env["callcenter.extension"].write([2], { name: "Taken up" });
    sendBus("callcenter_outbound/reload", { pbx_id: 1, state: "running" });
    await runPending();
    expect("[name=name] input").toHaveValue("");
    sendBus("callcenter_outbound/reload", { pbx_id: 1, state: "done" });
    await runPending();
    expect("[name=name] input").toHaveValue("Taken up");
});
