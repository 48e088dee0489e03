import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { formatSeconds } from "../running_timer/format_seconds";
import { RunningTimer } from "../running_timer/running_timer";
import { describeCall } from "./describe_call";

/** The call that is on, in the colour of its state; between calls what came of the last one. */
export class CallBar extends Component {
    static template = "callcenter_outbound.CallBar";
    static components = { HotkeyHint, RunningTimer };
    static props = {};

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.calls = useState(useService("callcenter_outbound.calls"));
        this.clock = useState(useService("callcenter_outbound.clock"));
        this.phone = useState(useService("callcenter_outbound.phone"));
        this.tabs = useState(useService("callcenter_outbound.tabs"));
        this.records = useState(useService("callcenter_outbound.records"));
    }

    get view() {
        const { workspace, calls, phone } = this;
        return describeCall({ workspace, calls, phone });
    }

    /** The customer of this call, or of the record that is to be saved, unless he is shown. */
    get elsewhereId() {
        const taskId = this.calls.isOpen ? this.calls.call.task_id : this.workspace.wrapUp.task_id;
        return taskId && taskId !== this.tabs.activeId ? taskId : false;
    }

    /** Where the record can't be saved on screen it can at least be left. */
    get canLeave() {
        return (
            Boolean(this.workspace.wrapUp) &&
            !this.calls.isOpen &&
            (this.elsewhereId || !this.workspace.wrapUp.task_id)
        );
    }

    get muteLabel() {
        return this.isMuted ? _t("Unmute") : _t("Mute");
    }

    get isMuted() {
        return Boolean(this.phone.call.muted);
    }

    get talkTime() {
        return formatSeconds(this.calls.call.talk_seconds || 0);
    }

    toggleMute() {
        this.phone.setMuted(!this.isMuted);
    }
}
