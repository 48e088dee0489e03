import { reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { PageStorage } from "./page_storage";

/**
 * The open tabs: the plan's, which is always there, and one for each customer at hand. They survive a
 * reload; one whose customer is not this agent's any more closes with a note.
 */
export class Tabs {
    taskIds = [];
    /** The customer that is shown; false: the plan. */
    activeId = false;

    constructor({ notification, workspace, calls, planList, customers, questionnaires, records }) {
        this._notification = notification;
        this._workspace = workspace;
        this._calls = calls;
        this._planList = planList;
        this._customers = customers;
        this._questionnaires = questionnaires;
        this._records = records;
        this._storage = new PageStorage("tabs");
        this._isOpen = false;
    }

    /** The page was opened, the truth was read. */
    async open() {
        if (!this._isOpen) {
            this._isOpen = true;
            this._storage.forgetOthers();
            this._customers.open();
            this._questionnaires.open();
            this._records.open();
            const kept = this._storage.read() || {};
            this.taskIds = kept.taskIds || [];
            this.activeId = kept.activeId || false;
            this._planList.open(kept.planId || false);
            this._workspace.events.addEventListener("GAP", () => this._readAll());
            this._workspace.events.addEventListener("TASKS", ({ detail }) =>
                this._readAll((taskId) => {
                    const { planIds, taskIds } = detail;
                    const task = this._customers.get(taskId);
                    return (
                        !task || (taskIds || []).includes(taskId) || planIds.includes(task.plan.id)
                    );
                })
            );
        }
        const { call } = this._calls;
        if (this._calls.isOpen && !this.taskIds.includes(call.task_id)) {
            // A fresh page in mid-call, or a second one.
            this.taskIds.push(call.task_id);
            this.activeId = call.task_id;
        }
        await this._readAll();
    }

    /**
     * Open a customer, or show it when it is open.
     *
     * @param {number} taskId
     */
    async show(taskId) {
        if (!this.taskIds.includes(taskId)) {
            this.taskIds.push(taskId);
        }
        this.activeId = taskId;
        this._store();
        await this._read(taskId);
    }

    /** Show the plan. */
    showPlan(planId = this._planList.planId) {
        this.activeId = false;
        if (planId !== this._planList.planId) {
            this._planList.select(planId);
        }
        this._store();
    }

    /** Show a tab that is open; false: the plan's. */
    activate(taskId) {
        this.activeId = taskId;
        this._store();
    }

    /** @param {number} step 1: the tab to the right; -1: to the left */
    turn(step) {
        const all = [false, ...this.taskIds];
        const position = all.indexOf(this.activeId) + step;
        this.activate(all[(position + all.length) % all.length]);
    }

    /** Close a customer. What was typed and not saved is there when it's opened again. */
    close(taskId) {
        const position = this.taskIds.indexOf(taskId);
        if (position < 0) {
            return;
        }
        this.taskIds.splice(position, 1);
        if (this.activeId === taskId) {
            this.activeId = this.taskIds[position] || this.taskIds[position - 1] || false;
        }
        this._customers.close(taskId);
        this._store();
    }

    /** @returns {boolean} whether something on this tab would be lost if it closed */
    hasUnsaved(taskId) {
        return (
            this._customers.hasEdits(taskId) ||
            this._questionnaires.hasEdits(taskId) ||
            this._records.hasDraft(taskId)
        );
    }

    /** @returns {boolean} whether the call that is on is with this customer */
    isOnCall(taskId) {
        return this._calls.isOpen && this._calls.call.task_id === taskId;
    }

    /**
     * Go on with the next unfinished customer of the plan, in the place of this one.
     *
     * @param {number} taskId that is done with for now
     */
    async showNext(taskId) {
        const planId = this._customers.get(taskId)?.plan.id;
        if (planId && planId !== this._planList.planId) {
            await this._planList.select(planId);
        }
        const next = await this._planList.findNext(taskId);
        if (!this.hasUnsaved(taskId) && !this.isOnCall(taskId)) {
            this.close(taskId);
        }
        if (next) {
            await this.show(next);
        } else {
            this.showPlan();
        }
    }

    async _readAll(isWanted = () => true) {
        await Promise.all(this.taskIds.filter(isWanted).map((taskId) => this._read(taskId)));
        this._store();
    }

    async _read(taskId) {
        const title = this._customers.get(taskId)?.title;
        if (await this._customers.read(taskId)) {
            return;
        }
        if (!this.taskIds.includes(taskId)) {
            return;
        }
        this.close(taskId);
        this._customers.forget(taskId);
        this._records.forget(taskId);
        this._notification.add(
            title
                ? _t("“%s” is not yours any more: the tab was closed.", title)
                : _t("A customer is not yours any more: the tab was closed."),
            { type: "warning" }
        );
    }

    _store() {
        const { taskIds, activeId } = this;
        this._storage.write({ taskIds, activeId, planId: this._planList.planId });
    }
}

export const tabService = {
    dependencies: [
        "notification",
        "callcenter_outbound.workspace",
        "callcenter_outbound.calls",
        "callcenter_outbound.plan_list",
        "callcenter_outbound.customers",
        "callcenter_outbound.questionnaires",
        "callcenter_outbound.records",
    ],
    start(env, services) {
        return reactive(
            new Tabs({
                notification: services.notification,
                workspace: services["callcenter_outbound.workspace"],
                calls: services["callcenter_outbound.calls"],
                planList: services["callcenter_outbound.plan_list"],
                customers: services["callcenter_outbound.customers"],
                questionnaires: services["callcenter_outbound.questionnaires"],
                records: services["callcenter_outbound.records"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.tabs", tabService);
