import { expect, test } from "@odoo/hoot";
import {
    animationFrame,
    Deferred,
    press,
    queryAllTexts,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { contains, getService, onRpc } from "@web/../tests/web_test_helpers";
import { Records } from "@callcenter_outbound/services/record_service";
import {
    ago,
    asked,
    defineCallcenterModels,
    editMoment,
    makeAgent,
    makeCall,
    makeEntry,
    makeRecord,
    makeRow,
    makeTask,
    openCustomer,
    openWorkspace,
    PLAN,
    RESULTS,
    runPending,
    sendAgent,
    sendBus,
    sendCall,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const RECORD = ".o_cc_record";

/** The first customer's tab after a call with him. */
async function openAfterCall(record = {}, values = {}) {
    await openWorkspace({
        tasks: { 7: makeTask(7, { record: makeRecord(record) }), 8: makeTask(8) },
        ...values,
    });
    await openCustomer(7);
    takeAsked();
}

function choose(status) {
    return contains(`.o_cc_status_choice[data-status=${status}]`).click();
}

function noteOf(id) {
    return getService("callcenter_outbound.records").getDraft(id).note;
}

test.tags("desktop");

test("a save before a call is refused by the server, and the page says why", async () => {
    const message = "Call the customer first: a contact record is saved after a call.";
    await openWorkspace({ refusals: { save: message } });
    await openCustomer(7);
    takeAsked();
    expect(`${RECORD}[data-state=none]`).toHaveText(/Call the customer first/);
    expect(".o_cc_save").toBeEnabled();
    await contains(".o_cc_note").edit("Typed before", { confirm: false });
    await choose("done_success");
    await contains(".o_cc_save").click();
    await runPending();
    expect(takeAsked()).toHaveLength(1);
    expect(".o_cc_record_message [data-tone=danger]").toHaveText(message);
    expect(".o_cc_note").toHaveValue("Typed before");
    expect("[name=o_cc_status]:checked + .o_cc_status_choice").toHaveText("Success");
    // The reason goes when the agent goes on.
    await contains(".o_cc_note").edit("And after", { confirm: false });
    expect(".o_cc_record_message > *").toHaveCount(0);
});

test("the results follow the call", async () => {
    await openWorkspace({ call: makeCall({ version: 1 }) });
    await waitFor(`${RECORD}[data-state=dialing]`);
    expect(".o_cc_result").toHaveCount(0);

    sendCall({
        version: 2,
        state: "ringing",
        dialed_at: ago(1),
        ringing_at: ago(0),
        contact_record_id: 900,
    });
    await waitFor(`${RECORD}[data-state=open]`);
    expect(queryAllTexts(".o_cc_result")).toEqual(["Busy"]);
    await contains(".o_cc_result[data-id='33']").click();

    sendCall({
        version: 3,
        state: "answered",
        answered_at: ago(0),
        outcome: "answered",
        contact_record_id: 900,
    });
    await waitFor(".o_cc_outcome[data-outcome=answered]");
    expect(queryAllTexts(".o_cc_result")).toEqual(["Cooperative", "No time"]);
    // What was chosen does not fit any more, and isn't sent.
    expect("[name=o_cc_result]:checked").toHaveCount(0);
    await choose("in_progress");
    takeAsked();
    await contains(".o_cc_save").click();
    await runPending();
    expect(JSON.parse(takeAsked()[0].slice("save 7 ".length)).result_id).toBe(false);
});

test("more than six results are a list", async () => {
    const task = makeTask(7, { record: makeRecord() });
    const results = Array.from({ length: 7 }, (_, index) => ({
        id: 50 + index,
        name: `Result ${index}`,
        outcome: "answered",
    }));
    await openWorkspace({ tasks: { 7: { ...task, plan: { ...task.plan, results } } } });
    await openCustomer(7);
    expect(".o_cc_result_select option").toHaveCount(8);
    await contains(".o_cc_result_select").select("56");
    await choose("done_failed");
    takeAsked();
    await contains(".o_cc_save").click();
    await runPending();
    expect(JSON.parse(takeAsked()[0].slice("save 7 ".length)).result_id).toBe(56);
});

test("saves result, status, note, follow-up and never again", async () => {
    await openAfterCall();
    await contains(".o_cc_result[data-id='32']").click();
    expect(".o_cc_follow_up").toHaveCount(0);
    await choose("follow_up");
    await editMoment(".o_cc_follow_up", "2030-12-31T10:00");
    await contains(".o_cc_note").edit("Asks for a price list", { confirm: false });
    await contains(".o_cc_never_call").click();
    await contains(".o_cc_save").click();
    await runPending();
    expect(takeAsked()).toEqual([
        "save 7 " +
            JSON.stringify({
                result_id: 32,
                status: "follow_up",
                note: "Asks for a price list",
                follow_up_at: "2030-12-31 09:00:00",
                never_call_again: true,
            }),
    ]);
    expect(".o_notification").toHaveText(/Contact record saved/);
    expect(".o_cc_record_message [data-tone=success]").toHaveText("Contact record saved");
    expect(`${RECORD}[data-state=saved] .o_cc_saved`).toHaveCount(1);
    expect(".o_cc_note").toHaveValue("");
    expect("[name=o_cc_status]:checked").toHaveCount(0);
    expect(".o_cc_mark_unsaved").toHaveCount(0);
});

test("a follow-up time counts only for follow up", async () => {
    await openAfterCall();
    await choose("follow_up");
    await editMoment(".o_cc_follow_up", "2030-12-31T10:00");
    await choose("done_success");
    await contains(".o_cc_save").click();
    await runPending();
    expect(JSON.parse(takeAsked()[0].slice("save 7 ".length)).follow_up_at).toBe(false);
});

test("what was noted survives tabs and a reload, until it is saved", async () => {
    await openAfterCall();
    await choose("done_success");
    await contains(".o_cc_note").edit("In mid-call", { confirm: false });
    await openCustomer(8);
    expect(".o_cc_note").toHaveValue("");
    await openCustomer(7);
    expect(".o_cc_note").toHaveValue("In mid-call");
    const reload = () => {
        const records = new Records({ calls: { events: new EventTarget() } });
        records.open();
        return records;
    };
    expect(reload().getDraft(7)).toMatchObject({ status: "done_success", note: "In mid-call" });
    await contains(".o_cc_save").click();
    await runPending();
    expect(reload().hasDraft(7)).toBe(false);
});

test("an edit still being typed is staged before the save", async () => {
    await openAfterCall();
    await contains(".o_cc_field[data-name='city'] input").edit("Beijing", { confirm: false });
    await contains(".o_cc_save").click();
    await runPending();
    expect(takeAsked().map((name) => name.split(" ")[0])).toEqual(["write", "save"]);
});

test("a refused edit holds the save up, and loses nothing", async () => {
    await openAfterCall({}, { refusals: { write: "“City” must not be empty." } });
    await contains(".o_cc_note").edit("Noted", { confirm: false });
    await contains(".o_cc_field[data-name='city'] input").edit("", { confirm: false });
    await contains(".o_cc_save").click();
    await runPending();
    expect(takeAsked().filter((name) => name.startsWith("save"))).toEqual([]);
    expect(".o_cc_record_message").toHaveText(/A change of the customer was refused/);
    expect(noteOf(7)).toBe("Noted");
});

test("a lost connection keeps what was noted", async () => {
    await openAfterCall();
    await contains(".o_cc_note").edit("Noted", { confirm: false });
    onRpc(
        "/web/dataset/call_kw/callcenter.task/action_save_contact_record",
        () => new Response("", { status: 502 }),
        { pure: true }
    );
    await contains(".o_cc_save").click();
    await waitFor(".o_cc_record_message:contains(Odoo can't be reached)");
    expect(".o_cc_note").toHaveValue("Noted");
});

test("one save at a time", async () => {
    await openAfterCall({}, { saveGate: new Deferred() });
    await contains(".o_cc_save").click();
    await contains(".o_cc_save").click();
    truth.saveGate.resolve();
    await runPending();
    expect(takeAsked()).toHaveLength(1);
});

test("Alt+S saves", async () => {
    await openAfterCall();
    expect(".o_cc_save").toHaveText(/Save\s*Alt S/);
    await contains(".o_cc_note").edit("From the keyboard", { confirm: false });
    await press(["alt", "s"]);
    await runPending();
    expect(takeAsked()).toHaveLength(1);
});

test("Alt+N saves and opens the next unfinished customer in its place", async () => {
    await openAfterCall(
        {},
        {
            onSave(id) {
                truth.rows = { 3: [makeRow(8)] };
                truth.tasks[id] = { ...truth.tasks[id], status: "done_success" };
            },
        }
    );
    await press(["alt", "n"]);
    await runPending();
    await waitFor(".o_cc_customer[data-task='8'][data-status=ready]");
    expect(queryAllTexts(".o_cc_tab")).toEqual(["Customer 8"]);
});

test("after the last customer the plan says that all is done", async () => {
    await openAfterCall(
        {},
        {
            onSave() {
                truth.rows = {};
                truth.plans = [{ ...PLAN, unfinished: 0, untouched: 0, follow_up: 0, done: 4 }];
            },
        }
    );
    await contains(".o_cc_save_next").click();
    await waitFor(".o_cc_no_tasks:contains(All done)");
    expect(".o_cc_tab").toHaveCount(0);
});

test("a customer who is saved and stays unfinished isn't the next one", async () => {
    await openAfterCall(
        {},
        {
            tasks: {
                7: makeTask(7),
                8: makeTask(8, { record: makeRecord({ call_id: 101 }) }),
                9: makeTask(9),
            },
            rows: { 3: [makeRow(7), makeRow(8), makeRow(9)] },
        }
    );
    await openCustomer(8);
    await contains(".o_cc_save_next").click();
    await waitFor(".o_cc_customer[data-task='9'][data-status=ready]");
    await contains(".o_cc_save_next").click();
    await waitFor(".o_cc_customer[data-task='7'][data-status=ready]");
});

test("a refused save goes on to nobody", async () => {
    await openAfterCall({}, { refusals: { save: "Choose the result of the call." } });
    await contains(".o_cc_save_next").click();
    await waitFor(".o_cc_record_message:contains(Choose the result)");
    expect(".o_cc_customer[data-task='7']").toHaveCount(1);
});

test("a call left unsaved is said to be so, and can be saved late", async () => {
    await openAfterCall(
        {},
        {
            agent: makeAgent({ state: "wrap_up" }),
            call: false,
            unsaved: [{ task_id: 7, title: "Customer 7", call_id: 100, ended_at: ago(5) }],
        }
    );
    expect(".o_cc_call_bar").toHaveText(/Wrap-up.*Save the contact record/s);
    expect(`${RECORD} .o_cc_not_saved`).toHaveText("not saved");
    await contains(`${RECORD} .o_cc_leave_unsaved`).click();
    expect(takeAsked()).toEqual(["leave_unsaved"]);
    sendAgent(makeAgent({ version: 2 }));
    await waitForNone(".o_cc_leave_unsaved");
    expect(`${RECORD} .o_cc_not_saved`).toHaveCount(1);
    expect(".o_cc_unsaved").toHaveText(/Customer 7/);
    expect(".o_cc_save").toBeEnabled();
});

test("the wrap-up of another customer is left, or gone to, from the call bar", async () => {
    await openWorkspace({
        agent: makeAgent({ state: "wrap_up" }),
        unsaved: [{ task_id: 7, title: "Customer 7", call_id: 100, ended_at: ago(5) }],
    });
    await openCustomer(8);
    expect(".o_cc_leave_unsaved").toHaveCount(1);
    expect(".o_cc_call_bar .o_cc_leave_unsaved").toHaveCount(1);
    await contains(".o_cc_show_customer").click();
    expect(`${RECORD} .o_cc_leave_unsaved`).toHaveCount(1);
    expect(".o_cc_leave_unsaved").toHaveCount(1);
    await press(["alt", "l"]);
    await runPending();
    expect(takeAsked()).toEqual(["leave_unsaved"]);
});

test("a call that never reached the customer makes no record", async () => {
    await openWorkspace({ call: makeCall({ version: 1 }) });
    await waitFor(`${RECORD}[data-state=dialing]`);
    sendCall({ version: 2, state: "ended", message: "Your phone was not picked up." });
    await waitFor(`${RECORD}[data-state=none]`);
    expect(".o_cc_not_saved").toHaveCount(0);
});

test("the record is read again when the call makes one, and when it ends", async () => {
    await openWorkspace({ call: makeCall({ version: 1 }) });
    await waitFor(`${RECORD}[data-state=dialing]`);
    asked.length = 0;
    truth.tasks[7] = makeTask(7, { record: makeRecord({ call_state: "ringing", outcome: false }) });
    sendCall({
        version: 2,
        state: "ringing",
        dialed_at: ago(0),
        ringing_at: ago(0),
        contact_record_id: 900,
    });
    await runPending();
    expect(asked).toInclude("read_task 7");
    truth.tasks[7] = makeTask(7, { record: makeRecord({ outcome: "unanswered" }) });
    sendCall({
        version: 3,
        state: "ended",
        outcome: "unanswered",
        contact_record_id: 900,
        dialed_at: ago(1),
        message: "Busy",
    });
    await waitFor(`${RECORD}[data-state=ended]`);
    expect(".o_cc_not_saved").toHaveCount(1);
});

test("a record saved in another tab of the browser is saved here too", async () => {
    await openAfterCall();
    expect(".o_cc_not_saved").toHaveCount(1);
    truth.tasks[7] = makeTask(7, { record: makeRecord({ saved: true }) });
    sendBus("callcenter_outbound/tasks", { plan_ids: [3], task_ids: [7] });
    await waitFor(`${RECORD}[data-state=saved]`);
});

/** The first customer's tab with a record that is saved. */
async function openSaved(entry = {}) {
    const record = makeRecord({ saved: true, can_save: false });
    await openWorkspace({ tasks: { 7: makeTask(7, { record, history: [makeEntry(entry)] }) } });
    await openCustomer(7);
    takeAsked();
}

test("the agent corrects what was saved, and sends only what changes", async () => {
    await openSaved();
    await contains(".o_cc_note").edit("Of the next call", { confirm: false });
    await contains(".o_cc_correct[data-record='900']").click();
    expect(`${RECORD}[data-state=correcting] .o_cc_correcting`).toHaveText("correction");
    expect(".o_cc_correct").toHaveCount(0);
    expect(".o_cc_note").toHaveValue("Wrong");
    expect(".o_cc_never_call").toBeChecked();
    expect("[name=o_cc_status]:checked + .o_cc_status_choice").toHaveText("Success");
    expect("[name=o_cc_result]:checked + .o_cc_result").toHaveText("Cooperative");
    expect(".o_cc_save_next").toHaveCount(0);
    await contains(".o_cc_note").edit("Right", { confirm: false });
    await contains(".o_cc_never_call").click();
    await contains(".o_cc_save").click();
    await runPending();
    expect(takeAsked()).toEqual([
        `correct 900 ${JSON.stringify({ note: "Right", never_call_again: false })}`,
    ]);
    expect(".o_cc_record_message [data-tone=success]").toHaveText("Contact record corrected");
    expect(".o_cc_history_note").toHaveText(/Right/);
    expect(".o_cc_correct").toHaveCount(1);
    // What was noted of the next call waited.
    expect(".o_cc_note").toHaveValue("Of the next call");
});

test("a follow-up time that is past stays as it was when the note is corrected", async () => {
    await openSaved({ status: "follow_up", follow_up_at: "2020-01-01T08:00:30.000Z" });
    await contains(".o_cc_correct").click();
    await contains(".o_cc_note").edit("Right", { confirm: false });
    await contains(".o_cc_save").click();
    await runPending();
    expect(takeAsked()).toEqual([`correct 900 ${JSON.stringify({ note: "Right" })}`]);
});

test("a correction that is refused says why, and can be left", async () => {
    await openSaved();
    truth.refusals = { correct: { type: "AccessError", message: "Only a supervisor corrects." } };
    await contains(".o_cc_correct").click();
    await contains(".o_cc_note").edit("Late", { confirm: false });
    await contains(".o_cc_save").click();
    await waitFor(".o_cc_record_message:contains(Only a supervisor corrects.)");
    expect(".o_cc_note").toHaveValue("Late");
    await contains(".o_cc_leave_correction").click();
    expect(`${RECORD}[data-state=saved]`).toHaveCount(1);
    expect(".o_cc_note").toHaveValue("");
});

test("a result that is offered no more stays with the record", async () => {
    await openSaved({ result_id: 39, result: "Of last year" });
    await contains(".o_cc_correct").click();
    expect(queryAllTexts(".o_cc_result")).toEqual(["Cooperative", "No time", "Of last year"]);
});

test("the next call ends the correction", async () => {
    await openSaved();
    await contains(".o_cc_correct").click();
    truth.tasks[7] = makeTask(7, {
        record: makeRecord({ id: 901, call_id: 101 }),
        history: [
            makeEntry({ id: 901, correctable: false, saved: false, status: false }),
            makeEntry({ correctable: false }),
        ],
    });
    sendCall({
        id: 101,
        version: 2,
        state: "ended",
        outcome: "answered",
        contact_record_id: 901,
        dialed_at: ago(9),
    });
    await waitFor(`${RECORD}[data-state=ended]`);
    expect(".o_cc_correct").toHaveCount(0);
    expect(".o_cc_note").toHaveValue("");
});

test("every choice has a name, and what happens is announced", async () => {
    await openAfterCall();
    await animationFrame();
    expect(`${RECORD} [aria-live=polite]`).toHaveCount(1);
    for (const input of document.querySelectorAll(`${RECORD} :is(input, select, textarea)`)) {
        expect(input.labels.length || input.hasAttribute("aria-labelledby")).toBe(1);
    }
    expect(RESULTS).toHaveLength(3);
});
