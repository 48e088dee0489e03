import { registry } from "@web/core/registry";

const share = (row) => `.modal .o_data_row:nth-child(${row}) td[name=share]`;
const gets = (row, number) =>
    `.modal .o_data_row:nth-child(${row}) td[name=gets]:contains(/^${number}$/)`;

registry.category("web_tour.tours").add("callcenter_outbound_fill_package", {
    steps: () => [
        {
            content: "Add customers",
            trigger: ".o_statusbar_buttons button:contains(Add Customers)",
            run: "click",
        },
        {
            content: "It is said how many are found before any is added",
            trigger: ".modal .o_cc_new_count:contains(/^10$/)",
        },
        {
            content: "Only those that can be called",
            trigger: ".modal .o_field_widget[name=only_with_phone] input",
            run: "click",
        },
        {
            content: "The number follows",
            trigger: ".modal .o_cc_new_count:contains(/^8$/)",
        },
        {
            content: "Add them",
            trigger: ".modal .o_cc_fill_add:contains(8)",
            run: "click",
        },
        {
            content: "It is told",
            trigger: ".o_notification:contains(8 customers added)",
        },
        {
            content: "The package has them",
            trigger: ".oe_stat_button .o_field_widget[name=customer_count]:contains(8)",
        },
    ],
});

registry.category("web_tour.tours").add("callcenter_outbound_distribute", {
    steps: () => [
        {
            content: "Open the distribution",
            trigger: ".o_statusbar_buttons button:contains(Distribute)",
            run: "click",
        },
        {
            content: "The pool is shown",
            trigger: ".modal .o_cc_distribute_pool:contains(10 customers)",
        },
        { content: "The first agent", trigger: share(1), run: "click" },
        {
            content: "gets more than there is with the second",
            trigger: `${share(1)} input`,
            run: "edit 80",
        },
        { content: "The second agent", trigger: share(2), run: "click" },
        { content: "gets too much", trigger: `${share(2)} input`, run: "edit 30" },
        {
            content: "Leave the field",
            trigger: ".modal .modal-title",
            run: "click",
        },
        {
            content: "It is said how much too much",
            trigger: ".modal .o_cc_distribute_sum.text-danger:contains(10)",
        },
        {
            content: "Nothing can be distributed",
            trigger: ".modal footer:not(:has(.o_cc_distribute_confirm))",
        },
        { content: "The second agent", trigger: share(2), run: "click" },
        { content: "gets less", trigger: `${share(2)} input`, run: "edit 10" },
        {
            content: "Leave the field",
            trigger: ".modal .modal-title",
            run: "click",
        },
        { content: "The first line shows its effect again", trigger: gets(1, 8) },
        { content: "and the second", trigger: gets(2, 1) },
        {
            content: "Distribute",
            trigger: ".modal .o_cc_distribute_confirm:contains(9)",
            run: "click",
        },
        {
            content: "It is told who got how many",
            trigger: ".modal .o_cc_distribute_result:contains(1 stay in the pool)",
        },
        { content: "Move some", trigger: ".modal .o_cc_distribute_move", run: "click" },
        {
            content: "to the second agent",
            trigger: ".modal .o_field_widget[name=target_agent_id] input",
            run: "edit 7002",
        },
        {
            content: "who is found",
            trigger: ".o-autocomplete--dropdown-item:contains(7002) a",
            run: "click",
        },
        {
            content: "Move what is left",
            trigger: ".modal .o_cc_move_confirm:contains(1)",
            run: "click",
        },
        {
            content: "It is told",
            trigger: ".modal .o_cc_distribute_result:contains(1 customers moved)",
        },
        {
            content: "Close",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        { content: "Back on the plan", trigger: "body:not(:has(.modal))" },
    ],
});
