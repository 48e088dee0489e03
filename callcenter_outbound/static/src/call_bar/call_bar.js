import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { formatSeconds } from "../running_timer/format_seconds";
import { RunningTimer } from "../running_timer/running_timer";
import { describeCall } from "./describe_call";

/** The call that is on, in the colour of its state; between calls what came of the last one. */
export class CallBar extends Component {
    static template = "callcenter_outbound.CallBar";
    static components = { HotkeyHint, RunningTimer };
    static props = { workspace: Object, phone: Object };

    get view() {
        return describeCall(this.props.workspace, this.props.phone);
    }

    get muteLabel() {
        return this.isMuted ? _t("Unmute") : _t("Mute");
    }

    get isMuted() {
        return Boolean(this.props.phone.call.muted);
    }

    get talkTime() {
        return formatSeconds(this.props.workspace.call.talk_seconds || 0);
    }

    toggleMute() {
        this.props.phone.setMuted(!this.isMuted);
    }
}
