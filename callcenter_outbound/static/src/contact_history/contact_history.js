import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatMoment } from "../services/time";
import { RecordingPlayer } from "../recording_player/recording_player";
import { describeStatus } from "../status_badge/describe_status";
import { describeVerdict } from "../verdicts/describe_verdict";

/** The contact records of a customer, newest first. */
export class ContactHistory extends Component {
    static template = "callcenter_outbound.ContactHistory";
    static components = { RecordingPlayer };
    static props = { taskId: Number, entries: Array };

    setup() {
        this.records = useState(useService("callcenter_outbound.records"));
    }

    /** Whether this record can be corrected, and isn't being corrected just now. */
    canCorrect(entry) {
        const correction = this.records.getCorrection(this.props.taskId);
        return entry.correctable && correction?.record_id !== entry.id;
    }

    correct(entry) {
        this.records.correct(this.props.taskId, entry);
    }

    formatTime(time) {
        return formatMoment(time);
    }

    getOutcome({ outcome, result }) {
        return result || { answered: _t("Answered"), unanswered: _t("Unanswered") }[outcome] || "";
    }

    getOutcomeClass({ outcome }) {
        return outcome === "answered" ? "o_cc_good" : "o_cc_plain";
    }

    describe(inspection) {
        return describeVerdict(inspection);
    }

    getStatus({ status }) {
        return status ? describeStatus(status) : "";
    }
}
