import { reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { PageStorage } from "./page_storage";
import { explainError } from "./server_error";
import { fromLocalInput } from "./time";

const EMPTY = {
    result_id: false,
    status: false,
    note: "",
    /** text of an input of the type `datetime-local` */
    follow_up_at: "",
    never_call_again: false,
};

/**
 * The contact records of the open tabs: what the agent has noted and not saved yet, which a reload
 * and a change of tabs leave as it is, and the saving.
 */
export class Records {
    /** task id -> what was noted */
    drafts = {};
    /** task id -> {tone: success, danger; text}: what came of the last click on "Save" */
    messages = {};
    /** Task whose record is being saved. */
    savingId = false;
    isLeaving = false;

    constructor({ orm, notification, workspace, calls, customers }) {
        this._orm = orm;
        this._notification = notification;
        this._workspace = workspace;
        this._calls = calls;
        this._customers = customers;
        this._storage = new PageStorage("drafts");
    }

    /** The page was opened. */
    open() {
        this.drafts = this._storage.read() || {};
        this._calls.events.addEventListener("CALL", ({ detail }) => this._onCall(detail));
    }

    getDraft(taskId) {
        return this.drafts[taskId] || EMPTY;
    }

    hasDraft(taskId) {
        return taskId in this.drafts;
    }

    /**
     * The agent noted something.
     *
     * @param {number} taskId
     * @param {Object} values
     */
    note(taskId, values) {
        const draft = { ...this.getDraft(taskId), ...values };
        if (Object.keys(EMPTY).every((name) => draft[name] === EMPTY[name])) {
            delete this.drafts[taskId];
        } else {
            this.drafts[taskId] = draft;
        }
        delete this.messages[taskId];
        this._store();
    }

    /** The tab was closed, or the record saved. */
    forget(taskId) {
        delete this.drafts[taskId];
        this._store();
    }

    /**
     * The record that a save would fill, as far as it is known: the call that is on counts before what
     * was read of the one before it.
     *
     * @param {number} taskId
     * @returns {{state: "none"|"dialing"|"open"|"ended", outcome: string|false, saved: boolean}}
     *  `none`: the customer was not called yet; `dialing`: nor yet by the call that is on
     */
    getState(taskId) {
        const { call } = this._calls;
        const record = this._customers.get(taskId)?.record || false;
        const isLatest = call && call.task_id === taskId && !(record && record.call_id > call.id);
        const isReached = isLatest && (call.dialed_at || call.outcome || call.state !== "dialing");
        if (isLatest && !isReached) {
            return { state: "dialing", outcome: false, saved: false };
        }
        if (isReached && (call.state !== "ended" || call.outcome)) {
            const isAnswered = call.outcome === "answered" || call.state === "answered";
            const isSaved = Boolean(call.saved || (record.call_id === call.id && record.saved));
            return {
                state: call.state === "ended" ? "ended" : "open",
                outcome: isAnswered ? "answered" : "unanswered",
                saved: isSaved,
            };
        }
        if (!record) {
            return { state: "none", outcome: false, saved: false };
        }
        return {
            state: record.call_state === "ended" ? "ended" : "open",
            outcome: record.outcome || (record.call_state === "ended" ? false : "unanswered"),
            saved: record.saved,
        };
    }

    /** @returns {Object[]} the results that fit the outcome of the call */
    getResults(taskId) {
        const { outcome } = this.getState(taskId);
        const results = this._customers.get(taskId)?.plan.results || [];
        return results.filter((result) => result.outcome === outcome);
    }

    /**
     * Save the contact record of the latest call. Whether it can be saved the server decides.
     *
     * @param {number} taskId
     * @returns {Promise<boolean>} whether it was saved
     */
    async save(taskId) {
        if (this.savingId) {
            return false;
        }
        this.savingId = taskId;
        delete this.messages[taskId];
        try {
            // What was typed into the fields belongs to this call too.
            if (!(await this._customers.flush(taskId))) {
                return this._refuse(
                    taskId,
                    _t("A change of the customer was refused: correct it above, or undo it.")
                );
            }
            await this._orm.silent.call("callcenter.task", "action_save_contact_record", [
                [taskId],
                this._toServer(taskId),
            ]);
        } catch (error) {
            return this._refuse(
                taskId,
                explainError(error, _t("What you noted is kept on this page: save it again."))
            );
        } finally {
            this.savingId = false;
        }
        this.forget(taskId);
        this.messages[taskId] = { tone: "success", text: _t("Contact record saved") };
        this._notification.add(_t("Contact record saved"), { type: "success" });
        await Promise.all([this._customers.read(taskId), this._workspace.refresh()]);
        return true;
    }

    /** The wrap-up is over, and the record stays unsaved. What was noted is kept: it may be saved late. */
    async leaveUnsaved() {
        if (this.isLeaving) {
            return;
        }
        this.isLeaving = true;
        try {
            await this._orm.call("callcenter.agent", "action_leave_unsaved", [[]]);
            await this._workspace.refresh();
        } catch (error) {
            this._notification.add(explainError(error), { type: "danger" });
        } finally {
            this.isLeaving = false;
        }
    }

    _toServer(taskId) {
        const draft = this.getDraft(taskId);
        const isOffered = this.getResults(taskId).some((result) => result.id === draft.result_id);
        return {
            result_id: isOffered ? draft.result_id : false,
            status: draft.status,
            note: draft.note,
            follow_up_at: draft.status === "follow_up" && fromLocalInput(draft.follow_up_at),
            never_call_again: draft.never_call_again,
        };
    }

    _refuse(taskId, text) {
        this.messages[taskId] = { tone: "danger", text };
        return false;
    }

    /** The record of a call was made, or saved, here or in another tab. */
    _onCall(call) {
        const taskId = call.task_id;
        const record = this._customers.get(taskId)?.record;
        if (call.state === "dialing" && !call.dialed_at) {
            // What was said of the call before.
            delete this.messages[taskId];
        }
        if (!this._customers.get(taskId)) {
            return;
        }
        const isKnown = record && record.call_id === call.id && record.call_state === call.state;
        if ((call.contact_record_id && !isKnown) || call.state === "ended") {
            this._customers.read(taskId);
        }
    }

    _store() {
        this._storage.write(Object.keys(this.drafts).length ? this.drafts : undefined);
    }
}

export const recordService = {
    dependencies: [
        "orm",
        "notification",
        "callcenter_outbound.workspace",
        "callcenter_outbound.calls",
        "callcenter_outbound.customers",
    ],
    start(env, services) {
        return reactive(
            new Records({
                orm: services.orm,
                notification: services.notification,
                workspace: services["callcenter_outbound.workspace"],
                calls: services["callcenter_outbound.calls"],
                customers: services["callcenter_outbound.customers"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.records", recordService);
