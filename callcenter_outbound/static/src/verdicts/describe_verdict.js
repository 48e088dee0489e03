import { _t } from "@web/core/l10n/translation";

/**
 * @param {{verdict: string, score: number}} inspection
 * @returns {{label: string, className: string}} for a badge
 */
export function describeVerdict({ verdict, score }) {
    return verdict === "passed"
        ? { label: _t("Inspection passed: %s points", score), className: "o_cc_good" }
        : { label: _t("Inspection failed: %s points", score), className: "o_cc_warn" };
}
