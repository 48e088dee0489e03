import { Component, useRef, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { useService } from "@web/core/utils/hooks";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { SignInPanel } from "../sign_in_panel/sign_in_panel";

/** Signing in and out, pausing and resuming. */
export class DutyMenu extends Component {
    static template = "callcenter_outbound.DutyMenu";
    static components = { Dropdown, DropdownItem, HotkeyHint };
    static props = {};

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.duty = useState(useService("callcenter_outbound.duty"));
        this.button = useRef("signInButton");
        this.state = useState({ isOpen: false });
        this.panel = usePopover(SignInPanel, {
            position: "bottom-start",
            arrow: false,
            onClose: () => {
                this.state.isOpen = false;
                this.button.el?.focus();
            },
        });
    }

    get agent() {
        return this.workspace.agent;
    }

    get isPaused() {
        return this.agent.state === "paused" || Boolean(this.agent.pause_wanted);
    }

    get signInLabel() {
        return this.agent.signed_in ? _t("Signed in") : _t("Sign in…");
    }

    toggle() {
        if (this.panel.isOpen) {
            this.panel.close();
        } else {
            this.state.isOpen = true;
            this.panel.open(this.button.el, {});
        }
    }
}
