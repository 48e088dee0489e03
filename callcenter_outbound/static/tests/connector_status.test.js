import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, Deferred, runAllTimers, waitFor } from "@odoo/hoot-dom";
import { WEBSOCKET_CLOSE_CODES } from "@bus/workers/websocket_worker";
import { ConnectorStatus } from "@callcenter_outbound/connector_status/connector_status";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    getService,
    MockServer,
    models,
    mountWithCleanup,
} from "@web/../tests/web_test_helpers";
import { sendBus } from "./workspace_test_helpers";

const STATUS = ".o_cc_connector_status";
const LINE = "server_wide_modules = base,rpc,web,callcenter_outbound";
const ONLINE = {
    id: 1,
    name: "Head office",
    led: true,
    state: "online",
    message: "Connected to Asterisk 22.10.1.",
};
const OFFLINE = { ...ONLINE, state: "offline", message: "10.0.0.1:5038 can't be reached." };
const NOT_LED = { ...OFFLINE, led: false, message: "No connector runs for this PBX." };

/** What the server says of the connector. */
let connector;

class CallcenterPbx extends models.Model {
    _name = "callcenter.pbx";

    action_read_connector() {
        return connector;
    }
}

defineModels({ ...mailModels, CallcenterPbx });

function setConnector(pbxs, line_set = true) {
    connector = { line: LINE, line_set, pbxs };
}

async function mountStatus(...args) {
    setConnector(...args);
    await mountWithCleanup(ConnectorStatus, { props: { onChange: () => expect.step("change") } });
    await runPending();
}

async function runPending() {
    await animationFrame();
    // The mocked websocket hands its messages over in a timer.
    await advanceTime(100);
    await animationFrame();
}

test.tags("desktop");

test("red, with the exact line to add, while the connector can't run", async () => {
    await mountStatus([NOT_LED], false);
    expect(STATUS).toHaveClass("alert-danger");
    expect(STATUS).toHaveText(/nobody can make calls.*configuration file, then restart Odoo/s);
    expect(".o_cc_server_wide_line").toHaveText(LINE);
    expect(`${STATUS} .o_clipboard_button`).toHaveCount(1);
});

test("red without the line, also before the first PBX", async () => {
    await mountStatus([], false);
    expect(STATUS).toHaveClass("alert-danger");
    expect(".o_cc_server_wide_line").toHaveText(LINE);
});

test("a connector that another server runs needs no line here", async () => {
    await mountStatus([ONLINE], false);
    expect(STATUS).toHaveClass("alert-success");
});

test("neither good nor bad without a PBX: there is nothing to check yet", async () => {
    await mountStatus([]);
    expect(STATUS).toHaveClass("alert-info");
    expect(STATUS).toHaveText("Add your PBX.");
});

test("green when every PBX is reached", async () => {
    await mountStatus([ONLINE]);
    expect(STATUS).toHaveClass("alert-success");
    expect(STATUS).toHaveText("The connector runs.\nHead office: Connected to Asterisk 22.10.1.");
    expect(".o_cc_server_wide_line").toHaveCount(0);
});

test("a warning when one of the PBXs isn't reached", async () => {
    await mountStatus([ONLINE, { ...OFFLINE, id: 2, name: "Branch" }]);
    expect(STATUS).toHaveClass("alert-warning");
    expect(STATUS).toHaveText(/does not reach every PBX.*Branch: 10\.0\.0\.1:5038 can't be/s);
});

test("turns green by itself when the PBX is reached", async () => {
    await mountStatus([OFFLINE]);
    setConnector([ONLINE]);
    sendBus("callcenter_outbound/pbx", { id: 1, state: "online" });
    await waitFor(`${STATUS}.alert-success`);
    expect.verifySteps(["change"]);
});

test("turns green by itself when Odoo is back with the line", async () => {
    await mountStatus([NOT_LED], false);
    setConnector([ONLINE]);
    const isReconnected = new Deferred();
    getService("bus_service").addEventListener("BUS:RECONNECT", () => isReconnected.resolve());
    MockServer.env["bus.bus"]._simulateDisconnection(WEBSOCKET_CLOSE_CODES.ABNORMAL_CLOSURE);
    await runAllTimers();
    await isReconnected;
    await waitFor(`${STATUS}.alert-success`);
    expect.verifySteps(["change"]);
});
