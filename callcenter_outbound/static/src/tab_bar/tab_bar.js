import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/** The plan's tab, then one for each customer at hand. */
export class TabBar extends Component {
    static template = "callcenter_outbound.TabBar";
    static props = {};

    setup() {
        this.tabs = useState(useService("callcenter_outbound.tabs"));
        this.customers = useState(useService("callcenter_outbound.customers"));
        this.planList = useState(useService("callcenter_outbound.plan_list"));
        this.root = useRef("root");
        this.isMoving = false;
        useEffect(
            () => {
                if (this.isMoving) {
                    this.isMoving = false;
                    this.root.el.querySelector("[aria-selected='true']").focus();
                }
            },
            () => [this.tabs.activeId]
        );
        const options = { bypassEditableProtection: true };
        useHotkey("alt+pagedown", () => this.tabs.turn(1), options);
        useHotkey("alt+pageup", () => this.tabs.turn(-1), options);
    }

    get planTitle() {
        return this.planList.plan?.name || _t("Dial plan");
    }

    getTitle(taskId) {
        return this.customers.get(taskId)?.title || "…";
    }

    getCloseLabel(taskId) {
        return _t("Close %s", this.getTitle(taskId));
    }

    /** Arrow keys go round, Home and End to the ends, as in every list of tabs. */
    onKeydown(ev) {
        if (ev.key in STEPS) {
            this.tabs.turn(STEPS[ev.key]);
        } else if (ev.key === "Home") {
            this.tabs.activate(false);
        } else if (ev.key === "End") {
            this.tabs.activate(this.tabs.taskIds.at(-1) || false);
        } else if (ev.key === "Delete" && this.tabs.activeId) {
            this.tabs.close(this.tabs.activeId);
        } else {
            return;
        }
        this.isMoving = true;
        ev.preventDefault();
    }
}
