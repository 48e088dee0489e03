import { expect, test } from "@odoo/hoot";
import { advanceTime, press, queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { contains } from "@web/../tests/web_test_helpers";
import {
    ago,
    asked,
    defineCallcenterModels,
    makeAgent,
    openWorkspace,
    runPending,
    sendAgent,
    takeAsked,
    truth,
} from "./workspace_test_helpers";

defineCallcenterModels();

const TOGGLE = ".o_cc_sign_in_toggle";
const PANEL = ".o_cc_sign_in_panel";
const GROUPS = [
    { id: 5, name: "Outbound sales", signed_in_at: false },
    { id: 6, name: "Renewals", signed_in_at: false },
];

function makeSignedOut(values = {}) {
    return makeAgent({ state: "signed_out", signed_in: false, groups: GROUPS, ...values });
}

function makeSignedIn(values = {}) {
    const groups = [{ ...GROUPS[0], signed_in_at: ago(0) }, GROUPS[1]];
    return makeAgent({ groups, ...values });
}

test.tags("desktop");

test("signs in to the groups that are ticked", async () => {
    await openWorkspace({ agent: makeSignedOut() });
    expect(".o_cc_call_bar").toHaveText(/Not signed in.*Sign in at the top/s);
    await contains(TOGGLE).click();
    expect(`${PANEL} input:checked`).toHaveCount(0);
    expect(".o_cc_sign_out").toHaveCount(0);
    await contains(`${PANEL} .o_cc_group[data-id='5'] input`).click();
    takeAsked();
    await contains(".o_cc_sign_in").click();
    expect(takeAsked()).toEqual(["sign_in [5] false"]);
    await waitForNone(PANEL);
    expect(`${TOGGLE} .fa-spin`).toHaveCount(1);

    sendAgent(makeSignedIn({ version: 2 }));
    await waitFor(`${TOGGLE}:contains(Signed in)`);
    expect(`${TOGGLE} .fa-spin`).toHaveCount(0);
    expect(".o_cc_side_group[data-group='5']").toHaveText(/signed in/);
    expect(".o_cc_side_group[data-group='6']").toHaveText(/not signed in/);
});

test("ticks the groups of last time, or the only one", async () => {
    await openWorkspace({ agent: makeSignedOut() });
    await contains(TOGGLE).click();
    await contains(`${PANEL} .o_cc_group[data-id='6'] input`).click();
    await contains(".o_cc_sign_in").click();
    sendAgent(makeSignedOut({ version: 2 }));
    await runPending();
    await contains(TOGGLE).click();
    expect(`${PANEL} .o_cc_group[data-id='6'] input`).toBeChecked();
    expect(`${PANEL} .o_cc_group[data-id='5'] input`).not.toBeChecked();
    await contains(TOGGLE).click();
    sendAgent(makeSignedOut({ groups: GROUPS.slice(0, 1), version: 3 }));
    await runPending();
    await contains(TOGGLE).click();
    expect(`${PANEL} .o_cc_group[data-id='5'] input`).toBeChecked();
});

test("by keyboard: Alt+G opens, Enter signs in, Escape closes", async () => {
    await openWorkspace({ agent: makeSignedOut({ groups: GROUPS.slice(0, 1) }) });
    await press(["alt", "g"]);
    await waitFor(PANEL);
    expect(`${PANEL} input[type=checkbox]`).toBeFocused();
    await press("escape");
    await waitForNone(PANEL);
    expect(TOGGLE).toBeFocused();
    await press(["alt", "g"]);
    await waitFor(PANEL);
    takeAsked();
    await press("enter");
    await runPending();
    expect(takeAsked()).toEqual(["sign_in [5] false"]);
});

test("an agent without a phone of his own chooses one", async () => {
    await openWorkspace({
        agent: makeSignedOut({
            extension: false,
            chooses_extension: true,
            extensions: [
                { id: 41, number: "1901", state: "reachable" },
                { id: 42, number: "1902", state: "not_registered" },
            ],
        }),
    });
    expect(".o_cc_phone_status").toHaveText("No phone chosen");
    await contains(TOGGLE).click();
    expect(queryAllTexts(".o_cc_extension option")).toEqual(["1901", "1902 (not registered)"]);
    await contains(".o_cc_extension").select("42");
    await contains(`${PANEL} .o_cc_group[data-id='5'] input`).click();
    takeAsked();
    await contains(".o_cc_sign_in").click();
    expect(takeAsked()).toEqual(["sign_in [5] 42"]);
    sendAgent(makeSignedIn({ version: 2, chooses_extension: true }));
    await waitFor(".o_cc_phone_status:contains(Phone OK)");
});

test("where no phone is free, it says so", async () => {
    await openWorkspace({
        agent: makeSignedOut({ extension: false, chooses_extension: true }),
    });
    await contains(TOGGLE).click();
    expect(".o_cc_no_extensions").toHaveText(/No phone is free/);
});

test("a refused sign-in stays in the panel with the choice", async () => {
    await openWorkspace({
        agent: makeSignedOut(),
        refusals: { sign_in: "Extension 1901 was taken by somebody else." },
    });
    await contains(TOGGLE).click();
    await contains(`${PANEL} .o_cc_group[data-id='5'] input`).click();
    await contains(".o_cc_sign_in").click();
    await waitFor(".o_cc_sign_in_error:contains(taken by somebody else)");
    expect(`${PANEL} .o_cc_group[data-id='5'] input`).toBeChecked();
    expect(".o_cc_sign_in").toBeEnabled();
});

test("changes the groups, and signs out", async () => {
    await openWorkspace({ agent: makeSignedIn() });
    await contains(TOGGLE).click();
    expect(`${PANEL} .o_cc_group[data-id='5'] input`).toBeChecked();
    expect(".o_cc_sign_in").toHaveText("Change");
    await contains(`${PANEL} .o_cc_group[data-id='6'] input`).click();
    takeAsked();
    await contains(".o_cc_sign_in").click();
    expect(takeAsked()).toEqual(["sign_in [5,6] false"]);
    sendAgent(makeSignedIn({ version: 2 }));
    await runPending();
    await contains(TOGGLE).click();
    await contains(".o_cc_sign_out").click();
    expect(takeAsked()).toEqual(["sign_out"]);
});

test("pauses with a reason and resumes", async () => {
    await openWorkspace();
    takeAsked();
    await contains(".o_cc_pause").click();
    expect(queryAllTexts(".o_cc_pause_reason")).toEqual(["Lunch", "Training"]);
    await contains(".o_cc_pause_reason[data-id='61']").click();
    expect(takeAsked()).toEqual(["pause 61"]);
    sendAgent(makeAgent({ version: 2, state: "paused", pause_reason: "Lunch" }));
    await waitFor(".o_cc_agent_status[data-state=paused]:contains(Lunch)");
    expect(".o_cc_call_bar").toHaveText(/Paused/);
    expect(".o_cc_pause").toHaveCount(0);
    await contains(".o_cc_resume").click();
    expect(takeAsked()).toEqual(["resume"]);
    sendAgent(makeAgent({ version: 3 }));
    await waitFor(".o_cc_pause");
});

test("pauses and resumes by keyboard", async () => {
    await openWorkspace();
    takeAsked();
    await press(["alt", "p"]);
    await waitFor(".o_cc_pause_reason");
    await press("arrowdown");
    await press("enter");
    await runPending();
    expect(takeAsked()).toEqual(["pause 61"]);
    sendAgent(makeAgent({ version: 2, state: "paused", pause_reason: "Lunch" }));
    await waitFor(".o_cc_resume");
    await press(["alt", "p"]);
    await runPending();
    expect(takeAsked()).toEqual(["resume"]);
});

test("a pause asked for in a call follows it, and can be taken back", async () => {
    await openWorkspace({ agent: makeAgent({ state: "talking", pause_wanted: true }) });
    expect(".o_cc_agent_status").toHaveText(/pause follows/);
    expect(".o_cc_resume").toBeEnabled();
});

test("a wish of which no news come is looked up", async () => {
    await openWorkspace({ agent: makeSignedOut() });
    await contains(TOGGLE).click();
    await contains(`${PANEL} .o_cc_group[data-id='5'] input`).click();
    await contains(".o_cc_sign_in").click();
    asked.length = 0;
    truth.agent = makeSignedIn({ version: 2 });
    await advanceTime(3_100);
    await waitFor(`${TOGGLE}:contains(Signed in)`);
    expect(asked).toInclude("read_workspace");
});

test("an agent in no group is told so", async () => {
    await openWorkspace({ agent: makeSignedOut({ groups: [] }), plans: [] });
    expect(".o_cc_side_bar .o_cc_no_groups").toHaveText(/in no group yet/);
    expect(".o_cc_no_plan").toHaveText(/in no group yet/);
    await contains(TOGGLE).click();
    expect(`${PANEL} .o_cc_no_groups`).toHaveCount(1);
    expect(".o_cc_sign_in").toHaveCount(0);
});
