import { registry } from "@web/core/registry";

const bar = (state) => `.o_cc_call_bar[data-state=${state}]`;
const customer = ".o_cc_customer[data-status=ready]";

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
            content: "The plan is listed with its customers",
            trigger: ".o_cc_plan[aria-current=true] .o_cc_plan_left",
        },
        {
            content: "Open the customer",
            trigger: ".o_cc_task",
            run: "dblclick",
        },
        {
            content: "In a tab of its own",
            trigger: `.o_cc_tab[aria-selected=true], ${customer}`,
        },
        {
            content: "Note something",
            trigger: `${customer} .o_cc_note`,
            run: "edit Noted before the call",
        },
        {
            content: "Save before a call was made",
            trigger: ".o_cc_save",
            run: "click",
        },
        {
            content: "Refused, with the reason",
            trigger: ".o_cc_record_message [data-tone=danger]",
        },
        {
            content: "What was typed is still there",
            trigger: ".o_cc_note:value(Noted before the call)",
        },
        {
            content: "Change the customer",
            trigger: ".o_cc_field[data-name=city] input",
            run: "edit Beijing",
        },
        {
            content: "Call the customer",
            trigger: `.o_cc_workspace:has(${bar("idle")}) .o_cc_customer .o_cc_dial`,
            run: "click",
        },
        {
            content: "The customer answered, as the PBX said",
            trigger: bar("answered"),
        },
        {
            content: "The change is kept with the task",
            trigger: ".o_cc_field.o_cc_changed[data-name=city], .o_cc_changes",
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
            content: "So do the results",
            trigger: ".o_cc_result",
            run: "click",
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
            content: "The agent wraps up",
            trigger: ".o_cc_agent_status[data-state=wrap_up]",
        },
        {
            content: "The record is not saved yet",
            trigger: ".o_cc_not_saved",
        },
        {
            content: "Done with success",
            trigger: ".o_cc_status_choice[data-status=done_success]",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_cc_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_cc_record[data-state=saved] .o_cc_record_message [data-tone=success]",
        },
        {
            content: "Ready again",
            trigger: ".o_cc_agent_status[data-state=ready]",
        },
        {
            content: "Back to the plan",
            trigger: ".o_cc_plan_tab",
            run: "click",
        },
        {
            content: "All done",
            trigger: ".o_cc_no_tasks",
        },
    ],
});

registry.category("web_tour.tours").add("callcenter_outbound_workspace_reload", {
    steps: () => [
        {
            content: "Call from the list",
            trigger: `.o_cc_workspace:has(${bar("idle")}) .o_cc_task .o_cc_dial`,
            run: "click",
        },
        {
            content: "The customer's tab is there",
            trigger: `.o_cc_workspace:has(${bar("answered")}) ${customer} .o_cc_note`,
            run: "edit In mid-call",
        },
        {
            content: "Chosen in mid-call",
            trigger: ".o_cc_status_choice[data-status=follow_up]",
            run: "click",
        },
        {
            content: "Reload in mid-call",
            trigger: ".o_cc_follow_up",
            run() {
                location.reload();
            },
            expectUnloadPage: true,
        },
        {
            content: "The call is on",
            trigger: `${bar("answered")} .o_cc_hang_up`,
        },
        {
            content: "The tab is marked",
            trigger: ".o_cc_tab .o_cc_mark_call",
        },
        {
            content: "Nothing is lost",
            trigger: `.o_cc_record:has(.o_cc_follow_up) .o_cc_note:value(In mid-call)`,
        },
        {
            content: "Hang up",
            trigger: ".o_cc_hang_up",
            run: "click",
        },
        {
            content: "Leave it unsaved",
            trigger: ".o_cc_leave_unsaved",
            run: "click",
        },
        {
            content: "The screen reminds of it",
            trigger: ".o_cc_unsaved .o_cc_unsaved_call",
        },
        {
            content: "The record says so",
            trigger: ".o_cc_not_saved",
        },
        {
            content: "The agent is ready",
            trigger: ".o_cc_agent_status[data-state=ready]",
        },
    ],
});

registry.category("web_tour.tours").add("callcenter_outbound_workspace_duty", {
    steps: () => [
        {
            content: "Not signed in yet",
            trigger: ".o_cc_sign_in_toggle.btn-primary",
            run: "click",
        },
        {
            content: "The only group is ticked",
            trigger: ".o_cc_sign_in_panel .o_cc_group input:checked",
        },
        {
            content: "Sign in",
            trigger: ".o_cc_sign_in",
            run: "click",
        },
        {
            content: "Ready",
            trigger: ".o_cc_agent_status[data-state=ready]",
        },
        {
            content: "Pause",
            trigger: ".o_cc_pause",
            run: "click",
        },
        {
            content: "With a reason",
            trigger: ".o_cc_pause_reason",
            run: "click",
        },
        {
            content: "Paused",
            trigger: ".o_cc_agent_status[data-state=paused] .o_cc_agent_detail",
        },
        {
            content: "Resume",
            trigger: ".o_cc_resume",
            run: "click",
        },
        {
            content: "Ready again",
            trigger: ".o_cc_agent_status[data-state=ready]",
        },
        {
            content: "The panel",
            trigger: ".o_cc_sign_in_toggle",
            run: "click",
        },
        {
            content: "Sign out",
            trigger: ".o_cc_sign_out",
            run: "click",
        },
        {
            content: "Signed out",
            trigger: ".o_cc_agent_status[data-state=signed_out]",
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
            content: "… and at the customer",
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

registry.category("web_tour.tours").add("callcenter_outbound_workspace_questionnaire", {
    steps: () => [
        {
            content: "Open the customer",
            trigger: ".o_cc_task",
            run: "dblclick",
        },
        {
            content: "Before the call the questions can be read",
            trigger: ".o_cc_questionnaire[data-editable=false] .o_cc_questionnaire_hint",
        },
        {
            content: "Call the customer",
            trigger: `.o_cc_workspace:has(${bar("idle")}) .o_cc_customer .o_cc_dial`,
            run: "click",
        },
        {
            content: "The customer answered: the questions can be asked",
            trigger: `.o_cc_workspace:has(${bar("answered")}) .o_cc_questionnaire[data-editable=true]`,
        },
        {
            content: "Type a text",
            trigger: ".o_cc_question[data-type=char_box] input",
            run: "edit In spring",
        },
        {
            content: "Choose the result",
            trigger: ".o_cc_result",
            run: "click",
        },
        {
            content: "The text was handed over",
            trigger: ".o_cc_progress_text:contains(1 of 2 answered)",
        },
        {
            content: "Done with success",
            trigger: ".o_cc_status_choice[data-status=done_success]",
            run: "click",
        },
        {
            content: "Save without the mandatory answer",
            trigger: ".o_cc_save",
            run: "click",
        },
        {
            content: "Refused, naming the question",
            trigger: ".o_cc_record_message [data-tone=danger]:contains(Do you like it?)",
        },
        {
            content: "Ask it",
            trigger: ".o_cc_question[data-type=simple_choice] .o_cc_option:contains(Yes) input",
            run: "click",
        },
        {
            content: "All answered",
            trigger: ".o_cc_progress_text:contains(2 of 2 answered)",
        },
        {
            content: "Hang up",
            trigger: ".o_cc_hang_up",
            run: "click",
        },
        {
            content: "Save",
            trigger: `.o_cc_workspace:has(${bar("ended")}) .o_cc_save`,
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_cc_record[data-state=saved]",
        },
    ],
});
