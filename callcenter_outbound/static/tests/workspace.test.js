import { expect, test } from "@odoo/hoot";
import {
    advanceTime,
    animationFrame,
    Deferred,
    press,
    queryAllTexts,
    queryFirst,
    runAllTimers,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { WEBSOCKET_CLOSE_CODES } from "@bus/workers/websocket_worker";
import {
    contains,
    getService,
    MockServer,
    mountWebClient,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { registry } from "@web/core/registry";
import {
    ago,
    asked,
    defineCallcenterModels,
    makeAgent,
    makeCall,
    openCustomer,
    openWorkspace,
    runPending,
    sendAgent,
    sendBus,
    sendCall,
    setTruth,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const BAR = ".o_cc_call_bar";
const DIAL = ".o_cc_customer[data-task='7'] .o_cc_dial";
const ROW_DIAL = ".o_cc_task[data-id='7'] .o_cc_dial";

/** The page with the first customer's tab open. */
async function openWithCustomer(values) {
    await openWorkspace(values);
    await openCustomer(7);
    takeAsked();
}

test.tags("desktop");

test("shows phone, agent, plan and own customers", async () => {
    await openWorkspace({ agent: makeAgent({ since: ago(65) }) });
    expect(".o_cc_header > :first-child").toHaveClass("o_cc_phone_status");
    expect(".o_cc_phone_status").toHaveText(/Phone OK\s*12 ms/);
    expect(".o_cc_agent_status").toHaveText(/Ready\s*01:05/);
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
    expect(".o_cc_plan[data-id='3']").toHaveText(/Spring offer\s*2 left/);
    expect(queryAllTexts(".o_cc_task_title")).toEqual(["Customer 7", "Customer 8"]);
    expect(queryAllTexts(".o_cc_task .o_cc_number")).toEqual(["+•• ••42", "+86 21 5555 0013"]);
    expect(".o_cc_notice").toHaveCount(0);
});

test("timers run without asking the server", async () => {
    await openWorkspace();
    takeAsked();
    await advanceTime(61_000);
    expect(".o_cc_agent_status").toHaveText(/01:01/);
    expect(asked).toEqual([]);
});

test("follows a call from the click to its end", async () => {
    await openWithCustomer();
    await contains(`${DIAL}[data-number='71']`).click();
    expect(takeAsked()).toEqual(["dial 7 71"]);
    expect(`${BAR}[data-state=dialing]`).toHaveText(/Dialing.*Pick up your phone\./s);
    expect(`${BAR}`).toHaveText(/Customer 7 · \+•• ••42/);

    sendCall({ version: 1, agent_answered: true });
    await waitFor(`${BAR}:contains(the customer is being called)`);

    sendCall({ version: 2, state: "ringing", ringing_at: ago(3), agent_answered: true });
    await waitFor(`${BAR}[data-state=ringing]:contains(00:03)`);

    sendCall({ version: 3, state: "answered", answered_at: ago(0), agent_answered: true });
    await waitFor(`${BAR}[data-state=answered]`);
    await advanceTime(72_000);
    expect(BAR).toHaveText(/Answered\s*01:1[12]/);

    sendCall({
        version: 4,
        state: "ended",
        outcome: "answered",
        message: "Answered",
        talk_seconds: 72.4,
    });
    await waitFor(`${BAR}[data-state=ended]`);
    expect(BAR).toHaveText(/Ended\s*talked 01:12/);
    expect(DIAL).toBeEnabled();
});

test("a phone that answers by itself needn't be picked up", async () => {
    await openWithCustomer({ agent: makeAgent({}, { answers_by_itself: true }) });
    await contains(DIAL).click();
    expect(BAR).toHaveText(/Your phone answers by itself\./);
});

test("follows the phone when a manager lets it answer by itself", async () => {
    await openWorkspace({ call: makeCall() });
    expect(BAR).toHaveText(/Pick up your phone\./);
    sendAgent(makeAgent({ version: 2 }, { answers_by_itself: true }));
    await waitFor(`${BAR}:contains(Your phone answers by itself.)`);
});

test("says what happened to a call that nobody answered", async () => {
    await openWorkspace({ call: makeCall({ state: "ringing", version: 2 }) });
    sendCall({ version: 3, state: "ended", outcome: "unanswered", message: "Busy" });
    await waitFor(`${BAR}[data-state=ended]:contains(Busy)`);
    expect(".o_cc_talk_time").toHaveCount(0);
});

test("a call that never reached the customer is told apart", async () => {
    await openWorkspace({ call: makeCall() });
    sendCall({ version: 1, state: "ended", message: "Your phone was not picked up." });
    await waitFor(`${BAR}[data-state=failed]:contains(Your phone was not picked up.)`);
});

test("a customer with two numbers can be called at either", async () => {
    await openWithCustomer();
    await contains(`${DIAL}[data-number='72']`).click();
    expect(takeAsked()).toEqual(["dial 7 72"]);
    expect(BAR).toHaveText(/\+•• ••00/);
});

test("old and repeated news change nothing", async () => {
    await openWorkspace({ call: makeCall({ state: "answered", answered_at: ago(1), version: 5 }) });
    for (const version of [3, 4]) {
        sendBus("callcenter_outbound/call", makeCall({ state: "ringing", version }));
    }
    sendBus("callcenter_outbound/call", makeCall({ id: 99, state: "ended", version: 9 }));
    await runPending();
    expect(`${BAR}[data-state=answered]`).toHaveCount(1);
    sendBus("callcenter_outbound/agent", makeAgent({ state: "dialing", version: 0 }));
    await runPending();
    expect(".o_cc_agent_status[data-state=ready]").toHaveCount(1);
});

test("a read that was overtaken by the bus changes neither agent nor connector", async () => {
    await openWorkspace();
    truth.readGate = new Deferred();
    truth.connector = { ok: false, message: "No connector runs for “PBX”." };
    getService("callcenter_outbound.workspace").load();
    await runPending();
    sendAgent(makeAgent({ version: 2 }), { ok: true, message: "" });
    await runPending();
    truth.readGate.resolve();
    await runPending();
    expect(".o_cc_notice").toHaveCount(0);
});

test("news of the last minute, given to a fresh page again, bring no old call back", async () => {
    await openWorkspace();
    const requested_at = ago(20);
    takeAsked();
    for (const values of [
        { version: 1 },
        { version: 2, state: "answered", answered_at: ago(15) },
        { version: 3, state: "ended", outcome: "answered", message: "Answered" },
    ]) {
        sendBus("callcenter_outbound/call", makeCall({ requested_at, ...values }));
    }
    await runPending();
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
    expect(getService("callcenter_outbound.calls").call).toBe(false);
});

test("news that come before the page was read for the first time bring no old call", async () => {
    setTruth({ readGate: new Deferred() });
    await mountWebClient();
    const workspace = getService("callcenter_outbound.workspace");
    workspace.open();
    await runPending();
    sendBus(
        "callcenter_outbound/call",
        makeCall({ requested_at: ago(20), state: "ended", outcome: "answered", version: 3 })
    );
    await runPending();
    truth.readGate.resolve();
    await runPending();
    expect(workspace.status).toBe("ready");
    expect(getService("callcenter_outbound.calls").call).toBe(false);
});

test("news of a call that began before the page read are taken as a reason to look", async () => {
    await openWorkspace();
    sendCall({ requested_at: ago(1), state: "ringing", ringing_at: ago(0), version: 2 });
    await waitFor(`${BAR}[data-state=ringing]`);
});

test("the answer to the click may come after the news of the call", async () => {
    const gate = new Deferred();
    await openWithCustomer({ dialGate: gate });
    await contains(DIAL).click();
    expect(`${BAR}[data-state=dialing]`).toHaveCount(1);
    sendCall({ version: 2, state: "ringing", ringing_at: ago(0) });
    await runPending();
    gate.resolve();
    await waitFor(`${BAR}[data-state=ringing]`);
});

test("one click at a time", async () => {
    const gate = new Deferred();
    await openWithCustomer({ dialGate: gate });
    await contains(DIAL).click();
    expect(".o_cc_dial:enabled").toHaveCount(0);
    getService("callcenter_outbound.calls").dial({ id: 8, title: "Customer 8" });
    gate.resolve();
    await runPending();
    expect(takeAsked()).toEqual(["dial 7 71"]);
});

test("a refused click is said twice: in passing and to stay", async () => {
    await openWithCustomer({ refusals: { dial: "Your phone 1987 can't be reached." } });
    await contains(DIAL).click();
    await waitFor(".o_notification:contains(Your phone 1987 can't be reached.)");
    expect(".o_cc_customer .o_cc_task_refusal").toHaveText("Your phone 1987 can't be reached.");
    expect(`${BAR}[data-state=failed]`).toHaveText(/Not called.*can't be reached/s);
    await contains(".o_cc_dismiss").click();
    expect(".o_cc_task_refusal").toHaveCount(0);
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
});

test("a refused click shows a call from another tab", async () => {
    await openWithCustomer({ refusals: { dial: "A call is on already." } });
    truth.call = makeCall({ state: "ringing", version: 2 });
    await contains(DIAL).click();
    await waitFor(`${BAR}[data-state=ringing]`);
});

test("an unreachable server is said in words", async () => {
    await openWithCustomer();
    onRpc(
        "/web/dataset/call_kw/callcenter.task/action_dial",
        () => new Response("", { status: 502 }),
        { pure: true }
    );
    await contains(DIAL).click();
    await waitFor(`${BAR}[data-state=failed]:contains(Odoo can't be reached)`);
});

test("a call without a sign from the PBX isn't waited for", async () => {
    await openWithCustomer({ call: makeCall({ requested_at: ago(2) }) });
    await advanceTime(6_000);
    expect(`${BAR}[data-state=dialing]`).toHaveCount(1);
    await advanceTime(2_100);
    await waitFor(`${BAR}[data-state=failed]:contains(it will not be dialled late)`);
    expect(DIAL).toBeEnabled();
    // What the PBX says in the end still counts.
    sendCall({ version: 1, state: "ended", message: "Nobody was called." });
    await waitFor(`${BAR}:contains(Nobody was called.)`);
});

test("at the deadline the server's word counts", async () => {
    await openWorkspace({ call: makeCall() });
    truth.call = makeCall({ state: "ringing", ringing_at: ago(0), version: 3 });
    await advanceTime(10_100);
    await waitFor(`${BAR}[data-state=ringing]`);
});

test("a phone that rings may be picked up late", async () => {
    await openWorkspace({ call: makeCall() });
    sendCall({ version: 1, agent_ringing: true });
    await runPending();
    await advanceTime(15_000);
    expect(`${BAR}[data-state=dialing]`).toHaveText(/Pick up your phone/);
});

test("reads the truth after a gap in the connection", async () => {
    await openWorkspace({ call: makeCall({ state: "answered", answered_at: ago(1), version: 3 }) });
    await runPending();
    truth.call = false;
    const isReconnected = new Deferred();
    getService("bus_service").addEventListener("BUS:RECONNECT", () => isReconnected.resolve());
    MockServer.env["bus.bus"]._simulateDisconnection(WEBSOCKET_CLOSE_CODES.ABNORMAL_CLOSURE);
    await runAllTimers();
    await isReconnected;
    await waitFor(`${BAR}:contains(The call has ended.)`);
});

test("a page opened in mid-call shows call and customer", async () => {
    await openWorkspace({
        call: makeCall({ state: "answered", answered_at: ago(30), version: 3 }),
    });
    expect(`${BAR}[data-state=answered]`).toHaveText(/00:30/);
    await waitFor(".o_cc_customer[data-task='7'][data-status=ready]");
    expect(".o_cc_tab[data-task='7'] .o_cc_mark_call").toHaveCount(1);
    expect(".o_cc_dial:enabled").toHaveCount(0);
    await contains(".o_cc_plan_tab").click();
    expect(".o_cc_task[data-id='7']").toHaveClass("o_cc_active");
    expect(".o_cc_dial:enabled").toHaveCount(0);
});

test("hangs up through the server when the phone isn't in the browser", async () => {
    await openWorkspace({ call: makeCall({ state: "answered", answered_at: ago(1), version: 3 }) });
    expect(".o_cc_mute").toHaveCount(0);
    await contains(".o_cc_hang_up").click();
    expect(takeAsked()).toEqual(["hang_up"]);
});

test("a refused hang-up is said", async () => {
    await openWorkspace({ call: makeCall({ version: 1 }), refusals: { hang_up: "No connector." } });
    await contains(".o_cc_hang_up").click();
    await waitFor(".o_notification:contains(No connector.)");
    expect(".o_cc_hang_up").toBeEnabled();
});

test("keys: Alt+D calls, Alt+E hangs up, and no key without Alt does", async () => {
    await openWithCustomer();
    expect(`${DIAL}[data-number='71']`).toHaveText("Alt D");
    expect(`${DIAL}[data-number='72']`).toHaveText("");
    await press(["alt", "d"]);
    await runPending();
    expect(takeAsked()).toEqual(["dial 7 71"]);
    await press("e");
    await press("escape");
    await runPending();
    expect(takeAsked()).toEqual([]);
    expect(".o_cc_hang_up").toHaveText(/Alt E/);
    await press(["alt", "e"]);
    await runPending();
    expect(takeAsked()).toEqual(["hang_up"]);
});

test("Alt+D calls the customer whose row was touched last, and opens him", async () => {
    await openWorkspace();
    queryFirst(".o_cc_task[data-id='8'] .o_cc_dial").focus();
    await animationFrame();
    await press(["alt", "d"]);
    await runPending();
    expect(takeAsked()).toEqual(["dial 8 false"]);
    expect(".o_cc_customer[data-task='8']").toHaveCount(1);
    expect(BAR).toHaveText(/Customer 8 · \+•• ••13/);
});

test("a call from the list stays refused in the row and in the customer's tab", async () => {
    await openWorkspace({ refusals: { dial: "This plan is paused." } });
    await contains(ROW_DIAL).click();
    await waitFor(".o_cc_customer .o_cc_task_refusal:contains(This plan is paused.)");
    await contains(".o_cc_plan_tab").click();
    expect(".o_cc_task_refusal").toHaveText("This plan is paused.");
});

test("test call: pick up and hear yourself", async () => {
    await openWorkspace();
    await contains(".o_cc_test_call").click();
    expect(takeAsked()).toEqual(["test_call"]);
    expect(BAR).toHaveText(/Test call.*Pick up your phone and speak/s);
    await contains(".o_cc_dismiss").click();
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
});

test("a refused test call says why", async () => {
    await openWorkspace({ refusals: { test_call: "No connector runs." } });
    await contains(".o_cc_test_call").click();
    await waitFor(`${BAR}[data-state=failed]:contains(No connector runs.)`);
});

test("a test call that ends before the server has answered the click is over", async () => {
    const gate = new Deferred();
    await openWorkspace({ testGate: gate });
    await contains(".o_cc_test_call").click();
    getService("callcenter_outbound.phone").onCallEnd();
    gate.resolve();
    await runPending();
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
});

test("a test call that fails on its way says why", async () => {
    await openWorkspace();
    await contains(".o_cc_test_call").click();
    const message = "Your phone was not picked up.";
    // An earlier one, told again.
    sendBus("callcenter_outbound/test_call", { message: "Old news.", requested_at: ago(30) });
    sendBus("callcenter_outbound/test_call", { message, requested_at: ago(0) });
    await waitFor(`${BAR}[data-state=failed]:contains(${message})`);
    expect(BAR).not.toHaveText(/Old news/);
});

test("a user who is no agent is told what to do", async () => {
    await openWorkspace({ agent: false, plans: [] });
    expect(".o_cc_no_agent").toHaveText(/not an agent yet.*Ask a manager/s);
    truth.agent = makeAgent();
    await contains(".o_cc_retry").click();
    await waitFor(".o_cc_phone_status");
});

test("an agent without an extension is told what to do", async () => {
    await openWorkspace({ agent: makeAgent({ extension: false }) });
    expect(".o_cc_no_extension").toHaveText(/no extension yet.*Ask a manager/s);
});

test("a phone that isn't registered, and the way out of it", async () => {
    await openWorkspace({
        agent: makeAgent({ state: "signed_out" }, { state: "not_registered", rtt_ms: false }),
    });
    expect(".o_cc_phone_status").toHaveText("Phone not registered");
    expect(".o_cc_notice").toHaveText(/Switch your phone on and register it as extension 1987/);
    expect(BAR).toHaveText(/Not ready/);
    sendAgent(makeAgent({ version: 2 }));
    await waitForNone(".o_cc_notice");
    expect(".o_cc_phone_status").toHaveText(/Phone OK/);
});

test("a missing connector is named", async () => {
    await openWorkspace({ connector: { ok: false, message: "No connector runs for “PBX”." } });
    expect(".o_cc_notice").toHaveText(/No calls at the moment.*No connector runs/s);
    sendAgent(makeAgent({ version: 2 }), { ok: true, message: "" });
    await waitForNone(".o_cc_notice");
});

test("a page that can't be read offers to try again", async () => {
    await openWorkspace({ refusals: { read_workspace: "Not now." } });
    expect(".o_cc_notice").toHaveText(/can't be shown.*Not now\./s);
    truth.refusals = {};
    await contains(".o_cc_retry").click();
    await waitFor(".o_cc_phone_status");
});

test("news are announced, the running timer isn't", async () => {
    await openWorkspace({ call: makeCall({ state: "ringing", ringing_at: ago(0), version: 2 }) });
    expect(`${BAR} [aria-live=polite]`).toHaveText("Ringing. The customer's phone rings.");
    expect(`${BAR} [aria-live=polite] .o_cc_timer`).toHaveCount(0);
    expect(`${BAR} .o_cc_timer`).toHaveAttribute("aria-live", "off");
    expect(registry.category("actions").contains("callcenter_outbound.workspace")).toBe(true);
});
