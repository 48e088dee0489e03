import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { explainError } from "./server_error";

/** So many customers the server lists at a time. */
export const PAGE_SIZE = 40;

/** The plan that is looked at, and one page of its unfinished customers. */
export class PlanList {
    planId = false;
    /** What the agent is to say, of the plan that is looked at. */
    script = "";
    term = "";
    offset = 0;
    tasks = [];
    /** Of all that the search finds, of which `tasks` are a page. */
    count = 0;
    /** The row that is selected. */
    taskId = false;
    isLoading = false;
    error = "";

    constructor({ orm, workspace }) {
        this._orm = orm;
        this._workspace = workspace;
        /** Counts the reads: of two under way the later one counts. */
        this._reads = 0;
    }

    /** The page was opened: show the plan that was looked at last, then follow. */
    open(planId) {
        this._workspace.events.addEventListener("READ", () => this._onRead());
        if (this._workspace.getPlan(planId)) {
            return this.select(planId);
        }
        return this._onRead();
    }

    get plan() {
        return this._workspace.getPlan(this.planId);
    }

    /** @param {number} planId */
    select(planId) {
        if (planId === this.planId) {
            return this.load();
        }
        Object.assign(this, {
            planId,
            script: "",
            term: "",
            offset: 0,
            tasks: [],
            count: 0,
            taskId: false,
        });
        return Promise.all([this.load(), this._readScript()]);
    }

    /** Find those whose title or number contains `term`. */
    search() {
        this.offset = 0;
        return this.load();
    }

    /** @param {number} offset of the page's first customer */
    turn(offset) {
        this.offset = offset;
        return this.load();
    }

    async load() {
        const read = ++this._reads;
        if (!this.planId) {
            Object.assign(this, { tasks: [], count: 0, isLoading: false });
            return;
        }
        this.isLoading = true;
        try {
            const { planId, term, offset } = this;
            const { tasks, count } = await this._orm.silent.call("callcenter.task", "action_list", [
                planId,
                term,
                offset,
            ]);
            if (read !== this._reads) {
                return;
            }
            if (!tasks.length && offset) {
                // What stood on this page is done.
                return this.turn(Math.max(0, offset - PAGE_SIZE));
            }
            Object.assign(this, { tasks, count, error: "" });
        } catch (error) {
            if (read !== this._reads) {
                return;
            }
            this.error = explainError(error);
        }
        this.isLoading = false;
        if (!this.tasks.some((task) => task.id === this.taskId)) {
            this.taskId = this.tasks.length ? this.tasks[0].id : false;
        }
    }

    /**
     * The customer to go on with: the one that stood behind this one, else the first.
     *
     * @param {number} taskId
     * @returns {Promise<number|false>} false when there is none left
     */
    async findNext(taskId) {
        const position = this.tasks.findIndex((task) => task.id === taskId);
        const behind = this.tasks.slice(position + 1).map((task) => task.id);
        await this.load();
        const others = this.tasks.filter((task) => task.id !== taskId);
        const next = position >= 0 && others.find((task) => behind.includes(task.id));
        if (next) {
            return next.id;
        }
        if (position >= 0 && this.offset + this.tasks.length < this.count) {
            await this.turn(this.offset + PAGE_SIZE);
            return this.tasks.length ? this.tasks[0].id : false;
        }
        if (this.offset) {
            await this.turn(0);
            return this.findNext(taskId);
        }
        return others.length ? others[0].id : false;
    }

    async _readScript() {
        const { planId } = this;
        if (!planId) {
            return;
        }
        try {
            const plan = await this._orm.silent.call("callcenter.dial.plan", "action_read_plan", [
                [planId],
            ]);
            if (planId === this.planId) {
                this.script = plan.script;
            }
        } catch (error) {
            this.error = explainError(error);
        }
    }

    _onRead() {
        const { plans } = this._workspace;
        if (!this.plan) {
            const first =
                plans.find((plan) => plan.signed_in && plan.state === "running") || plans[0];
            return this.select(first ? first.id : false);
        }
        return this.load();
    }
}

export const planService = {
    dependencies: ["orm", "callcenter_outbound.workspace"],
    start(env, services) {
        return reactive(
            new PlanList({
                orm: services.orm,
                workspace: services["callcenter_outbound.workspace"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.plan_list", planService);
