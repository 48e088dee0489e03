import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatInteger } from "@web/views/fields/formatters";
import { HotkeyHint } from "../hotkey_hint/hotkey_hint";
import { Notice } from "../notice/notice";
import { describePlanState } from "../plan_card/describe_plan";
import { ScriptCard } from "../script_card/script_card";
import { PAGE_SIZE } from "../services/plan_service";
import { TaskList } from "../task_list/task_list";

const SEARCH_DELAY = 300;

/** The plan that is looked at: its details, and the unfinished customers. */
export class PlanPanel extends Component {
    static template = "callcenter_outbound.PlanPanel";
    static components = { HotkeyHint, Notice, ScriptCard, TaskList };
    static props = {};

    setup() {
        this.workspace = useState(useService("callcenter_outbound.workspace"));
        this.calls = useState(useService("callcenter_outbound.calls"));
        this.phone = useState(useService("callcenter_outbound.phone"));
        this.planList = useState(useService("callcenter_outbound.plan_list"));
        this.tabs = useState(useService("callcenter_outbound.tabs"));
        this.dialer = useService("callcenter_outbound.dialer");
        this.search = useDebounced(() => this.planList.search(), SEARCH_DELAY);
    }

    get plan() {
        return this.planList.plan;
    }

    get stateLabel() {
        return describePlanState(this.plan.state);
    }

    get counts() {
        const { unfinished, untouched, follow_up, done } = this.plan;
        return [
            { name: "unfinished", label: _t("left"), value: formatInteger(unfinished) },
            { name: "untouched", label: _t("untouched"), value: formatInteger(untouched) },
            { name: "follow_up", label: _t("follow up"), value: formatInteger(follow_up) },
            { name: "done", label: _t("done"), value: formatInteger(done) },
        ];
    }

    /** What keeps the agent from working this plan, and what to do about it. */
    get notice() {
        const { state, signed_in, group_name } = this.plan;
        if (state === "paused") {
            return {
                title: _t("This plan is paused"),
                text: _t("No calls are made until a supervisor goes on with it."),
            };
        }
        if (state !== "running") {
            return {
                title: _t("This plan is not running"),
                text: _t("Calls are made while it runs. Choose another plan on the left."),
            };
        }
        if (!signed_in) {
            return {
                title: _t("You are not signed in to %s", group_name),
                text: _t("Sign in at the top to call these customers."),
            };
        }
        return false;
    }

    get emptyText() {
        if (this.planList.term) {
            return {
                title: _t("Nobody found"),
                text: _t("No unfinished customer of yours matches “%s”.", this.planList.term),
            };
        }
        if (this.plan.done) {
            return {
                title: _t("All done"),
                text: _t("All of your customers in this plan are done. Well done!"),
            };
        }
        return {
            title: _t("No customers to call"),
            text: _t("None was given to you yet. Ask your supervisor to give you some."),
        };
    }

    get canDial() {
        return this.calls.canDial && !this.phone.call;
    }

    get activeTaskId() {
        return this.calls.isOpen && this.calls.call.task_id;
    }

    get range() {
        const { offset, tasks, count } = this.planList;
        return _t("%(first)s–%(last)s of %(total)s", {
            first: formatInteger(offset + 1),
            last: formatInteger(offset + tasks.length),
            total: formatInteger(count),
        });
    }

    get hasNextPage() {
        const { offset, tasks, count } = this.planList;
        return offset + tasks.length < count;
    }

    onSearch(ev) {
        this.planList.term = ev.target.value;
        this.search();
    }

    turn(direction) {
        this.planList.turn(Math.max(0, this.planList.offset + direction * PAGE_SIZE));
    }
}
