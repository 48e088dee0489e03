import { _t } from "@web/core/l10n/translation";

/**
 * @param {string} status handling status of a task or a contact record
 * @returns {string} in words
 */
export function describeStatus(status) {
    return (
        {
            untouched: _t("Untouched"),
            in_progress: _t("In progress"),
            follow_up: _t("Follow up"),
            done_success: _t("Done (success)"),
            done_mismatch: _t("Done (data mismatch)"),
            done_failed: _t("Done (failed)"),
        }[status] || ""
    );
}
