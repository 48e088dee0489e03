import { beforeEach, expect, test } from "@odoo/hoot";
import {
    animationFrame,
    manuallyDispatchProgrammaticEvent,
    queryAllTexts,
    queryOne,
} from "@odoo/hoot-dom";
import { mailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    models,
    mountWebClient,
    onRpc,
    patchWithCleanup,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { fillGaps } from "@callcenter_outbound/statistics_chart/statistics_chart";
import { formatDuration, formatFigure } from "@callcenter_outbound/statistics_page/format_figure";
import {
    defaultQuery,
    fromAddress,
    toAddress,
} from "@callcenter_outbound/statistics_page/statistics_query";

class CallcenterDialPlan extends models.Model {
    _name = "callcenter.dial.plan";

    name = fields.Char();

    _records = [
        { id: 3, name: "Spring offer" },
        { id: 4, name: "Autumn offer" },
    ];
}

class CallcenterAgentGroup extends models.Model {
    _name = "callcenter.agent.group";

    name = fields.Char();
}

class CallcenterAgent extends models.Model {
    _name = "callcenter.agent";

    name = fields.Char();
}

class CallcenterCall extends models.Model {
    _name = "callcenter.call";

    uniqueid = fields.Char();

    _records = [{ id: 1, uniqueid: "one" }];
    _views = { list: `<list><field name="uniqueid"/></list>` };
}

defineModels({
    ...mailModels,
    CallcenterDialPlan,
    CallcenterAgentGroup,
    CallcenterAgent,
    CallcenterCall,
});
preloadBundle("web.chartjs_lib");

const COUNTS = {
    unsaved_answered: 0,
    result_31: 0,
    result_33: 0,
    unsaved: 0,
    reached: 0,
    answered: 0,
    talk_seconds: 0,
    follow_up: 0,
    done: 0,
    done_success: 0,
    passed: 0,
    contact_rate: 0,
    answer_rate: 0,
    effective_contact_rate: 0,
};

/** What the server says; a test changes it. */
let truth;

beforeEach(() => {
    browser.sessionStorage.clear();
    truth = {
        error: "",
        page: {
            date_from: "2026-11-23",
            date_to: "2026-11-23",
            time_zone: "Asia/Shanghai",
            failed: 0,
            columns: makeColumns(),
            rows: [
                makeRow(9, "09–10", { data_volume: 2, dials: 2, result_31: 2, answered: 2 }),
                makeRow(11, "11–12", { data_volume: 1, dials: 1, unsaved: 1 }),
            ],
            total: makeRow("total", "Total", {
                data_volume: 5,
                dials: 6,
                result_31: 4,
                answered: 4,
                reached: 4,
                contact_rate: 0.8,
                answer_rate: 4 / 6,
                effective_contact_rate: 0.6,
                done_success: 3,
                unsaved: 1,
                total_seconds: 598,
                talk_seconds: 462,
            }),
        },
    };
    onRpc("callcenter.statistics", "read_page", ({ args }) => {
        expect.step(JSON.stringify(args));
        if (truth.error) {
            throw makeServerError({ type: "UserError", message: truth.error });
        }
        return truth.page;
    });
});

function makeColumns() {
    const column = (name, label, kind = "count", outcome = false, is_shown = true) => ({
        name,
        label,
        help: `What ${label} is`,
        kind,
        outcome,
        is_shown,
    });
    return [
        column("data_volume", "Data volume"),
        column("result_31", "Cooperative", "count", "answered"),
        column("result_33", "Busy", "count", "unanswered"),
        column("unsaved", "Not saved"),
        column("dials", "Calls made"),
        column("answered", "Calls answered", "count", false, false),
        column("contact_rate", "Contact rate", "rate"),
        column("answer_rate", "Answer rate", "rate"),
        column("total_seconds", "Total time", "duration"),
        column("talk_seconds", "Talk time", "duration"),
        column("effective_contact_rate", "Effective contact rate", "rate"),
    ];
}

function makeRow(key, label, values) {
    return { ...COUNTS, total_seconds: 60, key, label, ...values };
}

async function openPage() {
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "callcenter_outbound.statistics",
        name: "Outbound Statistics",
    });
    await animationFrame();
}

/** What a browser does when somebody has typed a whole day. */
async function typeDay(selector, day) {
    queryOne(selector).value = day;
    manuallyDispatchProgrammaticEvent(queryOne(selector), "input");
    await animationFrame();
}

const cells = (key) => queryAllTexts(`.o_cc_statistics_row[data-key="${key}"] td`);

test.tags("desktop");

test("cards, table and chart say the figures, each with its definition", async () => {
    await openPage();
    expect.verifySteps([
        '[{"preset":"today"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
    expect(".o_cc_statistics_card .o_cc_figure").toHaveCount(6);
    expect(queryAllTexts(".o_cc_statistics_card .o_cc_figure")).toEqual([
        "5",
        "6",
        "80 %",
        "66.67 %",
        "60 %",
        "7:42",
    ]);
    expect(queryAllTexts(".o_cc_statistics_note")).toEqual([
        "customers dialled",
        "4 answered · 2 not",
        "4 of 5 customers reached",
        "4 of 6 calls",
        "3 of 5 done (success)",
        "of 9:58",
    ]);
    expect(queryAllTexts("thead tr:first-child th")).toEqual([
        "Hour",
        "Data volume",
        "Answered",
        "Unanswered",
        "Not saved",
        "Calls made",
        "Contact rate",
        "Answer rate",
        "Total time",
        "Talk time",
        "Effective contact rate",
    ]);
    expect(queryAllTexts("thead tr:last-child th")).toEqual(["Cooperative", "Busy"]);
    expect("thead th[data-name=result_33]").toHaveAttribute("data-tooltip", "What Busy is");
    expect(cells(9)).toEqual(["2", "2", "–", "–", "2", "0 %", "0 %", "1:00", "–", "0 %"]);
    expect(cells("total")[0]).toBe("5");
    expect(".o_cc_statistics_row[data-key='11'] .o_cc_warns").toHaveText("1");
    expect(".o_cc_statistics_chart canvas").toHaveAttribute(
        "aria-label",
        "Calls by hour. answered: 2, unanswered: 0, not saved: 1"
    );
});

test("another cut, another period, a plan: each is asked for, and kept in the address", async () => {
    await openPage();
    expect.verifySteps([
        '[{"preset":"today"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
    await contains(".o_cc_statistics_by[data-by=plan]").click();
    expect.verifySteps([
        '[{"preset":"today"},"plan",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
    await contains(".o_cc_period").click();
    await contains(".o_cc_preset[data-preset=last_week]").click();
    expect.verifySteps([
        '[{"preset":"last_week"},"plan",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
    await contains(".o_cc_statistics_filter[data-name=plan_ids] input").click();
    await contains(".o-autocomplete--dropdown-item:contains(Spring)").click();
    expect.verifySteps([
        '[{"preset":"last_week"},"plan",{"plan_ids":[3],"group_ids":[],"agent_ids":[]}]',
    ]);
    await animationFrame();
    expect(router.current.by).toBe("plan");
    expect(router.current.period).toBe("last_week");
    expect(String(router.current.plan_ids)).toBe("3");
    expect(".o_cc_statistics_by[data-by=plan]").toHaveAttribute("aria-pressed", "true");
});

test("two days of one's own", async () => {
    await openPage();
    await contains(".o_cc_period").click();
    await animationFrame();
    expect(queryOne(".o_cc_date_from").value).toBe("2026-11-23");
    await typeDay(".o_cc_date_from", "2026-11-25");
    expect(".o_cc_period_apply").not.toBeEnabled();
    await typeDay(".o_cc_date_to", "2026-11-30");
    expect.verifySteps([
        '[{"preset":"today"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
    await contains(".o_cc_period_apply").click();
    expect.verifySteps([
        '[{"date_from":"2026-11-25","date_to":"2026-11-30"},"hour",' +
            '{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
    expect(".o_cc_period_days").toHaveCount(0);
});

test("a click on a figure opens what it counts", async () => {
    onRpc("callcenter.statistics", "action_open", ({ args }) => {
        expect.step(`open ${JSON.stringify(args)}`);
        return {
            type: "ir.actions.act_window",
            res_model: "callcenter.call",
            views: [[false, "list"]],
            domain: [["id", "in", [1]]],
            name: "Calls made",
        };
    });
    await openPage();
    await contains(".o_cc_statistics_row[data-key='9'] .o_cc_figure[data-name=result_31]").click();
    await animationFrame();
    expect(".o_list_view .o_data_row").toHaveCount(1);
    await contains(".o_breadcrumb a:contains(Outbound Statistics)").click();
    await contains(".o_cc_statistics_card .o_cc_figure[data-name=dials]").click();
    const none = '{"plan_ids":[],"group_ids":[],"agent_ids":[]}';
    expect.verifySteps([
        `[{"preset":"today"},"hour",${none}]`,
        `open ["result_31","2026-11-23","2026-11-23","hour",9,${none}]`,
        `[{"preset":"today"},"hour",${none}]`,
        `open ["dials","2026-11-23","2026-11-23","total","total",${none}]`,
    ]);
});

test("nothing to show: what to do next", async () => {
    truth.page.total = { ...truth.page.total, dials: 0 };
    truth.page.rows = [];
    truth.page.failed = 2;
    await openPage();
    expect(".o_cc_statistics_empty h2").toHaveText("No calls in this period");
    expect(".o_cc_statistics_table").toHaveCount(0);
    expect(".o_cc_clear_filters").toHaveCount(0);
    expect(".o_cc_failed").toHaveText("2 attempts failed before they reached a customer");
    await contains(".o_cc_show_month").click();
    expect.verifySteps([
        '[{"preset":"today"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
        '[{"preset":"this_month"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
});

test("an error is shown, and can be tried again", async () => {
    truth.error = "The period ends before it begins.";
    await openPage();
    expect(".o_cc_notice").toHaveText(/The period ends before it begins/);
    expect(".o_cc_xlsx").not.toBeEnabled();
    truth.error = "";
    await contains(".o_cc_retry").click();
    expect(".o_cc_notice").toHaveCount(0);
    expect(".o_cc_statistics_table").toHaveCount(1);
    expect.verifySteps([
        '[{"preset":"today"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
        '[{"preset":"today"},"hour",{"plan_ids":[],"group_ids":[],"agent_ids":[]}]',
    ]);
});

test("the tab shows what it showed last", async () => {
    await openPage();
    await contains(".o_cc_statistics_by[data-by=agent]").click();
    patchWithCleanup(router, { current: {} });
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "callcenter_outbound.statistics",
        name: "Outbound Statistics",
    });
    await animationFrame();
    const none = '{"plan_ids":[],"group_ids":[],"agent_ids":[]}';
    expect.verifySteps([
        `[{"preset":"today"},"hour",${none}]`,
        `[{"preset":"today"},"agent",${none}]`,
        `[{"preset":"today"},"agent",${none}]`,
    ]);
});

test("an address is read as it was written, and a bad one is not", () => {
    const query = {
        period: { date_from: "2026-01-01", date_to: "2026-02-28" },
        by: "agent",
        plan_ids: [3, 4],
        group_ids: [],
        agent_ids: [7],
    };
    expect(fromAddress(toAddress(query))).toEqual(query);
    expect(fromAddress({})).toBe(false);
    expect(fromAddress({ by: "week" })).toBe(false);
    expect(
        fromAddress({ by: "day", period: "2026_x", plan_ids: "1,-2,x,3.5", agent_ids: 7 })
    ).toEqual({ ...defaultQuery(), by: "day", plan_ids: [1], agent_ids: [7] });
});

test("figures as they are shown", () => {
    expect(formatFigure(0, "count")).toBe("–");
    expect(formatFigure(12345, "count")).toBe("12,345");
    expect(formatFigure(2 / 3, "rate")).toBe("66.67 %");
    expect(formatFigure(0.8, "rate")).toBe("80 %");
    expect(formatFigure(0, "rate")).toBe("0 %");
    expect(formatFigure(0, "duration")).toBe("–");
    expect(formatDuration(59.6)).toBe("1:00");
    expect(formatDuration(3599)).toBe("59:59");
    expect(formatDuration(100 * 3600 + 61)).toBe("100:01:01");
});

test("hours and days without calls stand in the chart as well", () => {
    const rows = [
        { key: 9, label: "09–10", dials: 1 },
        { key: 11, label: "11–12", dials: 2 },
    ];
    expect(fillGaps(rows, "hour").map(({ label, dials }) => [label, dials])).toEqual([
        ["09–10", 1],
        ["10–11", 0],
        ["11–12", 2],
    ]);
    const days = [
        { key: "2026-03-28", label: "a", dials: 1 },
        { key: "2026-03-30", label: "b", dials: 2 },
    ];
    expect(fillGaps(days, "day").map(({ key }) => key)).toEqual([
        "2026-03-28",
        "2026-03-29",
        "2026-03-30",
    ]);
    const far = [days[0], { key: "2027-03-28", label: "c", dials: 1 }];
    expect(fillGaps(far, "day")).toEqual(far);
    expect(fillGaps(rows, "plan")).toEqual(rows);
});
