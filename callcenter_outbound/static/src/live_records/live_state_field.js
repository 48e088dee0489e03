import { Component } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
const TONES = {
    reachable: "success",
    unreachable: "danger",
    rejected: "danger",
};
/** States whose beginning is worth a place on screen. */
const SINCE_SHOWN = ["unreachable", "rejected"];

/** How a phone or a trunk is now: a coloured dot, what it says, since when it can't be reached. */
export class LiveStateField extends Component {
    static template = "callcenter_outbound.LiveStateField";
    static props = { ...standardFieldProps };

    get state() {
        return this.props.record.data[this.props.name];
    }

    get tone() {
        return TONES[this.state] ?? "muted";
    }

    get text() {
        return this.props.record.data.state_text;
    }

    get since() {
        return SINCE_SHOWN.includes(this.state) ? ` ${this.sinceText}` : "";
    }

    get sinceText() {
        const since = this.props.record.data.state_since;
        if (!since) {
            return "";
        }
        const isToday = since.hasSame(DateTime.local({ zone: since.zone }), "day");
        const time = isToday
            ? since.toFormat("HH:mm")
            : formatDateTime(since, { showSeconds: false });
        return _t("since %s", time);
    }
}

registry.category("fields").add("callcenter_live_state", {
    component: LiveStateField,
    displayName: _t("Live State"),
    supportedTypes: ["selection"],
    fieldDependencies: [
        { name: "state_text", type: "char" },
        { name: "state_since", type: "datetime" },
    ],
    listViewWidth: [160, 260],
});
