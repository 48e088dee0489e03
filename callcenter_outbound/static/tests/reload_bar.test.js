import { beforeEach, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, Deferred, queryOne, runAllTimers } from "@odoo/hoot-dom";
import { WEBSOCKET_CLOSE_CODES } from "@bus/workers/websocket_worker";
import { DONE_FOR, PATIENCE } from "@callcenter_outbound/services/reload_service";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineMenus,
    defineModels,
    getService,
    makeServerError,
    MockServer,
    models,
    mountWithCleanup,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { session } from "@web/session";
import { NavBar } from "@web/webclient/navbar/navbar";
import { sendBus } from "./workspace_test_helpers";

const BAR = ".o_cc_reload_bar";
const DONE = ".o_cc_reload_done";
const APP = "callcenter_outbound.callcenter_menu_root";
const MAIN = {
    id: 1,
    name: "Main",
    count: 3,
    changes: [
        { kind: "extension", name: "1987", what: "added", text: "extension 1987 added" },
        { kind: "extension", name: "1902", what: "refused", text: "extension 1902 refused" },
    ],
    summary: "extension 1987 added · extension 1902 refused · 1 more",
    state: "waiting",
    progress: false,
    message: "",
    version: 4,
};

/** What the server says. */
let rows;
/** Why the server refuses to reload. */
let refusal;

class CallcenterPbx extends models.Model {
    _name = "callcenter.pbx";

    action_read_reload() {
        expect.step("read");
        return rows;
    }

    action_reload(ids) {
        expect.step(`reload ${ids}`);
        if (refusal) {
            throw makeServerError({ type: "UserError", message: refusal });
        }
        return true;
    }
}

defineModels({ ...mailModels, CallcenterPbx });

beforeEach(() => {
    rows = [MAIN];
    refusal = false;
    defineMenus([
        { id: 1, name: "Call Center", xmlid: APP },
        { id: 2, name: "Sales", xmlid: "sale.menu_root" },
    ]);
    patchWithCleanup(session, { callcenter_outbound_is_manager: true });
});

async function runPending() {
    await animationFrame();
    // The mocked websocket hands its messages over in a timer.
    await advanceTime(100);
    await animationFrame();
}

async function mountBar(appId = 1) {
    await mountWithCleanup(NavBar);
    getService("menu").setCurrentMenu(appId);
    await runPending();
}

/** Send a message, and go on when it has come and was dealt with. */
async function send(type, payload) {
    const bus = getService("bus_service");
    let isTold = false;
    const onTold = () => {
        isTold = true;
    };
    bus.subscribe(type, onTold);
    sendBus(type, payload);
    for (let turn = 0; turn < 50 && !isTold; turn++) {
        await runPending();
    }
    bus.unsubscribe(type, onTold);
    await animationFrame();
}

function tell(state, values = {}) {
    return send("callcenter_outbound/reload", {
        pbx_id: 1,
        state,
        progress: false,
        message: "",
        applied: [],
        version: 5,
        ...values,
    });
}

test.tags("desktop");

test("agents pay nothing for it", async () => {
    patchWithCleanup(session, { callcenter_outbound_is_manager: undefined });
    await mountBar();
    expect(".o_cc_reload").toHaveCount(0);
    expect.verifySteps([]);
});

test("stands on the screens of the app alone", async () => {
    await mountBar(2);
    expect(BAR).toHaveCount(0);
    expect.verifySteps([]);
    getService("menu").setCurrentMenu(1);
    await runPending();
    expect(BAR).toHaveCount(1);
    expect.verifySteps(["read"]);
    getService("menu").setCurrentMenu(2);
    await runPending();
    expect(BAR).toHaveCount(0);
    getService("menu").setCurrentMenu(1);
    await runPending();
    expect(BAR).toHaveCount(1);
    expect.verifySteps([]);
});

test("nothing to see while nothing waits", async () => {
    rows = [];
    await mountBar();
    expect(BAR).toHaveCount(0);
    expect(queryOne(".o_cc_reload").offsetHeight).toBe(0);
    expect.verifySteps(["read"]);
});

test("names what waits, and lists it on demand", async () => {
    await mountBar();
    expect(".o_cc_reload_title").toHaveText("PBX “Main” must reload: 3 changes wait.");
    expect(".o_cc_reload_summary").toHaveText(MAIN.summary);
    expect(".o_cc_reload [role=status]").toHaveText("PBX “Main” must reload: 3 changes wait.");
    expect(".o_cc_reload_show").toHaveAttribute("aria-expanded", "false");
    await contains(".o_cc_reload_show").click();
    expect(".o_cc_reload_show").toHaveAttribute("aria-expanded", "true");
    expect(".o_cc_reload_change").toHaveCount(2);
    expect(".o_cc_reload_change:eq(1)").toHaveAttribute("data-what", "refused");
    expect(".o_cc_reload_more").toHaveText("… and 1 more");
    await contains(".o_cc_reload_show").click();
    expect(".o_cc_reload_change").toHaveCount(0);
    expect.verifySteps(["read"]);
});

test("a row for each PBX", async () => {
    rows = [MAIN, { ...MAIN, id: 2, name: "Branch", count: 1 }];
    await mountBar();
    expect(BAR).toHaveCount(2);
    expect(".o_cc_reload_title:eq(1)").toHaveText("PBX “Branch” must reload: 1 change waits.");
    expect.verifySteps(["read"]);
});

test("a change that is saved anywhere shows by the bus", async () => {
    rows = [];
    await mountBar();
    rows = [MAIN];
    await tell("changed", { version: 4 });
    expect(BAR).toHaveCount(1);
    expect.verifySteps(["read", "read"]);
});

test("a click reloads: progress, then what was applied, then nothing", async () => {
    await mountBar();
    await contains(".o_cc_reload_now").click();
    expect(BAR).toHaveAttribute("data-state", "running");
    expect(".o_cc_reload_now").not.toBeEnabled();
    await tell("running", { progress: { done: 1, total: 4 } });
    expect(".progress-bar").toHaveStyle({ width: "25%" }, { inline: true });
    expect(".o_cc_reload_progress").toHaveText("1 of 4");
    rows = [];
    await tell("done", { applied: ["extension 1987 added", "secret changed"], version: 6 });
    expect(BAR).toHaveCount(0);
    expect(DONE).toHaveText("PBX “Main” has reloaded.\nextension 1987 added · secret changed");
    expect(".o_cc_reload [role=status]").toHaveText("PBX “Main” has reloaded.");
    await advanceTime(DONE_FOR);
    await animationFrame();
    expect(DONE).toHaveCount(0);
    expect.verifySteps(["read", "reload 1", "read"]);
});

test("what is saved during a reload waits for the next one", async () => {
    await mountBar();
    await contains(".o_cc_reload_now").click();
    rows = [{ ...MAIN, count: 1, version: 6 }];
    await tell("done", { applied: ["extension 1987 added"], version: 6 });
    expect(DONE).toHaveCount(1);
    expect(BAR).toHaveAttribute("data-state", "waiting");
    await contains(".o_cc_reload_dismiss").click();
    expect(DONE).toHaveCount(0);
    expect.verifySteps(["read", "reload 1", "read"]);
});

test("a PBX that can't be reached: the bar stays and says so", async () => {
    await mountBar();
    refusal = "The PBX “Main” can't be reached.";
    await contains(".o_cc_reload_now").click();
    expect(BAR).toHaveAttribute("data-state", "failed");
    expect(".o_cc_reload_message[role=alert]").toHaveText(refusal);
    expect(".o_cc_reload_now").toBeEnabled();
    // Something else is saved: still refused.
    await tell("changed", { version: 4 });
    expect(".o_cc_reload_message").toHaveText(refusal);
    // The PBX is back.
    await send("callcenter_outbound/pbx", { id: 1, state: "online" });
    expect(".o_cc_reload_message").toHaveCount(0);
    expect(BAR).toHaveAttribute("data-state", "waiting");
    expect.verifySteps(["read", "reload 1", "read", "read"]);
});

test("a reload that failed, or was refused in part, says why", async () => {
    await mountBar();
    await contains(".o_cc_reload_now").click();
    rows = [{ ...MAIN, state: "failed", message: "The PBX did not take it.", version: 6 }];
    await tell("failed", { message: "The PBX did not take it.", version: 6 });
    expect(BAR).toHaveAttribute("data-state", "failed");
    expect(".o_cc_reload_message").toHaveText("The PBX did not take it.");
    expect.verifySteps(["read", "reload 1", "read"]);
});

test("another tab's reload is followed too; old news are dropped", async () => {
    await mountBar();
    await tell("running", { progress: { done: 3, total: 4 }, version: 7 });
    await tell("running", { progress: { done: 2, total: 4 }, version: 6 });
    expect(".o_cc_reload_progress").toHaveText("3 of 4");
    expect.verifySteps(["read"]);
});

test("a reload that nobody tells about is looked up", async () => {
    await mountBar();
    await contains(".o_cc_reload_now").click();
    rows = [];
    await advanceTime(PATIENCE);
    await animationFrame();
    expect(BAR).toHaveCount(0);
    expect(DONE).toHaveText("PBX “Main” has reloaded.");
    expect.verifySteps(["read", "reload 1", "read"]);
});

test("reads again after a gap", async () => {
    await mountBar();
    rows = [];
    const isReconnected = new Deferred();
    getService("bus_service").addEventListener("BUS:RECONNECT", () => isReconnected.resolve());
    MockServer.env["bus.bus"]._simulateDisconnection(WEBSOCKET_CLOSE_CODES.ABNORMAL_CLOSURE);
    await runAllTimers();
    await isReconnected;
    await runPending();
    expect(BAR).toHaveCount(0);
    expect.verifySteps(["read", "read"]);
});
