import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { session } from "@web/session";

const PREFIX = "callcenter_outbound";

/**
 * What a page keeps over a reload, each tab of the browser for itself: of this database and this
 * user alone, since at a shared desk another one may log in next.
 */
export class PageStorage {
    /** @param {string} name */
    constructor(name) {
        this._owner = `${PREFIX}:${session.db}:${user.userId}:`;
        this._key = this._owner + name;
    }

    /** @returns {any} undefined when nothing is kept */
    read() {
        try {
            const text = browser.sessionStorage.getItem(this._key);
            return text ? JSON.parse(text) : undefined;
        } catch {
            // Storage is off, or full of what is no JSON: a page works without.
            return undefined;
        }
    }

    /** @param {any} value undefined keeps nothing */
    write(value) {
        try {
            if (value === undefined) {
                browser.sessionStorage.removeItem(this._key);
            } else {
                browser.sessionStorage.setItem(this._key, JSON.stringify(value));
            }
        } catch {
            // As above.
        }
    }

    /** Takes away what other users left behind in this tab. */
    forgetOthers() {
        try {
            for (const key of Object.keys(browser.sessionStorage)) {
                if (key.startsWith(`${PREFIX}:`) && !key.startsWith(this._owner)) {
                    browser.sessionStorage.removeItem(key);
                }
            }
        } catch {
            // As above.
        }
    }
}
