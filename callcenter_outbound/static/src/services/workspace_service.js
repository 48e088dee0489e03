import { EventBus, markRaw, reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { explainError } from "./server_error";

/**
 * What the agent's page knows of agent, phone, PBX and plans. The server is the truth: the page reads
 * it in one go, follows it by the bus, and reads it again after every gap.
 *
 * News of the agent carry a `version`; older ones than what is shown are dropped.
 */
export class Workspace {
    /** loading, ready, failed (`error` says why) */
    status = "loading";
    error = "";
    agent = false;
    connector = { ok: true, message: "" };
    plans = [];
    pauseReasons = [];
    /** Ended calls whose contact record was left unsaved: {task_id, title, call_id, ended_at}. */
    unsaved = [];

    constructor({ orm, phone, bus, calls, clock }) {
        this._orm = orm;
        this._phone = phone;
        this._bus = bus;
        this._calls = calls;
        this._clock = clock;
        this._isOpen = false;
        this._refresh = false;
        /**
         * `READ`: everything was read; `AGENT`: the agent's state is another; `TASKS` ({planIds, taskIds}):
         * tasks were given, taken or saved; `GAP`: anything may have happened.
         */
        this.events = markRaw(new EventBus());
    }

    /** The page was opened. The first time, start following; each time, read the truth. */
    async open() {
        if (!this._isOpen) {
            this._isOpen = true;
            this._calls.look = () => this.load();
            this._subscribe("call", (call) => this._calls.takeNews(call));
            this._subscribe("agent", (agent) => this._onAgent(agent));
            this._subscribe("test_call", (news) => this._calls.takeTestNews(news));
            this._subscribe("tasks", (news) => this._onTasks(news));
            this._bus.addEventListener("BUS:RECONNECT", () => this._onGap());
            this._bus.start();
        }
        await this.load();
    }

    /** Read everything that the page shows. */
    async load() {
        const newsBefore = this._calls.news;
        let values;
        try {
            values = await this._orm.silent.call("callcenter.agent", "action_read_workspace", []);
        } catch (error) {
            if (this.status !== "ready") {
                this.status = "failed";
            }
            this.error = explainError(error);
            return;
        }
        const readAt = this._clock.set(values.now);
        this.plans = values.plans;
        this.pauseReasons = values.pause_reasons || [];
        this.unsaved = values.unsaved;
        this._takeAgent(values.agent, values.connector);
        if (!this._calls.takeRead(values.call, readAt, newsBefore)) {
            return this.load();
        }
        this.status = "ready";
        this.error = "";
        this.events.trigger("READ");
    }

    /** Read everything soon; asked many times at once, it is read once. */
    refresh() {
        this._refresh ||= Promise.resolve().then(() => {
            this._refresh = false;
            return this.load();
        });
        return this._refresh;
    }

    /** @returns {Object|undefined} */
    getPlan(id) {
        return this.plans.find((plan) => plan.id === id);
    }

    /**
     * The call after which the agent has yet to save, or to leave unsaved, the contact record.
     *
     * @returns {{task_id: number, title: string}|false}
     */
    get wrapUp() {
        if (this.agent.state !== "wrap_up") {
            return false;
        }
        const { call } = this._calls;
        const last = this.unsaved.reduce(
            (last, other) => (!last || other.call_id > last.call_id ? other : last),
            false
        );
        if (call && call.state === "ended" && !(last.call_id > call.id)) {
            return { task_id: call.task_id, title: call.title };
        }
        return last || { task_id: false, title: "" };
    }

    _subscribe(name, callback) {
        this._bus.subscribe(`callcenter_outbound/${name}`, callback);
    }

    _onAgent({ connector, ...news }) {
        this._calls.news++;
        if (!this.agent || news.version > this.agent.version) {
            // News tell what changes, a read also what is set up.
            this._takeAgent({ ...this.agent, ...news }, connector);
            this._followGroups(news.groups);
            this.events.trigger("AGENT");
        }
    }

    /** A plan can be worked as soon as its group was signed in to. */
    _followGroups(groups) {
        if (groups) {
            const signedIn = groups.filter((group) => group.signed_in_at).map(({ id }) => id);
            this.plans = this.plans.map((plan) => ({
                ...plan,
                signed_in: signedIn.includes(plan.group_id),
            }));
        }
    }

    _onTasks({ plan_ids, task_ids }) {
        this.refresh();
        this.events.trigger("TASKS", { planIds: plan_ids, taskIds: task_ids });
    }

    _onGap() {
        this.refresh();
        this.events.trigger("GAP");
    }

    /** What was told together belongs together: older news count for neither of the two. */
    _takeAgent(agent, connector) {
        if (!agent || !this.agent || agent.version >= this.agent.version) {
            this.agent = agent && { groups: [], extensions: [], ...agent };
            this.connector = connector;
            this._followExtension(agent.extension);
        }
    }

    /** Starts the phone in the browser, and again when the agent has another one. */
    _followExtension(extension) {
        const phone = extension ? `${extension.phone} ${extension.number}` : "";
        if (phone === this._phoneOfAgent) {
            return;
        }
        this._phoneOfAgent = phone;
        if (this._phone.isStarted) {
            this._phone.connect();
        } else if (extension?.phone === "browser") {
            this._phone.start();
        }
    }
}

export const workspaceService = {
    dependencies: [
        "orm",
        "bus_service",
        "callcenter_outbound.phone",
        "callcenter_outbound.calls",
        "callcenter_outbound.clock",
    ],
    start(env, services) {
        return reactive(
            new Workspace({
                orm: services.orm,
                bus: services.bus_service,
                phone: services["callcenter_outbound.phone"],
                calls: services["callcenter_outbound.calls"],
                clock: services["callcenter_outbound.clock"],
            })
        );
    },
};

registry.category("services").add("callcenter_outbound.workspace", workspaceService);
