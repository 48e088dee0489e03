import { registry } from "@web/core/registry";

const bar = (state) => `.o_cc_call_bar[data-state=${state}]`;

registry.category("web_tour.tours").add("callcenter_outbound_workspace", {
    steps: () => [
        {
            content: "The phone can be called",
            trigger: ".o_cc_phone_status .text-success",
        },
        {
            content: "The agent is ready",
            trigger: ".o_cc_agent_status[data-state=ready]",
        },
        {
            content: "Call the customer",
            trigger: `.o_cc_workspace:has(${bar("idle")}) .o_cc_dial`,
            run: "click",
        },
        {
            content: "The customer answered, as the PBX said",
            trigger: bar("answered"),
        },
        {
            content: "No second call while one is on",
            trigger: ".o_cc_dial:disabled",
        },
        {
            content: "The agent's state follows",
            trigger: ".o_cc_agent_status[data-state=talking]",
        },
        {
            content: "Hang up",
            trigger: ".o_cc_hang_up",
            run: "click",
        },
        {
            content: "The bar says what came of it",
            trigger: `${bar("ended")} .o_cc_talk_time`,
        },
        {
            content: "The customer can be called again",
            trigger: ".o_cc_dial:enabled",
        },
    ],
});

registry.category("web_tour.tours").add("callcenter_outbound_workspace_refused", {
    steps: () => [
        {
            content: "The phone is away",
            trigger: ".o_cc_phone_status .text-danger",
        },
        {
            content: "The page says what to do about it",
            trigger: ".o_cc_notice",
        },
        {
            content: "Call all the same",
            trigger: ".o_cc_dial",
            run: "click",
        },
        {
            content: "Refused: the reason stays in the bar",
            trigger: `${bar("failed")} .o_cc_call_detail`,
        },
        {
            content: "… and in the row",
            trigger: ".o_cc_task_refusal",
        },
        {
            content: "Put it away",
            trigger: ".o_cc_dismiss",
            run: "click",
        },
        {
            content: "Nothing is on",
            trigger: bar("idle"),
        },
    ],
});

registry.category("web_tour.tours").add("callcenter_outbound_workspace_no_agent", {
    steps: () => [
        {
            content: "A user who is no agent is told what to do",
            trigger: ".o_cc_no_agent .o_cc_retry",
        },
    ],
});
