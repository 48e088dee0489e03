import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatMoment } from "../services/time";
import { describeStatus } from "../status_badge/describe_status";

/** The contact records of a customer, newest first. */
export class ContactHistory extends Component {
    static template = "callcenter_outbound.ContactHistory";
    static props = { entries: Array };

    formatTime(time) {
        return formatMoment(time);
    }

    getOutcome({ outcome, result }) {
        return result || { answered: _t("Answered"), unanswered: _t("Unanswered") }[outcome] || "";
    }

    getOutcomeClass({ outcome }) {
        return outcome === "answered" ? "o_cc_good" : "o_cc_plain";
    }

    getStatus({ status }) {
        return status ? describeStatus(status) : "";
    }
}
