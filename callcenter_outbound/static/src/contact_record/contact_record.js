import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { DateInput } from "../date_input/date_input";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";

/** More results than these are a list to choose from, fewer are buttons. */
const MOST_BUTTONS = 6;

/** What came of the latest call with the customer. */
export class ContactRecord extends Component {
    static template = "callcenter_outbound.ContactRecord";
    static components = { DateInput, HotkeyHint };
    static props = { taskId: Number };

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.customers = useState(useService("callcenter_outbound.customers"));
        this.records = useState(useService("callcenter_outbound.records"));
        // What a record's state is read from.
        useState(useService("callcenter_outbound.calls"));
        this.tabs = useService("callcenter_outbound.tabs");
    }

    get draft() {
        return this.records.getDraft(this.props.taskId);
    }

    /** The saved record that is being corrected in this form, if one is. */
    get correction() {
        return this.records.getCorrection(this.props.taskId);
    }

    get recordState() {
        return this.records.getState(this.props.taskId);
    }

    get results() {
        return this.records.getResults(this.props.taskId);
    }

    get hasButtons() {
        return this.results.length <= MOST_BUTTONS;
    }

    get statuses() {
        return [
            { key: "in_progress", label: _t("In progress") },
            { key: "follow_up", label: _t("Follow up") },
            { key: "done_success", label: _t("Success") },
            { key: "done_mismatch", label: _t("Mismatch") },
            { key: "done_failed", label: _t("Failed") },
        ];
    }

    get outcomeLabel() {
        const { outcome, state } = this.recordState;
        if (outcome === "answered") {
            return _t("answered");
        }
        return state === "open" ? _t("not answered yet") : _t("unanswered");
    }

    get message() {
        return this.records.messages[this.props.taskId];
    }

    get isSaving() {
        return this.records.savingId === this.props.taskId;
    }

    /** The agent is in wrap-up, and this is the record that he has yet to save. */
    get isWrapUp() {
        const { wrapUp } = this.workspace;
        return Boolean(wrapUp) && wrapUp.task_id === this.props.taskId;
    }

    note(values) {
        this.records.note(this.props.taskId, values);
    }

    chooseResult(ev) {
        this.note({ result_id: Number(ev.target.value) || false });
    }

    save() {
        return this.records.save(this.props.taskId);
    }

    leaveCorrection() {
        this.records.leaveCorrection(this.props.taskId);
    }

    async saveAndNext() {
        if (await this.save()) {
            await this.tabs.showNext(this.props.taskId);
        }
    }
}
