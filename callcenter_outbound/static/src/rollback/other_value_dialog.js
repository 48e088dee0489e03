import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";
import { DATE_TYPES, DateInput } from "../date_input/date_input";
import { RelationInput } from "../relation_input/relation_input";
import { toEditValue, toServerValue } from "../services/field_value";

/** The manager types a value of his own, for a field on which agent and contact differ. */
export class OtherValueDialog extends Component {
    static template = "callcenter_outbound.OtherValueDialog";
    static components = { DateInput, Dialog, RelationInput };
    static props = { change: Object, search: Function, choose: Function, close: Function };

    setup() {
        this.id = "o_cc_other_value";
        this.state = useState({ value: toEditValue(this.props.change), error: "" });
        useAutofocus({ refName: "autofocus" });
    }

    get kind() {
        const { type } = this.props.change;
        if (type in DATE_TYPES) {
            return "date";
        }
        return { many2one: "relation", selection: "selection", boolean: "boolean", text: "text" }[
            type
        ];
    }

    get dateType() {
        return DATE_TYPES[this.props.change.type];
    }

    isChosen([key]) {
        return this.state.value === String(key);
    }

    update(value) {
        this.state.value = value;
        this.state.error = "";
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && !ev.isComposing) {
            this.confirm();
        }
    }

    confirm() {
        const { value, error } = toServerValue(this.props.change, this.state.value);
        if (error) {
            this.state.error = error;
            return;
        }
        this.props.choose(value);
        this.props.close();
    }
}
