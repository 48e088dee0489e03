import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";

/** The agent's unfinished tasks, with a call button for each number. */
export class TaskList extends Component {
    static template = "callcenter_outbound.TaskList";
    static components = { HotkeyHint };
    static props = {
        tasks: Array,
        canDial: Boolean,
        /** {taskId, numberId} of the click under way, or false */
        dialing: { type: [Object, Boolean] },
        /** task of the open call, or false */
        activeTaskId: { type: [Number, Boolean] },
        /** {taskId, message}, or false */
        refusal: { type: [Object, Boolean] },
        dial: Function,
    };

    setup() {
        this.state = useState({ currentId: false });
    }

    /** The row that the hotkey calls: the one last touched, else the first. */
    get currentId() {
        const ids = this.props.tasks.map((task) => task.id);
        for (const id of [this.props.activeTaskId, this.state.currentId]) {
            if (ids.includes(id)) {
                return id;
            }
        }
        return ids[0];
    }

    onTouch(task) {
        this.state.currentId = task.id;
    }

    isDialing(task, number) {
        const { dialing } = this.props;
        return dialing && dialing.taskId === task.id && dialing.numberId === number.id;
    }

    hasHotkey(task, index) {
        return task.id === this.currentId && index === 0;
    }

    getCallLabel(task, number) {
        return _t("Call %(title)s at %(number)s", {
            title: task.title,
            number: number.number_masked,
        });
    }

    getStatusLabel(task) {
        return {
            untouched: _t("Untouched"),
            in_progress: _t("In progress"),
            follow_up: _t("Follow up"),
        }[task.status];
    }

    getStatusClass(task) {
        return { follow_up: "text-bg-warning", in_progress: "border text-muted" }[task.status];
    }
}
