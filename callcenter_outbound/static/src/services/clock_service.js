import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { parseTime } from "./time";

/** The server's clock, as far as this machine can tell. */
export class Clock {
    /** Server's clock less this machine's, in milliseconds. */
    offset = 0;

    /**
     * @param {string} time that the server has now
     * @returns {number} the same in milliseconds
     */
    set(time) {
        const now = parseTime(time);
        this.offset = now - Date.now();
        return now;
    }

    /** @returns {number} milliseconds */
    now() {
        return Date.now() + this.offset;
    }
}

export const clockService = {
    start() {
        return reactive(new Clock());
    },
};

registry.category("services").add("callcenter_outbound.clock", clockService);
