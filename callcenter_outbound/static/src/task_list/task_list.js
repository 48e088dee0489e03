import { Component, useEffect, useRef } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { formatMoment, parseTime } from "../services/time";
import { StatusBadge } from "../status_badge/status_badge";

/** One page of unfinished customers: a click selects, a double click or Enter opens. */
export class TaskList extends Component {
    static template = "callcenter_outbound.TaskList";
    static components = { HotkeyHint, StatusBadge };
    static props = {
        tasks: Array,
        /** the row that keys act on, or false */
        selectedId: { type: [Number, Boolean] },
        /** task of the open call, or false */
        activeTaskId: { type: [Number, Boolean] },
        canDial: Boolean,
        /** {taskId, numberId} of the click under way, or false */
        dialing: { type: [Object, Boolean] },
        /** {taskId, message}, or false */
        refusal: { type: [Object, Boolean] },
        select: Function,
        open: Function,
        dial: Function,
    };

    setup() {
        this.root = useRef("root");
        this.isMoving = false;
        useEffect(
            () => {
                if (this.isMoving) {
                    this.isMoving = false;
                    this.root.el.querySelector(".o_cc_task[tabindex='0']")?.focus();
                }
            },
            () => [this.props.selectedId]
        );
    }

    isSelected(task) {
        return task.id === this.props.selectedId;
    }

    isDialing(task) {
        return this.props.dialing && this.props.dialing.taskId === task.id;
    }

    isDue(task) {
        return task.follow_up_at && parseTime(task.follow_up_at) <= Date.now();
    }

    formatTime(time) {
        return formatMoment(time);
    }

    getNumber(task) {
        return task.number || task.number_masked;
    }

    getCallLabel(task) {
        return _t("Call %(title)s at %(number)s", {
            title: task.title,
            number: this.getNumber(task),
        });
    }

    onKeydown(ev, task) {
        if (ev.target !== ev.currentTarget) {
            return;
        }
        const { tasks } = this.props;
        const position = tasks.indexOf(task);
        const target = {
            ArrowDown: position + 1,
            ArrowUp: position - 1,
            Home: 0,
            End: tasks.length - 1,
        }[ev.key];
        if (ev.key === "Enter") {
            this.props.open(task.id);
        } else if (tasks[target]) {
            this.isMoving = true;
            this.props.select(tasks[target].id);
        } else {
            return;
        }
        ev.preventDefault();
    }
}
