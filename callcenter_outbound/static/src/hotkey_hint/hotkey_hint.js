import { Component } from "@odoo/owl";
import { isMacOS } from "@web/core/browser/feature_detection";

/** The key of a button, shown on it. */
export class HotkeyHint extends Component {
    static template = "callcenter_outbound.HotkeyHint";
    static props = { hotkey: String };

    get label() {
        // Odoo's hotkeys use Control on a Mac, where Alt types other letters.
        return `${isMacOS() ? "Ctrl" : "Alt"} ${this.props.hotkey.toUpperCase()}`;
    }
}
