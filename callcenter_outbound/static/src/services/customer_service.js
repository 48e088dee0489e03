import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { isSameValue, toServerValue } from "./field_value";
import { PageStorage } from "./page_storage";
import { explainError, isGone } from "./server_error";

/**
 * The customers whose tabs are open, and what is being typed into their fields.
 *
 * An edit is what the agent typed and the server has not taken yet: it stays, also over a reload,
 * until the server takes it.
 */
export class Customers {
    /** task id -> {status: loading, ready, failed, gone; error; and what the server says} */
    tasks = {};
    /** task id -> name of the field -> {value, error, isWriting} */
    edits = {};

    constructor({ orm }) {
        this._orm = orm;
        this._storage = new PageStorage("edits");
        /** task id -> the last write of it, after which the next one goes */
        this._writes = {};
        /** task id -> how many reads were begun: of two under way the later one counts */
        this._reads = {};
    }

    /** The page was opened. */
    open() {
        for (const [taskId, values] of Object.entries(this._storage.read() || {})) {
            this.edits[taskId] = {};
            for (const [name, value] of Object.entries(values)) {
                this.edits[taskId][name] = { value, error: "", isWriting: false };
            }
        }
    }

    /** @returns {Object|false} the customer, when it was read */
    get(taskId) {
        const task = this.tasks[taskId];
        return task && task.status === "ready" && task;
    }

    /**
     * Read a customer.
     *
     * @param {number} taskId
     * @returns {Promise<boolean>} false when there is no such task of this agent any more
     */
    async read(taskId) {
        const read = (this._reads[taskId] || 0) + 1;
        this._reads[taskId] = read;
        this.tasks[taskId] ||= { id: taskId, status: "loading", error: "" };
        let values;
        try {
            values = await this._orm.silent.call("callcenter.task", "action_read_task", [[taskId]]);
        } catch (error) {
            const message = explainError(error);
            if (this._reads[taskId] !== read || !this.tasks[taskId]) {
                return true;
            }
            if (isGone(error)) {
                this.tasks[taskId].status = "gone";
                return false;
            }
            this.tasks[taskId].error = message;
            if (this.tasks[taskId].status !== "ready") {
                this.tasks[taskId].status = "failed";
            }
            return true;
        }
        if (this._reads[taskId] === read && this.tasks[taskId]) {
            this.tasks[taskId] = {
                ...values,
                status: "ready",
                error: "",
                taskStatus: values.status,
            };
        }
        return true;
    }

    /** There is news of a customer: read it again where it is shown. */
    refresh(taskId) {
        if (this.get(taskId)) {
            this.read(taskId);
        }
    }

    /** The tab was closed. */
    close(taskId) {
        delete this.tasks[taskId];
    }

    /** There is nothing left that edits could be written to. */
    forget(taskId) {
        delete this.edits[taskId];
        this._store();
    }

    hasEdits(taskId) {
        return Object.keys(this.edits[taskId] || {}).length > 0;
    }

    /** @returns {{value: any, error: string, isWriting: boolean}|undefined} */
    getEdit(taskId, name) {
        return this.edits[taskId]?.[name];
    }

    /**
     * The agent typed.
     *
     * @param {number} taskId
     * @param {string} name of the field
     * @param {any} value as the field shows it
     */
    type(taskId, name, value) {
        this.edits[taskId] ||= {};
        const edit = this.edits[taskId][name];
        this.edits[taskId][name] = { error: "", ...edit, value, isWriting: false };
        this._store();
    }

    /**
     * The agent is done with a field: stage what was typed, unless it is what stood there before.
     *
     * @param {number} taskId
     * @param {string} name of the field
     * @returns {Promise<boolean>} whether nothing is left to be written
     */
    async commit(taskId, name) {
        const edit = this.getEdit(taskId, name);
        const field = this.get(taskId)?.fields.find((field) => field.name === name);
        if (!edit || !field) {
            return !edit;
        }
        const converted = toServerValue(field, edit.value);
        if (converted.error) {
            this.edits[taskId][name].error = converted.error;
            return false;
        }
        if (isSameValue(field, edit.value)) {
            this._drop(taskId, name);
            return true;
        }
        this.edits[taskId][name].isWriting = true;
        const write = Promise.resolve(this._writes[taskId]).then(() =>
            this._write(taskId, name, edit.value, converted.value)
        );
        this._writes[taskId] = write;
        return write;
    }

    /**
     * Stage all that was typed.
     *
     * @returns {Promise<boolean>} false when something was refused
     */
    async flush(taskId) {
        const names = Object.entries(this.edits[taskId] || {})
            .filter(([, edit]) => !edit.isWriting)
            .map(([name]) => name);
        const results = await Promise.all(names.map((name) => this.commit(taskId, name)));
        await this._writes[taskId];
        return results.every(Boolean) && !this.hasEdits(taskId);
    }

    /** Take back what was typed and not taken. */
    undo(taskId, name) {
        this._drop(taskId, name);
    }

    /**
     * @param {number} taskId
     * @param {string} name of a field that leads to other records
     * @param {string} term
     * @returns {Promise<[number, string][]>} what can be chosen
     */
    searchValue(taskId, name, term) {
        return this._orm.silent.call("callcenter.task", "action_search_value", [
            [taskId],
            name,
            term,
        ]);
    }

    async _write(taskId, name, typed, value) {
        try {
            await this._orm.silent.call("callcenter.task", "action_write_customer", [
                [taskId],
                { [name]: value },
            ]);
        } catch (error) {
            const message = explainError(error);
            const edit = this.getEdit(taskId, name);
            if (edit && edit.value === typed) {
                Object.assign(edit, { error: message, isWriting: false });
            }
            return false;
        }
        await this._readFields(taskId);
        const edit = this.getEdit(taskId, name);
        // Meanwhile something else may have been typed.
        if (edit && edit.value === typed) {
            this._drop(taskId, name);
        }
        return true;
    }

    /** Which changes stand, and how, the server knows best. */
    async _readFields(taskId) {
        const task = this.get(taskId);
        if (!task) {
            return;
        }
        try {
            task.fields = await this._orm.silent.call("callcenter.task", "action_read_customer", [
                [taskId],
            ]);
            task.changes = task.fields.filter((field) => field.changed).length;
        } catch (error) {
            task.error = explainError(error);
        }
    }

    _drop(taskId, name) {
        delete this.edits[taskId]?.[name];
        this._store();
    }

    _store() {
        const kept = {};
        for (const [taskId, edits] of Object.entries(this.edits)) {
            for (const [name, { value }] of Object.entries(edits)) {
                kept[taskId] ||= {};
                kept[taskId][name] = value;
            }
        }
        this._storage.write(Object.keys(kept).length ? kept : undefined);
    }
}

export const customerService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        return reactive(new Customers({ orm }));
    },
};

registry.category("services").add("callcenter_outbound.customers", customerService);
