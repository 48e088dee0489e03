import { expect, test } from "@odoo/hoot";
import {
    advanceTime,
    animationFrame,
    Deferred,
    press,
    queryAllTexts,
    queryOne,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { contains, getService } from "@web/../tests/web_test_helpers";
import { Customers } from "@callcenter_outbound/services/customer_service";
import {
    defineCallcenterModels,
    editMoment,
    makeAgent,
    makeField,
    makeTask,
    openCustomer,
    openWorkspace,
    runPending,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const field = (name) => `.o_cc_field[data-name='${name}']`;

async function openWithFields(fields, values = {}) {
    await openWorkspace({ tasks: { 7: makeTask(7, { fields }) }, ...values });
    await openCustomer(7);
    takeAsked();
}

/** Types into a field and goes away from it. */
async function fill(name, text) {
    await contains(`${field(name)} .o_cc_input :is(input, textarea)`).edit(text, {
        confirm: "blur",
    });
    await runPending();
}

test.tags("desktop");

test("numbers with a call icon each, masked or clear, then the fields", async () => {
    await openWorkspace();
    await openCustomer(7);
    expect(".o_cc_customer_title").toHaveText("Customer 7");
    expect(queryAllTexts(".o_cc_numbers .o_cc_number")).toEqual(["+•• ••42", "+•• ••00"]);
    expect(".o_cc_numbers .o_cc_number + .o_cc_dial").toHaveCount(2);
    expect(".o_cc_dial[data-number='71']").toHaveAttribute(
        "aria-label",
        "Call Customer 7 at +•• ••42"
    );
    expect(`${field("name")} .o_cc_value`).toHaveText("Person 7");
    expect(`${field("name")} input`).toHaveCount(0);
    expect(`${field("city")} input`).toHaveValue("Shanghai");
    expect(".o_cc_script").toHaveText(/Good day/);
    expect(".o_cc_history").toHaveText(/Not called yet/);
    await openCustomer(8);
    expect(".o_cc_numbers .o_cc_number").toHaveText("+86 21 5555 0013");
});

test("every field has a label of its own", async () => {
    await openWithFields([
        makeField(),
        makeField({ name: "vip", label: "VIP", type: "boolean", value: true, required: true }),
        makeField({ name: "country_id", label: "Country", type: "many2one", value: [1, "China"] }),
    ]);
    for (const [name, label] of [
        ["city", "City"],
        ["vip", "VIP*required"],
        ["country_id", "Country"],
    ]) {
        const input = queryOne(`${field(name)} .o_cc_input input`);
        expect(input.labels).toHaveLength(1);
        expect(input.labels[0].innerText.replace(/\s/g, "")).toBe(label);
    }
});

test("values that may only be read are shown in words", async () => {
    const shown = (values) => makeField({ editable: false, ...values });
    await openWithFields([
        shown({ name: "a", type: "boolean", value: true }),
        shown({
            name: "b",
            type: "many2many",
            value: [
                [1, "VIP"],
                [2, "Press"],
            ],
        }),
        shown({ name: "c", type: "selection", value: "x", selection: [["x", "Ex"]] }),
        shown({ name: "d", type: "many2one", value: [3, "China"] }),
        shown({ name: "e", type: "float", value: 1234.5 }),
        shown({ name: "f", type: "date", value: "2026-03-04" }),
        shown({ name: "g", type: "char", value: "" }),
        shown({ name: "h", type: "datetime", value: "2026-03-04T10:00:00.000Z" }),
    ]);
    expect(queryAllTexts(".o_cc_field .o_cc_value")).toEqual([
        "Yes",
        "VIP, Press",
        "Ex",
        "China",
        "1,234.50",
        "03/04/2026",
        "–",
        "03/04/2026 11:00:00",
    ]);
});

test("an edit is staged when the field is left, tinted and counted", async () => {
    await openWorkspace();
    await openCustomer(7);
    takeAsked();
    await fill("city", "Beijing");
    expect(takeAsked()).toEqual([`write 7 {"city":"Beijing"}`]);
    expect(field("city")).toHaveClass("o_cc_changed");
    expect(`${field("city")} input`).toHaveValue("Beijing");
    expect(".o_cc_changes").toHaveText(
        "1 change kept with this task; the contact itself stays as it was until a manager accepts it."
    );
    expect(".o_cc_mark_unsaved").toHaveCount(0);
});

test("Enter stages too, once; what stood there already is not written", async () => {
    await openWorkspace();
    await openCustomer(7);
    takeAsked();
    await contains(`${field("city")} input`).edit("Beijing", { confirm: "enter" });
    await runPending();
    expect(takeAsked()).toEqual([`write 7 {"city":"Beijing"}`]);
    await fill("city", "Beijing");
    expect(takeAsked()).toEqual([]);
});

test("each type of field is written as the server wants it", async () => {
    await openWithFields([
        makeField({ name: "note", type: "text", value: "" }),
        makeField({ name: "age", type: "integer", value: 30 }),
        makeField({ name: "limit", type: "float", value: false }),
        makeField({ name: "vip", type: "boolean", value: false }),
        makeField({
            name: "title",
            type: "selection",
            value: false,
            selection: [
                ["mr", "Mr"],
                ["ms", "Ms"],
            ],
        }),
        makeField({ name: "until", type: "date", value: false }),
        makeField({ name: "at", type: "datetime", value: false }),
    ]);
    await fill("note", "Two\nlines");
    await fill("age", "31");
    await fill("limit", "1,234.5");
    await contains(`${field("vip")} input`).click();
    await contains(`${field("title")} select`).select("ms");
    await runPending();
    await editMoment(`${field("until")} input`, "2026-12-31");
    await editMoment(`${field("at")} input`, "2026-12-31T10:00");
    expect(takeAsked()).toEqual([
        `write 7 {"note":"Two\\nlines"}`,
        `write 7 {"age":31}`,
        `write 7 {"limit":1234.5}`,
        `write 7 {"vip":true}`,
        `write 7 {"title":"ms"}`,
        `write 7 {"until":"2026-12-31"}`,
        `write 7 {"at":"2026-12-31 09:00:00"}`,
    ]);
});

test("a number that is none is said at the field, and not written", async () => {
    await openWithFields([makeField({ name: "age", type: "integer", value: 30 })]);
    await fill("age", "thirty");
    expect(takeAsked()).toEqual([]);
    expect(`${field("age")} .o_cc_field_error`).toHaveText(/“thirty” is not a number\./);
    expect(`${field("age")} input`).toHaveValue("thirty");
});

test("what the server refuses stays, with the reason, until it is undone", async () => {
    await openWorkspace({ refusals: { write: "“City” must not be empty." } });
    await openCustomer(7);
    await fill("city", "");
    expect(`${field("city")} .o_cc_field_error`).toHaveText(/“City” must not be empty\./);
    expect(`${field("city")} input`).toHaveValue("");
    expect(`${field("city")} input`).toHaveAttribute("aria-invalid", "true");
    expect(".o_cc_mark_unsaved").toHaveCount(1);
    await contains(".o_cc_plan_tab").click();
    await contains(".o_cc_tab[data-task='7']").click();
    expect(`${field("city")} .o_cc_field_error`).toHaveCount(1);
    await contains(`${field("city")} .o_cc_undo`).click();
    expect(`${field("city")} input`).toHaveValue("Shanghai");
    expect(".o_cc_field_error").toHaveCount(0);
});

test("what was typed in the meantime isn't overwritten", async () => {
    await openWorkspace();
    await openCustomer(7);
    truth.writeGate = new Deferred();
    await contains(`${field("city")} input`).edit("Bei", { confirm: "enter" });
    await contains(`${field("city")} input`).edit("Beijing", { confirm: false });
    truth.writeGate.resolve();
    await runPending();
    expect(`${field("city")} input`).toHaveValue("Beijing");
    takeAsked();
    await contains(`${field("city")} input`).press("Enter");
    await runPending();
    expect(takeAsked()).toEqual([`write 7 {"city":"Beijing"}`]);
});

test("news of the bus leave what is being typed alone", async () => {
    await openWorkspace();
    await openCustomer(7);
    await contains(`${field("city")} input`).edit("Bei", { confirm: false });
    truth.tasks[7] = makeTask(7, { title: "Customer seven" });
    await getService("callcenter_outbound.customers").read(7);
    await animationFrame();
    expect(".o_cc_customer_title").toHaveText("Customer seven");
    expect(`${field("city")} input`).toHaveValue("Bei");
});

test("an edit that was not taken survives a reload", async () => {
    await openWorkspace({ refusals: { write: "Not now." } });
    await openCustomer(7);
    await fill("city", "Beijing");
    const reloaded = new Customers({ orm: {} });
    reloaded.open();
    expect(reloaded.getEdit(7, "city").value).toBe("Beijing");
    expect(reloaded.hasEdits(7)).toBe(true);
    expect(reloaded.hasEdits(8)).toBe(false);
});

test("a record is searched for and chosen", async () => {
    await openWithFields(
        [makeField({ name: "country_id", type: "many2one", value: [1, "China"] })],
        {
            found: [
                [1, "China"],
                [2, "Chile"],
            ],
            stage: (field, id) => [id, "Chile"],
        }
    );
    await contains(`${field("country_id")} input`).edit("Chi", { confirm: false });
    await advanceTime(300);
    await runPending();
    expect(takeAsked()).toEqual(["search_value 7 country_id Chi"]);
    await contains(".o-autocomplete--dropdown-item:contains(Chile)").click();
    await runPending();
    expect(takeAsked()).toEqual([`write 7 {"country_id":2}`]);
    expect(`${field("country_id")} input`).toHaveValue("Chile");
    expect(field("country_id")).toHaveClass("o_cc_changed");
});

test("an emptied record is none", async () => {
    await openWithFields(
        [makeField({ name: "country_id", type: "many2one", value: [1, "China"] })],
        {
            stage: () => false,
        }
    );
    await contains(`${field("country_id")} input`).clear({ confirm: "blur" });
    await runPending();
    expect(takeAsked().filter((name) => name.startsWith("write"))).toEqual([
        `write 7 {"country_id":false}`,
    ]);
});

test("tags are added and taken away", async () => {
    await openWithFields([makeField({ name: "tags", type: "many2many", value: [[1, "VIP"]] })], {
        found: [
            [1, "VIP"],
            [2, "Press"],
        ],
        stage: (field, ids) =>
            ids.map((id) =>
                [
                    [1, "VIP"],
                    [2, "Press"],
                ].find((tag) => tag[0] === id)
            ),
    });
    await contains(`${field("tags")} input`).click();
    await advanceTime(300);
    await runPending();
    expect(queryAllTexts(".o-autocomplete--dropdown-item")).toEqual(["Press"]);
    await contains(".o-autocomplete--dropdown-item:contains(Press)").click();
    await runPending();
    expect(queryAllTexts(".o_cc_tag")).toEqual(["VIP", "Press"]);
    await contains(".o_cc_tag[data-id='1'] .o_cc_remove_tag").click();
    await runPending();
    expect(queryAllTexts(".o_cc_tag")).toEqual(["Press"]);
    expect(takeAsked().filter((name) => name.startsWith("write"))).toEqual([
        `write 7 {"tags":[1,2]}`,
        `write 7 {"tags":[2]}`,
    ]);
});

test("a customer without a number says whom to tell", async () => {
    await openWorkspace({ tasks: { 7: makeTask(7, { numbers: [], fields: [] }) } });
    await openCustomer(7);
    expect(".o_cc_no_number").toHaveText(/Tell your supervisor/);
    expect(".o_cc_no_fields").toHaveCount(1);
    expect(".o_cc_customer .o_cc_dial").toHaveCount(0);
});

test("the customer of a paused plan says so", async () => {
    const task = makeTask(7);
    await openWorkspace({ tasks: { 7: { ...task, plan: { ...task.plan, state: "paused" } } } });
    await openCustomer(7);
    expect(".o_cc_customer .o_cc_notice").toHaveText(/“Spring offer” is paused/);
});

test("history: what was tried and what came of it", async () => {
    const history = [
        {
            at: "2026-03-04T08:40:00.000Z",
            agent: "Wang Fang",
            outcome: "unanswered",
            result: "",
            status: false,
            note: "",
            saved: false,
        },
        {
            at: "2025-10-12T14:05:00.000Z",
            agent: "Li Na",
            outcome: "answered",
            result: "Cooperative",
            status: "follow_up",
            note: "Asks for a price list",
            saved: true,
        },
    ];
    await openWorkspace({ tasks: { 7: makeTask(7, { history }) } });
    await openCustomer(7);
    const rows = queryAllTexts(".o_cc_history_entry");
    expect(rows[0]).toMatch(/Unanswered\s*not saved\s*Wang Fang/);
    expect(rows[1]).toMatch(/Cooperative\s*Follow up · Asks for a price list\s*Li Na/);
});

test("dialing in wrap-up warns that the last record stays unsaved", async () => {
    await openWorkspace({
        agent: makeAgent({ state: "wrap_up" }),
        unsaved: [
            { task_id: 8, title: "Customer 8", call_id: 99, ended_at: "2026-03-04T08:40:00Z" },
        ],
    });
    await openCustomer(7);
    takeAsked();
    await contains(".o_cc_customer .o_cc_dial[data-number='71']").click();
    await waitFor(".modal:contains(Customer 8)");
    expect(takeAsked()).toEqual([]);
    await contains(".modal .btn-secondary").click();
    await waitFor(".o_cc_customer[data-task='8']");
    await openCustomer(7);
    await press(["alt", "d"]);
    await runPending();
    await contains(".modal .btn-primary").click();
    await runPending();
    await waitForNone(".modal");
    expect(takeAsked()).toEqual(["dial 7 71"]);
});
