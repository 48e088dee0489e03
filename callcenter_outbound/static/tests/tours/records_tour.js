import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
/** The cell of a total, by its place in the row of totals. */
const total = (place) => `.o_pivot tbody tr:first .o_pivot_cell_value:eq(${place})`;

tours.add("callcenter_outbound_call_records", {
    steps: () => [
        {
            content: "Each call with its leg under it, and the attempt that failed",
            trigger: ".o_list_view .o_data_row:eq(4) .o_cc_leg",
        },
        {
            content: "The leg stands under its main call",
            trigger: ".o_data_row:eq(3) .o_cc_main_call",
        },
        {
            content: "Hear the recording, in the list",
            trigger: ".o_cc_player_toggle[aria-label='Play the recording']",
            run: "click",
        },
        {
            content: "It can be seeked in, and played faster",
            trigger: ".o_data_row .o_cc_player_seek",
        },
        { trigger: ".o_data_row .o_cc_player_rate", run: "select 1.5" },
        {
            content: "Pause",
            trigger: ".o_cc_player_toggle[aria-label='Pause the recording']",
            run: "click",
        },
        {
            content: "Open the call",
            trigger: ".o_data_row .o_cc_main_call:last",
            run: "click",
        },
        {
            content: "It can be heard there, too",
            trigger: ".o_form_view .o_cc_player_toggle",
        },
        { content: "Who heard it", trigger: ".o_notebook a[name=listenings]", run: "click" },
        { trigger: ".o_field_widget[name=listening_ids] .o_data_row:contains(cc_manager)" },
    ],
});

tours.add("callcenter_outbound_call_analysis", {
    steps: () => [
        {
            content: "Two main calls reached a customer; the failed attempt is left out",
            trigger: `${total(6)}:contains(/^2$/)`,
        },
        {
            content: "One was answered: one click leads to it",
            trigger: `${total(0)}:contains(/^1$/)`,
            run: "click",
        },
        {
            content: "The list has as many as the figure said, and no leg",
            trigger: ".o_list_view:has(.o_data_row:eq(0)):not(:has(.o_data_row:eq(1)))",
        },
        { trigger: ".o_data_row:contains(Answered) .o_cc_main_call" },
    ],
});

tours.add("callcenter_outbound_contact_analysis", {
    steps: () => [
        {
            content: "Two contact records",
            trigger: `.o_pivot tbody tr:first .o_pivot_cell_value:last:contains(/^2$/)`,
            run: "click",
        },
        {
            content: "are in the list",
            trigger: ".o_list_view:has(.o_data_row:eq(1)):not(:has(.o_data_row:eq(2)))",
        },
    ],
});
