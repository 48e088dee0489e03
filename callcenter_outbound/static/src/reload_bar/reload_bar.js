import { Component, useEffect, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";
import { NavBar } from "@web/webclient/navbar/navbar";

const APP = "callcenter_outbound.callcenter_menu_root";

/**
 * The PBXs that must reload, each in a row: what waits, how the reload goes on, what came of it.
 * Shown to managers on every screen of the Call Center app.
 */
export class ReloadBar extends Component {
    static template = "callcenter_outbound.ReloadBar";
    static props = {};

    setup() {
        this.menu = useService("menu");
        this.store = useState(useService("callcenter_outbound.reload"));
        this.state = useState({ isInApp: this.isInApp, shown: {} });
        useBus(this.env.bus, "MENUS:APP-CHANGED", () => {
            this.state.isInApp = this.isInApp;
        });
        useEffect(
            (isInApp) => {
                if (isInApp) {
                    this.store.open();
                }
            },
            () => [this.state.isInApp]
        );
    }

    get isInApp() {
        return this.menu.getCurrentApp()?.xmlid === APP;
    }

    /** What is read out when it changes. */
    get spoken() {
        return [
            ...this.store.done.map((note) => this.getDoneTitle(note)),
            ...this.store.rows.map((row) => this.getTitle(row)),
        ].join(" ");
    }

    getTitle(row) {
        if (row.state === "running") {
            return _t("PBX “%s” is reloading…", row.name);
        }
        if (row.count === 1) {
            return _t("PBX “%s” must reload: 1 change waits.", row.name);
        }
        return _t("PBX “%(name)s” must reload: %(count)s changes wait.", row);
    }

    getDoneTitle(note) {
        return _t("PBX “%s” has reloaded.", note.name);
    }

    getApplied(note) {
        return note.applied.join(" · ");
    }

    getProgress(row) {
        const { done, total } = row.progress;
        return { done, total, percent: total ? Math.round((100 * done) / total) : 0 };
    }

    getProgressText(row) {
        return _t("%(done)s of %(total)s", row.progress);
    }

    /** What is not in the list, as it holds the first changes alone. */
    getMoreText(row) {
        const more = row.count - row.changes.length;
        return more > 0 ? _t("… and %s more", more) : "";
    }

    getIcon(change) {
        return (
            {
                added: "fa-plus text-success",
                removed: "fa-minus text-danger",
                refused: "fa-ban text-danger",
                differs: "fa-exclamation-triangle text-warning",
            }[change.what] || "fa-pencil text-muted"
        );
    }

    toggle(row) {
        this.state.shown[row.id] = !this.state.shown[row.id];
    }
}

// In the navigation bar's header, which every kind of web client has above its screens.
patch(NavBar.prototype, {
    get showsCallcenterReload() {
        return Boolean(session.callcenter_outbound_is_manager);
    },
});
NavBar.components.CallcenterReloadBar = ReloadBar;
