import { Component } from "@odoo/owl";

/** Something that keeps the agent from calling, and what to do about it. */
export class Notice extends Component {
    static template = "callcenter_outbound.Notice";
    static props = {
        tone: { type: String, optional: true },
        title: String,
        text: { type: String, optional: true },
        retry: { type: Function, optional: true },
    };
    static defaultProps = { tone: "warning", text: "" };
}
