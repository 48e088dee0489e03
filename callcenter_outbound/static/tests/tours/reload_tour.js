import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("callcenter_outbound_reload", {
    steps: () => [
        {
            content: "Nothing waits before anything was changed",
            trigger: ".o_web_client:has(.o_list_view):not(:has(.o_cc_reload_bar))",
        },
        {
            content: "A new extension",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Its number",
            trigger: ".o_field_widget[name=number] input",
            run: "edit 7999",
        },
        {
            content: "Save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The bar comes by the bus, and names it",
            trigger: ".o_cc_reload_bar[data-state=waiting] .o_cc_reload_summary:contains(7999)",
        },
        {
            content: "List what waits",
            trigger: ".o_cc_reload_show",
            run: "click",
        },
        {
            content: "It is in the list",
            trigger: ".o_cc_reload_change[data-what=added]:contains(7999)",
        },
        {
            content: "Reload a PBX that can't be reached",
            trigger: ".o_cc_reload_now",
            run: "click",
        },
        {
            content: "The bar stays, and says so",
            trigger: ".o_cc_reload_bar[data-state=failed] .o_cc_reload_message",
        },
        {
            content: "It stands above the app's other screens, too",
            trigger:
                ".o_menu_sections [data-menu-xmlid='callcenter_outbound.callcenter_menu_agents']",
            run: "click",
        },
        {
            content: "Agents",
            trigger:
                ".o-dropdown--menu [data-menu-xmlid='callcenter_outbound.callcenter_agent_menu']",
            run: "click",
        },
        {
            content: "Still there",
            trigger: ".o_web_client:has(.o_breadcrumb:contains(Agents)) .o_cc_reload_bar",
        },
    ],
});
