import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { toEditValue, toServerValue } from "./field_value";
import { PageStorage } from "./page_storage";
import { explainError } from "./server_error";

/** Question type -> the type of a customer's field that is edited in the same way. */
const FIELD_TYPES = {
    char_box: "char",
    text_box: "text",
    numerical_box: "float",
    date: "date",
    datetime: "datetime",
};

/**
 * What is being answered in the questionnaires of the open tabs. The server takes each answer at
 * once; what it has not taken yet stays, also over a reload, until it does.
 */
export class Questionnaires {
    /** record id -> question id -> {value, comment, error, isWriting} */
    edits = {};

    constructor({ orm, bus, customers }) {
        this._orm = orm;
        this._bus = bus;
        this._customers = customers;
        this._storage = new PageStorage("answers");
        /** record id -> the last write of it, after which the next one goes */
        this._writes = {};
    }

    /** The page was opened. */
    open() {
        for (const [recordId, answers] of Object.entries(this._storage.read() || {})) {
            this.edits[recordId] = {};
            for (const [questionId, { value, comment }] of Object.entries(answers)) {
                this.edits[recordId][questionId] = { value, comment, error: "", isWriting: false };
            }
        }
        // Given in another tab, perhaps.
        this._bus.subscribe("callcenter_outbound/answers", ({ task_id }) =>
            this._customers.refresh(task_id)
        );
    }

    /** @returns {Object|false} the questionnaire of a customer, when there is one */
    get(taskId) {
        return this._customers.get(taskId)?.questionnaire || false;
    }

    hasEdits(taskId) {
        return Object.keys(this.edits[this.get(taskId)?.record_id] || {}).length > 0;
    }

    getEdit(taskId, question) {
        return this.edits[this.get(taskId)?.record_id]?.[question.id];
    }

    /** @returns {any} the answer as its input shows it */
    getValue(taskId, question) {
        const edit = this.getEdit(taskId, question);
        if (edit) {
            return edit.value;
        }
        if (question.type === "numerical_box" && question.answer !== false) {
            // Mostly it is something counted: no decimals unless there are some.
            return formatFloat(question.answer, { digits: [16, 6], trailingZeros: false });
        }
        const type = FIELD_TYPES[question.type];
        return type ? toEditValue({ type, value: question.answer }) : question.answer;
    }

    getComment(taskId, question) {
        return this.getEdit(taskId, question)?.comment ?? question.comment;
    }

    /**
     * The agent typed, or chose.
     *
     * @param {number} taskId
     * @param {Object} question
     * @param {{value: any, comment: string}} given either of the two
     */
    note(taskId, question, given) {
        const { record_id } = this.get(taskId);
        this.edits[record_id] ||= {};
        this.edits[record_id][question.id] = {
            error: "",
            value: this.getValue(taskId, question),
            comment: this.getComment(taskId, question),
            ...this.edits[record_id][question.id],
            ...given,
            isWriting: false,
        };
        this._store();
    }

    /**
     * The agent is done with a question: hand the answer over.
     *
     * @returns {Promise<boolean>} whether nothing is left to be written
     */
    async commit(taskId, question) {
        const edit = this.getEdit(taskId, question);
        if (!edit || edit.isWriting) {
            return !edit;
        }
        const type = FIELD_TYPES[question.type];
        const converted = type ? toServerValue({ type }, edit.value) : { value: edit.value };
        if (converted.error) {
            edit.error = converted.error;
            return false;
        }
        edit.isWriting = true;
        const { record_id } = this.get(taskId);
        const { value, comment } = edit;
        const write = Promise.resolve(this._writes[record_id]).then(() =>
            this._write(taskId, record_id, question.id, converted.value, { value, comment })
        );
        this._writes[record_id] = write;
        return write;
    }

    /**
     * Hand over all answers.
     *
     * @returns {Promise<boolean>} false when one was refused
     */
    async flush(taskId) {
        const { record_id, questions } = this.get(taskId) || { questions: [] };
        await Promise.all(questions.map((question) => this.commit(taskId, question)));
        await this._writes[record_id];
        return !this.hasEdits(taskId);
    }

    /** Take back what was given and not taken. */
    undo(taskId, question) {
        this._drop(this.get(taskId).record_id, question.id);
    }

    async _write(taskId, recordId, questionId, answer, given) {
        let questionnaire;
        try {
            questionnaire = await this._orm.silent.call(
                "callcenter.contact.record",
                "action_answer_question",
                [[recordId], questionId, answer, given.comment]
            );
        } catch (error) {
            const message = explainError(error);
            if (this._isSame(recordId, questionId, given)) {
                const edit = this.edits[recordId][questionId];
                Object.assign(edit, { error: message, isWriting: false });
            }
            return false;
        }
        const task = this._customers.get(taskId);
        if (task && task.questionnaire?.record_id === recordId) {
            task.questionnaire = questionnaire;
        }
        // Meanwhile something else may have been given.
        if (this._isSame(recordId, questionId, given)) {
            this._drop(recordId, questionId);
        }
        return true;
    }

    _isSame(recordId, questionId, { value, comment }) {
        const edit = this.edits[recordId]?.[questionId];
        return (
            edit && edit.comment === comment && JSON.stringify(edit.value) === JSON.stringify(value)
        );
    }

    _drop(recordId, questionId) {
        delete this.edits[recordId]?.[questionId];
        if (!Object.keys(this.edits[recordId] || {}).length) {
            delete this.edits[recordId];
        }
        this._store();
    }

    _store() {
        this._storage.write(Object.keys(this.edits).length ? this.edits : undefined);
    }
}

export const questionnaireService = {
    dependencies: ["orm", "bus_service", "callcenter_outbound.customers"],
    start(env, services) {
        return reactive(
            new Questionnaires({
                orm: services.orm,
                bus: services.bus_service,
                customers: services["callcenter_outbound.customers"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.questionnaires", questionnaireService);
