import { expect, test } from "@odoo/hoot";
import { animationFrame, press, queryAllTexts, queryFirst, waitFor } from "@odoo/hoot-dom";
import { contains, getService, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { Tabs } from "@callcenter_outbound/services/tab_service";
import { PageStorage } from "@callcenter_outbound/services/page_storage";
import {
    asked,
    defineCallcenterModels,
    makeCall,
    openCustomer,
    openWorkspace,
    runPending,
    sendBus,
    sendCall,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

test.tags("desktop");

test("tabs of customers, closed one by one", async () => {
    await openWorkspace();
    await openCustomer(7);
    await openCustomer(8);
    expect(queryAllTexts(".o_cc_tab")).toEqual(["Customer 7", "Customer 8"]);
    expect(".o_cc_tab[aria-selected=true]").toHaveText("Customer 8");
    expect(".o_cc_panel").toHaveAttribute("aria-labelledby", "o_cc_tab_8");
    await contains(".o_cc_tab_box:has([data-task='8']) .o_cc_tab_close").click();
    expect(".o_cc_customer[data-task='7']").toHaveCount(1);
    await press(["alt", "w"]);
    await runPending();
    expect(".o_cc_tab").toHaveCount(0);
    expect(".o_cc_plan_panel").toHaveCount(1);
});

test("arrow keys go through the tabs", async () => {
    await openWorkspace();
    await openCustomer(7);
    await openCustomer(8);
    queryFirst(".o_cc_tab[data-task='8']").focus();
    await press("arrowright");
    await animationFrame();
    expect(".o_cc_plan_tab[aria-selected=true]").toHaveCount(1);
    await animationFrame();
    expect(".o_cc_plan_tab").toBeFocused();
    await press("arrowright");
    await animationFrame();
    expect(".o_cc_customer[data-task='7']").toHaveCount(1);
    await press("End");
    await animationFrame();
    expect(".o_cc_customer[data-task='8']").toHaveCount(1);
    await press("Home");
    await animationFrame();
    expect(".o_cc_plan_panel").toHaveCount(1);
    await press(["alt", "pageup"]);
    await animationFrame();
    expect(".o_cc_customer[data-task='8']").toHaveCount(1);
});

test("tabs survive a reload, for this user alone", async () => {
    new PageStorage("tabs").write({ taskIds: [8, 7], activeId: 7, planId: 3 });
    browser.sessionStorage.setItem("callcenter_outbound:another:99:drafts", "{}");
    await openWorkspace();
    await waitFor(".o_cc_customer[data-task='7'][data-status=ready]");
    expect(queryAllTexts(".o_cc_tab")).toEqual(["Customer 8", "Customer 7"]);
    expect(browser.sessionStorage.getItem("callcenter_outbound:another:99:drafts")).toBe(null);
    patchWithCleanup(user, { userId: 99 });
    expect(new PageStorage("tabs").read()).toBe(undefined);
});

test("a storage that doesn't work is done without", async () => {
    const deny = (key) => {
        if (key.startsWith("callcenter_outbound")) {
            throw new Error("denied");
        }
        return null;
    };
    patchWithCleanup(browser, {
        sessionStorage: { getItem: deny, setItem: deny, removeItem: deny },
    });
    await openWorkspace();
    await openCustomer(7);
    expect(queryAllTexts(".o_cc_tab")).toEqual(["Customer 7"]);
});

test("a customer who was given to somebody else closes with a note", async () => {
    await openWorkspace();
    await openCustomer(7);
    await openCustomer(8);
    delete truth.tasks[8];
    sendBus("callcenter_outbound/tasks", { plan_ids: [3], task_ids: [8] });
    await waitFor(".o_notification:contains(“Customer 8” is not yours any more)");
    expect(queryAllTexts(".o_cc_tab")).toEqual(["Customer 7"]);
    expect(".o_cc_customer[data-task='7']").toHaveCount(1);
});

test("news of another plan's tasks read no tab", async () => {
    await openWorkspace();
    await openCustomer(7);
    asked.length = 0;
    sendBus("callcenter_outbound/tasks", { plan_ids: [99] });
    await runPending();
    expect(asked).not.toInclude("read_task 7");
});

test("a customer that can't be read offers to try again", async () => {
    await openWorkspace({ refusals: { read_task: "Not now." } });
    getService("callcenter_outbound.tabs").show(7);
    await waitFor(".o_cc_customer .o_cc_notice:contains(Not now.)");
    truth.refusals = {};
    await contains(".o_cc_retry").click();
    await waitFor(".o_cc_customer_title:contains(Customer 7)");
});

test("the tab of a call is marked, and shown from another tab", async () => {
    await openWorkspace({ call: makeCall({ state: "ringing", version: 2 }) });
    await waitFor(".o_cc_tab[data-task='7'] .o_cc_mark_call");
    expect(".o_cc_show_customer").toHaveCount(0);
    await openCustomer(8);
    await contains(".o_cc_show_customer").click();
    expect(".o_cc_customer[data-task='7']").toHaveCount(1);
    sendCall({ version: 3, state: "ended", outcome: "unanswered", message: "Busy" });
    await runPending();
    expect(".o_cc_mark_call").toHaveCount(0);
});

test("what is typed marks the tab", async () => {
    await openWorkspace();
    await openCustomer(7);
    expect(".o_cc_mark_unsaved").toHaveCount(0);
    await contains(".o_cc_note").edit("Asks for a price list", { confirm: false });
    expect(".o_cc_tab[data-task='7'] .o_cc_mark_unsaved").toHaveCount(1);
    expect(getService("callcenter_outbound.tabs")).toBeInstanceOf(Tabs);
});
