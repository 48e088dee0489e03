import { Component, markup, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { DATE_TYPES, DateInput } from "../date_input/date_input";

/**
 * One question with its answer. A choice is handed over at once, a text when it is left; what the
 * server refuses stays, with the reason.
 */
export class Question extends Component {
    static template = "callcenter_outbound.Question";
    static components = { DateInput };
    static props = { taskId: Number, question: Object, isReadonly: Boolean };

    setup() {
        this.questionnaires = useState(useService("callcenter_outbound.questionnaires"));
    }

    get id() {
        return `o_cc_question_${this.props.taskId}_${this.props.question.id}`;
    }

    /** Which input: choice, choices, date, text (many lines), or a line of text. */
    get kind() {
        const { type } = this.props.question;
        if (type in DATE_TYPES) {
            return "date";
        }
        const kinds = {
            simple_choice: "choice",
            scale: "choice",
            multiple_choice: "choices",
            text_box: "text",
        };
        return kinds[type] || "line";
    }

    get isGroup() {
        return this.kind === "choice" || this.kind === "choices";
    }

    get dateType() {
        return DATE_TYPES[this.props.question.type];
    }

    /** What can be chosen: the answers offered, or the steps of the scale. */
    get options() {
        const { options, scale } = this.props.question;
        if (!scale) {
            return options;
        }
        const steps = scale.highest - scale.lowest + 1;
        return [...Array(steps).keys()].map((step) => ({
            id: scale.lowest + step,
            label: String(scale.lowest + step),
        }));
    }

    get description() {
        // Managers write it in an editor, and the server cleans it.
        return markup(this.props.question.description);
    }

    get value() {
        return this.questionnaires.getValue(this.props.taskId, this.props.question);
    }

    get comment() {
        return this.questionnaires.getComment(this.props.taskId, this.props.question);
    }

    get edit() {
        return this.questionnaires.getEdit(this.props.taskId, this.props.question);
    }

    get describedBy() {
        return this.edit?.error ? `${this.id}_error` : undefined;
    }

    /** A choice of one can't be unchosen by a click on it. */
    get canClear() {
        return this.kind === "choice" && this.value !== false && !this.props.isReadonly;
    }

    isChosen(option) {
        return this.kind === "choices" ? this.value.includes(option.id) : this.value === option.id;
    }

    type(value) {
        this.questionnaires.note(this.props.taskId, this.props.question, { value });
    }

    typeComment(comment) {
        this.questionnaires.note(this.props.taskId, this.props.question, { comment });
    }

    commit() {
        return this.questionnaires.commit(this.props.taskId, this.props.question);
    }

    /** Of an input that is done with by one click. */
    choose(value) {
        this.type(value);
        this.commit();
    }

    toggle(option) {
        this.choose(
            this.isChosen(option)
                ? this.value.filter((id) => id !== option.id)
                : [...this.value, option.id]
        );
    }

    undo() {
        this.questionnaires.undo(this.props.taskId, this.props.question);
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && !ev.isComposing) {
            this.commit();
        }
    }
}
