import { _t } from "@web/core/l10n/translation";

/**
 * @param {string} state of a dial plan
 * @returns {string} in words
 */
export function describePlanState(state) {
    return {
        draft: _t("Draft"),
        running: _t("Running"),
        paused: _t("Paused"),
        done: _t("Done"),
    }[state];
}
