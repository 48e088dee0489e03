import { beforeEach, expect, test } from "@odoo/hoot";
import {
    click,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAll,
    queryOne,
} from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

const ADDRESS = "/callcenter_outbound/recording/42";
const TOGGLE = ".o_cc_player_toggle";
const SEEK = ".o_cc_player_seek";
const RATE = ".o_cc_player_rate";

class Call extends models.Model {
    _name = "call";

    name = fields.Char();
    recording_url = fields.Char();
    recording_seconds = fields.Float();

    _records = [
        { id: 1, name: "One", recording_url: ADDRESS, recording_seconds: 65.4 },
        { id: 2, name: "Two", recording_url: false },
        { id: 3, name: "Three", recording_url: "/callcenter_outbound/recording/43" },
    ];
}

defineModels({ ...mailModels, Call });

async function openCall(resId) {
    await mountView({
        type: "form",
        resModel: "call",
        resId,
        arch: `<form>
            <field name="recording_seconds" invisible="1"/>
            <field name="recording_url" widget="callcenter_recording" readonly="1"/>
        </form>`,
    });
}

async function openCalls() {
    await mountView({
        type: "list",
        resModel: "call",
        arch: `<list>
            <field name="name"/>
            <field name="recording_seconds" column_invisible="1"/>
            <field name="recording_url" widget="callcenter_recording"/>
        </list>`,
    });
}

/** What the browser's own player does; no sound is loaded in tests. */
async function tell(audio, name, values = {}) {
    for (const [key, value] of Object.entries(values)) {
        Object.defineProperty(audio, key, { value, configurable: true, writable: true });
    }
    await manuallyDispatchProgrammaticEvent(audio, name);
    await animationFrame();
}

test.tags("desktop");

beforeEach(() => {
    patchWithCleanup(HTMLMediaElement.prototype, {
        async play() {
            expect.step(`play ${this.getAttribute("src").split("?")[0].split("/").pop()}`);
            await manuallyDispatchProgrammaticEvent(this, "play");
        },
        pause() {
            if (this.getAttribute("src")) {
                manuallyDispatchProgrammaticEvent(this, "pause");
            }
        },
    });
});

test("loads nothing until it is played", async () => {
    await openCall(1);
    expect("audio").not.toHaveAttribute("src");
    expect("audio").toHaveAttribute("preload", "none");
    expect(SEEK).not.toBeEnabled();
    expect(".o_cc_player_time").toHaveText("00:00/01:05");
    await contains(TOGGLE).click();
    expect("audio").toHaveAttribute("src", /\/recording\/42\?listening=[0-9a-f]{16}$/);
    expect.verifySteps(["play 42"]);
    expect(SEEK).toBeEnabled();
});

test("no player without a recording", async () => {
    await openCall(2);
    expect(".o_field_widget[name=recording_url]").toHaveCount(1);
    expect("audio").toHaveCount(0);
    expect(TOGGLE).toHaveCount(0);
});

test("plays, pauses, and goes on with the same listening", async () => {
    await openCall(1);
    expect(TOGGLE).toHaveAttribute("aria-label", "Play the recording");
    await contains(TOGGLE).click();
    expect(TOGGLE).toHaveAttribute("aria-label", "Pause the recording");
    const { src } = queryOne("audio");
    await contains(TOGGLE).click();
    expect(TOGGLE).toHaveAttribute("aria-label", "Play the recording");
    await contains(TOGGLE).click();
    expect(queryOne("audio").src).toBe(src);
    expect.verifySteps(["play 42", "play 42"]);
});

test("to hear it again from the end is another listening", async () => {
    await openCall(1);
    await contains(TOGGLE).click();
    const { src } = queryOne("audio");
    await tell(queryOne("audio"), "ended");
    expect(TOGGLE).toHaveAttribute("aria-label", "Play the recording");
    await contains(TOGGLE).click();
    expect(queryOne("audio").src).not.toBe(src);
    expect.verifySteps(["play 42", "play 42"]);
});

test("seeks, and shows where it is", async () => {
    await openCall(1);
    await contains(TOGGLE).click();
    const audio = queryOne("audio");
    await tell(audio, "durationchange", { duration: 70 });
    await tell(audio, "timeupdate", { currentTime: 12.4 });
    expect(".o_cc_player_time").toHaveText("00:12/01:10");
    expect(SEEK).toHaveValue(12);
    expect(SEEK).toHaveAttribute("max", "70");
    expect(SEEK).toHaveAttribute("aria-valuetext", "00:12 of 01:10");
    queryOne(SEEK).value = "40";
    await manuallyDispatchProgrammaticEvent(queryOne(SEEK), "input");
    await animationFrame();
    expect(audio.currentTime).toBe(40);
    expect(".o_cc_player_time").toHaveText("00:40/01:10");
    expect.verifySteps(["play 42"]);
});

test("plays faster, and stays so when it is heard again", async () => {
    await openCall(1);
    await contains(TOGGLE).click();
    await contains(RATE).select("1.5");
    expect(queryOne("audio").playbackRate).toBe(1.5);
    await tell(queryOne("audio"), "ended");
    await contains(TOGGLE).click();
    expect(queryOne("audio").playbackRate).toBe(1.5);
    expect(queryAll(`${RATE} option`).map((option) => option.value)).toEqual([
        "1",
        "1.25",
        "1.5",
        "2",
    ]);
    expect.verifySteps(["play 42", "play 42"]);
});

test("says when it can't be played, and may be tried again", async () => {
    await openCall(1);
    await contains(TOGGLE).click();
    await tell(queryOne("audio"), "error");
    expect(".o_cc_player_failed").toHaveText("The recording can't be played.");
    await contains(TOGGLE).click();
    expect(".o_cc_player_failed").toHaveCount(0);
    expect.verifySteps(["play 42", "play 42"]);
});

test("in a list one is heard at a time, and no row opens", async () => {
    mockService("action", { doAction: () => expect.step("opened") });
    await openCalls();
    expect(TOGGLE).toHaveCount(2);
    expect(SEEK).toHaveCount(0);
    expect(".o_data_row:first .o_cc_player_time").toHaveText("01:05");
    await click(`.o_data_row:eq(0) ${TOGGLE}`);
    await animationFrame();
    expect(SEEK).toHaveCount(1);
    await click(`.o_data_row:eq(2) ${TOGGLE}`);
    await animationFrame();
    const names = queryAll(TOGGLE).map((button) => button.getAttribute("aria-label"));
    expect(names).toEqual(["Play the recording", "Pause the recording"]);
    expect.verifySteps(["play 42", "play 43"]);
});

test("is played by the keyboard", async () => {
    await openCalls();
    queryOne(`.o_data_row:eq(0) ${TOGGLE}`).focus();
    await press("Enter");
    await animationFrame();
    expect(SEEK).toHaveCount(1);
    queryOne(SEEK).focus();
    await press("ArrowDown");
    await animationFrame();
    expect(SEEK).toBeFocused();
    expect.verifySteps(["play 42"]);
});
