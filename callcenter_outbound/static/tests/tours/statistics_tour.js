import { registry } from "@web/core/registry";

const row = (key) => `.o_cc_statistics_row[data-key="${key}"]`;
const cell = (key, name) => `${row(key)} td[data-name="${name}"]`;
const card = (name, text) => `.o_cc_statistics_card[data-name="${name}"]:contains("${text}")`;

/** What a browser does when somebody has typed a whole day. */
function typeDay(day) {
    return function () {
        this.anchor.value = day;
        this.anchor.dispatchEvent(new Event("input", { bubbles: true }));
    };
}

registry.category("web_tour.tours").add("callcenter_outbound_statistics", {
    steps: () => [
        { content: "2 customers", trigger: card("data_volume", "2") },
        { content: "3 calls", trigger: card("dials", "1 answered · 2 not") },
        { content: "One in two reached", trigger: card("contact_rate", "50 %") },
        { content: "One in three calls", trigger: card("answer_rate", "33.33 %") },
        { content: "The talk of an hour", trigger: card("talk_seconds", "1:00:00") },
        { content: "The chart is drawn", trigger: ".o_cc_statistics_chart canvas[style]" },
        { content: "Ten in the evening", trigger: `${cell(22, "answer_rate")}:contains("100 %")` },
        { content: "Left unsaved", trigger: `${cell(23, "unsaved")}:contains("1")` },
        {
            content: "Two o'clock never was in that night",
            trigger: `.o_cc_statistics_table:not(:has(${row(2)})):has(${row(3)})`,
        },
        {
            content: "What was saved last counts in total",
            trigger: `${cell("total", "follow_up")}:contains("1")`,
        },
        {
            content: "Failed attempts stand apart",
            trigger: ".o_cc_failed:contains(1 attempt failed)",
        },
        { content: "By day", trigger: ".o_cc_statistics_by[data-by=day]", run: "click" },
        {
            content: "Both days",
            trigger: `.o_cc_statistics_table:has(${row("2026-03-28")}) ${row("2026-03-29")}`,
        },
        {
            content: "Open what is counted",
            trigger: `${cell("2026-03-28", "dials")} .o_cc_figure`,
            run: "click",
        },
        {
            content: "Two calls",
            trigger:
                ".o_list_view .o_data_row:nth-child(2):last-child, .o_list_view .o_data_row:eq(1)",
        },
        {
            content: "Back",
            trigger: ".o_breadcrumb a:contains(Outbound Statistics)",
            run: "click",
        },
        {
            content: "The choice was kept",
            trigger: ".o_cc_statistics_by[data-by=day][aria-pressed=true]",
        },
        {
            content: "Open the customers who are done",
            trigger: `${cell("total", "done")} .o_cc_figure`,
            run: "click",
        },
        {
            content: "One contact record",
            trigger: ".o_breadcrumb:contains(Done)",
        },
        {
            content: "with its row",
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "Back",
            trigger: ".o_breadcrumb a:contains(Outbound Statistics)",
            run: "click",
        },
        { content: "Open the periods", trigger: ".o_cc_period", run: "click" },
        {
            content: "From a day without calls",
            trigger: ".o_cc_date_from",
            run: typeDay("2020-01-01"),
        },
        { content: "to the same", trigger: ".o_cc_date_to", run: typeDay("2020-01-01") },
        { content: "Show it", trigger: ".o_cc_period_apply", run: "click" },
        {
            content: "What to do next is said",
            trigger: ".o_cc_statistics_empty:contains(No calls in this period)",
        },
        {
            content: "Look at all plans",
            trigger: ".o_cc_clear_filters",
            run: "click",
        },
        {
            content: "All plans",
            trigger: ".o_cc_statistics_filter[data-name=plan_ids]:not(:has(.o_tag))",
        },
    ],
});
