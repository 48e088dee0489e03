import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";

/** What the server says to the user in words meant for him. */
const USER_ERRORS = ["UserError", "AccessError", "MissingError", "ValidationError"].map(
    (name) => `odoo.exceptions.${name}`
);
const GONE_ERRORS = ["AccessError", "MissingError"].map((name) => `odoo.exceptions.${name}`);

/**
 * @param {Error} error that a call of the server ended in
 * @param {string} [consequence] what a lost connection means here
 * @returns {string} why the server refused
 * @throws anything unforeseen
 */
export function explainError(error, consequence = _t("Nothing was done by this page.")) {
    if (error instanceof ConnectionLostError) {
        return _t("Odoo can't be reached: check the network. %s", consequence);
    }
    if (!(error instanceof RPCError)) {
        throw error;
    }
    const message = error.data?.message || error.message;
    if (USER_ERRORS.includes(error.exceptionName)) {
        return message;
    }
    return _t("Odoo could not do this: %s", message);
}

/** @returns {boolean} whether the record is no more, or no more this user's */
export function isGone(error) {
    return error instanceof RPCError && GONE_ERRORS.includes(error.exceptionName);
}
