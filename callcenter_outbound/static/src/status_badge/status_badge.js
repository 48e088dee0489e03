import { Component } from "@odoo/owl";
import { describeStatus } from "./describe_status";

/** How far a customer is worked. */
export class StatusBadge extends Component {
    static template = "callcenter_outbound.StatusBadge";
    static props = { status: String };

    get label() {
        return describeStatus(this.props.status);
    }

    get className() {
        return (
            {
                untouched: "text-muted ps-0",
                follow_up: "o_cc_warn",
                done_success: "o_cc_good",
                done_mismatch: "o_cc_plain",
                done_failed: "o_cc_plain",
            }[this.props.status] || "o_cc_plain"
        );
    }
}
