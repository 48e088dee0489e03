import { Component, useEffect, useRef } from "@odoo/owl";

/** Type of a field -> type of its input. */
export const DATE_TYPES = { date: "date", datetime: "datetime-local" };

/**
 * An input for a date or a moment. It is filled only when the value is another one: while somebody is
 * half through typing a date, the browser has no value yet, and filling it again would wipe that out.
 */
export class DateInput extends Component {
    static template = "callcenter_outbound.DateInput";
    static props = {
        id: String,
        /** date, or datetime-local */
        type: String,
        value: String,
        className: { type: String, optional: true },
        isRequired: { type: Boolean, optional: true },
        describedBy: { type: String, optional: true },
        onInput: Function,
        onBlur: { type: Function, optional: true },
        onKeydown: { type: Function, optional: true },
    };
    static defaultProps = {
        className: "",
        isRequired: false,
        onBlur: () => {},
        onKeydown: () => {},
    };

    setup() {
        this.input = useRef("input");
        useEffect(
            (value) => {
                if (this.input.el.value !== value) {
                    this.input.el.value = value;
                }
            },
            () => [this.props.value]
        );
    }
}
