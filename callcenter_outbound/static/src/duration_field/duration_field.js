import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { formatSeconds } from "../running_timer/format_seconds";

/**
 * @param {number|false} seconds
 * @returns {string} minutes and seconds, with the hours where there are any
 */
export function formatDuration(seconds) {
    return typeof seconds === "number" ? formatSeconds(Math.round(seconds)) : "";
}

/** Seconds as people read them. Its formatter serves sums, pivots and graphs too. */
export class DurationField extends Component {
    static template = "callcenter_outbound.DurationField";
    static props = { ...standardFieldProps };

    get text() {
        return formatDuration(this.props.record.data[this.props.name]);
    }
}

registry.category("formatters").add("callcenter_duration", formatDuration);
registry.category("fields").add("callcenter_duration", {
    component: DurationField,
    displayName: _t("Duration of Seconds"),
    supportedTypes: ["float", "integer"],
    isEmpty: () => false,
    listViewWidth: [80, 100],
});
