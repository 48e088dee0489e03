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
                untouched: "text-muted",
                follow_up: "text-bg-warning",
                done_success: "text-bg-success",
                done_mismatch: "text-bg-secondary",
                done_failed: "text-bg-secondary",
            }[this.props.status] || "border"
        );
    }
}
