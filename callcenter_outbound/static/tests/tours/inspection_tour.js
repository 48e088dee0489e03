import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("callcenter_outbound_inspection", {
    steps: () => [
        {
            content: "Two wait to be inspected",
            trigger: ".o_data_row + .o_data_row",
        },
        {
            content: "Open the newer one",
            trigger: ".o_data_row .o_data_cell[name=agent_id]",
            run: "click",
        },
        {
            content: "The answers can be read",
            trigger:
                ".o_field_widget[name=answers] .o_cc_answer:contains(Do you like it?):contains(Yes)",
        },
        {
            content: "Score it",
            trigger: ".o_field_widget[name=score] input",
            run: "edit 90",
        },
        {
            content: "Pass it",
            trigger: ".o_cc_inspection_pass",
            run: "click",
        },
        {
            content: "Passed, and noted",
            trigger:
                ".o_form_view:has(.o_cc_inspection_again) .o-mail-Message:contains(Passed, 90 points)",
        },
        {
            content: "The next one",
            trigger: ".o_pager_next",
            run: "click",
        },
        {
            content: "Fail it",
            trigger: ".o_cc_inspection_fail",
            run: "click",
        },
        {
            content: "Without a reason that is refused",
            trigger: ".modal:contains(Write the reason first) .modal-footer button",
            run: "click",
        },
        {
            content: "Score",
            trigger: "body:not(:has(.modal)) .o_field_widget[name=score] input",
            run: "edit 20",
        },
        {
            content: "Reason",
            trigger: ".o_field_widget[name=reason] textarea",
            run: "edit Too fast",
        },
        {
            content: "Fail it now",
            trigger: ".o_cc_inspection_fail",
            run: "click",
        },
        {
            content: "Failed",
            trigger: ".o_form_view:has(.o_cc_inspection_again) .o-mail-Message:contains(Too fast)",
        },
    ],
});
