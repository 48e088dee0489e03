import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A player for the recording that stands behind an address. */
export class RecordingField extends Component {
    static template = "callcenter_outbound.RecordingField";
    static props = { ...standardFieldProps };

    get url() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("callcenter_recording", {
    component: RecordingField,
    displayName: _t("Recording Player"),
    supportedTypes: ["char"],
});
