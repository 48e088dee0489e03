import { Component, onWillStart, useEffect, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { CopyButton } from "@web/core/copy_button/copy_button";

/**
 * Whether the connector runs and reaches its PBXs; if not, what is missing. It follows the bus, and
 * reads again when the server is back: it turns green by itself once the cure has worked.
 */
export class ConnectorStatus extends Component {
    static template = "callcenter_outbound.ConnectorStatus";
    static components = { CopyButton };
    static props = { onChange: { type: Function, optional: true } };
    static defaultProps = { onChange: () => {} };

    setup() {
        this.orm = useService("orm");
        const bus = useService("bus_service");
        this.state = useState({ connector: { line: "", line_set: true, pbxs: [] } });
        onWillStart(() => this.load());
        useBus(bus, "BUS:RECONNECT", () => this.reload());
        useEffect(
            () => {
                const reload = () => this.reload();
                bus.subscribe("callcenter_outbound/pbx", reload);
                return () => bus.unsubscribe("callcenter_outbound/pbx", reload);
            },
            () => []
        );
    }

    async load() {
        this.state.connector = await this.orm.silent.call(
            "callcenter.pbx",
            "action_read_connector",
            []
        );
    }

    async reload() {
        await this.load();
        this.props.onChange();
    }

    get troubled() {
        return this.state.connector.pbxs.filter((pbx) => pbx.state !== "online");
    }

    get isLineMissing() {
        const { line_set, pbxs } = this.state.connector;
        return !line_set && !(pbxs.length && pbxs.every((pbx) => pbx.led));
    }

    get tone() {
        if (this.isLineMissing) {
            return "danger";
        }
        if (!this.state.connector.pbxs.length) {
            // Nothing was reached yet, nor failed.
            return "info";
        }
        return this.troubled.length ? "warning" : "success";
    }

    get title() {
        if (this.isLineMissing) {
            return _t("The connector does not run: nobody can make calls.");
        }
        if (!this.state.connector.pbxs.length) {
            return _t("Add your PBX.");
        }
        if (this.troubled.length) {
            return _t("The connector does not reach every PBX.");
        }
        return _t("The connector runs.");
    }

    get copyText() {
        return _t("Copy");
    }

    get copiedText() {
        return _t("Copied");
    }
}
