import { expect, test } from "@odoo/hoot";
import {
    advanceTime,
    animationFrame,
    Deferred,
    press,
    queryAllTexts,
    queryFirst,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { contains, getService } from "@web/../tests/web_test_helpers";
import {
    ago,
    asked,
    defineCallcenterModels,
    makeRow,
    openWorkspace,
    PLAN,
    runPending,
    sendBus,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const RENEWAL = {
    ...PLAN,
    id: 4,
    name: "Renewal Q4",
    group_name: "Renewals",
    signed_in: false,
    unfinished: 5,
    untouched: 5,
    follow_up: 0,
    done: 0,
};

function makeRows(count) {
    return Array.from({ length: count }, (_, index) => makeRow(100 + index));
}

test.tags("desktop");

test("cards: what is left, which group works it, whether it is paused", async () => {
    await openWorkspace({ plans: [PLAN, RENEWAL, { ...PLAN, id: 9, state: "paused" }] });
    expect(".o_cc_plan[data-id='3']").toHaveText(/Spring offer\s*2 left/);
    expect(".o_cc_plan[data-id='3']").toHaveAttribute("aria-current", "true");
    expect(".o_cc_plan[data-id='4']").toHaveText(/5 left\s*sign in to Renewals to work it/);
    expect(".o_cc_plan[data-id='9']").toHaveText(/Paused/);
    const parts = [...document.querySelectorAll(".o_cc_plan[data-id='3'] .o_cc_progress > *")];
    expect(parts.map((part) => part.style.width)).toEqual(["50%", "25%", "0%"]);
});

test("shows the plan's details and its unfinished customers", async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    await openWorkspace({
        script: "<p>Good <b>day</b></p>",
        rows: {
            3: [
                makeRow(7, { status: "follow_up", follow_up_at: ago(60), attempts: 3 }),
                makeRow(8, { status: "follow_up", follow_up_at: soon }),
            ],
        },
    });
    expect(".o_cc_plan_details").toHaveText(/Spring offer\s*Running\s*Outbound sales/);
    expect(queryAllTexts(".o_cc_counts > div")).toEqual([
        "2\nleft",
        "1\nuntouched",
        "1\nfollow up",
        "2\ndone",
    ]);
    await waitFor(".o_cc_script b:contains(day)");
    expect(queryAllTexts(".o_cc_task .o_cc_status")).toEqual(["Follow up", "Follow up"]);
    expect(".o_cc_task[data-id='7'] .o_cc_due").toHaveCount(1);
    expect(".o_cc_task[data-id='8'] .o_cc_due").toHaveCount(0);
    expect(".o_cc_task[data-id='7']").toHaveText(/3/);
    expect(".o_cc_range").toHaveText("1–2 of 2");
});

test("another plan is shown on a click", async () => {
    await openWorkspace({
        plans: [PLAN, RENEWAL],
        rows: { 3: [makeRow(7)], 4: [makeRow(44)] },
    });
    await contains(".o_cc_plan[data-id='4']").click();
    await waitFor(".o_cc_task[data-id='44']");
    expect(".o_cc_plan_tab").toHaveText("Renewal Q4");
    expect(".o_cc_plan_panel .o_cc_notice").toHaveText(/not signed in to Renewals/);
});

test("searches on the server, once for what was typed", async () => {
    await openWorkspace();
    asked.length = 0;
    await contains(".o_cc_search input").edit("Customer 8", { confirm: false });
    await advanceTime(400);
    await runPending();
    expect(asked.filter((name) => name.startsWith("list"))).toEqual(["list 3 Customer 8 0"]);
    expect(queryAllTexts(".o_cc_task_title")).toEqual(["Customer 8"]);
    await contains(".o_cc_search input").edit("Nobody", { confirm: false });
    await advanceTime(400);
    await waitFor(".o_cc_no_tasks:contains(Nobody found)");
});

test("news of the bus don't wipe out what is being typed", async () => {
    await openWorkspace();
    await contains(".o_cc_search input").edit("Cust", { confirm: false });
    getService("callcenter_outbound.plan_list").load();
    await animationFrame();
    await animationFrame();
    expect(".o_cc_search input").toHaveValue("Cust");
});

test("the answer to an older search doesn't overtake a later one", async () => {
    await openWorkspace();
    const planList = getService("callcenter_outbound.plan_list");
    const gate = new Deferred();
    truth.listGate = gate;
    planList.term = "Customer 7";
    planList.search();
    await animationFrame();
    truth.listGate = undefined;
    planList.term = "Customer 8";
    await planList.search();
    gate.resolve();
    await runPending();
    expect(queryAllTexts(".o_cc_task_title")).toEqual(["Customer 8"]);
});

test("turns pages of 40", async () => {
    await openWorkspace({ rows: { 3: makeRows(85) } });
    expect(".o_cc_range").toHaveText("1–40 of 85");
    expect(".o_cc_previous_page").not.toBeEnabled();
    await contains(".o_cc_next_page").click();
    await runPending();
    await contains(".o_cc_next_page").click();
    await runPending();
    expect(".o_cc_range").toHaveText("81–85 of 85");
    expect(".o_cc_next_page").not.toBeEnabled();
    // The customers of the last page are done.
    truth.rows = { 3: makeRows(80) };
    sendBus("callcenter_outbound/tasks", { plan_ids: [3] });
    await runPending();
    expect(".o_cc_range").toHaveText("41–80 of 80");
});

test("a click selects, a double click, Enter or the button opens", async () => {
    await openWorkspace();
    await contains(".o_cc_task[data-id='8'] .o_cc_task_title").click();
    expect(".o_cc_task[data-id='8']").toHaveAttribute("aria-selected", "true");
    expect(".o_cc_tab").toHaveCount(0);
    await contains(".o_cc_task[data-id='8'] .o_cc_task_title").dblclick();
    await waitFor(".o_cc_customer[data-task='8'][data-status=ready]");

    await contains(".o_cc_plan_tab").click();
    queryFirst(".o_cc_task[data-id='7']").focus();
    await animationFrame();
    await press("arrowdown");
    await animationFrame();
    expect(".o_cc_task[data-id='8']").toBeFocused();
    await press("arrowup");
    await animationFrame();
    await press("enter");
    await waitFor(".o_cc_customer[data-task='7']");
    expect(queryAllTexts(".o_cc_tab")).toEqual(["Customer 8", "Customer 7"]);

    await contains(".o_cc_plan_tab").click();
    await contains(".o_cc_task[data-id='8'] .o_cc_open").click();
    expect(".o_cc_customer[data-task='8']").toHaveCount(1);
    expect(".o_cc_tab").toHaveCount(2);
});

test("the list follows the bus: given, taken, saved elsewhere", async () => {
    await openWorkspace();
    truth.rows = { 3: [makeRow(8)] };
    truth.plans = [{ ...PLAN, unfinished: 1, done: 3 }];
    sendBus("callcenter_outbound/tasks", { plan_ids: [3] });
    await waitFor(".o_cc_plan:contains(1 left)");
    expect(queryAllTexts(".o_cc_task_title")).toEqual(["Customer 8"]);
});

test("a plan that is paused says what that means", async () => {
    await openWorkspace({ plans: [{ ...PLAN, state: "paused" }] });
    expect(".o_cc_plan_panel .o_cc_notice").toHaveText(/This plan is paused/);
});

test("without a plan, without customers, with all done", async () => {
    await openWorkspace({ plans: [], rows: {} });
    expect(".o_cc_no_plan").toHaveText(/None of your groups has a dial plan/);
    truth.plans = [{ ...PLAN, unfinished: 0, untouched: 0, follow_up: 0, done: 0 }];
    sendBus("callcenter_outbound/tasks", { plan_ids: [3] });
    await waitFor(".o_cc_no_tasks:contains(None was given to you yet)");
    truth.plans = [{ ...PLAN, unfinished: 0, untouched: 0, follow_up: 0, done: 5 }];
    sendBus("callcenter_outbound/tasks", { plan_ids: [3] });
    await waitFor(".o_cc_no_tasks:contains(All done)");
});

test("a list that can't be read offers to try again", async () => {
    await openWorkspace({ refusals: { list: "Not now." } });
    expect(".o_cc_tasks .o_cc_notice").toHaveText(/can't be listed.*Not now/s);
    truth.refusals = {};
    await contains(".o_cc_tasks .o_cc_retry").click();
    await waitFor(".o_cc_task[data-id='7']");
});

test("reminds of calls left unsaved", async () => {
    await openWorkspace({
        unsaved: [{ task_id: 8, title: "Customer 8", call_id: 99, ended_at: ago(300) }],
    });
    expect(".o_cc_unsaved").toHaveText(/Not saved\s*1\s*Customer 8/i);
    await contains(".o_cc_unsaved_call").click();
    await waitFor(".o_cc_customer[data-task='8']");
    truth.unsaved = [];
    sendBus("callcenter_outbound/tasks", { plan_ids: [3] });
    await waitForNone(".o_cc_unsaved");
    expect(takeAsked()).toEqual([]);
});
