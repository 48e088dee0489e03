import { Interaction } from "@web/public/interaction";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

/** Where the browser remembers who logged in last: a desk has its own people. */
export const STORAGE_KEY = "callcenter_outbound.login_choice";

/** The choice on the log-in page between a user's log-in and an agent's number. */
export class LoginChoice extends Interaction {
    static selector = ".o_cc_login_choice";
    dynamicContent = {
        input: { "t-on-change": this.onChoose },
    };

    start() {
        this.page = this.el.parentElement;
        const chosen = this.el.querySelector("input:checked");
        if (chosen && !chosen.defaultChecked) {
            // Clicked before this script was there.
            this.choose(chosen.value);
        } else if (this.wasGiven("#agent_number")) {
            this.show("agent");
            this.page.querySelector("#password").focus();
        } else if (this.wasGiven("#login")) {
            // Refused a moment ago, or led here by a link that names the user.
            this.show("user");
        } else {
            this.show(browser.localStorage.getItem(STORAGE_KEY));
            this.page.querySelector("#agent_number:enabled")?.focus();
        }
    }

    /** Whether the server put a value into a field. */
    wasGiven(selector) {
        return Boolean(this.page.querySelector(selector).getAttribute("value"));
    }

    onChoose(ev) {
        this.choose(ev.currentTarget.value);
    }

    choose(choice) {
        browser.localStorage.setItem(STORAGE_KEY, choice);
        this.show(choice);
        this.page.querySelector("#login:enabled, #agent_number:enabled").focus();
    }

    /** Show what one of them needs; what is hidden is neither asked for nor sent. */
    show(choice) {
        const isAgent = choice === "agent";
        this.el.querySelector(`#o_cc_login_${isAgent ? "agent" : "user"}`).checked = true;
        this.page.classList.toggle("o_cc_login_as_agent", isAgent);
        this.page.querySelector("#login").disabled = isAgent;
        this.page.querySelector("#agent_number").disabled = !isAgent;
    }
}

registry.category("public.interactions").add("callcenter_outbound.login_choice", LoginChoice);
