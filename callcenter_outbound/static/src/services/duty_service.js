import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { explainError } from "./server_error";

/** News of the new state come at once; should they not, the truth is read after so long. */
const PATIENCE = 3_000;

/** Signing in and out, pausing and resuming. Each stands when the server says so by the bus. */
export class Duty {
    /** What was asked for and is awaited: sign_in, sign_out, pause, resume; else empty. */
    pending = "";
    /** Why the last wish was refused. */
    error = "";

    constructor({ orm, notification, workspace }) {
        this._orm = orm;
        this._notification = notification;
        this._workspace = workspace;
    }

    /** The page was opened. */
    open() {
        this._workspace.events.addEventListener("AGENT", () => this._settle());
    }

    /**
     * @param {number[]} groupIds
     * @param {number|false} extensionId of those who choose theirs at sign-in
     * @returns {Promise<boolean>} whether the server took it
     */
    signIn(groupIds, extensionId = false) {
        return this._ask("sign_in", groupIds, extensionId);
    }

    signOut() {
        return this._ask("sign_out");
    }

    /** @param {number} reasonId */
    pause(reasonId) {
        return this._ask("pause", reasonId);
    }

    resume() {
        return this._ask("resume");
    }

    async _ask(wish, ...values) {
        if (this.pending) {
            return false;
        }
        this.pending = wish;
        this.error = "";
        try {
            await this._orm.call("callcenter.agent", `action_${wish}`, [[], ...values]);
        } catch (error) {
            this.error = explainError(error);
            this.pending = "";
            this._notification.add(this.error, { type: "danger" });
            return false;
        }
        if (this.pending) {
            this._patience = browser.setTimeout(async () => {
                await this._workspace.load();
                this._settle();
            }, PATIENCE);
        }
        return true;
    }

    _settle() {
        browser.clearTimeout(this._patience);
        this.pending = "";
    }
}

export const dutyService = {
    dependencies: ["orm", "notification", "callcenter_outbound.workspace"],
    start(env, services) {
        return reactive(
            new Duty({
                orm: services.orm,
                notification: services.notification,
                workspace: services["callcenter_outbound.workspace"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.duty", dutyService);
