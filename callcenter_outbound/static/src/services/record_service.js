import { reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { PageStorage } from "./page_storage";
import { explainError } from "./server_error";
import { fromLocalInput, toLocalInput } from "./time";

const EMPTY = {
    result_id: false,
    status: false,
    note: "",
    /** text of an input of the type `datetime-local` */
    follow_up_at: "",
    never_call_again: false,
};

/** @returns {Object} what the form shows of a saved record */
function toDraft({ result_id, status, note, follow_up_at, never_call_again }) {
    return { result_id, status, note, follow_up_at: toLocalInput(follow_up_at), never_call_again };
}

/**
 * The contact records of the open tabs: what the agent has noted and not saved yet, which a reload
 * and a change of tabs leave as it is, and the saving.
 */
export class Records {
    /** task id -> what was noted */
    drafts = {};
    /** task id -> {tone: success, danger; text}: what came of the last click on "Save" */
    messages = {};
    /** task id -> {record_id, values}: what a correction of a saved record says so far */
    corrections = {};
    /** Task whose record is being saved. */
    savingId = false;
    isLeaving = false;

    constructor({ orm, notification, workspace, calls, customers, questionnaires }) {
        this._orm = orm;
        this._notification = notification;
        this._workspace = workspace;
        this._calls = calls;
        this._customers = customers;
        this._questionnaires = questionnaires;
        this._storage = new PageStorage("drafts");
        this._correctionStorage = new PageStorage("corrections");
    }

    /** The page was opened. */
    open() {
        this.drafts = this._storage.read() || {};
        this.corrections = this._correctionStorage.read() || {};
        this._calls.events.addEventListener("CALL", ({ detail }) => this._onCall(detail));
    }

    getDraft(taskId) {
        return this.getCorrection(taskId)?.values || this.drafts[taskId] || EMPTY;
    }

    hasDraft(taskId) {
        return taskId in this.drafts || taskId in this.corrections;
    }

    /**
     * What corrects a saved record, as long as the agent may do that: until the next call.
     *
     * @param {number} taskId
     * @returns {{record_id: number, values: Object}|undefined}
     */
    getCorrection(taskId) {
        return this._getCorrected(taskId) ? this.corrections[taskId] : undefined;
    }

    /**
     * Show a saved record in the form, to be corrected. What was noted of the next call waits.
     *
     * @param {number} taskId
     * @param {Object} entry of the history
     */
    correct(taskId, entry) {
        this.corrections[taskId] = { record_id: entry.id, values: toDraft(entry) };
        delete this.messages[taskId];
        this._storeCorrections();
    }

    /** The saved record stays as it was. */
    leaveCorrection(taskId) {
        delete this.corrections[taskId];
        delete this.messages[taskId];
        this._storeCorrections();
    }

    /**
     * The agent noted something.
     *
     * @param {number} taskId
     * @param {Object} values
     */
    note(taskId, values) {
        const draft = { ...this.getDraft(taskId), ...values };
        delete this.messages[taskId];
        const correction = this.getCorrection(taskId);
        if (correction) {
            this.corrections[taskId] = { ...correction, values: draft };
            this._storeCorrections();
            return;
        }
        if (Object.keys(EMPTY).every((name) => draft[name] === EMPTY[name])) {
            delete this.drafts[taskId];
        } else {
            this.drafts[taskId] = draft;
        }
        this._store();
    }

    /** The tab was closed, or the record saved. */
    forget(taskId) {
        delete this.drafts[taskId];
        delete this.corrections[taskId];
        this._store();
        this._storeCorrections();
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
        const corrected = this._getCorrected(taskId);
        if (corrected) {
            return { state: "ended", outcome: corrected.outcome, saved: true };
        }
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
        const offered = results.filter((result) => result.outcome === outcome);
        const corrected = this._getCorrected(taskId);
        if (corrected && !offered.some((result) => result.id === corrected.result_id)) {
            // Offered no more, and what the record says.
            offered.push({ id: corrected.result_id, name: corrected.result, outcome });
        }
        return offered;
    }

    /**
     * Save the contact record of the latest call, or the correction of a saved one. Whether it can
     * be saved the server decides.
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
            if (!(await this._questionnaires.flush(taskId))) {
                return this._refuse(
                    taskId,
                    _t("An answer of the questionnaire was refused: correct it, or undo it.")
                );
            }
            await this._send(taskId);
        } catch (error) {
            return this._refuse(
                taskId,
                explainError(error, _t("What you noted is kept on this page: save it again."))
            );
        } finally {
            this.savingId = false;
        }
        const isCorrection = Boolean(this.getCorrection(taskId));
        const text = isCorrection ? _t("Contact record corrected") : _t("Contact record saved");
        if (isCorrection) {
            this.leaveCorrection(taskId);
        } else {
            this.forget(taskId);
        }
        this.messages[taskId] = { tone: "success", text };
        this._notification.add(text, { type: "success" });
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

    _send(taskId) {
        const correction = this.getCorrection(taskId);
        if (!correction) {
            return this._orm.silent.call("callcenter.task", "action_save_contact_record", [
                [taskId],
                this._toServer(taskId),
            ]);
        }
        return this._orm.silent.call("callcenter.contact.record", "action_correct", [
            [correction.record_id],
            this._getChanges(taskId),
        ]);
    }

    /** @returns {Object|undefined} the entry of the history that is being corrected */
    _getCorrected(taskId) {
        const correction = this.corrections[taskId];
        if (!correction) {
            return undefined;
        }
        const history = this._customers.get(taskId)?.history || [];
        return history.find((entry) => entry.id === correction.record_id && entry.correctable);
    }

    /** What a correction changes: what it leaves as it was, down to the second, isn't sent. */
    _getChanges(taskId) {
        const { values } = this.corrections[taskId];
        const said = toDraft(this._getCorrected(taskId));
        const sent = this._toServer(taskId);
        const changed = Object.keys(said).filter((name) => values[name] !== said[name]);
        return Object.fromEntries(changed.map((name) => [name, sent[name]]));
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

    _storeCorrections() {
        const { corrections } = this;
        this._correctionStorage.write(Object.keys(corrections).length ? corrections : undefined);
    }
}

export const recordService = {
    dependencies: [
        "orm",
        "notification",
        "callcenter_outbound.workspace",
        "callcenter_outbound.calls",
        "callcenter_outbound.customers",
        "callcenter_outbound.questionnaires",
    ],
    start(env, services) {
        return reactive(
            new Records({
                orm: services.orm,
                notification: services.notification,
                workspace: services["callcenter_outbound.workspace"],
                calls: services["callcenter_outbound.calls"],
                customers: services["callcenter_outbound.customers"],
                questionnaires: services["callcenter_outbound.questionnaires"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.records", recordService);
