import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** What to type into a phone so that it registers as this extension. */
export class SoftphoneCard extends Component {
    static template = "callcenter_outbound.SoftphoneCard";
    static components = { CopyButton };
    static props = { ...standardWidgetProps };

    setup() {
        this.state = useState({ isShown: false });
        onWillUpdateProps(({ record }) => {
            // Another extension's password is another decision to show it.
            if (record.resId !== this.props.record.resId) {
                this.state.isShown = false;
            }
        });
    }

    get isBrowser() {
        return this.props.record.data.phone === "browser";
    }

    get waits() {
        return this.props.record.data.waits;
    }

    get rows() {
        const { number, secret, sip_domain } = this.props.record.data;
        return [
            { name: "user", label: _t("User name"), value: number },
            { name: "password", label: _t("Password"), value: secret, isSecret: true },
            { name: "domain", label: _t("Domain"), value: sip_domain },
            { name: "transport", label: _t("Transport"), value: "UDP" },
        ];
    }

    /** What stands in a row: the password is dots until it is asked for. */
    shownValue(row) {
        if (row.isSecret && row.value && !this.state.isShown) {
            return "••••••••";
        }
        return row.value || "–";
    }

    get toggleText() {
        return this.state.isShown ? _t("Hide") : _t("Show");
    }

    get copyText() {
        return _t("Copy");
    }

    get copiedText() {
        return _t("Copied");
    }
}

registry.category("view_widgets").add("callcenter_outbound.softphone_card", {
    component: SoftphoneCard,
    fieldDependencies: [
        { name: "number", type: "char" },
        { name: "secret", type: "char" },
        { name: "sip_domain", type: "char" },
        { name: "phone", type: "selection" },
        { name: "waits", type: "boolean" },
    ],
});
