import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { DATE_TYPES, DateInput } from "../date_input/date_input";
import { describeValue, toEditValue } from "../services/field_value";
import { RelationInput } from "../relation_input/relation_input";

const INPUT_MODES = { integer: "numeric", float: "decimal", monetary: "decimal" };

/**
 * One field of the customer: text when it may only be read, else an input of its type. What was typed
 * is staged on blur or Enter; what the server refuses stays, with the reason.
 */
export class CustomerField extends Component {
    static template = "callcenter_outbound.CustomerField";
    static components = { DateInput, RelationInput };
    static props = { taskId: Number, field: Object };

    setup() {
        this.customers = useState(useService("callcenter_outbound.customers"));
    }

    get name() {
        return this.props.field.name;
    }

    get id() {
        return `o_cc_field_${this.props.taskId}_${this.name}`;
    }

    /** Which input: boolean, selection, relation, date, text (many lines), or a line of text. */
    get kind() {
        const { type } = this.props.field;
        if (type in DATE_TYPES) {
            return "date";
        }
        if (type === "many2one" || type === "many2many") {
            return "relation";
        }
        return ["boolean", "selection", "text"].includes(type) ? type : "line";
    }

    get dateType() {
        return DATE_TYPES[this.props.field.type];
    }

    get inputMode() {
        return INPUT_MODES[this.props.field.type];
    }

    get edit() {
        return this.customers.getEdit(this.props.taskId, this.name);
    }

    get value() {
        return this.edit ? this.edit.value : toEditValue(this.props.field);
    }

    get text() {
        return describeValue(this.props.field);
    }

    get describedBy() {
        return this.edit?.error ? `${this.id}_error` : undefined;
    }

    isChosen([key]) {
        return this.value === String(key);
    }

    search(term) {
        return this.customers.searchValue(this.props.taskId, this.name, term);
    }

    type(value) {
        this.customers.type(this.props.taskId, this.name, value);
    }

    commit() {
        return this.customers.commit(this.props.taskId, this.name);
    }

    /** Of an input that is done with by one click. */
    choose(value) {
        this.type(value);
        this.commit();
    }

    undo() {
        this.customers.undo(this.props.taskId, this.name);
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && !ev.isComposing) {
            this.commit();
        }
    }
}
