import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { describePhone } from "./describe_phone";

/** How the agent's phone is, with the round-trip time. */
export class PhoneStatus extends Component {
    static template = "callcenter_outbound.PhoneStatus";
    static props = {
        /** false while none is chosen */
        extension: { type: [Object, Boolean] },
        phone: Object,
    };

    get status() {
        return describePhone(this.props.extension, this.props.phone);
    }

    get dotClass() {
        return { ok: "text-success", wait: "text-warning", bad: "text-danger" }[this.status.tone];
    }

    get roundTrip() {
        const { phone, extension } = this.props;
        const milliseconds = phone.roundTrip !== false ? phone.roundTrip : extension?.rtt_ms;
        if (this.status.tone !== "ok" || milliseconds === false || milliseconds === undefined) {
            return "";
        }
        return _t("%s ms", milliseconds < 1 ? "<1" : Math.round(milliseconds));
    }
}
