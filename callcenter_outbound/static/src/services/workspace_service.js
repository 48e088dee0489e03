import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

/**
 * A command that the PBX has not taken up by then is never dialled late: the server gives it up
 * after 8 seconds. The page waits a little longer, looks once more, and then stops waiting.
 */
export const DEADLINE = 10_000;
/** What the server says to the user in words meant for him. */
const USER_ERRORS = ["UserError", "AccessError", "MissingError", "ValidationError"].map(
    (name) => `odoo.exceptions.${name}`
);
/** By how much this machine's idea of the server's clock may be off. */
const CLOCK_TOLERANCE = 1_000;
/** After the phone hung up by itself, the server is asked to, should the call still be on. */
const HANG_UP_PATIENCE = 2_000;

/**
 * What the agent's page knows, and what can be done on it. The server is the truth: the page reads it
 * in one go, follows it by the bus, and reads it again after every gap.
 *
 * News of the call and of the agent carry a `version`; older ones than what is shown are dropped, so
 * that replayed and overtaken messages do no harm.
 */
export class Workspace {
    /** loading, ready, failed (`error` says why) */
    status = "loading";
    error = "";
    agent = false;
    connector = { ok: true, message: "" };
    tasks = [];
    /** Of all the agent's tasks, of which `tasks` are the first. */
    taskCount = 0;
    /** The agent's latest call, false before the first one. */
    call = false;
    /** The open call whose wait was ended by the page itself, without a sign from the PBX. */
    expiredCallId = false;
    /** {taskId, message} of the last refused click. */
    refusal = false;
    /** {taskId, numberId} while the server is being asked to dial. */
    dialing = false;
    isHangingUp = false;
    /** A test call was asked for and no call was made since. */
    isTesting = false;
    /** Server's clock less this machine's, in milliseconds. */
    clockOffset = 0;

    constructor({ orm, notification, phone, bus }) {
        this._orm = orm;
        this._notification = notification;
        this._phone = phone;
        this._bus = bus;
        this._isOpen = false;
        /** Counts the news, so that a read knows whether it was overtaken. */
        this._news = 0;
        /** Server's time of the last read; undefined before the first one. */
        this._readAt = undefined;
        /** The read that news of an unknown call have asked for. */
        this._look = false;
    }

    /** The page was opened. The first time, start following; each time, read the truth. */
    async open() {
        if (!this._isOpen) {
            this._isOpen = true;
            this._bus.subscribe("callcenter_outbound/call", (call) => this._onCall(call));
            this._bus.subscribe("callcenter_outbound/agent", (agent) => this._onAgent(agent));
            this._bus.subscribe("callcenter_outbound/test_call", (news) => this._onTestCall(news));
            this._bus.addEventListener("BUS:RECONNECT", () => this.load());
            this._bus.start();
        }
        await this.load();
    }

    /** Read everything that the page shows. */
    async load() {
        const newsBefore = this._news;
        let values;
        try {
            values = await this._orm.silent.call("callcenter.agent", "action_read_workspace", []);
        } catch (error) {
            if (this.status !== "ready") {
                this.status = "failed";
            }
            this.error = this._explain(error);
            return;
        }
        this._readAt = parseTime(values.now);
        this.clockOffset = this._readAt - Date.now();
        this.tasks = values.tasks;
        this.taskCount = values.task_count;
        this._takeAgent(values.agent, values.connector);
        if (values.call) {
            this._takeCall(values.call);
        } else if (this.hasOpenCall && !this.dialing) {
            if (this._news !== newsBefore) {
                // The call began while we were reading.
                return this.load();
            }
            const message = _t("The call has ended.");
            this._setCall({ ...this.call, state: "ended", outcome: false, message });
        }
        this.status = "ready";
        this.error = "";
    }

    get hasOpenCall() {
        return Boolean(this.call) && this.call.state !== "ended";
    }

    /** The wait for the PBX was given up: a new attempt may be made. */
    get isExpired() {
        return this.hasOpenCall && this.expiredCallId === this.call.id;
    }

    get canDial() {
        return !this.dialing && (!this.hasOpenCall || this.isExpired);
    }

    /**
     * Call one of the customer's numbers.
     *
     * @param {number} taskId
     * @param {number} numberId
     */
    async dial(taskId, numberId) {
        if (!this.canDial) {
            return;
        }
        this.dialing = { taskId, numberId };
        this.refusal = false;
        this.isTesting = false;
        try {
            const id = await this._orm.call("callcenter.task", "action_dial", [[taskId]], {
                number_id: numberId,
            });
            // The bus may have told of it already, and of more.
            if (!this.call || this.call.id < id) {
                const task = this.tasks.find((task) => task.id === taskId);
                const number = task?.numbers.find((number) => number.id === numberId);
                this._setCall({
                    id,
                    task_id: taskId,
                    title: task?.title,
                    number_masked: number?.number_masked,
                    state: "dialing",
                    requested_at: new Date(this.now()).toISOString(),
                    version: -1,
                });
            }
        } catch (error) {
            this._refuse(error, taskId);
        } finally {
            this.dialing = false;
        }
    }

    async hangUp() {
        if (this.isHangingUp) {
            return;
        }
        const { id } = this.call;
        if (this._phone.hangUp()) {
            browser.setTimeout(() => {
                if (this.hasOpenCall && this.call.id === id && !this.isHangingUp) {
                    this._askToHangUp();
                }
            }, HANG_UP_PATIENCE);
        } else {
            await this._askToHangUp();
        }
    }

    /** Rings the agent's phone and plays back what it says. */
    async testCall() {
        if (!this.canDial) {
            return;
        }
        this.dialing = { taskId: false, numberId: false };
        this.refusal = false;
        // Before the answer: the phone's call may come and end first.
        this.isTesting = true;
        this._testedAt = this.now();
        try {
            await this._orm.call("callcenter.agent", "action_test_call", [[this.agent.id]]);
        } catch (error) {
            this.isTesting = false;
            this._refuse(error, false);
        } finally {
            this.dialing = false;
        }
    }

    endTest() {
        this.isTesting = false;
    }

    dismiss() {
        this.refusal = false;
        this.isTesting = false;
    }

    /** @returns {number} the server's clock, in milliseconds */
    now() {
        return Date.now() + this.clockOffset;
    }

    async _askToHangUp() {
        this.isHangingUp = true;
        try {
            await this._orm.call("callcenter.agent", "action_hang_up", [[this.agent.id]]);
        } catch (error) {
            this._notification.add(this._explain(error), { type: "danger" });
        } finally {
            this.isHangingUp = false;
        }
    }

    _refuse(error, taskId) {
        const message = this._explain(error);
        this.refusal = { taskId, message };
        this._notification.add(message, { type: "danger" });
        // What refused it may have changed the rest of the page too.
        this.load();
    }

    /** @returns {string} why the server refused; anything unforeseen goes on as an error */
    _explain(error) {
        if (error instanceof ConnectionLostError) {
            return _t(
                "Odoo can't be reached: check the network. Nothing was dialled by this page."
            );
        }
        if (!(error instanceof RPCError)) {
            throw error;
        }
        const message = error.data?.message || error.message;
        if (USER_ERRORS.includes(error.exceptionName)) {
            return message;
        }
        return _t("Odoo could not do this: %s", message);
    }

    _onCall(call) {
        this._news++;
        if (call.kind !== undefined && call.kind !== "main") {
            return;
        }
        const isUnknown = !this.call || call.id > this.call.id;
        if (isUnknown && !(parseTime(call.requested_at) >= this._readAt)) {
            this._lookForCall();
        } else {
            this._takeCall(call);
        }
    }

    /**
     * News of a call that began before the last read, which knew nothing of it: a fresh page is given
     * the messages of the last minute again. Whether that call is still on, only the server knows.
     */
    _lookForCall() {
        // Such news come many at once: one read does for all.
        this._look ||= Promise.resolve().then(() => {
            this._look = false;
            return this.load();
        });
    }

    /** A test call failed. Messages of the last minute come again: it may be an earlier one. */
    _onTestCall({ message, requested_at }) {
        if (!this.isTesting || parseTime(requested_at) < this._testedAt - CLOCK_TOLERANCE) {
            return;
        }
        this.isTesting = false;
        this.refusal = { taskId: false, message };
    }

    _onAgent({ connector, ...agent }) {
        this._news++;
        if (!this.agent || agent.version > this.agent.version) {
            this._takeAgent(agent, connector);
        }
    }

    /** What was told together belongs together: older news count for neither of the two. */
    _takeAgent(agent, connector) {
        if (!agent || !this.agent || agent.version >= this.agent.version) {
            this.agent = agent;
            this.connector = connector;
            this._followExtension(agent.extension);
        }
    }

    /** Starts the phone in the browser, and again when a manager gives the agent another one. */
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

    _takeCall(call) {
        const known = this.call;
        if (
            known &&
            (call.id < known.id || (call.id === known.id && call.version < known.version))
        ) {
            return;
        }
        const isNews = !known || call.id !== known.id || call.version !== known.version;
        this._setCall(call);
        if (isNews && call.state === "ended") {
            this.isHangingUp = false;
            this._phone.endCall();
            this.load();
        }
    }

    _setCall(call) {
        if (this.call.id !== call.id) {
            this.refusal = false;
            this.isTesting = false;
        }
        this._news++;
        this.call = call;
        this._watchDeadline();
    }

    /** Ends the wait for a PBX that gives no sign. */
    _watchDeadline() {
        browser.clearTimeout(this._deadline);
        if (!this._isWithoutSign()) {
            this.expiredCallId = false;
            return;
        }
        if (this.isExpired) {
            return;
        }
        const { id } = this.call;
        const left = parseTime(this.call.requested_at) + DEADLINE - this.now();
        this._deadline = browser.setTimeout(
            async () => {
                await this.load();
                if (this.call.id === id && this._isWithoutSign()) {
                    this.expiredCallId = id;
                }
            },
            Math.max(left, 0)
        );
    }

    _isWithoutSign() {
        const { call } = this;
        return call && call.state === "dialing" && !call.agent_ringing && !call.agent_answered;
    }
}

/**
 * @param {string} time ISO 8601, UTC
 * @returns {number} milliseconds
 */
export function parseTime(time) {
    return luxon.DateTime.fromISO(time, { zone: "utc" }).toMillis();
}

export const workspaceService = {
    dependencies: ["orm", "notification", "bus_service", "callcenter_outbound.phone"],
    start(env, services) {
        const phone = services["callcenter_outbound.phone"];
        const workspace = reactive(
            new Workspace({
                orm: services.orm,
                notification: services.notification,
                bus: services.bus_service,
                phone,
            })
        );
        phone.onCallEnd = () => workspace.endTest();
        return workspace;
    },
};

registry.category("services").add("callcenter_outbound.workspace", workspaceService);
