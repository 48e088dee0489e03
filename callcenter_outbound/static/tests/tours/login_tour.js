import { registry } from "@web/core/registry";

/** The last ones who logged in here, as Odoo's user switcher remembers them. */
const SWITCHER_KEY = "web.lastConnectedUser";

const asAgent = ".o_cc_login_as_agent";

registry.category("web_tour.tours").add("callcenter_outbound_login_choice", {
    steps: () => [
        {
            content: "A user is asked for the log-in",
            trigger: "form.oe_login_form #login:enabled",
        },
        {
            content: "The choice",
            trigger: "label[for=o_cc_login_agent]",
            run: "click",
        },
        {
            content: "An agent is asked for the number",
            trigger: `${asAgent} #agent_number:enabled`,
        },
        {
            content: "It is remembered, beside a list of users",
            trigger: `${asAgent}:not(:has(#login:enabled))`,
            run() {
                const users = ["cc_manager", "cc_supervisor"].map((login, index) => ({
                    login,
                    name: login,
                    partnerId: index + 1,
                    partnerWriteDate: "1",
                    userId: index + 1,
                }));
                localStorage.setItem(SWITCHER_KEY, JSON.stringify(users));
                location.reload();
            },
            expectUnloadPage: true,
        },
        {
            content: "Still an agent",
            trigger: `${asAgent} #agent_number:enabled`,
        },
        {
            content: "Back to the users",
            trigger: "label[for=o_cc_login_user]",
            run: "click",
        },
        {
            content: "Odoo's list of users is there",
            trigger: ".o_user_switch .list-group-item:contains(cc_manager)",
            run: "click",
        },
        {
            content: "… and fills in a user's log-in",
            trigger: "#login:enabled:value(cc_manager)",
        },
        {
            content: "Back to the list",
            trigger: ".o_user_switch_btn",
            run: "click",
        },
        {
            content: "An agent logs in past the list",
            trigger: ".o_user_switch",
        },
        {
            content: "The choice stands above the list",
            trigger: "label[for=o_cc_login_agent]",
            run: "click",
        },
        {
            content: "Type the number",
            trigger: `${asAgent} #agent_number`,
            run: "edit 7001",
        },
        {
            content: "Type a wrong password",
            trigger: "#password",
            run: "edit wrong",
        },
        {
            content: "Log in",
            trigger: ".oe_login_buttons button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Refused; what was typed is still there",
            trigger: `${asAgent}:has(#agent_number:value(7001)) .alert-danger`,
        },
        {
            content: "Type the right password",
            trigger: "#password",
            run: "edit agent-secret",
        },
        {
            content: "Log in again",
            trigger: ".oe_login_buttons button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "At the workspace",
            trigger: ".o_cc_workspace",
        },
    ],
});
