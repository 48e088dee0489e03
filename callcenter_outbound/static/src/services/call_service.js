import { EventBus, markRaw, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { explainError } from "./server_error";
import { parseTime } from "./time";

/**
 * A command that the PBX has not taken up by then is never dialled late: the server gives it up
 * after 8 seconds. The page waits a little longer, looks once more, and then stops waiting.
 */
export const DEADLINE = 10_000;
/** By how much this machine's idea of the server's clock may be off. */
const CLOCK_TOLERANCE = 1_000;
/** After the phone hung up by itself, the server is asked to, should the call still be on. */
const HANG_UP_PATIENCE = 2_000;

/**
 * The agent's latest call, and what can be done with it.
 *
 * News of it carry a `version`; older ones than what is shown are dropped, so that replayed and
 * overtaken messages do no harm.
 */
export class Calls {
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
    /** Counts the news, so that a read knows whether it was overtaken. */
    news = 0;

    /** Reads the truth from the server; set by who can. */
    look = async () => {};

    constructor({ orm, notification, phone, clock }) {
        this._orm = orm;
        this._notification = notification;
        this._phone = phone;
        this._clock = clock;
        /** `CALL`: the call is another one, or another state of it. */
        this.events = markRaw(new EventBus());
        /** Server's time of the last read; undefined before the first one. */
        this._readAt = undefined;
        /** The read that news of an unknown call have asked for. */
        this._look = false;
    }

    get isOpen() {
        return Boolean(this.call) && this.call.state !== "ended";
    }

    /** The wait for the PBX was given up: a new attempt may be made. */
    get isExpired() {
        return this.isOpen && this.expiredCallId === this.call.id;
    }

    get canDial() {
        return !this.dialing && (!this.isOpen || this.isExpired);
    }

    /**
     * Call one of the customer's numbers.
     *
     * @param {{id: number, title: string}} task
     * @param {{id: number, number_masked: string}|false} number false for the first one
     */
    async dial(task, number = false) {
        if (!this.canDial) {
            return;
        }
        const numberId = number && number.id;
        this.dialing = { taskId: task.id, numberId };
        this.refusal = false;
        this.isTesting = false;
        try {
            const id = await this._orm.call("callcenter.task", "action_dial", [[task.id]], {
                number_id: numberId,
            });
            // The bus may have told of it already, and of more.
            if (!this.call || this.call.id < id) {
                this._set({
                    id,
                    task_id: task.id,
                    title: task.title,
                    number_masked: number ? number.number_masked : task.number_masked,
                    state: "dialing",
                    outcome: false,
                    requested_at: new Date(this._clock.now()).toISOString(),
                    version: -1,
                });
            }
        } catch (error) {
            this._refuse(error, task.id);
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
                if (this.isOpen && this.call.id === id && !this.isHangingUp) {
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
        this._testedAt = this._clock.now();
        try {
            await this._orm.call("callcenter.agent", "action_test_call", [[]]);
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

    /**
     * What the server said when everything was read.
     *
     * @param {Object|false} call the open one
     * @param {number} readAt server's time of the read, in milliseconds
     * @param {number} newsBefore what `news` was when the read began
     * @returns {boolean} false when the read was overtaken and is to be done again
     */
    takeRead(call, readAt, newsBefore) {
        this._readAt = readAt;
        if (call) {
            this._take(call);
        } else if (this.isOpen && !this.dialing) {
            if (this.news !== newsBefore) {
                // The call began while we were reading.
                return false;
            }
            const message = _t("The call has ended.");
            this._set({ ...this.call, state: "ended", outcome: false, message });
        }
        return true;
    }

    /** @param {Object} call news of the bus */
    takeNews(call) {
        this.news++;
        if (call.kind !== undefined && call.kind !== "main") {
            return;
        }
        const isUnknown = !this.call || call.id > this.call.id;
        if (isUnknown && !(parseTime(call.requested_at) >= this._readAt)) {
            this._lookForCall();
        } else {
            this._take(call);
        }
    }

    /** A test call failed. Messages of the last minute come again: it may be an earlier one. */
    takeTestNews({ message, requested_at }) {
        if (!this.isTesting || parseTime(requested_at) < this._testedAt - CLOCK_TOLERANCE) {
            return;
        }
        this.isTesting = false;
        this.refusal = { taskId: false, message };
    }

    async _askToHangUp() {
        this.isHangingUp = true;
        try {
            await this._orm.call("callcenter.agent", "action_hang_up", [[]]);
        } catch (error) {
            this._notification.add(explainError(error), { type: "danger" });
        } finally {
            this.isHangingUp = false;
        }
    }

    _refuse(error, taskId) {
        const message = explainError(error, _t("Nothing was dialled by this page."));
        this.refusal = { taskId, message };
        this._notification.add(message, { type: "danger" });
        // What refused it may have changed the rest of the page too.
        this.look();
    }

    /**
     * News of a call that began before the last read, which knew nothing of it: a fresh page is given
     * the messages of the last minute again. Whether that call is still on, only the server knows.
     */
    _lookForCall() {
        // Such news come many at once: one read does for all.
        this._look ||= Promise.resolve().then(() => {
            this._look = false;
            return this.look();
        });
    }

    _take(call) {
        const known = this.call;
        if (
            known &&
            (call.id < known.id || (call.id === known.id && call.version < known.version))
        ) {
            return;
        }
        const isNews = !known || call.id !== known.id || call.version !== known.version;
        this._set(call);
        if (isNews && call.state === "ended") {
            this.isHangingUp = false;
            this._phone.endCall();
            this.look();
        }
    }

    _set(call) {
        if (this.call.id !== call.id) {
            this.refusal = false;
            this.isTesting = false;
        }
        this.news++;
        this.call = call;
        this._watchDeadline();
        this.events.trigger("CALL", call);
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
        const left = parseTime(this.call.requested_at) + DEADLINE - this._clock.now();
        this._deadline = browser.setTimeout(
            async () => {
                await this.look();
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

export const callService = {
    dependencies: ["orm", "notification", "callcenter_outbound.phone", "callcenter_outbound.clock"],
    start(env, services) {
        const phone = services["callcenter_outbound.phone"];
        const calls = reactive(
            new Calls({
                orm: services.orm,
                notification: services.notification,
                clock: services["callcenter_outbound.clock"],
                phone,
            })
        );
        phone.onCallEnd = () => calls.endTest();
        return calls;
    },
};

registry.category("services").add("callcenter_outbound.calls", callService);
