import { registry } from "@web/core/registry";

const customer = (name) => `.o_cc_rollback_customer:contains(${name})`;
const change = (name, status) => `.o_cc_rollback_change[data-name=${name}][data-status=${status}]`;
const ready = ".o_cc_rollback[data-busy=false]";

registry.category("web_tour.tours").add("callcenter_outbound_rollback", {
    steps: () => [
        {
            content: "From the plan",
            trigger: ".o_cc_open_rollback",
            run: "click",
        },
        {
            content: "It is said how much there is",
            trigger: ".o_cc_rollback_size:contains(2 customers · 3 changes)",
        },
        { content: "and what clashes", trigger: ".o_cc_rollback_conflicts:contains(1)" },
        { content: "Look at the one who clashes", trigger: customer("Zhang"), run: "click" },
        {
            content: "The contact's own value is shown",
            trigger: `${change("city", "conflict")} .o_cc_rollback_now:contains(Hangzhou)`,
        },
        {
            content: "A tag is given",
            trigger: `${change("category_id", "pending")} .o_cc_rollback_given:contains(Gold)`,
        },
        {
            content: "The contact keeps its city",
            trigger: `${ready} ${change("city", "conflict")} .o_cc_reject`,
            run: "click",
        },
        { content: "Decided", trigger: `${ready} ${change("city", "rejected")}` },
        {
            content: "It was wrong after all",
            trigger: `${ready} ${change("city", "rejected")} .o_cc_other`,
            run: "click",
        },
        {
            content: "Another city",
            trigger: ".modal #o_cc_other_value",
            run: "edit Wuxi",
        },
        { content: "Use it", trigger: ".modal .o_cc_other_confirm", run: "click" },
        {
            content: "It is shown",
            trigger: `${ready} ${change("city", "accepted")} .o_cc_rollback_other:contains(Wuxi)`,
        },
        {
            content: "Accept the rest by a key",
            trigger: `${ready} .o_cc_accept_all`,
            run: "press Alt+a",
        },
        {
            content: "All is accepted",
            trigger: `${ready} .o_cc_carry_back:contains(Carry 3 changes back)`,
            run: "click",
        },
        { content: "Sure", trigger: ".modal .btn-primary:contains(Carry back)", run: "click" },
        {
            content: "It is told",
            trigger: `${ready} .o_cc_rollback_result:contains(3 changes carried back)`,
        },
        { content: "Each says so", trigger: `${change("city", "done")}:contains(carried back)` },
        { content: "One customer back", trigger: ".o_cc_undo_customer", run: "click" },
        {
            content: "It is told",
            trigger: `${ready} .o_cc_rollback_result:contains(2 changes undone)`,
        },
        {
            content: "The rest of the run back",
            trigger: `${ready} .o_cc_undo_run`,
            run: "click",
        },
        { content: "Sure", trigger: ".modal .btn-primary:contains(Undo)", run: "click" },
        {
            content: "It is told",
            trigger: `${ready} .o_cc_rollback_result:contains(1 change undone)`,
        },
        { content: "Nothing is left to undo", trigger: "body:not(:has(.o_cc_undo_run))" },
    ],
});
