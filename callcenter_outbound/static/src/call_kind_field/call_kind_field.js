import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

/** The kind of a call; a leg stands indented under its main call. */
export class CallKindField extends SelectionField {
    static template = "callcenter_outbound.CallKindField";

    get isLeg() {
        return this.value !== "main";
    }
}

registry.category("fields").add("callcenter_call_kind", {
    ...selectionField,
    component: CallKindField,
    displayName: _t("Kind of Call"),
    supportedTypes: ["selection"],
    listViewWidth: [120, 160],
});
