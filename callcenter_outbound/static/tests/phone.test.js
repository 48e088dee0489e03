import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, press, tick, waitFor } from "@odoo/hoot-dom";
import { phoneLibrary } from "@callcenter_outbound/services/phone_library";
import { BrowserPhone } from "@callcenter_outbound/services/phone_service";
import { SipPhone } from "@callcenter_outbound/services/sip_phone";
import { contains, getService, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { ACCOUNT, setupPhoneWorld } from "./phone_test_helpers";
import {
    ago,
    asked,
    defineCallcenterModels,
    makeAgent,
    makeCall,
    openWorkspace,
    sendAgent,
    sendCall,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const BAR = ".o_cc_call_bar";
const STATUS = ".o_cc_phone_status";
const BROWSER_PHONE = { number: "1986", phone: "browser", answers_by_itself: true };

async function openWithPhone(values = {}) {
    await openWorkspace({
        agent: makeAgent({}, BROWSER_PHONE),
        phone: ACCOUNT,
        ...values,
    });
    await settle();
}

/** Lets the promises that start and answer a phone come to their end. */
async function settle() {
    for (let i = 0; i < 10; i++) {
        await tick();
    }
    await animationFrame();
}

async function register(world) {
    world.ua.emit("registered");
    await animationFrame();
}

/** The page of a second tab, as far as the phone goes. */
function openOtherTab(account = ACCOUNT) {
    const phone = new BrowserPhone({
        silent: { call: async () => account },
    });
    phone.start();
    return phone;
}

test.tags("desktop");

test("registers with the hash when the agent opens the workspace", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    expect(world.uas).toHaveLength(1);
    const { uri, ha1, realm, password, sockets } = world.ua.configuration;
    expect({ uri, ha1, realm, password }).toEqual({
        uri: ACCOUNT.uri,
        ha1: ACCOUNT.ha1,
        realm: ACCOUNT.realm,
        password: undefined,
    });
    expect(sockets[0].url).toBe(ACCOUNT.websocket_url);
    expect(STATUS).toHaveText("Phone connecting…");
    await register(world);
    expect(STATUS).toHaveText(/Phone OK\s*12 ms/);
    // Asked for early, given back at once.
    expect(world.streams.map((stream) => stream.tracks[0].isStopped)).toEqual([true]);
});

for (const [page, url] of [
    ["https://odoo.example:8443/odoo/call-center", "wss://odoo.example:8443/ws"],
    ["http://localhost:8069/odoo/call-center", "ws://localhost:8069/ws"],
]) {
    test(`without an address of its own the PBX is behind Odoo's: ${url}`, async () => {
        patchWithCleanup(browser, { location: new URL(page) });
        const world = setupPhoneWorld();
        const account = { ...ACCOUNT, websocket_url: "" };
        new SipPhone(await phoneLibrary.load(), account, { onState() {} }).start();
        expect(world.ua.configuration.sockets[0].url).toBe(url);
    });
}

test("an agent with a phone on the desk loads nothing", async () => {
    const world = setupPhoneWorld();
    await openWorkspace();
    await settle();
    expect(world.uas).toHaveLength(0);
    expect(asked).not.toInclude("read_phone");
});

test("answers by itself, mutes, and gives the microphone back", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    sendCall({ version: 1 });
    const session = world.ua.ring();
    await settle();
    expect(session.log).toEqual(["answer"]);
    sendCall({ version: 2, state: "answered", answered_at: ago(0), agent_answered: true });
    await waitFor(`${BAR}[data-state=answered]`);

    await contains(".o_cc_mute").click();
    expect(".o_cc_mute").toHaveText(/^Unmute\s*Alt M$/);
    expect(".o_cc_mute").toHaveAttribute("aria-pressed", "true");
    await press(["alt", "m"]);
    await waitFor(".o_cc_mute[aria-pressed=false]");
    expect(".o_cc_mute").toHaveText(/^Mute\s*Alt M$/);
    expect(session.log).toEqual(["answer", "mute", "unmute"]);

    session.emit("ended");
    await animationFrame();
    expect(".o_cc_mute").toHaveCount(0);
    expect(session.stream.tracks[0].isStopped).toBe(true);
    expect(world.audio.srcObject).toBe(null);
});

test("plays the other side and shows the voice's own round-trip time", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    const session = world.ua.ring();
    await settle();
    const stream = {};
    session.connection.emit("track", { streams: [stream] });
    expect(world.audio.srcObject).toBe(stream);
    session.connection.roundTripTime = 0.0874;
    await advanceTime(2_100);
    await animationFrame();
    expect(STATUS).toHaveText(/87 ms/);
    session.emit("ended");
    await animationFrame();
    expect(STATUS).toHaveText(/12 ms/);
});

test("a browser that refuses to play without a click asks for one", async () => {
    const world = setupPhoneWorld();
    world.audio.play = async () => {
        throw new Error("NotAllowedError");
    };
    await openWithPhone();
    await register(world);
    sendCall({ version: 2, state: "ringing", ringing_at: ago(0), agent_answered: true });
    const session = world.ua.ring();
    await settle();
    session.connection.emit("track", { streams: [{}] });
    await waitFor(".o_cc_sound");
    world.audio.play = async () => {};
    await contains(".o_cc_sound").click();
    await animationFrame();
    expect(".o_cc_sound").toHaveCount(0);
});

test("hangs up in the browser, and asks the server when that didn't help", async () => {
    const world = setupPhoneWorld();
    await openWithPhone({ call: makeCall({ state: "answered", answered_at: ago(1), version: 2 }) });
    await register(world);
    const session = world.ua.ring();
    await settle();
    takeAsked();
    await contains(".o_cc_hang_up").click();
    expect(session.log).toEqual(["answer", "terminate"]);
    expect(takeAsked()).toEqual([]);
    await advanceTime(2_100);
    expect(takeAsked()).toEqual(["hang_up"]);
});

test("hangs up through the server while the phone isn't called yet", async () => {
    const world = setupPhoneWorld();
    await openWithPhone({ call: makeCall({ version: 1 }) });
    await register(world);
    takeAsked();
    await contains(".o_cc_hang_up").click();
    expect(takeAsked()).toEqual(["hang_up"]);
});

test("ends its own side when the server says that the call is over", async () => {
    const world = setupPhoneWorld();
    await openWithPhone({ call: makeCall({ state: "answered", answered_at: ago(1), version: 2 }) });
    await register(world);
    const session = world.ua.ring();
    await settle();
    sendCall({ version: 3, state: "ended", outcome: "answered", message: "Answered" });
    await waitFor(`${BAR}[data-state=ended]`);
    expect(session.log).toEqual(["answer", "terminate"]);
});

test("a second call is refused as busy", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    const first = world.ua.ring();
    const second = world.ua.ring();
    await settle();
    expect(first.log).toEqual(["answer"]);
    expect(second.log).toEqual(["terminate 486"]);
});

test("test call in the browser", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    await contains(".o_cc_test_call").click();
    expect(BAR).toHaveText(/Your phone answers by itself/);
    const session = world.ua.ring();
    await settle();
    expect(BAR).toHaveText(/Test call.*you should hear yourself/s);
    await contains(".o_cc_hang_up").click();
    expect(session.log).toEqual(["answer", "terminate"]);
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
    expect(takeAsked()).toEqual(["test_call"]);
});

for (const [name, advice] of [
    ["NotAllowedError", /may not use the microphone/],
    ["NotFoundError", /plug in your headset/],
    ["NotReadableError", /another program may be using it/],
]) {
    test(`no call comes without a microphone: ${name}`, async () => {
        const world = setupPhoneWorld();
        world.microphoneError = name;
        await openWithPhone();
        expect(STATUS).toHaveText("No microphone");
        expect(".o_cc_notice").toHaveText(advice);
        expect(world.uas).toHaveLength(0);
        world.microphoneError = null;
        await contains(".o_cc_retry").click();
        await settle();
        expect(world.uas).toHaveLength(1);
    });
}

test("a headset that is plugged in is taken without a click", async () => {
    const world = setupPhoneWorld();
    world.microphoneError = "NotFoundError";
    await openWithPhone();
    world.microphoneError = null;
    world.plugMicrophone();
    await settle();
    expect(world.uas).toHaveLength(1);
});

test("a microphone that fails when the call comes ends the call and the registration", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    world.microphoneError = "NotReadableError";
    const session = world.ua.ring();
    await settle();
    expect(session.log).toEqual(["terminate 480"]);
    expect(world.ua.stopped).toBe(true);
    expect(STATUS).toHaveText("No microphone");
});

test("a page without TLS says what it needs", async () => {
    const world = setupPhoneWorld();
    world.isUsable = false;
    await openWithPhone();
    expect(".o_cc_notice").toHaveText(/only to pages that come over HTTPS/);
});

test("a library that can't be loaded may be tried again", async () => {
    const world = setupPhoneWorld();
    world.loadError = new Error("404");
    await openWithPhone();
    expect(STATUS).toHaveText("Phone failed");
    world.loadError = null;
    await contains(".o_cc_retry").click();
    await settle();
    expect(world.uas).toHaveLength(1);
});

test("an account that can't be read may be tried again", async () => {
    const world = setupPhoneWorld();
    await openWithPhone({ refusals: { read_phone: "Not now." } });
    expect(STATUS).toHaveText("Phone failed");
    truth.refusals = {};
    await contains(".o_cc_retry").click();
    await settle();
    expect(world.uas).toHaveLength(1);
});

test("a test call that the PBX no longer hears of ends all the same", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    await contains(".o_cc_test_call").click();
    const session = world.ua.ring();
    await settle();
    world.ua.emit("disconnected");
    await contains(".o_cc_hang_up").click();
    expect(session.log).toEqual(["answer", "terminate"]);
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
});

test("becomes the phone, and stops being it, when a manager says so", async () => {
    const world = setupPhoneWorld();
    await openWorkspace({ agent: makeAgent({}, { number: "1986" }) });
    await settle();
    expect(world.uas).toHaveLength(0);

    truth.phone = ACCOUNT;
    sendAgent(makeAgent({ version: 2 }, BROWSER_PHONE));
    await advanceTime(100);
    await settle();
    await register(world);
    expect(STATUS).toHaveText(/Phone OK/);

    truth.phone = false;
    sendAgent(makeAgent({ version: 3 }, { number: "1986", state: "not_registered" }));
    await advanceTime(100);
    await settle();
    expect(world.uas.map((ua) => ua.stopped)).toEqual([true]);
    expect(STATUS).toHaveText("Phone not registered");

    truth.phone = ACCOUNT;
    sendAgent(makeAgent({ version: 4 }, BROWSER_PHONE));
    await advanceTime(100);
    await settle();
    expect(world.uas.map((ua) => Boolean(ua.stopped))).toEqual([true, false]);
});

test("follows the agent to another extension", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    truth.phone = { ...ACCOUNT, uri: "sip:1999@pbx.example" };
    sendAgent(makeAgent({ version: 2 }, { ...BROWSER_PHONE, number: "1999" }));
    await advanceTime(100);
    await settle();
    expect(world.uas.map((ua) => ua.configuration.uri)).toEqual([
        "sip:1986@pbx.example",
        "sip:1999@pbx.example",
    ]);
    expect(world.uas[0].stopped).toBe(true);

    truth.phone = false;
    sendAgent(makeAgent({ version: 3 }));
    await advanceTime(100);
    await settle();
    expect(world.ua.stopped).toBe(true);
    expect(STATUS).toHaveText(/Phone OK/);
});

test("a lost connection is shown and comes back", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    world.ua.emit("disconnected");
    await animationFrame();
    expect(STATUS).toHaveText("Phone disconnected");
    expect(".o_cc_notice").toHaveText(/reconnects by itself/);
    await register(world);
    expect(STATUS).toHaveText(/Phone OK/);
    expect(".o_cc_notice").toHaveCount(0);
});

test("a socket that only seems to be open is replaced", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    await register(world);
    await advanceTime(60_500);
    expect(world.ua.registrations).toBe(1);
    world.ua.emit("registrationFailed", { cause: "Request Timeout" });
    await advanceTime(1_100);
    expect(world.uas.map((ua) => Boolean(ua.stopped))).toEqual([true, false]);
    // The old one's last words don't count.
    await register(world);
    world.uas[0].emit("disconnected");
    await animationFrame();
    expect(STATUS).toHaveText(/Phone OK/);
});

test("a refused secret is said, and read anew", async () => {
    const world = setupPhoneWorld();
    await openWithPhone();
    world.ua.emit("registrationFailed", { response: { status_code: 403 } });
    await animationFrame();
    expect(STATUS).toHaveText("Phone refused");
    expect(".o_cc_notice").toHaveText(/The PBX refused extension 1986/);
    asked.length = 0;
    await advanceTime(30_500);
    await settle();
    expect(asked).toInclude("read_phone");
    expect(world.uas).toHaveLength(2);
});

test("only one tab is the phone; the other shows and steers it, and takes over", async () => {
    const world = setupPhoneWorld();
    const first = openOtherTab();
    await settle();
    world.ua.emit("registered");
    await openWithPhone({ call: makeCall({ state: "answered", answered_at: ago(1), version: 2 }) });
    expect(world.uas).toHaveLength(1);
    expect(STATUS).toHaveText(/Phone OK.*in another tab/s);

    const session = world.ua.ring();
    await settle();
    expect(first.call.answered).toBe(true);
    await contains(".o_cc_mute").click();
    await animationFrame();
    expect(session.log).toEqual(["answer", "mute"]);
    expect(".o_cc_mute").toHaveText(/^Unmute\s*Alt M$/);
    takeAsked();
    await contains(".o_cc_hang_up").click();
    expect(session.log).toEqual(["answer", "mute", "terminate"]);
    await advanceTime(2_100);
    expect(takeAsked()).toEqual(["hang_up"]);

    world.closePhoneTab();
    await settle();
    expect(world.uas).toHaveLength(2);
    await register(world);
    expect(STATUS).toHaveText(/Phone OK/);
    expect(".o_cc_phone_elsewhere").toHaveCount(0);
    expect(getService("callcenter_outbound.phone").isElsewhere).toBe(false);
});

test("the tab that isn't the phone hangs up a test call", async () => {
    const world = setupPhoneWorld();
    openOtherTab();
    await settle();
    world.ua.emit("registered");
    await openWithPhone();
    await contains(".o_cc_test_call").click();
    const session = world.ua.ring();
    await settle();
    expect(BAR).toHaveText(/Test call/);
    await contains(".o_cc_hang_up").click();
    expect(session.log).toEqual(["answer", "terminate"]);
    expect(`${BAR}[data-state=idle]`).toHaveCount(1);
    expect(takeAsked()).toEqual(["test_call"]);
});

test("a tab that is opened after a change of extension is no second phone", async () => {
    const world = setupPhoneWorld();
    openOtherTab();
    await settle();
    await openWithPhone({ phone: { ...ACCOUNT, uri: "sip:1999@pbx.example" } });
    expect(world.uas).toHaveLength(1);
    expect(".o_cc_phone_elsewhere").toHaveCount(1);
});
