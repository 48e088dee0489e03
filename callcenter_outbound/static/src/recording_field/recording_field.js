import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { RecordingPlayer } from "../recording_player/recording_player";

/** A player for the recording that stands behind an address. */
export class RecordingField extends Component {
    static template = "callcenter_outbound.RecordingField";
    static components = { RecordingPlayer };
    static props = { ...standardFieldProps, isCompact: { type: Boolean, optional: true } };

    get url() {
        return this.props.record.data[this.props.name];
    }

    /** What the view tells of the length; the file itself says it only once it is played. */
    get seconds() {
        return this.props.record.data.recording_seconds || 0;
    }
}

registry.category("fields").add("callcenter_recording", {
    component: RecordingField,
    displayName: _t("Recording Player"),
    supportedTypes: ["char"],
    extractProps: ({ viewType }) => ({ isCompact: viewType === "list" }),
    listViewWidth: [250, 290],
});
